/** Windows over images: pooling, and its steps back. */
import { noGrad } from '../../../autograd/mode.ts';
import { withRecorder } from '../../../autograd/recorder.ts';
import { contiguousData } from '../../../codec/raw.ts';
import { findOp } from '../../../ops/registry.ts';
import { numelOf, type Shape } from '../../../tensor/shape.ts';
import { allocate, heapAllocator, withAllocator } from '../../../tensor/storage.ts';
import { fromStorage, type Tensor } from '../../../tensor/tensor.ts';
import { checkTable, type GraphBuilder, type Ref, Unsupported } from './builder.ts';
import type { Call, Rule } from './call.ts';

const product = (list: readonly number[]): number => list.reduce((n, x) => n * x, 1);

export interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
}

export function windowsOf(call: Call, rank: number): Windows {
  const kernel = call.list('kernelSize', rank);
  const given = call.args.stride as number | readonly number[] | null | undefined;
  const own = given === null || given === undefined || (Array.isArray(given) && given.length === 0);
  return {
    kernel,
    stride: own ? kernel : call.list('stride', rank),
    padding: call.list('padding', rank),
    dilation: call.args.dilation === undefined ? Array<number>(rank).fill(1) : call.list('dilation', rank),
  };
}

/** An image as [n, channels, …], whatever stands before its sizes. */
export const asBatch = (b: GraphBuilder, x: Ref, rank: number): Ref =>
  b.reshape(x, [1, product(x.shape.slice(0, x.rank - rank)), ...x.shape.slice(x.rank - rank)]);

/** Padding that makes as many windows as there are, without the rounding of a mode. */
function pads(sizes: Shape, out: Shape, { kernel, stride, padding, dilation }: Windows): bigint[] {
  const after = sizes.map((size, d) =>
    Math.max(0, (out[d] - 1) * stride[d] + dilation[d] * (kernel[d] - 1) + 1 - size - padding[d]),
  );
  return [...padding, ...after].map(BigInt);
}

const attributesOf = (windows: Windows, sizes: Shape, out: Shape) => ({
  kernel_shape: windows.kernel.map(BigInt),
  strides: windows.stride.map(BigInt),
  pads: pads(sizes, out, windows),
});

const maxPool =
  (rank: number): Rule =>
  (b, call) => {
    const x = call.tensor('input');
    const windows = windowsOf(call, rank);
    const [sizes, out] = [x.shape.slice(-rank), call.shape.slice(-rank)];
    const image = asBatch(b, x, rank);
    const shape = [...image.shape.slice(0, 2), ...out];
    const [values, places] = b.ops(
      'MaxPool',
      [image],
      [
        { dtype: x.dtype, shape },
        { dtype: 'int64', shape },
      ],
      { ...attributesOf(windows, sizes, out), dilations: windows.dilation.map(BigInt) },
    );
    // Theirs are places in the whole tensor, ours in a channel's plane.
    const plane = product(sizes);
    const planes = image.shape[1];
    const first = b.const(
      Array.from({ length: planes }, (_, i) => i * plane),
      [1, planes, ...Array<number>(rank).fill(1)],
      'int64',
    );
    return [b.reshape(values, call.shape), b.reshape(b.sub(places, first), call.shape)];
  };

/** The result of an op on an image of ones. */
function onOnes(name: string, args: Readonly<Record<string, unknown>>, key: string, shape: Shape): number[] {
  const op = findOp(name);
  if (op === undefined) throw new Error(`no op is called ${name}`);
  const out = noGrad(() =>
    withRecorder(null, () =>
      withAllocator(heapAllocator, () => {
        const storage = allocate('float64', shape);
        storage.data.fill(1 as never);
        return op.call({ ...args, [key]: fromStorage(storage, shape) });
      }),
    ),
  ) as Tensor;
  return Array.from(contiguousData(out), Number);
}

