/** An op as a model: its tensors are inputs, its attributes parameters of a request. */
import { jsonError, pointerStep } from '../../codec/json/json-error.ts';
import { readJson } from '../../codec/json/reader.ts';
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import { evaluateExample } from '../../graph/example.ts';
import { planOf } from '../../graph/plan.ts';
import { callNode, Values } from '../../graph/run.ts';
import type { NodeDocument } from '../../graph/schema.ts';
import { closest } from '../../ops/closest.ts';
import type { OpDef } from '../../ops/define.ts';
import { type AnyParam, Refusal } from '../../ops/params.ts';
import { findOp, ops } from '../../ops/registry.ts';
import { type DType, isFloating } from '../../tensor/dtype.ts';
import type { Shape } from '../../tensor/shape.ts';
import { DataDependent, metaAllocator, withAllocator } from '../../tensor/storage.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { datatypeOf } from './datatypes.ts';
import type { InferRequest } from './request.ts';
import type { SentTensor } from './sent-tensor.ts';
import type { Bound, ServedInfo, ServedModel, ServedTensor } from './served.ts';

/** What the protocol itself, and Triton's clients, send among the parameters. */
const PROTOCOL = new Set([
  'binary_data_output',
  'grad_of',
  'sequence_id',
  'sequence_start',
  'sequence_end',
  'priority',
  'timeout',
  'classification',
  'headers',
  'content_type',
]);

interface Example {
  readonly dtypes: ReadonlyMap<string, DType>;
  readonly results: () => readonly DType[];
  readonly several: () => boolean;
}

/** The op's own example, which tells what its tensors are made of. */
function exampleOf(op: OpDef): Example {
  const { body } = evaluateExample(op);
  const text = Buffer.from(
    JSON.stringify({ inputs: body.inputs, node: (body.graph as { nodes: unknown[] }).nodes[0] }),
  );
  const read = readJson(text, { fields: { inputs: { entries: 'tensor' } } }) as {
    inputs: Record<string, TensorLiteral>;
    node: NodeDocument;
  };
  const literals = new Map(Object.entries(read.inputs));
  const plan = planOf({ inputs: [...literals.keys()], nodes: [read.node], outputs: [] }, [], 1);
  const values = new Values(literals, plan);
  const results = (): readonly Tensor[] | Tensor => callNode(plan.nodes[0], values);
  const dtypes = new Map<string, DType>();
  let firstShape: Shape | undefined;
  for (const { param, names } of plan.nodes[0].references) {
    const name = typeof names === 'string' ? names : names[0];
    const literal = name === undefined ? undefined : literals.get(name);
    if (literal === undefined) continue;
    firstShape ??= literal.shape;
    const wanted = param.wantsFor?.(firstShape, literal.shape) ?? param.wants ?? 'float32';
    dtypes.set(param.name, literal.resolveDtype(wanted));
  }
  return {
    dtypes,
    results: () => [results()].flat().map(({ dtype }) => dtype),
    several: () => !(results() instanceof Tensor),
  };
}

const tensorParams = (op: OpDef): readonly AnyParam[] => op.params.filter(({ kind }) => kind !== 'attr');

const isList = ({ kind, variadic }: AnyParam): boolean => kind === 'tensors' || variadic === true;

/** Whether it computes something of numbers that are given. */
const serves = (op: OpDef): boolean =>
  tensorParams(op).length > 0 && [...exampleOf(op).dtypes.values()].some((dtype) => isFloating(dtype));

/** What a list's tensors are called, one by one. */
const numbered = (param: AnyParam, i: number): string => `${param.name}${i}`;

export class OpModel implements ServedModel {
  readonly name: string;
  readonly versions = ['1'];
  readonly platform = 'gradwire_op';
  private readonly op: OpDef;
  private readonly example: Example;
  private told: ServedInfo | undefined;
  private manyResults: boolean | undefined;

