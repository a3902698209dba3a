/** The element types of tensors, and PyTorch's rules for mixing them. */

export const DTYPES = ['float32', 'float64', 'int64', 'int32', 'uint8', 'bool'] as const;

export type DType = (typeof DTYPES)[number];

/** PyTorch's promotion categories, in rising order. */
export type Category = 'bool' | 'integer' | 'floating';

export type NumberArray = Float32Array | Float64Array | Int32Array | Uint8Array;
export type TypedArray = NumberArray | BigInt64Array;

interface DTypeInfo {
  readonly bytes: 1 | 4 | 8;
  readonly category: Category;
  /** Rank inside torch's promotion lattice. */
  readonly rank: number;
}

const INFO: Record<DType, DTypeInfo> = {
  bool: { bytes: 1, category: 'bool', rank: 0 },
  uint8: { bytes: 1, category: 'integer', rank: 1 },
  int32: { bytes: 4, category: 'integer', rank: 2 },
  int64: { bytes: 8, category: 'integer', rank: 3 },
  float32: { bytes: 4, category: 'floating', rank: 4 },
  float64: { bytes: 8, category: 'floating', rank: 5 },
};

/** The dtype of floats that say none. Cells may change it for the time that they run. */
export let DEFAULT_DTYPE: DType = 'float32';

/** Sets the default dtype and gives back what it was; pair it with a `finally`. */
export function setDefaultDType(dtype: DType): DType {
  const before = DEFAULT_DTYPE;
  DEFAULT_DTYPE = dtype;
  return before;
}

export const isDType = (name: string): name is DType => Object.hasOwn(INFO, name);
export const isFloating = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64';
/** Integer types, `bool` not among them. */
export const isIntegral = (dtype: DType): boolean => INFO[dtype].category === 'integer';
export const categoryOf = (dtype: DType): Category => INFO[dtype].category;
export const bytesOf = (dtype: DType): 1 | 4 | 8 => INFO[dtype].bytes;

/** `torch.promote_types`: the smallest type that both fit in. */
export function promoteTypes(a: DType, b: DType): DType {
  return INFO[a].rank >= INFO[b].rank ? a : b;
}

/** What takes part in promotion: a tensor's dtype and its rank, or a Python number. */
export interface Operand {
  readonly dtype: DType;
  /** `tensor`: one or more dimensions; `zero`: a 0-d tensor; `number`: a Python number. */
  readonly priority: 'tensor' | 'zero' | 'number';
}

const CATEGORY_RANK: Record<Category, number> = { bool: 0, integer: 1, floating: 2 };

/**
 * `torch.result_type`: dimensioned tensors decide, unless a 0-d tensor, or else a number, is of a
 * higher category.
 */
export function resultType(operands: readonly Operand[]): DType {
  let result: DType | undefined;
  for (const priority of ['tensor', 'zero', 'number'] as const) {
    let level: DType | undefined;
    for (const operand of operands) {
      if (operand.priority !== priority) continue;
      level = level === undefined ? operand.dtype : promoteTypes(level, operand.dtype);
    }
    if (level === undefined) continue;
    if (result === undefined || CATEGORY_RANK[categoryOf(level)] > CATEGORY_RANK[categoryOf(result)]) result = level;
  }
  return result ?? DEFAULT_DTYPE;
}
