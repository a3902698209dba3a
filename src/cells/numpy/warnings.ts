/** What NumPy warns of: numbers that came out of a computation as no finite ones. */

import { isFloating } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Holder } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { ArrayData } from './array.ts';
import type { Spec } from './specs.ts';

/** `np.seterr`, of a workspace: what is passed over in silence. */
export class ErrorState implements Holder {
  divide = 'warn';
  invalid = 'warn';
  over = 'warn';
  under = 'ignore';
  references(): void {}
}

/** Longer results are not looked through: they may not even have to be computed. */
const LOOKED_AT = 1024;

const holdsAny = (t: Tensor, holds: (x: number) => boolean): boolean => {
  if (!isFloating(t.dtype) || t.numel === 0 || t.numel > LOOKED_AT) return false;
  const { data } = t.storage;
  const { shape, strides } = t;
  const down = (dim: number, at: number): boolean => {
    if (dim === shape.length) return holds(data[at] as number);
    for (let i = 0; i < shape[dim]; i++) if (down(dim + 1, at + i * strides[dim])) return true;
    return false;
  };
  return down(0, t.offset);
};

export function finiteOnly(spec: Spec, operands: readonly ArrayData[], made: Tensor, interpreter: Interpreter): void {
  if (!isFloating(made.dtype)) return;
  if (!holdsAny(made, (x) => !Number.isFinite(x))) return;
  const state = interpreter.parts.of(ErrorState);
  if (
    holdsAny(made, Number.isNaN) &&
    !operands.some(({ tensor }) => holdsAny(tensor, Number.isNaN)) &&
    state.invalid === 'warn'
  )
    interpreter.warn('RuntimeWarning', `invalid value encountered in ${spec.name}`);
  const { infinite } = spec;
  if (infinite === undefined || !holdsAny(made, (x) => Math.abs(x) === Number.POSITIVE_INFINITY)) return;
  if (operands.some(({ tensor }) => holdsAny(tensor, (x) => !Number.isFinite(x)))) return;
  if ((infinite === 'overflow' ? state.over : state.divide) !== 'warn') return;
  interpreter.warn('RuntimeWarning', `${infinite} encountered in ${spec.name}`);
}
