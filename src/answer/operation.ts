/**
 * The answer of one op. Requests to one route are much alike: same shapes, same parameters. Their answers
 * differ in elements alone, so the text around these is kept, as the ordinary writer wrote it once.
 */
import { nodeOf } from '../autograd/node.ts';
import type { DocumentWriter, TensorFormat, Template as Text } from '../codec/document-writer.ts';
import type { DocumentType } from '../codec/read-body.ts';
import { documentWriter } from '../codec/write-document.ts';
import type { Document } from '../graph/document.ts';
import type { OpDef } from '../ops/define.ts';
import type { DType } from '../tensor/dtype.ts';
import { type Shape, sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Absent, type AnswerOptions, AnswerWriter, type Warning } from './answer.ts';

/** All that the answer of one op says. */
export interface OperationResult {
  readonly graph: Document;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** By parameter. */
  readonly grads: ReadonlyMap<string, Tensor | Absent>;
  readonly warnings: readonly Warning[];
}

/** Up to so many elements a value's data stand in the graph, and the text around them is worth keeping. */
const MAX_ELEMENTS = 64;
/** Kept for each op; past it the oldest goes. */
const MAX_TEMPLATES = 8;

function write(writer: AnswerWriter, { graph, output, grads, warnings }: OperationResult): void {
  const { document } = writer;
  document.map().key('output');
  writer.tensor(output);
  document.key('grad');
  writer.tensors(grads);
  writer.graph(graph, ['output']);
  writer.warnings(warnings);
  document.end();
}

/** An answer whose elements are left out. */
class Outline extends AnswerWriter {
  override readonly document: DocumentWriter;

  constructor(options: AnswerOptions) {
    super(options, () => {});
    this.document = documentWriter(options.mediaType, { leaveOut: true });
  }
}

interface Form {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly requiresGrad: boolean;
}

const formOf = ({ dtype, shape, requiresGrad }: Tensor): Form => ({ dtype, shape, requiresGrad });

const has = (form: Form, tensor: Tensor): boolean =>
  form.requiresGrad === tensor.requiresGrad && form.dtype === tensor.dtype && sameShape(form.shape, tensor.shape);

/** Output, inputs, and those gradients that exist, in this order. */
function tensorsOf({ output, inputs, grads }: OperationResult): Tensor[] {
  const tensors = [output];
  for (const input of inputs) tensors.push(input);
  for (const value of grads.values()) if (!('reason' in value)) tensors.push(value);
  return tensors;
}

const sameWarnings = (a: readonly Warning[], b: readonly Warning[]): boolean =>
  a.length === b.length && a.every(({ message }, i) => message === b[i].message);

class Template {
  private readonly mediaType: DocumentType | undefined;
  private readonly tensorFormat: TensorFormat;
  private readonly gradFn: string | undefined;
  private readonly inputs: readonly (string | null)[];
  private readonly attrs: readonly unknown[];
  private readonly forms: readonly Form[];
  /** By parameter, the reason of a gradient that does not exist. */
  private readonly grads: readonly (readonly [name: string, reason: string | undefined])[];
  private readonly warnings: readonly Warning[];
  private readonly text: Text;

  constructor(op: OpDef, result: OperationResult, tensors: readonly Tensor[], options: AnswerOptions) {
    this.mediaType = options.mediaType;
    this.tensorFormat = options.tensorFormat;
    this.gradFn = nodeOf(result.output)?.name;
    this.inputs = result.graph.inputs.map(({ name }) => name);
    const { args } = result.graph.nodes[0];
    this.attrs = op.params.map((param) => (param.attr === undefined ? undefined : attrOf(args[param.key])));
    this.forms = tensors.map(formOf);
    this.grads = [...result.grads].map(([name, value]) => [name, 'reason' in value ? value.reason : undefined]);
    this.warnings = result.warnings;
    const outline = new Outline(options);
    write(outline, result);
    this.text = outline.document.template(tensors);
  }

