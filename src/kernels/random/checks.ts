/** What the distributions ask of their arguments, in PyTorch's words. */
import { type DType, isFloating, typeNameOf } from '../../tensor/dtype.ts';
import { dtypeError, type EngineError, valueRange } from '../../tensor/errors.ts';

/** A number with six digits, as C++ streams write it. */
export const digits = (x: number): string =>
  Number.isNaN(x) ? 'nan' : Number.isFinite(x) ? String(Number(x.toPrecision(6))) : x > 0 ? 'inf' : '-inf';

export const notImplemented = (kernel: string, dtype: DType): EngineError =>
  dtypeError(`"${kernel}" not implemented for '${typeNameOf(dtype)}'`);

export function floatingFor(kernel: string, dtype: DType): void {
  if (!isFloating(dtype)) throw notImplemented(kernel, dtype);
}

export function check(holds: boolean, message: () => string): asserts holds {
  if (!holds) throw valueRange(message());
}
