/** `a.flat`: the elements in a row, to be walked, read and written. */
import { raised } from '../runtime/exceptions.ts';
import { Native, type Visit, Walk } from '../runtime/holding.ts';
import { ELLIPSIS as ALL, NativeFunction, PyInstance, PyIterator, type Value } from '../runtime/values.ts';
import { DONE } from '../runtime/walks.ts';
import { type ArrayData, elementOf } from './array.ts';
import { getter, members, nativeOf, numpyClass, special } from './define.ts';
import { getItem, setItem } from './indexing.ts';
import { quiet } from './quiet.ts';
import { copied, reshapedTo } from './shape.ts';

const FLATITER = numpyClass('flatiter');

/** The place in storage of the element with a number. */
export function placeAt({ tensor }: ArrayData, at: number): number {
  let rest = at;
  let place = tensor.offset;
  for (let d = tensor.ndim - 1; d >= 0; d--) {
    const size = tensor.shape[d];
    place += (rest % size) * tensor.strides[d];
    rest = Math.floor(rest / size);
  }
  return place;
}

class FlatData extends Native {
  readonly array: PyInstance;
  at = 0;
  constructor(array: PyInstance) {
    super();
    this.array = array;
  }
  references(visit: Visit): void {
    visit(this.array);
  }
}

class FlatWalk extends Walk {
  private readonly own: FlatData;
  constructor(own: FlatData) {
    super();
    this.own = own;
  }
  next(): IteratorResult<Value, undefined> {
    const data = this.own.array.native as ArrayData;
    if (this.own.at >= data.tensor.numel) return DONE;
    return { done: false, value: elementOf(data, placeAt(data, this.own.at++)) };
  }
  references(visit: Visit): void {
    visit(this.own);
  }
}

export function flatIterator(array: PyInstance): PyInstance {
  const made = new PyInstance(FLATITER);
  made.native = new FlatData(array);
  return made;
}

const dataOfFlat = (value: Value | undefined): FlatData => nativeOf(value, FlatData);
const numelOf = (array: PyInstance): number => (array.native as ArrayData).tensor.numel;

members(FLATITER, [
  new NativeFunction('__iter__', ([self]) => new PyIterator(new FlatWalk(dataOfFlat(self)))),
  new NativeFunction('__next__', ([self]) => {
    const next = new FlatWalk(dataOfFlat(self)).next();
    if (next.done === true) throw raised('StopIteration', [], '');
    return next.value;
  }),
  new NativeFunction('__len__', ([self]) => BigInt(numelOf(dataOfFlat(self).array))),
  special('__getitem__', 1, ([self, key], _, i) =>
    quiet(() => {
      const { array } = dataOfFlat(self);
      return getItem(copied(reshapedTo(array, [numelOf(array)], i), i), key, i);
    }),
  ),
  special('__setitem__', 2, ([self, key, value], _, i) =>
    quiet(() => {
      const { array } = dataOfFlat(self);
      const flat = reshapedTo(array, [numelOf(array)], i);
      setItem(flat, key, value, i);
      // Where the elements do not lie in a row, the row is a copy: it is written back.
      const shape = (array.native as ArrayData).tensor.shape;
      if ((flat.native as ArrayData).tensor.storage !== (array.native as ArrayData).tensor.storage)
        setItem(array, ALL, reshapedTo(flat, shape, i), i);
      return null;
    }),
  ),
]);
const [INDEX, INDEX_PROPERTY] = getter('index', (self) => BigInt(dataOfFlat(self).at));
FLATITER.members.set(INDEX, INDEX_PROPERTY);
const [BASE, BASE_PROPERTY] = getter('base', (self) => dataOfFlat(self).array);
FLATITER.members.set(BASE, BASE_PROPERTY);
