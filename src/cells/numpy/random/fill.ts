/** Arrays of draws: parameters that are numbers or arrays, a size that is given or theirs. */
import type { Shape } from '../../../tensor/shape.ts';
import { numelOf } from '../../../tensor/shape.ts';
import { valueError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import type { Value } from '../../runtime/values.ts';
import { arrayOn, doubles, numbersIn, shapeText, tensorFrom } from '../array.ts';
import { numeric, tensorAs, toShape } from '../convert.ts';
import { op } from '../specs.ts';
import { FLOAT64, type NpType } from '../types.ts';
import { broadcast } from '../ufunc.ts';

/** How many draws cost as much as a step. */
const DRAWS_A_STEP = 4;

/** So many numbers, drawn one after the other. */
export function drawn(n: number, draw: (k: number) => number, i: Interpreter): Float64Array {
  i.budget.step(1 + n / DRAWS_A_STEP / 16);
  const out = doubles(n);
  for (let k = 0; k < n; k++) {
    if (k % 4096 === 4095) i.budget.step(4096 / DRAWS_A_STEP);
    out[k] = draw(k);
  }
  return out;
}

/** Draws with parameters: a number where nothing has dimensions and no size is given. */
export function sampled(
  parameters: readonly Value[],
  size: Value,
  i: Interpreter,
  draw: (...parameters: number[]) => number,
  type: NpType = FLOAT64,
): Value {
  const data = parameters.map((value) => numeric(value, i, 'random'));
  const own = broadcast(data.map(({ tensor }) => tensor.shape));
  if (size === null && own.length === 0) {
    const made = draw(...data.map(({ tensor }) => numbersIn(tensor)[0]));
    return type.kind === 'f' ? made : BigInt(made);
  }
  const shape: Shape = size === null ? own : toShape(size, i);
  if (own.length > shape.length || own.some((n, d) => n !== 1 && n !== shape[shape.length - own.length + d]))
    throw valueError(
      `shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between arg 0 with shape ${shapeText(own)} and arg 1 with shape ${shapeText(shape)}.`,
    );
  const columns = data.map((one) =>
    one.tensor.ndim === 0 ? numbersIn(one.tensor) : numbersIn(op('broadcast_to', tensorAs(one, FLOAT64), shape)),
  );
  const at = (k: number): number[] => columns.map((column) => column[column.length === 1 ? 0 : k]);
  return arrayOn(
    tensorFrom(
      drawn(numelOf(shape), (k) => draw(...at(k)), i),
      shape,
      type,
    ),
    type,
  );
}