  /** Whether the answer has this very text, elements aside. */
  fits(op: OpDef, result: OperationResult, tensors: readonly Tensor[], options: AnswerOptions): boolean {
    const { forms, inputs, attrs, grads } = this;
    if (options.tensorFormat !== this.tensorFormat || options.mediaType !== this.mediaType) return false;
    if (nodeOf(result.output)?.name !== this.gradFn) return false;
    if (tensors.length !== forms.length || result.grads.size !== grads.length) return false;
    for (let i = 0; i < forms.length; i++) if (!has(forms[i], tensors[i])) return false;
    if (!sameWarnings(result.warnings, this.warnings)) return false;
    const given = result.graph.inputs;
    if (given.length !== inputs.length) return false;
    for (let i = 0; i < inputs.length; i++) if (given[i].name !== inputs[i]) return false;
    const { args } = result.graph.nodes[0];
    const { params } = op;
    for (let i = 0; i < params.length; i++) {
      if (params[i].attr !== undefined && !Object.is(attrOf(args[params[i].key]), attrs[i])) return false;
    }
    let i = 0;
    for (const [name, value] of result.grads) {
      const [known, reason] = grads[i++];
      if (known !== name || ('reason' in value ? value.reason : undefined) !== reason) return false;
    }
    return true;
  }

  /** Writes the answer; `inputs` of its tensors, from the second on, are counted elsewhere. */
  fill(writer: AnswerWriter, tensors: readonly Tensor[], inputs: number): void {
    writer.document.fill(this.text, tensors);
    for (let i = 0; i < tensors.length; i++) if (i === 0 || i > inputs) writer.count(tensors[i].numel);
  }
}

/** An operand that is a tensor stands among the tensors. */
const attrOf = (value: unknown): unknown => (typeof value === 'object' ? undefined : value);

const kept = new Map<OpDef, Template[]>();

/** Whether the text can be told from what a {@link Template} compares: one call, small tensors, plain attributes. */
function isPlain(op: OpDef, { graph, output }: OperationResult, tensors: readonly Tensor[], o: AnswerOptions): boolean {
  if (o.graphScope !== 'forward' || o.graphValues !== 'small' || o.tensorFormat === 'base64' || o.anomaly) return false;
  if (graph.nodes.length !== 1 || graph.constants.length > 0) return false;
  const [{ op: called, args, outputs }] = graph.nodes;
  if (called !== op || outputs.length !== 1 || outputs[0] !== output.recorded) return false;
  for (const tensor of tensors) if (tensor.numel > MAX_ELEMENTS || tensor.storage.meta) return false;
  for (const param of op.params) {
    if (param.attr === undefined) continue;
    const value = args[param.key];
    // Lists and Python floats are other objects each time; the text of a long integer is not worth keeping.
    if (typeof value === 'bigint') return false;
    if (typeof value === 'object' && value !== null && !tensors.includes(value as Tensor)) return false;
  }
  return true;
}

/** What was kept for such an answer, or is kept from now on; undefined where its text is not worth keeping. */
function templateFor(
  op: OpDef,
  result: OperationResult,
  tensors: readonly Tensor[],
  options: AnswerOptions,
): Template | undefined {
  if (!isPlain(op, result, tensors, options)) return undefined;
  let templates = kept.get(op);
  if (templates === undefined) {
    templates = [];
    kept.set(op, templates);
  }
  for (const known of templates) if (known.fits(op, result, tensors, options)) return known;
  // Of two that are one object, a hole could not say which is meant.
  if (new Set(tensors).size < tensors.length) return undefined;
  const template = new Template(op, result, tensors, options);
  templates.push(template);
  if (templates.length > MAX_TEMPLATES) templates.shift();
  return template;
}

/** Writes the answer of a request that called one op. */
export function writeOperation(writer: AnswerWriter, op: OpDef, result: OperationResult, options: AnswerOptions): void {
  const tensors = tensorsOf(result);
  const template = templateFor(op, result, tensors, options);
  if (template === undefined) write(writer, result);
  else template.fill(writer, tensors, result.inputs.length);
}
