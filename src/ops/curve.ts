/** What an op declares of its curve: where it breaks, and what it is a curve of. */

import type { Tensor } from '../tensor/tensor.ts';
import type { ParamList, TypeOf } from './params.ts';

/**
 * - `kink`: the slope jumps, the function does not
 * - `jump`: the function jumps
 * - `pole`: the function grows without bound
 * - `end`: the domain ends
 */
export const BREAK_KINDS = ['kink', 'jump', 'pole', 'end'] as const;
export type BreakKind = (typeof BREAK_KINDS)[number];

export interface Break {
  readonly kind: BreakKind;
  readonly x: number;
  /** Where the function has no values, or is refused: below the place or above it. */
  readonly outside?: 'below' | 'above';
}

export const kink = (x: number): Break => ({ kind: 'kink', x });
export const jump = (x: number): Break => ({ kind: 'jump', x });
export const pole = (x: number, outside?: Break['outside']): Break => ({ kind: 'pole', x, outside });
export const end = (x: number, outside: 'below' | 'above'): Break => ({ kind: 'end', x, outside });

/** A kink where the slopes on its two sides differ. */
export const kinkBetween = (x: number, left: number, right: number): readonly Break[] =>
  left === right ? [] : [kink(x)];

/**
 * The arguments of a curve by camelCase name: tensors as the numbers that they hold, none where one is absent.
 * `input` is the vector of which one element runs, `vary` which of them; of a function of one number it has one.
 */
export type CurveArgs<P extends ParamList> = {
  readonly [K in P[number] as K['key']]: Extract<TypeOf<K>, Tensor> extends never ? TypeOf<K> : readonly number[];
} & { readonly vary: number };

/** What sets a curve apart from that of one number by another. */
export interface CurveForm<A = Readonly<Record<string, unknown>>> {
  /** Why there is none: what is answered in its place. */
  readonly none?: string;
  /** Why there is none with these arguments. */
  readonly refuses?: (args: A) => string | undefined;
  /** Of an op of vectors: where the elements stand while one of them runs. */
  readonly at?: readonly number[];
  /** The parameter that names the dimension along which the vector lies. */
  readonly dim?: string;
  /** Of a loss of vectors: the target is the index of a class, a list of them, or a number for each element. */
  readonly target?: 'class' | 'classes' | 'each';
  /** By name: what a parameter is where the request does not say, if not the op's own default. */
  readonly defaults?: Readonly<Record<string, number | readonly number[]>>;
  /** Of a loss: what the mean over one example divides by, where that is not 1. */
  readonly divisor?: (args: A) => number;
}

/** Of a loss of two vectors and a target, or of three vectors. */
export const OF_THREE = { none: 'it is a function of three inputs, not of one number or one vector' } as const;
