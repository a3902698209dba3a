/**
 * Vectors of numbers inside a function under construction: each operation takes locals and
 * gives a new local. Constants are kept in locals of their own, set before the loop, since V8 would
 * rebuild them at each use.
 */
import type { ValueType, WasmFunction } from './emitter.ts';

export type LaneKind = 'f32x4' | 'f64x2';
export type IntegerLaneKind = 'i32x4' | 'i64x2';

/** Shuffles the upper half of a vector down. */
export const HIGH_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

/** The index of a local of type v128. */
export type Vector = number;

export class Lanes {
  readonly f: WasmFunction;
  readonly kind: LaneKind | IntegerLaneKind;
  /** Numbers in a vector. */
  readonly width: number;
  private readonly constants = new Map<string, Vector>();
  private readonly temporaries: Vector[] = [];

  constructor(f: WasmFunction, kind: LaneKind | IntegerLaneKind) {
    this.f = f;
    this.kind = kind;
    this.width = kind.endsWith('x4') ? 4 : 2;
  }

  /** A new local for what is on the stack. */
  keep(): Vector {
    const local = this.f.local('v128');
    this.temporaries.push(local);
    this.f.set(local);
    return local;
  }

  /** A number in all lanes. */
  constant(value: number): Vector {
    return this.hoisted(`${Object.is(value, -0) ? '-0' : value}`, () => {
      const { f, kind } = this;
      if (kind === 'f32x4') f.f32(value);
      else if (kind === 'f64x2') f.f64(value);
      else if (kind === 'i32x4') f.i32(value);
      else f.i64(value);
      f.op(`${kind}.splat`);
    });
  }

  /** 32 bits in all of four lanes. */
  bits32(value: number): Vector {
    return this.hoisted(`bits ${value | 0}`, () => this.f.i32(value).op('i32x4.splat'));
  }

  /** A vector computed once, before the loop. */
  hoisted(key: string, emit: () => void): Vector {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const local = this.f.local('v128');
    this.constants.set(key, local);
    this.f.hoist(() => {
      emit();
      this.f.set(local);
    });
    return local;
  }

  /** An instruction of this kind of lanes: `add`, `min`, `lt`. */
  op(name: string, ...args: readonly Vector[]): Vector {
    // Of a pair of f64x2.neg V8 makes a wide operation that may flip other bits than the sign.
    if (name === 'neg' && this.kind.startsWith('f')) return this.raw('v128.xor', args[0], this.constant(-0));
    return this.raw(`${this.kind}.${name}`, ...args);
  }

  /** Any instruction of vectors. */
  raw(instruction: string, ...args: readonly Vector[]): Vector {
    for (const arg of args) this.f.get(arg);
    this.f.op(instruction);
    return this.keep();
  }

  shift(instruction: string, x: Vector, bits: number): Vector {
    this.f.get(x).i32(bits).op(instruction);
    return this.keep();
  }

  shuffle(a: Vector, b: Vector, lanes: readonly number[]): Vector {
    this.f.get(a).get(b).shuffle(lanes);
    return this.keep();
  }

  /** `a * b + c`, rounded once where the processor can. */
  fma(a: Vector, b: Vector, c: Vector): Vector {
    return this.op('relaxed_madd', a, b, c);
  }

  /** `c - a * b` */
  fnma(a: Vector, b: Vector, c: Vector): Vector {
    return this.op('relaxed_nmadd', a, b, c);
  }

  /** The polynomial of `x` with these coefficients, the highest first. */
  polynomial(x: Vector, coefficients: readonly number[]): Vector {
    let sum = this.constant(coefficients[0]);
    for (const c of coefficients.slice(1)) sum = this.fma(sum, x, this.constant(c));
    return sum;
  }

  /** `then` where the mask is set, else `otherwise`. */
  select(mask: Vector, then: Vector, otherwise: Vector): Vector {
    return this.raw('v128.bitselect', then, otherwise, mask);
  }

  /** A scalar function brought to each lane; it takes and gives doubles. */
  each(callee: { readonly index: number }, ...args: readonly Vector[]): Vector {
    const { f, kind, width } = this;
    const scalar: ValueType = kind === 'f32x4' ? 'f32' : 'f64';
    const out = f.local('v128');
    this.temporaries.push(out);
    for (let lane = 0; lane < width; lane++) {
      if (lane > 0) f.get(out);
      for (const arg of args) {
        f.get(arg).lane(`${kind}.extract_lane`, lane);
        if (scalar === 'f32') f.op('f64.promote_f32');
      }
      f.call(callee);
      if (scalar === 'f32') f.op('f32.demote_f64');
      if (lane === 0) f.op(`${kind}.splat`);
      else f.lane(`${kind}.replace_lane`, lane);
      f.set(out);
    }
    return out;
  }

  /** Where any `|x|` is beyond `reach`, the scalar function's results take the place of `value`. */
  beyond(x: Vector, reach: number, value: Vector, callee: { readonly index: number }): void {
    const { f } = this;
    f.get(this.op('gt', this.op('abs', x), this.constant(reach))).op('v128.any_true');
    f.if(() => f.get(this.each(callee, x)).set(value));
  }

  /** At the end of a loop's body: nothing is carried from one round to the next, which V8 would keep in registers. */
  forget(): void {
    if (this.temporaries.length === 0) return;
    const zero = this.hoisted('zero', () => this.f.i32(0).op('i32x4.splat'));
    for (const local of this.temporaries) this.f.get(zero).set(local);
  }
}
