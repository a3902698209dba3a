/** Sides of a computation that are differentiated, by the names that a request has for them. */
import type { PassObserver } from '../autograd/pass.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { Tensor } from '../tensor/tensor.ts';

/** A name, or several. */
export type Names = string | readonly string[];
/** One tensor, or those of a tuple. */
export type Part = Tensor | readonly Tensor[];
/** Sides by the names that were asked for. */
export interface Located {
  readonly names: readonly string[];
  readonly values: readonly Part[];
  /** Whether one name stood alone. */
  readonly single: boolean;
}

/** The values that a derivation is of, and those that it is with respect to. */
export interface Sides {
  readonly of: Located;
  readonly wrt: Located;
}

/** What a front end has when its forward part has run. */
export interface Derivable extends Sides {
  readonly observer: PassObserver;
  /** Carries the forward part out again, with other tensors in the place of some that `wrt` names. */
  readonly again: (replaced: ReadonlyMap<string, Tensor>) => Sides;
}

export const namesOf = (names: Names): readonly string[] => (typeof names === 'string' ? [names] : names);

/** JSON Pointer to one of the names. */
export const pointerOf = (field: string, names: Names, i: number): string =>
  typeof names === 'string' ? `/${field}` : `/${field}/${i}`;

export const locate = (names: Names, find: (name: string) => Part): Located => ({
  names: namesOf(names),
  values: namesOf(names).map(find),
  single: typeof names === 'string',
});

/** Has a value that is differentiated with respect to require its gradient. */
export function asArgument(tensor: Tensor, name: string): Tensor {
  if (!isFloating(tensor.dtype))
    throw new EngineError(
      'dtype',
      `wrt names "${name}", which is ${tensor.dtype}: only what is floating has a derivative`,
    );
  return tensor.requiresGrad ? tensor : tensor.requiresGrad_();
}

export const partsOf = (part: Part): readonly Tensor[] => (part instanceof Tensor ? [part] : part);
export const tensorsOf = ({ values }: Located): Tensor[] => values.flatMap(partsOf);
/** The name that each tensor belongs to. */
export const labelsOf = ({ names, values }: Located): string[] =>
  values.flatMap((part, i) => partsOf(part).map(() => names[i]));

export function checkFloating(of: Located): void {
  const labels = labelsOf(of);
  tensorsOf(of).forEach(({ dtype }, i) => {
    if (isFloating(dtype)) return;
    throw new EngineError(
      'dtype',
      `of names "${labels[i]}", which is ${dtype}: only what is floating has a derivative`,
    );
  });
}
