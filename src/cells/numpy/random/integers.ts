/** Whole numbers from a range. */
import { rowOf } from '../../../tensor/dtype.ts';
import { numelOf } from '../../../tensor/shape.ts';
import { typeError, valueError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import type { Value } from '../../runtime/values.ts';
import { arrayOn, integersIn, tensorFrom } from '../array.ts';
import { dataOfValue, toShape } from '../convert.ts';
import { op } from '../specs.ts';
import { INT64, type NpType, toType } from '../types.ts';
import { broadcast } from '../ufunc.ts';
import { type Bits, LegacyBits, lemire32, lemire64, maskOf } from './bits.ts';

/** Whole numbers below a bound, drawn as the generator does it: with masks by RandomState, by Lemire's way by Generator. */
export function below(bits: Bits, most: bigint): bigint {
  if (most === 0n) return 0n;
  if (most < 0xffffffffn) {
    if (!(bits instanceof LegacyBits)) return BigInt(lemire32(bits, Number(most)));
    const mask = Number(maskOf(most));
    let value = 0;
    do value = (bits.next32() & mask) >>> 0;
    while (value > Number(most));
    return BigInt(value);
  }
  if (most === 0xffffffffn) return BigInt(bits.next32());
  if (!(bits instanceof LegacyBits)) return most === 0xffffffffffffffffn ? bits.next64() : lemire64(bits, most);
  const mask = maskOf(most);
  let value = 0n;
  do value = bits.next64() & mask;
  while (value > most);
  return value;
}

/** Numbers of 8 and 16 bits are cut from words of 32. */
class Pieces {
  private readonly bits: Bits;
  private readonly width: number;
  private word = 0;
  private left = 0;
  constructor(bits: Bits, width: number) {
    this.bits = bits;
    this.width = width;
  }
  next(): number {
    if (this.left === 0) {
      this.word = this.bits.next32();
      this.left = 32 / this.width - 1;
    } else {
      this.word >>>= this.width;
      this.left--;
    }
    return this.word & (2 ** this.width - 1);
  }
  upTo(most: number): number {
    const all = 2 ** this.width - 1;
    if (most === 0) return 0;
    if (most === all) return this.next();
    if (this.bits instanceof LegacyBits) {
      const mask = Number(maskOf(BigInt(most)));
      let value = 0;
      do value = this.next() & mask;
      while (value > most);
      return value;
    }
    const size = most + 1;
    let product = this.next() * size;
    let low = product & all;
    if (low < size) {
      const threshold = (all - most) % size;
      while (low < threshold) {
        product = this.next() * size;
        low = product & all;
      }
    }
    return product >>> this.width;
  }
}

export function integers(
  bits: Bits,
  low: Value,
  high: Value,
  size: Value,
  dtype: Value,
  closed: boolean,
  i: Interpreter,
): Value {
  const type = toType(dtype) ?? INT64;
  if (type.kind !== 'i' && type.kind !== 'u' && type.kind !== 'b')
    throw typeError(`Unsupported dtype dtype('${type.name}') for randint`);
  const [start, end] = high === null ? [0n, low] : [low, high];
  const [a, b] = [start, end].map((value) => dataOfValue(value, i));
  const shape = broadcast([a.tensor.shape, b.tensor.shape]);
  const wholes = [a, b].map((data) =>
    integersIn(shape.length === 0 ? data.tensor : op('broadcast_to', data.tensor, shape)),
  );
  const target = size === null ? shape : toShape(size, i);
  const n = numelOf(target);
  const at = (list: BigInt64Array, k: number): bigint => list[list.length === 1 ? 0 : k % list.length];
  const draw = drawOf(bits, type);
  const bounds = (k: number): [bigint, bigint] => {
    const [from, to] = [at(wholes[0], k), at(wholes[1], k) - (closed ? 0n : 1n)];
    checkRange(from, to, type);
    return [from, to];
  };
  const plain = size === null && shape.length === 0;
  if (plain) {
    const [from, to] = bounds(0);
    const made = from + draw(to - from);
    return type.kind === 'b' ? made !== 0n : made;
  }
  i.budget.step(1 + n / 8);
  const out = new BigInt64Array(n);
  const fixed = wholes[0].length === 1 && wholes[1].length === 1 ? bounds(0) : null;
  for (let k = 0; k < n; k++) {
    if (k % 4096 === 4095) i.budget.step(1024);
    const [from, to] = fixed ?? bounds(k);
    out[k] = from + draw(to - from);
  }
  return arrayOn(tensorFrom(out, target, type), type);
}

function drawOf(bits: Bits, type: NpType): (most: bigint) => bigint {
  if (type.size >= 4) return (most) => below(bits, most);
  const pieces = new Pieces(bits, type.kind === 'b' ? 1 : type.size * 8);
  return (most) => BigInt(pieces.upTo(Number(most)));
}

function checkRange(from: bigint, to: bigint, type: NpType): void {
  if (from > to) throw valueError('low >= high');
  const { min, max } = rowOf(type.dtype);
  if (from < BigInt(min)) throw valueError(`low is out of bounds for ${type.name}`);
  if (to > BigInt(max)) throw valueError(`high is out of bounds for ${type.name}`);
}