/** For each window the share that an element of it has in the mean. */
function shares(call: Call, rank: number, sizes: Shape, name: string): number[] {
  const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = call.args;
  const args = { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride };
  checkTable(product(sizes));
  const plane = [1, 1, ...sizes.slice(-rank)];
  const means = onOnes(name, args, 'input', plane);
  const counts = onOnes(name, { ...args, divisorOverride: 1 }, 'input', plane);
  return means.map((mean, i) => (counts[i] === 0 ? 0 : mean / counts[i]));
}

const averagePool =
  (rank: number): Rule =>
  (b, call) => {
    const x = call.tensor('input');
    const windows = windowsOf(call, rank);
    const [sizes, out] = [x.shape.slice(-rank), call.shape.slice(-rank)];
    const image = asBatch(b, b.cast(x, x.dtype === 'int64' ? 'float64' : x.dtype), rank);
    const plain =
      !call.flag('ceilMode') && (call.args.divisorOverride === undefined || call.args.divisorOverride === null);
    const include = !plain || call.args.countIncludePad !== false ? 1 : 0;
    const mean = b.op('AveragePool', [image], image.dtype, [...image.shape.slice(0, 2), ...out], {
      ...attributesOf(windows, sizes, out),
      count_include_pad: include,
    });
    if (plain && x.dtype !== 'int64') return b.reshape(mean, call.shape);
    const factors = shares(call, rank, sizes, `avg_pool${rank}d`).map((share) => share * product(windows.kernel));
    const scaled = b.mul(mean, b.const(factors, [1, 1, ...out], image.dtype));
    return b.reshape(b.cast(x.dtype === 'int64' ? b.trunc(scaled) : scaled, call.dtype), call.shape);
  };

/** The place in a plane, from 1, of each element of each window; 0 in the padding. */
function windowPlaces(sizes: Shape, out: Shape, windows: Windows): number[][] {
  const { kernel, stride, padding, dilation } = windows;
  const count = product(kernel);
  checkTable(product(out) * count);
  return Array.from({ length: product(out) }, (_, w) =>
    Array.from({ length: count }, (_, k) => {
      let [rest, inner, place, scale] = [w, k, 0, 1];
      for (let d = sizes.length - 1; d >= 0; d--) {
        const at = (rest % out[d]) * stride[d] - padding[d] + (inner % kernel[d]) * dilation[d];
        if (at < 0 || at >= sizes[d]) return 0;
        place += at * scale;
        scale *= sizes[d];
        rest = Math.floor(rest / out[d]);
        inner = Math.floor(inner / kernel[d]);
      }
      return place + 1;
    }),
  );
}

/** Sums the elements of each plane of `x` into the places of another: `places` lists them for each element. */
export function spreadInPlanes(
  b: GraphBuilder,
  x: Ref,
  planes: number,
  places: readonly (readonly number[])[],
  shape: Shape,
): Ref {
  const size = numelOf(shape) / Math.max(1, planes);
  const sources: number[][] = Array.from({ length: size }, () => []);
  places.forEach((list, i) => {
    for (const place of list) if (place > 0) sources[place - 1].push(i + 1);
  });
  const most = sources.reduce((longest, list) => Math.max(longest, list.length), 1);
  if (most * size > 2 ** 22) throw new Unsupported(`its index would have ${most * size} elements`);
  const flat = b.reshape(x, [planes, places.length]);
  const padded = b.pad(flat, [0, 1], [0, 0]);
  const index = sources.flatMap((list) => Array.from({ length: most }, (_, k) => list[k] ?? 0));
  return b.reshape(b.sum(b.gather(padded, b.const(index, [size, most], 'int64'), 1), [2]), shape);
}

const averagePoolBackward =
  (rank: number): Rule =>
  (b, call) => {
    const g = call.tensor('gradOutput');
    const [sizes, out] = [call.shape.slice(-rank), g.shape.slice(-rank)];
    const factors = shares(call, rank, sizes, `avg_pool${rank}d`);
    const scaled = b.mul(g, b.const(factors, out, g.dtype));
    const planes = product(call.shape.slice(0, -rank));
    return spreadInPlanes(b, scaled, planes, windowPlaces(sizes, out, windowsOf(call, rank)), call.shape);
  };

