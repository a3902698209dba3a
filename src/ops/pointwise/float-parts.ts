/** Floating numbers taken apart: mantissa and exponent, and the next number there is. */
import { EXPONENT, MANTISSA, NEXT_AFTER } from '../../kernels/formula/plain.ts';
import { map1, map2 } from '../../kernels/index.ts';
import { isFloating, typeNameOf } from '../../tensor/dtype.ts';
import { dtypeError } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { constant, tensor } from '../params.ts';
import { commonType } from '../promote.ts';
import { div } from './arithmetic.ts';
import { exp2 } from './exponential.ts';

export const frexp = defineOp({
  name: 'frexp',
  category: 'pointwise',
  summary: 'Mantissas of a size from 1/2 up to 1, and the exponents of 2 that belong to them',
  params: [tensor('input')],
  formula: String.raw`x = m\, 2^e,\quad \tfrac12 \le |m| < 1`,
  derivative: String.raw`\tfrac{\partial m}{\partial x} = 2^{-e}`,
  forward: ({ input }): readonly Tensor[] => {
    if (!isFloating(input.dtype)) throw dtypeError('torch.frexp() only supports floating-point dtypes');
    return [map1(MANTISSA, input), map1(EXPONENT, input, input.dtype, 'int32')];
  },
  saves: ['result'],
  constantResults: [1],
  gradient: {
    input: ({ result }, [grad]): Tensor | null => (grad === null ? null : div(grad, exp2(result[1]))),
  },
  examples: [{ input: [6, 0.75, -3] }],
});

export const nextafter = defineOp({
  name: 'nextafter',
  category: 'pointwise',
  in: ['torch', 'Tensor_'],
  summary: 'The next number of the dtype in the direction of another',
  params: [constant('input'), constant('other')],
  formula: String.raw`\min \{ z > x \} \text{ or } \max \{ z < x \}`,
  forward: ({ input, other }) => {
    const dtype = commonType(input, other);
    if (dtype !== 'float32' && dtype !== 'float64')
      throw dtypeError(`"nextafter_cpu" not implemented for '${typeNameOf(dtype)}'`);
    return map2(NEXT_AFTER[dtype], input, other, dtype);
  },
  gradient: {},
  examples: [{ input: [1, 2], other: [2, 1] }],
});
