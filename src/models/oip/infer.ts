/** One request of the Open Inference Protocol: read, carried out as a graph, and answered in its form. */
import { type Absent, type Answer, type AnswerOptions, type AnswerWriter, MAX_ANSWER } from '../../answer/answer.ts';
import { jsonError } from '../../codec/json/json-error.ts';
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import { bytesOfTensor } from '../../codec/raw.ts';
import { documentWriter } from '../../codec/write-document.ts';
import type { Gradients } from '../../compute/computation.ts';
import { type GradSpec, GraphComputation } from '../../compute/graph.ts';
import type { Scope } from '../../compute/scope.ts';
import { isSmall } from '../../compute/survey.ts';
import type { GraphDocument } from '../../graph/schema.ts';
import { closest } from '../../ops/closest.ts';
import { elementSize } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { datatypeOf } from './datatypes.ts';
import { type AskedOutput, type InferRequest, readInferRequest } from './request.ts';
import type { Bound, ServedModel } from './served.ts';

export const HEAD_LENGTH = 'inference-header-content-length';

/** What a request says beside its body. */
export interface InferOptions {
  /** The version that was asked for; the newest where none was. */
  readonly version: string;
  /** The length of the JSON where elements follow it. */
  readonly headLength: number | undefined;
}

/** A request that was read, and that nothing was computed of. */
export interface PreparedInference {
  /** Whether it may be carried out on a thread that serves others. */
  readonly small: boolean;
  readonly run: () => Answer;
}

const GRADIENT = 'grad.';

/** How the seed of gradients is sent. */
export const SEED = 'grad_output';

const ABSENT: Readonly<Record<Absent['reason'], string>> = {
  unreachable: 'it does not hang on it',
  requires_grad_false: 'no gradient flows there',
  detached: 'the path between them is cut',
  integer_dtype: 'it is not of a floating datatype',
};

/** What is answered, in order: an output by what the graph calls it, or a gradient by what it belongs to. */
interface Item extends AskedOutput {
  readonly output?: string;
  readonly gradientOf?: string;
}

function itemsOf(request: InferRequest, { outputs, inputs, graph }: Bound): Item[] {
  const { outputs: asked, binary } = request;
  if (asked === undefined) return [...outputs].map(([name, output]) => ({ name, binary, output }));
  return asked.map((item, i) => {
    const output = outputs.get(item.name);
    if (output !== undefined) return { ...item, output };
    const of = item.name.startsWith(GRADIENT) ? item.name.slice(GRADIENT.length) : undefined;
    if (of !== undefined && (inputs.has(of) || graph.values?.has(of))) return { ...item, gradientOf: of };
    const names = [...outputs.keys(), ...[...inputs.keys()].map((name) => GRADIENT + name)];
    const near = closest(item.name, names);
    throw jsonError(
      `/outputs/${i}/name`,
      `there is no output "${item.name}"${near === undefined ? `; there are ${names.slice(0, 20).join(', ')}` : `; did you mean "${near}"?`}`,
    );
  });
}

/** A name that nothing in the graph has. */
function freeName(base: string, { inputs, nodes, values }: GraphDocument): string {
  const taken = new Set([...inputs, ...nodes.flatMap(({ outputs }) => outputs), ...(values?.keys() ?? [])]);
  let name = base;
  while (taken.has(name)) name += "'";
  return name;
}

/** What is differentiated: the sum of an output, or the output itself where its gradient was sent. */
function differentiated(
  request: InferRequest,
  { graph, outputs }: Bound,
  inputs: readonly string[],
  seed: TensorLiteral | undefined,
): { graph: GraphDocument; grad: GradSpec } {
  const { grad_of: named } = request.parameters;
  const of = named ?? outputs.keys().next().value;
  const output = typeof of === 'string' ? outputs.get(of) : undefined;
  if (output === undefined)
    throw jsonError('/parameters/grad_of', `expected the name of an output, one of ${[...outputs.keys()].join(', ')}`);
  const spec = { inputs, createGraph: false, allowUnused: true };
  if (seed !== undefined) return { graph, grad: { ...spec, outputs: [output], gradOutputs: [seed] } };
  const sum = freeName(`sum_of_${output}`, graph);
  const nodes = [...graph.nodes, { op: 'sum', inputs: [output], outputs: [sum] }];
  return { graph: { ...graph, nodes }, grad: { ...spec, outputs: [sum] } };
}

