/**
 * How a derivation tells an op: its formula and what its rules pass back. Texts are LaTeX in which `@input`
 * stands for a parameter by its key in camelCase, `@result` for what the op gave, and `@g` for the gradient
 * that arrived.
 */
import type { Tensor, TensorMeta } from '../tensor/tensor.ts';
import type { Args, DiffKeys, ParamList } from './params.ts';

/** Element by element; elements that only move; products of matrices; any other product with a Jacobian. */
export const FORMS = ['elementwise', 'index', 'matrix', 'vjp'] as const;
export type Form = (typeof FORMS)[number];

export interface Told {
  readonly form: Form;
  /** Of `elementwise` the derivative that the gradient is multiplied by; of all others what is passed on, with `@g`. */
  readonly latex: string;
  /** A sentence on what happens to the gradient, with the same marks. */
  readonly words?: string;
  /** What further marks stand for. */
  readonly let?: () => Readonly<Record<string, Let>>;
}

/** A part of a rule with a name of its own. */
export interface Let {
  /** LaTeX of that name. */
  readonly name: string;
  /** What it is, with marks. */
  readonly is: string;
  /** Its elements, where they can be known. */
  readonly tensor?: Tensor;
}

/** The arguments of a call, and what it gave; tensors may be known by shape and dtype alone. */
export type ToldArgs<P extends ParamList> = Args<P> & { readonly result: TensorMeta };

type Of<T, P extends ParamList> = T | ((args: ToldArgs<P>) => T);

export interface Derivation<P extends ParamList = ParamList> {
  /** The result in terms of the parameters. */
  readonly formula?: Of<string, P>;
  /** By differentiable parameter; a text alone is that of an `elementwise` rule. */
  readonly by?: { readonly [K in keyof DiffKeys<P>]?: Of<string | Told, P> };
  /** Values of the first parameter at which the derivative jumps, so that what is taken there is a convention. */
  readonly kinks?: (args: ToldArgs<P>) => readonly number[];
  /** Two parameters of which the derivative jumps where they are equal. */
  readonly ties?: readonly [string, string];
}
