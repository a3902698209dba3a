/** Graphs computed by us and, as ONNX models, by onnxruntime: the judge of what is exported. */
import * as ort from 'onnxruntime-web';
import { noGrad } from '#src/autograd/mode.ts';
import { readJson } from '#src/codec/json/reader.ts';
import type { TensorLiteral } from '#src/codec/json/tensor-literal.ts';
import { contiguousData } from '#src/codec/raw.ts';
import { planOf } from '#src/graph/plan.ts';
import { runNodes, Values } from '#src/graph/run.ts';
import { type GraphDocument, graphSchema } from '#src/graph/schema.ts';
import { exportOnnx } from '#src/models/onnx/out/export.ts';
import { halfOf } from '#src/tensor/dtype.ts';
import type { Tensor } from '#src/tensor/tensor.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

const TENSORS = { fields: { values: { entries: 'value' } } } as const;

/** A graph as a request would bring it. */
export function graphOf(json: unknown): GraphDocument {
  return graphSchema.parse(readJson(Buffer.from(JSON.stringify(json)), TENSORS as never));
}

export interface Numbers {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const numbersOf = (t: Tensor): Numbers => ({
  dtype: t.dtype,
  shape: t.shape,
  data: Array.from(contiguousData(t), Number),
});

/** What we compute of a graph whose inputs have their data in `values`. */
export function ours(document: GraphDocument, names: readonly string[]): Map<string, Numbers> {
  const plan = planOf(document, [], 100_000);
  const literals = document.values ?? new Map<string, TensorLiteral>();
  const values = new Values(literals, plan);
  noGrad(() => runNodes([...plan.nodes, ...plan.backward], values, () => {}));
  return new Map(names.map((name) => [name, numbersOf(values.get(name))]));
}

const ORT: Readonly<Record<string, string>> = {
  float32: 'float32',
  float64: 'float64',
  float16: 'float16',
  int64: 'int64',
  int32: 'int32',
  int16: 'int16',
  int8: 'int8',
  uint8: 'uint8',
  bool: 'bool',
};

function feed(t: Tensor): ort.Tensor {
  const data = contiguousData(t);
  const array = halfOf(t.dtype)?.pack(data as Float32Array) ?? data.slice();
  return new ort.Tensor(ORT[t.dtype] as 'float32', array as Float32Array, t.shape);
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** What onnxruntime computes of a model on the data that the graph's inputs have. */
export async function theirs(document: GraphDocument, model: Uint8Array): Promise<Map<string, Numbers>> {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4 });
  try {
    const plan = planOf(document, [], 100_000);
    const values = new Values(document.values ?? new Map(), plan);
    const feeds = Object.fromEntries(plan.inputs.map((name) => [name, feed(values.get(name))]));
    const out = await session.run(feeds);
    return new Map(
      Object.entries(out).map(([name, { type, dims, data }]) => [
        name,
        {
          dtype: type,
          shape: dims,
          data: Array.from(data as Float32Array, (x) =>
            type === 'float16' && data instanceof Uint16Array ? half(x) : Number(x),
          ),
        },
      ]),
    );
  } finally {
    await session.release();
  }
}

/** Where two results differ by more than rounding; undefined where they do not. */
export function difference(a: Numbers, b: Numbers | undefined, tolerance = 1e-5): string | undefined {
  if (b === undefined) return 'it is not there';
  if (a.dtype !== b.dtype) return `${b.dtype} instead of ${a.dtype}`;
  if (a.shape.join() !== b.shape.join()) return `[${b.shape}] instead of [${a.shape}]`;
  const scale = a.data.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
  const slack = a.dtype === 'float16' ? 2e-3 : a.dtype === 'bfloat16' ? 2e-2 : tolerance;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [a.data[i], b.data[i]];
    if (Object.is(x, y) || x === y) continue;
    if (Math.abs(x - y) <= slack * Math.abs(x) + slack * Math.max(Math.min(scale, 1), 0.1)) continue;
    return `element ${i} is ${y} instead of ${x}`;
  }
  return undefined;
}

/** Exports a graph, runs it there, and says where the numbers differ. */
export async function judge(json: unknown, scope: 'forward' | 'both' = 'forward', opset = 17): Promise<string[]> {
  const document = graphOf(json);
  const model = exportOnnx(document, { scope, opset, maxNodes: 100_000, tick: () => {} });
  const grads = scope === 'both' ? [...(document.backward?.grads.values() ?? [])] : [];
  const names = [...new Set([...document.outputs, ...grads])];
  const [we, they] = [ours(document, names), await theirs(document, model)];
  return names.flatMap((name) => {
    const wrong = difference(we.get(name) as Numbers, they.get(name));
    return wrong === undefined ? [] : [`${name}: ${wrong}`];
  });
}