const OPTIONS: AnswerOptions = { tensorFormat: 'flat', graphValues: 'none', graphScope: 'none', anomaly: false };

/**
 * Reads a request and finds what it will make.
 *
 * @throws JsonError, EngineError, TimeLimit
 */
export function prepareInference(
  model: ServedModel,
  bytes: Uint8Array,
  { version, headLength }: InferOptions,
  scope: Scope,
): PreparedInference {
  const request = readInferRequest(bytes, headLength, scope.clock.check);
  const wanted = new Set<string>();
  for (const { name } of request.outputs ?? []) if (name.startsWith(GRADIENT)) wanted.add(name.slice(GRADIENT.length));
  const bound = model.bind(request, wanted);
  const items = itemsOf(request, bound);
  const gradients = items.flatMap(({ gradientOf }) => gradientOf ?? []);
  const seed = model.takes(SEED) ? undefined : request.inputs.get(SEED)?.literal();
  const { graph, grad } =
    gradients.length === 0 ? { graph: bound.graph, grad: undefined } : differentiated(request, bound, gradients, seed);
  let head: number | undefined;
  const computation = new GraphComputation(
    {
      inputs: bound.inputs,
      graph,
      outputs: items.flatMap(({ output }) => output ?? []),
      grad,
      write: (writer, outputs, grads) => {
        const tensors = items.map((item) => tensorOf(item, outputs, grads));
        head = write(writer, { model: model.name, version, id: request.id }, items, tensors, scope);
      },
    },
    { ...OPTIONS, tensorFormat: items.every(({ binary }) => binary) ? 'base64' : 'flat' },
    scope,
  );
  return {
    small: isSmall(computation.size),
    run() {
      const answer = computation.run(scope);
      return head === undefined
        ? { ...answer, mediaType: 'application/json' }
        : { ...answer, mediaType: 'application/octet-stream', headers: { [HEAD_LENGTH]: String(head) } };
    },
  };
}

function tensorOf({ name, output, gradientOf }: Item, outputs: ReadonlyMap<string, Tensor>, grads: Gradients): Tensor {
  const tensor = output === undefined ? grads.get(gradientOf as string) : outputs.get(output);
  if (tensor === undefined) throw new Error(`nothing was computed for ${name}`);
  if ('reason' in tensor)
    throw new EngineError('no_grad_required', `there is no "${name}" of this output: ${ABSENT[tensor.reason]}`);
  return tensor;
}

interface Answered {
  readonly model: string;
  readonly version: string;
  readonly id: string | undefined;
}

/** Writes the answer; gives the length of its JSON where elements follow. */
function write(
  writer: AnswerWriter,
  { model, version, id }: Answered,
  items: readonly Item[],
  tensors: readonly Tensor[],
  scope: Scope,
): number | undefined {
  const document = documentWriter('application/json', {
    bare: true,
    onFlush: scope.clock.check,
    maxElements: MAX_ANSWER,
  });
  document.map().key('model_name').string(model).key('model_version').string(version);
  if (id !== undefined) document.key('id').string(id);
  document.key('outputs').list();
  let size = 0;
  items.forEach(({ name, binary }, i) => {
    const tensor = tensors[i];
    writer.count(tensor.numel);
    document.map().key('name').string(name).key('datatype').string(datatypeOf(tensor.dtype));
    document.key('shape').shape(tensor);
    if (binary) {
      const length = tensor.numel * elementSize(tensor.dtype);
      size += length;
      document.key('parameters').map().key('binary_data_size').number(length).end();
    } else document.key('data').data(tensor, 'flat');
    document.end();
  });
  const head = Buffer.from(document.end().end().finish());
  if (!items.some(({ binary }) => binary)) {
    writer.instead(head);
    return undefined;
  }
  const whole = Buffer.allocUnsafeSlow(head.length + size);
  whole.set(head);
  let at = head.length;
  items.forEach(({ binary }, i) => {
    if (!binary) return;
    const bytes = bytesOfTensor(tensors[i]);
    whole.set(bytes, at);
    at += bytes.length;
  });
  writer.instead(whole);
  return head.length;
}
