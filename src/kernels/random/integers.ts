/** Draws of whole numbers: `random_`, `randint`, `randperm`. */
import { type DType, isFloating, rowOf } from '../../tensor/dtype.ts';
import { dataOf, empty, type Tensor } from '../../tensor/tensor.ts';
import { launch } from '../launch.ts';
import { check, notImplemented } from './checks.ts';
import { currentGenerator } from './current.ts';
import { fillIntegers, fillNumbers } from './fill.ts';
import type { Generator } from './generator.ts';

interface Whole {
  /** The C++ name. */
  readonly name: string;
  readonly min: bigint;
  /** The largest that is drawn where no bound is given: of floats, the last of the whole numbers that have no gap. */
  readonly max: bigint;
}

const C_NAMES: Partial<Record<DType, string>> = {
  uint8: 'unsigned char',
  int64: 'int64_t',
  int8: 'signed char',
  float16: 'c10::Half',
  bfloat16: 'c10::BFloat16',
};

function wholeOf(dtype: DType): Whole {
  const { min, max, eps, method } = rowOf(dtype);
  const name = C_NAMES[dtype] ?? method;
  if (eps === undefined) return { name, min: BigInt(min), max: BigInt(max) };
  const last = BigInt(2 / eps);
  return { name, min: -last, max: last };
}

/** `t.random_()`: from 0 to the dtype's largest. */
export function randomFill(t: Tensor, g: Generator = currentGenerator()): Tensor {
  const count = wholeOf(t.dtype).max + 1n;
  if (t.dtype === 'int64') return fillIntegers(t, () => g.random64() % count);
  if (t.dtype === 'float64') return fillNumbers(t, () => Number(g.random64() % count));
  const few = Number(count);
  return fillNumbers(t, () => g.random() % few);
}

/**
 * `t.random_(from, to)`, from [from, to); `to` null means up to the dtype's largest. `torch.randint` is
 * this on a new tensor, int64 where it names no dtype.
 */
export function randintFill(t: Tensor, from: bigint, to: bigint | null, g: Generator = currentGenerator()): Tensor {
  const { name, min, max } = wholeOf(t.dtype);
  const last = to === null ? max : to - 1n;
  const bound = to === null ? last : to;
  check(
    from < bound || (to === null && from === last),
    () => `random_ expects 'from' to be less than 'to', but got from=${from} >= to=${bound}`,
  );
  if (!isFloating(t.dtype)) {
    check(from >= min && from <= max, () => `from is out of bounds for ${name}`);
    check(last <= max, () => `to - 1 is out of bounds for ${name}`);
  }
  return drawn(t, from, last - from + 1n, g);
}

/** `range` whole numbers from `base` on: one word's remainder, or two words' where one cannot reach all. */
function drawn(t: Tensor, base: bigint, range: bigint, g: Generator): Tensor {
  const wide = range >= 2n ** 32n;
  if (t.dtype === 'int64') {
    if (range === 2n ** 64n) return fillIntegers(t, () => BigInt.asIntN(64, g.random64()));
    if (wide) return fillIntegers(t, () => BigInt.asIntN(64, (g.random64() % range) + base));
    const few = Number(range);
    return fillIntegers(t, () => BigInt(g.random() % few) + base);
  }
  if (wide && isFloating(t.dtype)) return fillNumbers(t, () => Number((g.random64() % range) + base));
  const few = Number(range);
  const from = Number(base);
  return fillNumbers(t, () => (g.random() % few) + from);
}

/** `torch.randperm(n)`: the numbers below `n` in any order, by Fisher and Yates from the front. */
export function randperm(n: number, dtype: DType = 'int64', g: Generator = currentGenerator()): Tensor {
  check(n >= 0, () => `Trying to create tensor with negative dimension ${n}: [${n}]`);
  if (dtype === 'bool') throw notImplemented('randperm', dtype);
  const types: Partial<Record<DType, string>> = {
    uint8: 'uint8_t',
    int8: 'int8_t',
    int16: 'int16_t',
    int32: 'int',
    float32: 'float',
    float16: 'at::Half',
    bfloat16: 'at::BFloat16',
  };
  check(BigInt(n) <= wholeOf(dtype).max, () => `value cannot be converted to type ${types[dtype]} without overflow`);
  const out = empty([n], dtype);
  return launch(out, () => {
    const data = dataOf(out) as Float64Array;
    const whole = dtype === 'int64' ? BigInt : Number;
    for (let i = 0; i < n; i++) data[i] = whole(i) as number;
    for (let i = 0; i < n - 1; i++) {
      const k = i + (g.random() % (n - i));
      const x = data[i];
      data[i] = data[k];
      data[k] = x;
    }
  });
}
