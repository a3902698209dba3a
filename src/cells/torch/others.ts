/** Calls of torch's functions on what is no tensor of the engine's are offered to who knows it. */
import type { Tensor } from '../../tensor/tensor.ts';
import { PyComplex } from '../runtime/complex.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { ForeignDType } from './convert.ts';

type Taker = (
  name: string,
  args: readonly Value[],
  kwargs: Kwargs,
  interpreter: Interpreter | null,
) => Value | undefined;

let taker: Taker = () => undefined;

/** Says who takes such calls: it answers undefined where it does not. */
export function installTaker(take: Taker): void {
  taker = take;
}

const isOther = (value: Value | undefined): boolean =>
  value instanceof PyInstance || value instanceof PyComplex || value instanceof ForeignDType;

/** Of a list, only the first items are looked at. */
const LOOKED_AT = 4;

function some(values: Iterable<Value>): boolean {
  for (const value of values) {
    if (isOther(value)) return true;
    if (!(value instanceof PyList || value instanceof PyTuple)) continue;
    for (let i = 0; i < Math.min(value.items.length, LOOKED_AT); i++) if (isOther(value.items[i])) return true;
  }
  return false;
}

/** What somebody else answers for the call; undefined where it is torch's own. */
export function takenByOthers(
  name: string,
  args: readonly Value[],
  kwargs: Kwargs,
  interpreter: Interpreter | null,
): Value | undefined {
  if (!some(args) && (kwargs.size === 0 || !some(kwargs.values()))) return undefined;
  return taker(name, args, kwargs, interpreter);
}

/** Takes a value of two tensors, as a complex one is, apart, and makes one of them. */
export interface InParts {
  split(value: Value): readonly [Tensor, Tensor] | undefined;
  join(re: Tensor, im: Tensor): Value;
}

let parts: InParts = {
  split: () => undefined,
  join: () => {
    throw new Error('nobody knows values of two tensors');
  },
};

export function installParts(by: InParts): void {
  parts = by;
}

export const inParts = (): InParts => parts;
