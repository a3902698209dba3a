/**
 * How a derivation tells an op: its formula and what its rules pass back. Texts are LaTeX in which `@input`
 * stands for a parameter by its key in camelCase, `@result` for what the op gave, and `@g` for the gradient
 * that arrived.
 */
import { showShape } from '../tensor/errors.ts';
import { Float, type Scalar, scalarToNumber } from '../tensor/scalar.ts';
import { broadcastShapes, numelOf, type Shape } from '../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../tensor/tensor.ts';
import type { Args, DiffKeys, ParamList, Reduction } from './params.ts';

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
  readonly let?: Readonly<Record<string, Let>>;
  /** LaTeX of the Jacobian, where it has a form of its own. */
  readonly jacobian?: string;
}

/** A part of a rule with a name of its own. */
export interface Let {
  /** LaTeX of that name. */
  readonly name: string;
  /** What it is, with marks. */
  readonly is: string;
  /** Its elements, where they are there; those of a single mark are found. */
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
  /** A sentence on what happens to the gradient, whatever the parameter. */
  readonly words?: string;
  /** Values of the first parameter at which the derivative jumps, so that what is taken there is a convention. */
  readonly kinks?: (args: ToldArgs<P>) => readonly number[];
  /** Two parameters of which the derivative jumps where they are equal. */
  readonly ties?: readonly [string, string];
  /** Whether the result is one of the elements of the first parameter, so that equal ones are told apart by convention. */
  readonly extreme?: boolean;
}

/** A number in front of a product; nothing where it is 1. */
export const times = (factor: Scalar, mark: string): string => (scalarToNumber(factor) === 1 ? '' : `${mark}\\,`);

type Dims = number | readonly number[] | undefined;

/** The dimensions of a reduction, below its name. */
export const along = (dim: Dims): string => (dim === undefined ? '' : `_{${[dim].flat().join(', ')}}`);

/** A gradient given to each element that was reduced to what it belongs to. */
export function spreadLatex(shape: Shape, dim: Dims, keepdim: boolean): string {
  if (shape.length === 0) return '@g';
  const ones = String.raw`\mathbf{1}_{${shape.join(String.raw` \times `)}}`;
  if (dim === undefined || keepdim) return String.raw`@g \cdot ${ones}`;
  return String.raw`\operatorname{unsqueeze}${along(dim)}(@g) \cdot ${ones}`;
}

type Product = Pick<Told, 'latex' | 'words'>;

const transposed = ({ length }: Shape, mark: string): string => (length === 0 ? mark : String.raw`${mark}^{\top}`);

/** What the left one of two factors gets. */
export function byLeft(a: TensorMeta, b: TensorMeta, other: string, factor = ''): Product {
  if (a.shape.length === 1 && b.shape.length === 1)
    return {
      latex: String.raw`${factor}@g\,${other}`,
      words: 'the gradient, which is a number, times the other vector',
    };
  const outer = b.shape.length === 1 ? ', an outer product' : '';
  return {
    latex: String.raw`${factor}@g\,${transposed(b.shape, other)}`,
    words: `the gradient times the transposed right factor, of shape ${showShape(b.shape)}, gives the shape ${showShape(a.shape)} of the left one${outer}${batches(a, b)}`,
  };
}

/** What the right one of two factors gets. */
export function byRight(a: TensorMeta, b: TensorMeta, other: string, factor = ''): Product {
  if (a.shape.length === 1 && b.shape.length === 1)
    return {
      latex: String.raw`${factor}@g\,${other}`,
      words: 'the gradient, which is a number, times the other vector',
    };
  const outer = a.shape.length === 1 ? ', an outer product' : '';
  return {
    latex: String.raw`${factor}${transposed(a.shape, other)} @g`,
    words: `the transposed left factor, of shape ${showShape(a.shape)}, times the gradient gives the shape ${showShape(b.shape)} of the right one${outer}${batches(a, b)}`,
  };
}

const batches = (a: TensorMeta, b: TensorMeta): string =>
  a.shape.length > 2 || b.shape.length > 2 ? '; matrix by matrix, summed over batches that were broadcast' : '';

interface Reduced {
  readonly reduction: Reduction;
  readonly input: TensorMeta;
  readonly target: TensorMeta;
}

/** A loss of which this is what an element adds. */
export const ofAll = (reduction: Reduction, element: string): string =>
  reduction === 'none' ? element : String.raw`\operatorname{${reduction}}\left(${element}\right)`;

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** The derivative of a loss by an element, of which this is what the element's own term has. */
export function ofEach({ reduction, input, target }: Reduced, slope: string): string {
  const n = numelOf(broadcastShapes(input.shape, target.shape));
  if (reduction !== 'mean' || n === 1) return slope;
  const [, sign, factor = '1', rest] = /^(-?)(?:(\d+)\\,)?(.*)$/s.exec(slope) as RegExpExecArray;
  const common = divisor(Number(factor), n);
  const [above, below] = [Number(factor) / common, n / common];
  if (below === 1) return above === 1 ? sign + rest : String.raw`${sign}${above}\,${rest}`;
  return String.raw`${sign}\tfrac{${above}}{${below}}\,${rest}`;
}

/** A weight in front of a product, where there is one. */
export const byWeight = (weight: unknown): string => (weight === undefined ? '' : String.raw`@weight\,`);

/** The numbers among bounds, at which a derivative jumps. */
export const numbersAmong = (bound: unknown): number[] =>
  typeof bound === 'number' || typeof bound === 'bigint' || bound instanceof Float ? [scalarToNumber(bound)] : [];

/** The derivative of a power by its base. */
export function powerSlope(exponent: Scalar): string {
  const n = scalarToNumber(exponent);
  if (n === 0) return '0';
  if (n === 1) return '1';
  return n === 2 ? String.raw`2\,@input` : String.raw`@exponent\,@input^{${Number((n - 1).toPrecision(12))}}`;
}
