/** What subplots() answers: panels in rows and columns, as an array of numpy's. */
import { indexError, PyError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type PyInstance, PyIterator, PyList, PySlice, PyTuple, type Value } from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { defineClass, type Methods, make } from './define.ts';
import { integer } from './read.ts';

export class AxesArrayNative extends Native {
  readonly items: readonly PyInstance[];
  readonly shape: readonly number[];
  constructor(items: readonly PyInstance[], shape: readonly number[]) {
    super();
    this.items = items;
    this.shape = shape;
  }
  references(visit: Visit): void {
    visit(this.items);
  }
}

const arrayWith = (items: readonly PyInstance[], shape: readonly number[]): Value =>
  shape.length === 0 ? items[0] : make(arrayClass, new AxesArrayNative(items, shape));

/** One panel, a row or a matrix of them, without dimensions of one unless they are asked for. */
export function axesArray(items: readonly PyInstance[], rows: number, columns: number, squeeze: boolean): Value {
  return arrayWith(items, squeeze ? [rows, columns].filter((n) => n > 1) : [rows, columns]);
}

/** Which places an index means, and whether it keeps the dimension. */
function placesOf(
  index: Value,
  count: number,
  axis: number,
  interpreter: Interpreter,
): { at: number[]; kept: boolean } {
  if (index instanceof PySlice) {
    const part = (value: Value, fallback: number): number => {
      const i = value === null ? fallback : integer(value, interpreter);
      return Math.min(count, Math.max(0, i < 0 ? i + count : i));
    };
    const step = index.step === null ? 1 : integer(index.step, interpreter);
    const all = Array.from({ length: count }, (_, i) => i);
    if (step === -1 && index.start === null && index.stop === null) return { at: all.reverse(), kept: true };
    if (step < 1) throw new PyError('NotImplementedError', 'slices of panels go forward here');
    const [from, to] = [part(index.start, 0), part(index.stop, count)];
    return { at: all.slice(from, to).filter((_, i) => i % step === 0), kept: true };
  }
  const given = integer(index, interpreter);
  const at = given < 0 ? given + count : given;
  if (at < 0 || at >= count) throw indexError(`index ${given} is out of bounds for axis ${axis} with size ${count}`);
  return { at: [at], kept: false };
}

function pick({ items, shape }: AxesArrayNative, index: Value, interpreter: Interpreter): Value {
  const parts = index instanceof PyTuple ? index.items : [index];
  if (parts.length > shape.length)
    throw indexError(
      `too many indices for array: array is ${shape.length}-dimensional, but ${parts.length} were indexed`,
    );
  const found = shape.map((count, axis) =>
    placesOf(parts[axis] ?? new PySlice(null, null, null), count, axis, interpreter),
  );
  const rest = found.filter(({ kept }) => kept).map(({ at }) => at.length);
  if (shape.length === 1)
    return arrayWith(
      found[0].at.map((i) => items[i]),
      rest,
    );
  const [rows, columns] = found;
  return arrayWith(
    rows.at.flatMap((r) => columns.at.map((c) => items[r * shape[1] + c])),
    rest,
  );
}

const rowsOf = (self: AxesArrayNative): Value[] => {
  const { items, shape } = self;
  if (shape.length === 1) return [...items];
  return Array.from({ length: shape[0] }, (_, r) =>
    arrayWith(items.slice(r * shape[1], (r + 1) * shape[1]), [shape[1]]),
  );
};

const flat = ({ items }: AxesArrayNative): Value => arrayWith(items, [items.length]);

const METHODS: Methods<AxesArrayNative> = {
  '__getitem__ key': (self, { given, interpreter }) => pick(self, given.key as Value, interpreter),
  __iter__: (self) => new PyIterator(new ArrayWalk(rowsOf(self))),
  __len__: ({ shape }) => BigInt(shape[0]),
  'ravel order=': flat,
  'flatten order=': flat,
  'reshape *'({ items }, { more, interpreter }) {
    const sizes = (more.length === 1 && more[0] instanceof PyTuple ? more[0].items : more).map((n) =>
      integer(n, interpreter),
    );
    const known = sizes.filter((n) => n >= 0).reduce((product, n) => product * n, 1);
    const shape = sizes.map((n) => (n < 0 ? items.length / known : n));
    if (shape.reduce((product, n) => product * n, 1) !== items.length || shape.length > 2 || shape.length === 0)
      throw valueError(`cannot reshape array of size ${items.length} into shape (${sizes.join(',')})`);
    return arrayWith(items, shape);
  },
  tolist: (self) =>
    new PyList(
      rowsOf(self).map((one) =>
        (one as PyInstance).native instanceof AxesArrayNative
          ? new PyList([...((one as PyInstance).native as AxesArrayNative).items])
          : one,
      ),
    ),
  __repr__: (self, { interpreter }) => `array(${interpreter.repr(new PyList(rowsOf(self)))}, dtype=object)`,
};

export const arrayClass = defineClass(AxesArrayNative, {
  name: 'ndarray',
  module: 'pyplot',
  methods: METHODS,
  properties: {
    shape: ({ shape }) => new PyTuple(shape.map(BigInt)),
    ndim: ({ shape }) => BigInt(shape.length),
    size: ({ items }) => BigInt(items.length),
    flat,
    T: ({ items, shape }) =>
      shape.length < 2
        ? arrayWith(items, shape)
        : arrayWith(
            Array.from({ length: items.length }, (_, i) => items[(i % shape[0]) * shape[1] + Math.floor(i / shape[0])]),
            [shape[1], shape[0]],
          ),
  },
});