  constructor(name: string, op: OpDef) {
    this.name = name;
    this.op = op;
    this.example = exampleOf(op);
  }

  info(): ServedInfo {
    this.told ??= this.describe();
    return this.told;
  }

  private describe(): ServedInfo {
    const { op, example } = this;
    const inputs: ServedTensor[] = [];
    const gradients: ServedTensor[] = [];
    for (const param of tensorParams(op)) {
      const dtype = example.dtypes.get(param.name) ?? param.wants ?? 'float32';
      const name = isList(param) ? numbered(param, 0) : (param.name as string);
      const tensor = { name, datatype: datatypeOf(dtype), shape: [-1] };
      inputs.push(param.required ? tensor : { ...tensor, optional: true });
      if (param.differentiable && op.differentiable && isFloating(dtype)) gradients.push(tensor);
    }
    const dtypes = example.results();
    const outputs = dtypes.map((dtype, i) => ({
      name: this.outputName(i, dtypes.length),
      datatype: datatypeOf(dtype),
      shape: [-1],
    }));
    const parameters = new Map<string, string>();
    for (const param of op.params) {
      if (param.attr === undefined) continue;
      const value = param.attr.write === undefined ? param.default : param.attr.write(param.default);
      parameters.set(param.name, value === undefined ? '' : String(value));
    }
    return { inputs, outputs, gradients, parameters };
  }

  private outputName(i: number, count: number): string {
    return count === 1 && !this.several() ? 'output' : `output${i}`;
  }

  private several(): boolean {
    this.manyResults ??= this.example.several();
    return this.manyResults;
  }

  takes(name: string): boolean {
    return this.paramOf(name) !== undefined;
  }

  private paramOf(name: string): AnyParam | undefined {
    return tensorParams(this.op).find((param) =>
      isList(param)
        ? name.startsWith(param.name) && /^(?:0|[1-9][0-9]{0,3})$/.test(name.slice(param.name.length))
        : param.name === name,
    );
  }

  bind(request: InferRequest, wanted: ReadonlySet<string>): Bound {
    const { op } = this;
    this.checkNames(request);
    const attrs = this.attributes(request);
    const inputs = new Map<string, TensorLiteral>();
    let firstShape: Shape | undefined;
    const take = (param: AnyParam, tensor: SentTensor): string => {
      firstShape ??= tensor.shape;
      const dtype = param.wantsFor?.(firstShape, tensor.shape) ?? param.wants;
      inputs.set(tensor.name, tensor.literal(dtype, wanted.has(tensor.name)));
      return tensor.name;
    };
    const places: (string | null | string[])[] = [];
    for (const param of tensorParams(op)) {
      if (isList(param)) {
        const names: string[] = [];
        for (let i = 0; ; i++) {
          const tensor = request.inputs.get(numbered(param, i));
          if (tensor === undefined) break;
          names.push(take(param, tensor));
        }
        if (names.length === 0 && param.required) throw this.missing(numbered(param, 0));
        if (param.variadic) places.push(...names);
        else places.push(names);
        continue;
      }
      const tensor = request.inputs.get(param.name);
      if (tensor === undefined) {
        if (param.required && !(param.name in attrs)) throw this.missing(param.name);
        places.push(null);
      } else places.push(take(param, tensor));
    }
    for (const name of request.inputs.keys())
      if (!inputs.has(name) && this.takes(name))
        throw jsonError(`/inputs`, `"${name}" is sent, but not all that come before it in its list`);
    while (places.at(-1) === null) places.pop();
    const node: NodeDocument = { op: op.name, inputs: places, outputs: [], attrs };
    const outputs = this.results(node, inputs);
    node.outputs.push(...outputs.values());
    const graph = { inputs: [...inputs.keys()], nodes: [node], outputs: [...outputs.values()] };
    return { graph, inputs, outputs };
  }

  private missing(name: string): Error {
    return jsonError('/inputs', `${this.name} needs the input "${name}", which was not sent`);
  }

