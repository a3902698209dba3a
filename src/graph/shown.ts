/**
 * Who shows the elements of a storage: tensors that autograd does not know as windows on each other, as
 * after `detach()` and through `data`. A write through one of them reaches all; which writes a tensor's
 * value does not account for yet is found when the tensor is used next.
 */
import { baseOf } from '../autograd/windows.ts';
import type { Storage } from '../tensor/storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Program } from './program.ts';
import type { Value } from './value.ts';

/** Where a tensor's elements lie in their storage. */
export type Place = Pick<Tensor, 'dtype' | 'shape' | 'strides' | 'offset'>;

/** The latest write through a tensor or windows on it, and what the whole tensor was after it. */
export interface Write {
  readonly family: number;
  at: number;
  value: Value;
  readonly place: Place;
}

/** So many tensors may have written to parts that others do not cover, until the oldest write is forgotten. */
const MAX_WRITES = 16;

/** The tensor that a write to `t` makes the next version of: the one it is a window on, if autograd says so. */
const ownerOf = (t: Tensor): Tensor => baseOf(t) ?? t;

/** How many elements lie from a tensor's first to behind its last. */
const reachOf = ({ shape, strides }: Place): number =>
  shape.includes(0) ? 0 : shape.reduce((reach, n, d) => reach + (n - 1) * strides[d], 1);

/** Whether two may have an element in common: what lies between each other's elements is not told apart. */
function meet(a: Place, b: Place): boolean {
  if (a.dtype !== b.dtype) return true;
  return a.offset < b.offset + reachOf(b) && b.offset < a.offset + reachOf(a);
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a === b || (a.length === b.length && a.every((n, i) => n === b[i]));

/** Whether both show the same elements in the same order. */
export const sameLayout = (a: Place, b: Place): boolean =>
  a.dtype === b.dtype && a.offset === b.offset && sameNumbers(a.shape, b.shape) && sameNumbers(a.strides, b.strides);

/** The dimensions in the order in which elements lie, if nothing lies between them. */
export function denseOrder({ shape, strides }: Place): number[] | undefined {
  const order = shape.map((_, d) => d).sort((a, b) => strides[b] - strides[a] || a - b);
  let step = 1;
  for (const d of order.toReversed()) {
    if (shape[d] !== 1 && strides[d] !== step) return undefined;
    step *= shape[d];
  }
  return order;
}

/** Whether `inner` is a window on `outer`, whose elements fill their place. */
export const covers = (outer: Place, inner: Place): boolean =>
  outer.dtype === inner.dtype &&
  inner.offset >= outer.offset &&
  inner.offset + reachOf(inner) <= outer.offset + reachOf(outer) &&
  denseOrder(outer) !== undefined;

export class Shown {
  readonly program: Program;
  /** In the order in which they were made, one of a family at most. */
  private writes: Write[] = [];
  /** When the newest of those that were forgotten was made. */
  private lost = -1;
  /** Values that hold a tensor on the elements, and not a copy. */
  private holders: Value[] = [];

  constructor(program: Program) {
    this.program = program;
  }

  /** What a program knows of a storage's elements; null where nothing is known, or to another program. */
  static of(storage: Storage, program: Program): Shown | null {
    const shown = storage.shown as Shown | null;
    return shown !== null && shown.program === program ? shown : null;
  }

  /** The same, which is made where there is none. */
  static for(storage: Storage, program: Program): Shown {
    const known = Shown.of(storage, program);
    if (known !== null) return known;
    const shown = new Shown(program);
    storage.shown = shown;
    return shown;
  }

  /** Whether the value of `t` does not account for all writes. */
  isBehind(t: Tensor): boolean {
    const { writes } = this;
    if (writes.length === 0) return false;
    if (t.recordedAt < this.lost) return true;
    const { family } = ownerOf(t);
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i];
      if (write.at > t.recordedAt && write.family !== family && meet(write.place, t)) return true;
    }
    return false;
  }

  /** The writes that the value of `t` does not account for; undefined where some were forgotten. */
  missed(t: Tensor): Write[] | undefined {
    if (t.recordedAt < this.lost) return undefined;
    const { family } = ownerOf(t);
    return this.writes.filter((write) => write.at > t.recordedAt && write.family !== family && meet(write.place, t));
  }

  /** Notes that `t`, which is a window on no other, was written to and is `value` since. */
  write(t: Tensor, value: Value, family: number, at: number): void {
    const { dtype, shape, strides, offset } = t;
    const { writes } = this;
    if (writes.length === 1 && writes[0].family === family && sameLayout(t, writes[0].place)) {
      // As almost everywhere: nobody else writes.
      writes[0].at = at;
      writes[0].value = value;
      return;
    }
    const write = { family, at, value, place: { dtype, shape, strides, offset } };
    if (writes.length === 0) writes.push(write);
    else {
      this.writes = writes.filter(
        (other) => other.family !== family && !covers(t, other.place) && !sameLayout(t, other.place),
      );
      this.writes.push(write);
      if (this.writes.length > MAX_WRITES) this.lost = (this.writes.shift() as Write).at;
    }
  }

  /** Shows the values that are remembered here. */
  references(visit: (held: unknown) => void): void {
    for (const { value } of this.writes) visit(value);
    for (const value of this.holders) visit(value);
  }

  /** Notes that a value holds on to a tensor. */
  hold(value: Value): void {
    this.holders.push(value);
  }

  /** Values, other than of `target` and its base, that hold on to elements which a write to `target` reaches. */
  reached(target: Tensor): Iterable<Value> {
    if (this.holders.length === 0) return this.holders;
    const found = new Set<Value>();
    this.holders = this.holders.filter((value) => {
      const { tensor } = value;
      if (tensor === null || tensor.storage.shown !== this) return false;
      if (tensor === target || tensor === target.base || !meet(tensor, target)) return true;
      found.add(value);
      return false;
    });
    return found;
  }
}
