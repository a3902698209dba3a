/** Cross entropy of two outcomes, from probabilities and from logits. */

import * as f from '../../kernels/formula/expression.ts';
import { narrow as kernel } from '../../kernels/formula/formula.ts';
import { firstWithout, map2, map3 } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { float } from '../../tensor/scalar.ts';
import { broadcastShapes, numelOf, sameShape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import { logsigmoid, sigmoid } from '../activations/sigmoid.ts';
import { end } from '../curve.ts';
import { defineOp } from '../define.ts';
import { byWeight, ofEach } from '../derivation.ts';
import { optionalConstant, type Reduction, reduction, tensor } from '../params.ts';
import { add, div, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { clampMin } from '../pointwise/clamp.ts';
import { log, log1p } from '../pointwise/exponential.ts';
import { commonType } from '../promote.ts';
import { reduceLoss } from './reduce.ts';

function sameSizes(op: string, input: TensorMeta, target: TensorMeta): void {
  if (!sameShape(input.shape, target.shape)) {
    throw shapeMismatch(
      `${op}: the target's shape ${showShape(target.shape)} must be the same as the input's ${showShape(input.shape)}`,
    );
  }
}

/** A weight is repeated to the input's shape, and never repeats the input. */
function fits(op: string, name: string, weight: TensorMeta | undefined, input: TensorMeta): void {
  if (weight === undefined || sameShape(broadcastShapes(weight.shape, input.shape), input.shape)) return;
  throw shapeMismatch(
    `${op}: ${name} of shape ${showShape(weight.shape)} does not broadcast to the input's shape ${showShape(input.shape)}`,
  );
}

const MUL = kernel(f.mul);
const weighted = (loss: Tensor, weight: Tensor | undefined): Tensor =>
  weight === undefined ? loss : map2(MUL, loss, weight, loss.dtype);

/** What reaches each element: its part of the mean, times its weight. */
function shared(grad: Tensor, weight: Tensor | undefined, reduction: Reduction, input: TensorMeta): Tensor {
  const g = reduction === 'mean' ? div(grad, float(numelOf(input.shape))) : grad;
  return weight === undefined ? g : mul(g, weight);
}

const weightParam = optionalConstant('weight', { doc: 'Multiplies the loss of each element; broadcasts to the input' });

function refuseOthers(input: Tensor): void {
  const odd = firstWithout(input, (x) => x >= 0 && x <= 1);
  if (odd !== undefined) throw valueRange(`all elements of input should be between 0 and 1, but got ${odd}`);
}

const PROBABILITY_LOSS = kernel(
  (x, y) => {
    const [log, complement] = [f.log(x), f.log1p(f.neg(x))];
    return f.sub(f.mul(f.sub(y, 1), f.max(complement, -100)), f.mul(y, f.max(log, -100)));
  },
  { number: (x, y) => (y - 1) * Math.max(Math.log1p(-x), -100) - y * Math.max(Math.log(x), -100) },
);

export const binaryCrossEntropy = defineOp({
  name: 'binary_cross_entropy',
  category: 'loss',
  module: 'BCELoss',
  summary: 'Cross entropy of two outcomes, from the probability of the one',
  source: 'Good 1952',
  breaks: () => [end(0, 'below'), end(1, 'above')],
  params: [
    tensor('input', { doc: 'Probabilities, from 0 to 1' }),
    tensor('target', { doc: "The true probabilities, in the input's shape" }),
    weightParam,
    reduction,
  ],
  formula: String.raw`-w\,\left(y \log x + (1 - y) \log(1 - x)\right),\quad \log \ge -100`,
  derivative: String.raw`w\,\frac{x - y}{x\,(1 - x)}`,
  forward: ({ input, target, weight, reduction }) => {
    sameSizes('binary_cross_entropy', input, target);
    fits('binary_cross_entropy', 'weight', weight, input);
    if (!isFloating(input.dtype))
      throw dtypeError(`binary_cross_entropy is implemented for float32 and float64, but got ${input.dtype}`);
    if (target.dtype !== input.dtype)
      throw dtypeError(
        `binary_cross_entropy: found a target of dtype ${target.dtype}, but expected the input's ${input.dtype}`,
      );
    refuseOthers(input);
    return reduceLoss(weighted(map2(PROBABILITY_LOSS, input, target, input.dtype), weight), reduction);
  },
  saves: ['input', 'target', 'weight'],
  gradient: {
    input: ({ input, target, weight, reduction }, grad) => {
      const variance = clampMin(mul(input, add(neg(input), 1)), 1e-12);
      return mul(shared(grad, weight, reduction, input), div(sub(input, target), variance));
    },
    target: ({ input, weight, reduction }, grad) =>
      mul(shared(grad, weight, reduction, input), sub(log1p(neg(input)), log(input))),
  },
  derivation: {
    by: {
      input: (call) => ofEach(call, String.raw`${byWeight(call.weight)}\frac{@input - @target}{@input\,(1 - @input)}`),
      target: (call) => ofEach(call, String.raw`${byWeight(call.weight)}\ln \frac{1 - @input}{@input}`),
    },
  },
  examples: [{ input: [0.9, 0.2, 0.6], target: [1, 0, 0.5] }],
});

/** `log(1 + exp(-x))`. */
const softplusOfNegative = (x: f.Expression): f.Expression =>
  f.add(f.softplusTail(x), f.select(f.lt(x, 0), f.neg(x), 0));
const LOGIT_LOSS = kernel((x, y) => f.add(f.mul(f.sub(1, y), x), softplusOfNegative(x)), {
  number: (x, y) => (1 - y) * x + (Math.log1p(Math.exp(-Math.abs(x))) + (x < 0 ? -x : 0)),
});
const WEIGHTED_LOGIT_LOSS = kernel((x, y, p) =>
  f.add(f.mul(f.sub(1, y), x), f.mul(f.add(f.mul(f.sub(p, 1), y), 1), softplusOfNegative(x))),
);

export const binaryCrossEntropyWithLogits = defineOp({
  name: 'binary_cross_entropy_with_logits',
  category: 'loss',
  in: ['torch', 'F'],
  takes: { torch: 'input target weight pos_weight reduction' },
  module: 'BCEWithLogitsLoss',
  summary: 'Cross entropy of two outcomes, from the logit of the one, without overflow',
  params: [
    tensor('input', { doc: 'Logits' }),
    tensor('target', { doc: "The true probabilities, in the input's shape" }),
    weightParam,
    reduction,
    optionalConstant('pos_weight', { doc: 'Multiplies the loss of positive examples; broadcasts to the input' }),
  ],
  formula: String.raw`-w\,\left(p\,y \log \sigma(x) + (1 - y) \log(1 - \sigma(x))\right)`,
  derivative: String.raw`w\,\left((p\,y + 1 - y)\,\sigma(x) - p\,y\right)`,
  forward: ({ input, target, weight, reduction, posWeight }) => {
    const op = 'binary_cross_entropy_with_logits';
    sameSizes(op, input, target);
    fits(op, 'weight', weight, input);
    fits(op, 'pos_weight', posWeight, input);
    // The result has the target's dtype: so PyTorch has it.
    const { dtype } = target;
    if (!isFloating(dtype)) throw dtypeError(`${op}: the target has to be floating, but got ${dtype}`);
    const type = commonType(input, target);
    if (posWeight === undefined) {
      const loss = map2(LOGIT_LOSS, input, target, type, dtype);
      return reduceLoss(weighted(loss, weight), reduction);
    }
    const loss = map3(WEIGHTED_LOGIT_LOSS, input, target, posWeight, type, dtype);
    return reduceLoss(weighted(loss, weight), reduction);
  },
  saves: ['input', 'target', 'weight', 'posWeight'],
  gradient: {
    input: ({ input, target, weight, reduction, posWeight }, grad) => {
      const g = shared(grad, weight, reduction, input);
      if (posWeight === undefined) return mul(g, sub(sigmoid(input), target));
      const t = mul(target, posWeight);
      return mul(g, sub(mul(sigmoid(input), add(sub(t, target), 1)), t));
    },
    target: ({ input, weight, reduction, posWeight }, grad) => {
      const g = shared(grad, weight, reduction, input);
      if (posWeight === undefined) return mul(g, neg(input));
      return mul(g, sub(logsigmoid(neg(input)), mul(logsigmoid(input), posWeight)));
    },
  },
  derivation: {
    by: {
      input: (call) => {
        const p = String.raw`\sigma(@input)`;
        const slope =
          call.posWeight === undefined
            ? String.raw`(${p} - @target)`
            : String.raw`((@posWeight\,@target + 1 - @target)\,${p} - @posWeight\,@target)`;
        return ofEach(call, byWeight(call.weight) + slope);
      },
      target: (call) => (call.posWeight === undefined ? ofEach(call, `-${byWeight(call.weight)}@input`) : ''),
    },
  },
  examples: [
    { input: [2, -1, 0.5], target: [1, 0, 1] },
    { input: [2, -1, 0.5], target: [1, 0, 1], pos_weight: [3, 1, 1] },
  ],
});