  private checkNames({ inputs }: InferRequest): void {
    for (const { name, pointer } of inputs.values()) {
      if (this.takes(name) || name === 'grad_output') continue;
      const names = tensorParams(this.op).map((param) => (isList(param) ? numbered(param, 0) : (param.name as string)));
      const near = closest(name, names);
      throw jsonError(
        `${pointer}/name`,
        `${this.name} has no input "${name}"${near === undefined ? `; it has ${names.join(', ')}` : `; did you mean "${near}"?`}`,
      );
    }
  }

  /** Attributes among the parameters. What is neither one nor meant for one passes, as the protocol asks. */
  private attributes({ parameters }: InferRequest): Record<string, unknown> {
    const { op } = this;
    const attrs: Record<string, unknown> = {};
    const known = op.params.filter(({ attr }) => attr !== undefined);
    for (const [name, given] of Object.entries(parameters)) {
      const param = known.find((param) => param.name === name);
      const pointer = `/parameters${pointerStep(name)}`;
      if (param?.attr === undefined) {
        if (PROTOCOL.has(name)) continue;
        const near = closest(
          name,
          known.map((param) => param.name as string),
          Math.min(2, Math.floor(name.length / 3)),
        );
        if (near === undefined) continue;
        throw jsonError(pointer, `${this.name} has no parameter "${name}"; did you mean "${near}"?`);
      }
      if (given === null && !param.required) continue;
      let value = given;
      let read = param.attr.read(value);
      if (read instanceof Refusal && typeof value === 'string') {
        // A parameter of the protocol is no list: one is written as text.
        value = listIn(value);
        read = param.attr.read(value);
      }
      if (read instanceof Refusal) throw jsonError(pointer, `expected ${read.expected}`);
      attrs[name] = value;
    }
    const needed = known.find(({ kind, name, required }) => kind === 'attr' && required && !(name in attrs));
    if (needed !== undefined) throw jsonError('/parameters', `${this.name} needs the parameter "${needed.name}"`);
    return attrs;
  }

  /** Names of the results, and what the graph calls them. */
  private results(node: NodeDocument, inputs: ReadonlyMap<string, TensorLiteral>): Map<string, string> {
    const count = this.several() ? this.countResults(node, inputs) : undefined;
    // An op may have an input of that name.
    const base = inputs.has('output') ? 'result' : 'output';
    if (count === undefined) return new Map([['output', base]]);
    return new Map(Array.from({ length: count }, (_, i) => [`output${i}`, `${base}${i}`]));
  }

  /** How many there are may hang on sizes and attributes: the op is run without elements to find out. */
  private countResults(node: NodeDocument, inputs: ReadonlyMap<string, TensorLiteral>): number {
    const plan = planOf({ inputs: [...inputs.keys()], nodes: [{ ...node, outputs: ['output'] }], outputs: [] }, [], 1);
    try {
      return withAllocator(metaAllocator, () => [callNode(plan.nodes[0], new Values(inputs, plan))].flat().length);
    } catch (error) {
      if (error instanceof DataDependent) return this.example.results().length;
      throw error;
    }
  }
}

/** The list, or the other value of JSON, that a text is. */
function listIn(value: string): unknown {
  try {
    return readJson(Buffer.from(value), 'json', { maxDepth: 4 });
  } catch {
    return value;
  }
}

const models = new Map<string, OpModel | null>();

/** The op of this name as a model; undefined where there is none that computes with floating tensors. */
export function opModel(name: string): OpModel | undefined {
  const known = models.get(name);
  if (known !== undefined) return known ?? undefined;
  const op = findOp(name);
  // Names that nothing has are not kept: there is no end of them.
  if (op === undefined) return undefined;
  const model = serves(op) ? new OpModel(name, op) : null;
  models.set(name, model);
  return model ?? undefined;
}

/** All ops that are models, by name. */
export const opModels = (): OpModel[] => ops.flatMap(({ name }) => opModel(name) ?? []);