/** The stretch of a dimension that an adaptive window covers. */
const stretch = (i: number, size: number, out: number): [number, number] => [
  Math.floor((i * size) / out),
  Math.ceil(((i + 1) * size) / out),
];

/** Means along a dimension, as a product with a matrix: from `size` elements to `out`, or transposed. */
function alongDimension(b: GraphBuilder, x: Ref, axis: number, size: number, out: number, back: boolean): Ref {
  checkTable(size * out);
  const table = Array.from({ length: size * out }, (_, at) => {
    const [i, o] = back ? [at % size, Math.floor(at / size)] : [Math.floor(at / out), at % out];
    const [from, to] = stretch(o, size, out);
    return i >= from && i < to ? 1 / (to - from) : 0;
  });
  const matrix = b.const(table, back ? [out, size] : [size, out], x.dtype);
  const perm = [...[...Array(x.rank).keys()].filter((d) => d !== axis), axis];
  const made = b.matmul(b.transpose(x, perm), matrix);
  return b.transpose(
    made,
    [...Array(x.rank).keys()].map((d) => perm.indexOf(d)),
  );
}

const adaptiveAverage =
  (rank: number, back: boolean): Rule =>
  (b, call) => {
    let x = call.tensor(back ? 'gradOutput' : 'input');
    const [wide, narrow] = back ? [call.shape, x.shape] : [x.shape, call.shape];
    for (let d = wide.length - rank; d < wide.length; d++) x = alongDimension(b, x, d, wide[d], narrow[d], back);
    return x;
  };

const adaptiveMax =
  (rank: number): Rule =>
  (b, call) => {
    const x = call.tensor('input');
    const [sizes, out] = [x.shape.slice(-rank), call.shape.slice(-rank)];
    checkTable(product(sizes) + product(out));
    const windows = Array.from({ length: product(out) }, (_, w) => {
      let rest = w;
      let places = [0];
      const spans: [number, number][] = [];
      for (let d = rank - 1; d >= 0; d--) {
        spans.unshift(stretch(rest % out[d], sizes[d], out[d]));
        rest = Math.floor(rest / out[d]);
      }
      spans.forEach(([from, to], d) => {
        places = places.flatMap((place) => Array.from({ length: to - from }, (_, k) => place * sizes[d] + from + k));
      });
      return places;
    });
    const most = windows.reduce((longest, list) => Math.max(longest, list.length), 1);
    // Shorter windows have their first element several times.
    const index = windows.flatMap((list) => Array.from({ length: most }, (_, k) => list[k] ?? list[0]));
    const planes = product(x.shape.slice(0, -rank));
    const table = b.const(index, [windows.length, most], 'int64');
    const gathered = b.gather(b.reshape(x, [planes, product(sizes)]), table, 1);
    const best = b.op('ArgMax', [gathered], 'int64', [planes, windows.length, 1], { axis: 2, keepdims: 1 });
    const values = b.gatherElements(gathered, best, 2);
    const places = b.gatherElements(b.expand(table, gathered.shape), best, 2);
    return [b.reshape(values, call.shape), b.reshape(places, call.shape)];
  };

export const POOLING: Readonly<Record<string, Rule>> = {
  max_pool2d_with_indices: maxPool(2),
  max_pool3d_with_indices: maxPool(3),
  avg_pool2d: averagePool(2),
  avg_pool3d: averagePool(3),
  avg_pool2d_backward: averagePoolBackward(2),
  avg_pool3d_backward: averagePoolBackward(3),
  adaptive_avg_pool2d: adaptiveAverage(2, false),
  adaptive_avg_pool3d: adaptiveAverage(3, false),
  adaptive_avg_pool2d_backward: adaptiveAverage(2, true),
  adaptive_avg_pool3d_backward: adaptiveAverage(3, true),
  adaptive_max_pool2d_with_indices: adaptiveMax(2),
  adaptive_max_pool3d_with_indices: adaptiveMax(3),
};
