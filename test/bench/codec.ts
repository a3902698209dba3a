/**
 * `npm run bench:codec`: a million numbers from JSON and to it, ours against JSON.parse and
 * JSON.stringify, in turns. Both sides end where a tensor does: reading in a typed array of the dtype,
 * writing in the bytes of the body.
 */
import { readJson } from '#src/codec/json/reader.ts';
import type { TensorLiteral } from '#src/codec/json/tensor-literal.ts';
import { JsonWriter } from '#src/codec/json/writer.ts';
import type { DType, TypedArray } from '#src/tensor/dtype.ts';
import { heapAllocator, storageOf } from '#src/tensor/storage.ts';
import { fromStorage } from '#src/tensor/tensor.ts';
import { median } from './measure.ts';

const COUNT = 1_000_000;
const ROUNDS = 15;
const WARM_UP = 5;

interface Numbers {
  readonly what: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

const filled = (dtype: DType, element: (i: number) => number | bigint): TypedArray => {
  const { data } = heapAllocator.alloc(dtype, COUNT);
  for (let i = 0; i < COUNT; i++) data[i] = element(i);
  return data;
};
const uniform = (): number => Math.random() * 2 - 1;
const float32 = filled('float32', uniform);

const ROWS: readonly Numbers[] = [
  { what: 'float32', dtype: 'float32', shape: [COUNT], data: float32 },
  { what: 'float32, rows of 4', dtype: 'float32', shape: [COUNT / 4, 4], data: float32 },
  { what: 'float64', dtype: 'float64', shape: [COUNT], data: filled('float64', uniform) },
  { what: 'float64, four digits', dtype: 'float64', shape: [COUNT], data: filled('float64', (i) => (i % 9999) / 1e4) },
  { what: 'int32', dtype: 'int32', shape: [COUNT], data: filled('int32', () => uniform() * 1e6) },
  { what: 'int64', dtype: 'int64', shape: [COUNT], data: filled('int64', () => BigInt(Math.trunc(uniform() * 1e12))) },
  { what: 'bool', dtype: 'bool', shape: [COUNT], data: filled('bool', (i) => i % 2) },
];

/** Medians of two sides in turns, in ms. */
function inTurns(ours: () => unknown, theirs: () => unknown): [number, number] {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < WARM_UP + ROUNDS; i++) {
    for (const [side, work] of [ours, theirs].entries()) {
      const start = performance.now();
      work();
      if (i >= WARM_UP) times[side].push(performance.now() - start);
    }
  }
  return [median(times[0]), median(times[1])];
}

function report(
  direction: string,
  { what }: Numbers,
  bytes: number,
  [ours, theirs]: [number, number],
  name: string,
): void {
  const rate = (bytes / 1e3 / ours).toFixed(0);
  console.log(
    `${direction.padEnd(6)}${what.padEnd(22)}${(bytes / 1e6).toFixed(1).padStart(6)} MB ` +
      `${ours.toFixed(1).padStart(8)} ms ${rate.padStart(6)} MB/s   ` +
      `${name} ${theirs.toFixed(1)} ms, ${(theirs / ours).toFixed(1)} times as long`,
  );
}

for (const row of ROWS) {
  const { dtype, data, shape } = row;
  const tensor = fromStorage(storageOf(dtype, data), shape);
  const write = (): Buffer => new JsonWriter().map().key('data').data(tensor, 'nested').end().finish() as Buffer;
  const body = write();

  const read = (): TypedArray => {
    const { data: literal } = readJson(body, { fields: { data: 'tensor' } }) as { data: TensorLiteral };
    const target = heapAllocator.alloc(dtype, COUNT).data;
    literal.writeInto(target, dtype);
    return target;
  };
  const parse = (): TypedArray => {
    const target = heapAllocator.alloc(dtype, COUNT).data;
    const numbers = JSON.parse(body.toString()).data.flat();
    for (let i = 0; i < COUNT; i++) target[i] = dtype === 'int64' ? BigInt(numbers[i]) : numbers[i];
    return target;
  };
  if (Buffer.compare(Buffer.from(read().buffer), Buffer.from(parse().buffer)) !== 0)
    throw new Error(`${row.what} is read wrong`);
  report('read', row, body.length, inTurns(read, parse), 'JSON.parse');

  const element = dtype === 'bool' ? (value: number | bigint) => value === 1 : Number;
  const rows = (): unknown => {
    const flat = Array.from<number | bigint, unknown>(data, element);
    if (shape.length === 1) return flat;
    return Array.from({ length: shape[0] }, (_, i) => flat.slice(i * shape[1], (i + 1) * shape[1]));
  };
  report(
    'write',
    row,
    body.length,
    inTurns(write, () => Buffer.from(JSON.stringify({ data: rows() }))),
    'JSON.stringify',
  );
}
