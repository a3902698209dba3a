/** What the distributions ask of their arguments, in PyTorch's words. */
import { type DType, isFloating } from '../../tensor/dtype.ts';
import { dtypeError, type EngineError, valueRange } from '../../tensor/errors.ts';

/** The C++ names of element types, as PyTorch's messages have them. */
export const NAMES: Record<DType, string> = {
  float32: 'Float',
  float64: 'Double',
  int64: 'Long',
  int32: 'Int',
  uint8: 'Byte',
  bool: 'Bool',
};

/** A number with six digits, as C++ streams write it. */
export const digits = (x: number): string =>
  Number.isNaN(x) ? 'nan' : Number.isFinite(x) ? String(Number(x.toPrecision(6))) : x > 0 ? 'inf' : '-inf';

export const notImplemented = (kernel: string, dtype: DType): EngineError =>
  dtypeError(`"${kernel}" not implemented for '${NAMES[dtype]}'`);

export function floatingFor(kernel: string, dtype: DType): void {
  if (!isFloating(dtype)) throw notImplemented(kernel, dtype);
}

export function check(holds: boolean, message: () => string): asserts holds {
  if (!holds) throw valueRange(message());
}
