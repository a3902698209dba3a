/** ONNX files for tests, written by our own writer; and what comes of them when they are read and run. */
import { readJson } from '../../../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../../../src/codec/json/tensor-literal.ts';
import { type EvaluateRequest, type GradSpec, GraphComputation } from '../../../../src/compute/graph.ts';
import { Scope } from '../../../../src/compute/scope.ts';
import { type ImportedGraph, importOnnx } from '../../../../src/models/onnx/in/index.ts';
import { ATTRIBUTE, DATA_TYPE } from '../../../../src/models/onnx/proto/messages.ts';
import { type SparseModel, writeModel } from '../../../../src/models/onnx/proto/write.ts';

type Graph = NonNullable<SparseModel['graph']>;
type Node = NonNullable<Graph['node']>[number];
type Tensor = NonNullable<Graph['initializer']>[number];
type Attribute = NonNullable<Node['attribute']>[number];
type Info = NonNullable<Graph['input']>[number];

const utf8 = new TextEncoder();

export const floats = (name: string, dims: readonly number[], data: readonly number[]): Tensor => ({
  name,
  dims: dims.map(BigInt),
  dataType: DATA_TYPE.FLOAT,
  floatData: data,
});

export const int64s = (name: string, dims: readonly number[], data: readonly number[]): Tensor => ({
  name,
  dims: dims.map(BigInt),
  dataType: DATA_TYPE.INT64,
  int64Data: data.map(BigInt),
});

/** A value of the graph; a name stands for a size that may vary. */
export const info = (
  name: string,
  dims: readonly (number | string)[] | null,
  elemType: number = DATA_TYPE.FLOAT,
): Info => ({
  name,
  type: {
    tensorType: {
      elemType,
      ...(dims === null
        ? {}
        : { shape: { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: BigInt(d) } : { dimParam: d })) } }),
    },
  },
});

type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: Graph }
  | { readonly tensor: Tensor };

function attributeOf(name: string, value: AttributeValue): Attribute {
  if (typeof value === 'number') return { name, type: ATTRIBUTE.INT, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: ATTRIBUTE.STRING, s: utf8.encode(value) };
  if ('float' in value) return { name, type: ATTRIBUTE.FLOAT, f: value.float };
  if ('graph' in value) return { name, type: ATTRIBUTE.GRAPH, g: value.graph };
  if ('tensor' in value) return { name, type: ATTRIBUTE.TENSOR, t: value.tensor };
  return { name, type: ATTRIBUTE.INTS, ints: (value as readonly number[]).map(BigInt) };
}

export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain?: string,
): Node => ({
  opType,
  input: [...input],
  output: [...output],
  ...(domain === undefined ? {} : { domain }),
  attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
});

export const file = (graph: Graph, opset = 17, rest: SparseModel = {}): Uint8Array =>
  writeModel({
    irVersion: 8n,
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: { name: 'g', ...graph },
    ...rest,
  });

export const read = (graph: Graph, opset?: number, rest?: SparseModel): ImportedGraph =>
  importOnnx(file(graph, opset, rest), { maxNodes: 10_000 });

export const opsOf = ({ graph }: ImportedGraph): string[] => graph.nodes.map((n) => n.op);

const LIMITS = { maxElements: 2 ** 22, maxNodes: 10_000, timeLimitMs: 20_000 };

const literalOf = (value: unknown): TensorLiteral =>
  readJson(Buffer.from(JSON.stringify(value)), 'tensor') as TensorLiteral;

export interface Answered {
  readonly outputs: Readonly<
    Record<string, { readonly dtype: string; readonly shape: number[]; readonly data: unknown }>
  >;
  readonly grads: Readonly<Record<string, { readonly data: unknown }>>;
}

/** Carries out a request for a graph. */
export function evaluate(request: EvaluateRequest): Answered {
  const options = { tensorFormat: 'nested', graphValues: 'small', graphScope: 'none', anomaly: false } as const;
  const scope = new Scope(LIMITS);
  return JSON.parse(new GraphComputation(request, options, scope).run(scope).body.toString());
}

/** Runs what was read, on inputs as a request brings them. */
export const run = (
  { graph }: Pick<ImportedGraph, 'graph'>,
  inputs: Readonly<Record<string, unknown>>,
  grad?: GradSpec,
): Answered =>
  evaluate({ inputs: new Map(Object.entries(inputs).map(([name, value]) => [name, literalOf(value)])), graph, grad });

export const ones = (outputs: readonly string[], inputs: readonly string[]): GradSpec => ({
  outputs,
  inputs,
  gradOutputs: outputs.map(() => null),
  createGraph: false,
  allowUnused: false,
});
