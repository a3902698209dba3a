/** Squared error. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { map2 } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import { Float } from '../../tensor/scalar.ts';
import { broadcastShapes, numelOf } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { ofAll, ofEach } from '../derivation.ts';
import { type Reduction, reduction, tensor } from '../params.ts';
import { div, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { asTensor, commonType } from '../promote.ts';
import { reduceLoss, warnOfShapes } from './reduce.ts';

/** The gradient of a mean is shared by all elements of the broadcast shape. */
export const share = (grad: Tensor, reduction: Reduction, input: TensorMeta, target: TensorMeta): Tensor =>
  reduction === 'mean' ? div(grad, new Float(numelOf(broadcastShapes(input.shape, target.shape)))) : grad;

const slope = (input: Tensor, target: Tensor, reduction: Reduction, grad: Tensor): Tensor =>
  mul(mul(sub(input, target), 2), share(grad, reduction, input, target));

const SQUARED_ERROR = kernel((x, y) => f.mul(f.sub(x, y), f.sub(x, y)));

export const mseLoss = defineOp({
  name: 'mse_loss',
  category: 'loss',
  module: 'MSELoss',
  summary: 'Mean squared error',
  params: [tensor('input'), tensor('target'), reduction],
  formula: String.raw`(x - y)^2`,
  derivative: String.raw`2\,(x - y)`,
  forward: ({ input, target, reduction }) => {
    warnOfShapes(input, target);
    const dtype = commonType(input, target);
    if (!isFloating(dtype))
      throw new EngineError('dtype', `mse_loss is for floating dtypes, but got ${input.dtype} and ${target.dtype}`);
    return reduceLoss(map2(SQUARED_ERROR, asTensor(input, dtype), asTensor(target, dtype), dtype), reduction);
  },
  saves: ['input', 'target'],
  gradient: {
    input: ({ input, target, reduction }, grad) => slope(input, target, reduction, grad),
    target: ({ input, target, reduction }, grad) => neg(slope(input, target, reduction, grad)),
  },
  derivation: {
    formula: ({ reduction }) => ofAll(reduction, '(@input - @target)^{2}'),
    by: {
      input: (call) => ofEach(call, String.raw`2\,(@input - @target)`),
      target: (call) => ofEach(call, String.raw`-2\,(@input - @target)`),
    },
  },
  examples: [{ input: [2, 0.5], target: [1, 1] }],
});
