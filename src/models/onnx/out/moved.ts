/**
 * Ops that only move elements, or leave out and repeat some: where each element of the result comes from is
 * found by carrying the op out on numbered elements, and written as one Gather with a constant index. The way
 * back sums, for each element, over the places that it went to.
 */
import { noGrad } from '../../../autograd/mode.ts';
import { withRecorder } from '../../../autograd/recorder.ts';
import { contiguousData } from '../../../codec/raw.ts';
import { findOp } from '../../../ops/registry.ts';
import { numelOf, type Shape } from '../../../tensor/shape.ts';
import { allocate, heapAllocator, withAllocator } from '../../../tensor/storage.ts';
import { fromStorage, Tensor } from '../../../tensor/tensor.ts';
import { checkTable, type GraphBuilder, type Ref, Unsupported } from './builder.ts';
import type { Call, Rule } from './call.ts';

/** An index of more elements would make the file larger than what it computes is worth. */
const MAX_INDEX = 2 ** 22;

/** Elements numbered from 1: zeros that an op fills in are told from them. */
function numbered(shape: Shape): Tensor {
  const count = numelOf(shape);
  if (count > MAX_INDEX) throw new Unsupported(`its index would have ${count} elements`);
  // In a floating dtype, which every op takes.
  const storage = allocate('float64', shape);
  for (let i = 0; i < count; i++) storage.data[i] = i + 1;
  return fromStorage(storage, shape);
}

/** For each element of each result of an op, which element of `shape` it is, from 1; 0 where it is none. */
export function placesOf(name: string, args: Readonly<Record<string, unknown>>, key: string, shape: Shape): number[][] {
  const op = findOp(name);
  if (op === undefined) throw new Error(`no op is called ${name}`);
  const out = noGrad(() =>
    withRecorder(null, () => withAllocator(heapAllocator, () => op.call({ ...args, [key]: numbered(shape) }))),
  );
  return (out instanceof Tensor ? [out] : out).map((t) => {
    if (t.numel > MAX_INDEX) throw new Unsupported(`its index would have ${t.numel} elements`);
    return Array.from(contiguousData(t), Number);
  });
}

/** The elements of `x` at places counted from 1; zeros at 0. */
export function taken(b: GraphBuilder, x: Ref, places: readonly number[], shape: Shape): Ref {
  const flat = b.reshape(x, [x.numel]);
  if (!places.includes(0))
    return b.gather(
      flat,
      b.const(
        places.map((place) => place - 1),
        shape,
        'int64',
      ),
    );
  return b.gather(withZero(b, flat), b.const(places, shape, 'int64'));
}

const withZero = (b: GraphBuilder, flat: Ref): Ref => b.concat([b.const([0], [1], flat.dtype), flat], 0);

/** Sums elements of `x` into a result of `shape`: `places` says into which, from 1; 0 says nowhere. */
export function summedInto(b: GraphBuilder, x: Ref, places: readonly number[], shape: Shape): Ref {
  const count = numelOf(shape);
  const lists: number[][] = Array.from({ length: count }, () => []);
  places.forEach((place, i) => {
    if (place > 0) lists[place - 1].push(i + 1);
  });
  const most = Math.max(
    1,
    lists.reduce((longest, list) => Math.max(longest, list.length), 0),
  );
  if (most * count > MAX_INDEX) throw new Unsupported(`its index would have ${most * count} elements`);
  const flat = b.reshape(x, [x.numel]);
  if (most === 1)
    return taken(
      b,
      x,
      lists.map((list) => list[0] ?? 0),
      shape,
    );
  const index = lists.flatMap((list) => Array.from({ length: most }, (_, k) => list[k] ?? 0));
  return b.reshape(b.sum(b.gather(withZero(b, flat), b.const(index, [count, most], 'int64')), [1]), shape);
}

/** The rule of an op that moves the elements of the tensor `key` and reads no other one. */
export const moves =
  (key = 'input'): Rule =>
  (b: GraphBuilder, call: Call): Ref[] => {
    const x = call.tensor(key);
    for (const { shape } of call.outputs) checkTable(numelOf(shape));
    const places = placesOf(call.op.name, call.args, key, x.shape);
    return call.outputs.map(({ shape }, i) => taken(b, x, places[i], shape));
  };

/** The rule of the step back through an op that moves elements. */
export const movesBack =
  (forward: string, argsOf: (call: Call) => Readonly<Record<string, unknown>>, key = 'gradOutput'): Rule =>
  (b: GraphBuilder, call: Call): Ref => {
    checkTable(call.tensor(key).numel);
    const [places] = placesOf(forward, argsOf(call), 'input', call.shape);
    return summedInto(b, call.tensor(key), places, call.shape);
  };
