/** NumPy's scalars: numbers that know their type. */

import { fill } from '../../kernels/pointwise.ts';
import { rounded } from '../../tensor/dtype.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { Native } from '../runtime/holding.ts';
import { PyInstance, type Value } from '../runtime/values.ts';
import type { NpType } from './types.ts';

export class ScalarData extends Native {
  readonly value: number | bigint | boolean;
  readonly type: NpType;
  constructor(value: number | bigint | boolean, type: NpType) {
    super();
    this.value = value;
    this.type = type;
  }

  override asNumber(): number | bigint | boolean {
    return this.value;
  }

  override asTensor(): Tensor {
    const { value, type } = this;
    return fill(empty([], type.dtype), typeof value === 'boolean' ? Number(value) : value);
  }

  references(): void {}
}

/** A number cut to what a type holds. */
export function fitted(value: number | bigint | boolean, type: NpType): number | bigint | boolean {
  if (type.kind === 'b') return typeof value === 'boolean' ? value : Number(value) !== 0;
  if (type.kind === 'f') return rounded(Number(value), type.dtype);
  let whole: bigint;
  if (typeof value === 'bigint') whole = value;
  else if (typeof value === 'number' && !Number.isFinite(value)) whole = -(2n ** 63n);
  else whole = BigInt(typeof value === 'number' ? Math.trunc(value) : value);
  return type.kind === 'u' ? BigInt.asUintN(type.size * 8, whole) : BigInt.asIntN(type.size * 8, whole);
}

export function scalarOf(value: number | bigint | boolean, type: NpType): PyInstance {
  const made = new PyInstance(type.cls);
  made.native = new ScalarData(fitted(value, type), type);
  return made;
}

export const scalarIn = (value: Value): ScalarData | undefined =>
  value instanceof PyInstance && value.native instanceof ScalarData ? value.native : undefined;
