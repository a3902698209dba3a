/** Arrays with an edge around them. */
import type { Tensor } from '../../tensor/tensor.ts';
import { valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type NativeFunction, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf } from '../torch/convert.ts';
import { arrayOn, tensorFrom } from './array.ts';
import { numeric, tensorAs, toNumber, toWhole } from './convert.ts';
import { fn } from './define.ts';
import { op } from './specs.ts';
import { INT64 } from './types.ts';

const PADS: ReadonlySet<string> = new Set(['constant', 'edge', 'reflect', 'symmetric', 'wrap', 'empty']);

/** Pairs of widths, one for each axis. */
function widthsOf(value: Value, ndim: number): [number, number][] {
  const pair = (item: Value): [number, number] => {
    const items = itemsOf(item);
    if (items === undefined) return [toWhole(item), toWhole(item)];
    return items.length === 1 ? [toWhole(items[0]), toWhole(items[0])] : [toWhole(items[0]), toWhole(items[1])];
  };
  const list = value instanceof PyList || value instanceof PyTuple ? value.items : undefined;
  if (list === undefined || list.every((item) => itemsOf(item) === undefined)) return new Array(ndim).fill(pair(value));
  if (list.length === 1) return new Array(ndim).fill(pair(list[0]));
  if (list.length !== ndim)
    throw valueError(
      `operands could not be broadcast together with remapped shapes [original->remapped]: (${list.length},2) and requested shape (${ndim},2)`,
    );
  return list.map(pair);
}

/** The place that an element beyond the edge is taken from; −1 for a constant. */
function padPlace(k: number, n: number, mode: string): number {
  if (k >= 0 && k < n) return k;
  if (mode === 'edge') return k < 0 ? 0 : n - 1;
  if (mode === 'wrap') return ((k % n) + n) % n;
  if (mode === 'reflect' || mode === 'symmetric') {
    const extra = mode === 'reflect' ? 0 : 1;
    if (n === 1 && extra === 0) return 0;
    const period = 2 * (n - 1 + extra);
    const at = ((k % period) + period) % period;
    return at < n ? at : period - at - extra;
  }
  return -1;
}

function pad(array: Value, width: Value, mode: Value, constants: Value, i: Interpreter): Value {
  const data = numeric(array, i, 'pad');
  const how = typeof mode === 'string' ? mode : 'constant';
  if (!PADS.has(how)) throw valueError(`mode '${how}' is not supported`);
  let t = tensorAs(data, data.type);
  const widths = widthsOf(width, t.ndim);
  if (widths.some((pair) => pair.some((n) => n < 0))) throw valueError("index can't contain negative values");
  const fill = constants === null ? widths.map((): [Value, Value] => [0n, 0n]) : constantsOf(constants, t.ndim);
  widths.forEach(([before, after], d) => {
    const n = t.shape[d];
    i.budget.step(1 + ((before + after + n) * t.numel) / Math.max(1, n) / 64);
    const places = Array.from({ length: n + before + after }, (_, k) => padPlace(k - before, n, how));
    if (how !== 'constant' && how !== 'empty') {
      t = op('index_select', t, d, tensorFrom(places, [places.length], INT64));
      return;
    }
    const block = (length: number, value: Value): Tensor =>
      op('full', t.shape.with(d, length), toNumber(value, i), data.type.dtype);
    t = op('cat', [block(before, fill[d][0]), t, block(after, fill[d][1])], d);
  });
  return arrayOn(t, data.type);
}

function constantsOf(value: Value, ndim: number): [Value, Value][] {
  const items = itemsOf(value);
  if (items === undefined) return new Array(ndim).fill([value, value]);
  if (items.every((item) => itemsOf(item) === undefined)) return new Array(ndim).fill([items[0], items[1] ?? items[0]]);
  return items.map((item) => {
    const pair = itemsOf(item) ?? [item];
    return [pair[0], pair[1] ?? pair[0]];
  });
}

export const PADDING: readonly NativeFunction[] = [
  fn(
    'pad',
    "array, pad_width, mode='constant', constant_values=None",
    ({ array, pad_width, mode, constant_values }, i) => pad(array, pad_width, mode, constant_values, i),
  ),
];
