/** Polynomials, writes into arrays by function, and what else stands in numpy itself. */
import { Tensor } from '../../tensor/tensor.ts';
import { valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { NativeFunction, PyInstance, Value } from '../runtime/values.ts';
import {
  type ArrayData,
  arrayOn,
  dataIn,
  doubles,
  integersIn,
  numbersIn,
  own,
  resultOf,
  tensorFrom,
  writeOver,
} from './array.ts';
import { asArray, dataOfValue, numeric, tensorAs, toAxes, toNumber, toWhole } from './convert.ts';
import { fn } from './define.ts';
import { setItem } from './indexing.ts';
import { realEigen } from './linalg.ts';
import { diagonal, TRACE } from './ndarray.ts';
import { dataOf } from './shape.ts';
import { op } from './specs.ts';
import { BOOLEAN, FLOAT64 } from './types.ts';

const row = (numbers: ArrayLike<number>): PyInstance =>
  arrayOn(tensorFrom(numbers, [numbers.length], FLOAT64), FLOAT64);

/** Coefficients by least squares, the columns of powers scaled as NumPy does. */
function polyfit(x: Value, y: Value, deg: Value, w: Value, i: Interpreter): PyInstance {
  const degree = toWhole(deg);
  const at = tensorAs(numeric(x, i, 'polyfit'), FLOAT64);
  let values = tensorAs(numeric(y, i, 'polyfit'), FLOAT64);
  if (degree < 0) throw valueError('expected deg >= 0');
  if (at.ndim !== 1) throw valueError('expected 1D vector for x');
  if (values.shape[0] !== at.shape[0]) throw valueError('expected x and y to have same length');
  i.budget.step(1 + at.numel * (degree + 1));
  let powers = op('vander', at, degree + 1, false);
  if (w !== null) {
    const weights = tensorAs(numeric(w, i, 'polyfit'), FLOAT64);
    powers = op('mul', powers, op('unsqueeze', weights, 1));
    values = op('mul', values, values.ndim === 1 ? weights : op('unsqueeze', weights, 1));
  }
  const scale = op('sqrt', op('sum', op('square', powers), [0]));
  const columns = values.ndim === 1 ? op('unsqueeze', values, 1) : values;
  const cut = at.numel * 2 ** -52;
  const made = op('matmul', op('linalg_pinv', op('div', powers, scale), undefined, false, undefined, cut), columns);
  const scaled = op('div', made, op('unsqueeze', scale, 1));
  return arrayOn(values.ndim === 1 ? op('select', scaled, 1, 0) : scaled, FLOAT64);
}

function polyval(p: Value, x: Value, i: Interpreter): Value {
  const factors = numbersIn(numeric(p, i, 'polyval').tensor);
  const data = numeric(x, i, 'polyval');
  const whole = data.type.kind !== 'f' && numeric(p, i, 'polyval').type.kind !== 'f';
  const t = tensorAs(data, FLOAT64);
  let made = op('zeros_like', t);
  for (const factor of factors) {
    i.budget.step();
    made = op('add', op('mul', made, t), factor);
  }
  return whole ? resultOf(op('to', made, 'int64')) : resultOf(made, FLOAT64);
}

const coefficients = (value: Value, i: Interpreter): Float64Array => numbersIn(numeric(value, i, 'poly').tensor);

function roots(p: Value, i: Interpreter): PyInstance {
  const all = coefficients(p, i);
  const first = all.findIndex((x) => x !== 0);
  const last = all.findLastIndex((x) => x !== 0);
  if (first < 0) return row([]);
  const kept = all.slice(first, last + 1);
  const n = kept.length - 1;
  const companion = doubles(n * n);
  for (let k = 0; k < n; k++) companion[k] = -kept[k + 1] / kept[0];
  for (let k = 1; k < n; k++) companion[k * n + k - 1] = 1;
  const found = n === 0 ? [] : [...numbersIn(realEigen(tensorFrom(companion, [n, n], FLOAT64))[0])];
  return row([...found, ...new Array<number>(all.length - 1 - last).fill(0)]);
}

const sameStorage = (a: Value, b: Value): boolean => {
  const [x, y] = [dataIn(a)?.tensor ?? a, dataIn(b)?.tensor ?? b];
  return x instanceof Tensor && y instanceof Tensor && x.storage.data === y.storage.data;
};

/** Writes where a mask holds. */
function putMasked(
  target: Value,
  mask: Value,
  write: (flat: Float64Array, places: number[]) => void,
  i: Interpreter,
): null {
  const data = own(target);
  const flags = integersIn(dataOfValue(mask, i, BOOLEAN).tensor);
  const flat = numbersIn(data.tensor);
  write(
    flat,
    [...flags].flatMap((flag, k) => (flag === 0n ? [] : [k])),
  );
  writeOver(data, tensorFrom(flat, data.tensor.shape, data.type));
  return null;
}

export const MISC: readonly NativeFunction[] = [
  fn('trace', 'a, offset=0', ({ a, offset }, i) => TRACE(a, offset, i)),
  fn('diagonal', 'a, offset=0', ({ a, offset }, i) => diagonal(asArray(a, i), toWhole(offset))),
  fn('fill_diagonal', 'a, val, wrap=False', ({ a, val }, i) => {
    const data = own(a);
    if (data.tensor.ndim < 2) throw valueError('array must be at least 2-d');
    const on = diagonal(a as PyInstance, 0).native as ArrayData;
    writeOver(on, dataOfValue(val, i).tensor);
    return null;
  }),
  fn('copyto', "dst, src, casting='same_kind', where=True", ({ dst, src, where }, i) => {
    own(dst);
    if (where === true)
      setItem(
        dst as PyInstance,
        null,
        dataOf(asArray(src, i)).tensor.ndim > 0 ? arrayOn(op('unsqueeze', dataOfValue(src, i).tensor, 0)) : src,
        i,
      );
    else {
      const mask = dataOfValue(where, i, BOOLEAN).tensor;
      const { tensor } = own(dst);
      writeOver(own(dst), op('where', mask, op('to', dataOfValue(src, i).tensor, tensor.dtype), tensor));
    }
    return null;
  }),
  fn('putmask', 'a, mask, values', ({ a, mask, values }, i) => {
    const list = numbersIn(dataOfValue(values, i).tensor);
    return putMasked(
      a,
      mask,
      (flat, places) => {
        for (const place of places) flat[place] = list[place % list.length];
      },
      i,
    );
  }),
  fn('place', 'arr, mask, vals', ({ arr, mask, vals }, i) => {
    const list = numbersIn(dataOfValue(vals, i).tensor);
    return putMasked(
      arr,
      mask,
      (flat, places) => {
        places.forEach((place, k) => {
          flat[place] = list[k % list.length];
        });
      },
      i,
    );
  }),
  fn('polyfit', 'x, y, deg, rcond=None, full=False, w=None, cov=False', ({ x, y, deg, w }, i) =>
    polyfit(x, y, deg, w, i),
  ),
  fn('polyval', 'p, x', ({ p, x }, i) => polyval(p, x, i)),
  fn('roots', 'p', ({ p }, i) => roots(p, i)),
  fn('polyder', 'p, m=1', ({ p }, i) => {
    const all = coefficients(p, i);
    return row(all.slice(0, -1).map((x, k) => x * (all.length - 1 - k)));
  }),
  fn('polyint', 'p, m=1, k=None', ({ p }, i) => {
    const all = coefficients(p, i);
    return row([...all.map((x, k) => x / (all.length - k)), 0]);
  }),
  fn('polymul', 'a1, a2', ({ a1, a2 }, i) => {
    const [x, y] = [coefficients(a1, i), coefficients(a2, i)];
    const out = doubles(x.length + y.length - 1);
    x.forEach((p, k) => {
      y.forEach((q, l) => {
        out[k + l] += p * q;
      });
    });
    return row(out);
  }),
  fn('shares_memory', 'a, b, max_work=None', ({ a, b }) => sameStorage(a, b)),
  fn('may_share_memory', 'a, b, max_work=None', ({ a, b }) => sameStorage(a, b)),
  fn('iterable', 'y', ({ y }, i) => {
    try {
      i.iterate(y);
      return true;
    } catch {
      return false;
    }
  }),
  fn('nextafter', 'x1, x2', ({ x1, x2 }, i) => {
    const [from, to] = [toNumber(x1, i), toNumber(x2, i)];
    if (from === to || Number.isNaN(from) || Number.isNaN(to)) return to;
    const bits = new BigInt64Array(new Float64Array([from]).buffer);
    if (from === 0) return to > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
    bits[0] += to > from === from > 0 ? 1n : -1n;
    return new Float64Array(bits.buffer)[0];
  }),
  fn('spacing', 'x', ({ x }, i) => {
    const at = Math.abs(toNumber(x, i));
    const bits = new BigInt64Array(new Float64Array([at]).buffer);
    bits[0] += 1n;
    return new Float64Array(bits.buffer)[0] - at;
  }),
];

export const FREQUENCIES: readonly NativeFunction[] = [
  fn('fftfreq', 'n, d=1.0', ({ n, d }, i) => {
    const size = toWhole(n);
    i.budget.room(size);
    const [half, step] = [Math.floor((size - 1) / 2) + 1, size * toNumber(d, i)];
    return row(Float64Array.from({ length: size }, (_, k) => (k < half ? k : k - size) / step));
  }),
  fn('rfftfreq', 'n, d=1.0', ({ n, d }, i) => {
    const size = toWhole(n);
    i.budget.room(size);
    return row(Float64Array.from({ length: Math.floor(size / 2) + 1 }, (_, k) => k / (size * toNumber(d, i))));
  }),
  fn('fftshift', 'x, axes=None', ({ x, axes }, i) => shifted(x, axes, 1, i)),
  fn('ifftshift', 'x, axes=None', ({ x, axes }, i) => shifted(x, axes, -1, i)),
];

/** Turned by half of the length, so that the middle stands first, or back. */
function shifted(x: Value, axes: Value, by: 1 | -1, i: Interpreter): Value {
  const data = numeric(x, i, 'fftshift');
  const dims = toAxes(axes, data.tensor.ndim);
  const shifts = dims.map((d) => by * Math.floor(data.tensor.shape[d] / 2));
  return arrayOn(op('roll', tensorAs(data, data.type), shifts, dims), data.type);
}
