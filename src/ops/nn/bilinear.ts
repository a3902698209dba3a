/** A form that is linear in each of two inputs. */
import { dtypeError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { sameShape } from '../../tensor/shape.ts';
import { defineOp } from '../define.ts';
import { matmul } from '../linalg/index.ts';
import { optionalTensor, tensor } from '../params.ts';
import { add, mul } from '../pointwise/arithmetic.ts';
import { sum } from '../reductions/index.ts';
import { permute, reshape, unsqueeze } from '../shape/index.ts';

export const bilinear = defineOp({
  name: 'bilinear',
  category: 'nn',
  in: ['torch', 'F'],
  module: 'Bilinear',
  summary: 'Forms that are linear in each of two inputs',
  params: [
    tensor('input1', { doc: 'Shape [..., in1]' }),
    tensor('input2', { doc: 'Shape [..., in2]' }),
    tensor('weight', { doc: 'Shape [out, in1, in2]' }),
    optionalTensor('bias', { doc: 'Shape [out]' }),
  ],
  formula: String.raw`y_o = x_1^\top W_o\, x_2 + b_o`,
  derivative: String.raw`\tfrac{\partial}{\partial x_1} = W_o x_2,\quad \tfrac{\partial}{\partial x_2} = W_o^\top x_1,\quad \tfrac{\partial}{\partial W_o} = x_1 x_2^\top`,
  composite: ({ input1, input2, weight, bias }) => {
    if (weight.ndim !== 3)
      throw shapeMismatch(`bilinear(): weight must have shape [out, in1, in2], but has ${showShape(weight.shape)}`);
    if (input1.ndim === 0 || input1.ndim !== input2.ndim) {
      throw shapeMismatch(
        `bilinear(): input dimensions do not match: got ${input1.ndim} and ${input2.ndim} (shapes ${showShape(input1.shape)} and ${showShape(input2.shape)})`,
      );
    }
    const lead = input1.shape.slice(0, -1);
    if (!sameShape(lead, input2.shape.slice(0, -1)))
      throw shapeMismatch(
        `bilinear(): input batch dimensions do not match: got shapes ${showShape(input1.shape)} and ${showShape(input2.shape)}`,
      );
    const [out, in1, in2] = weight.shape;
    [
      [input1, in1],
      [input2, in2],
    ].forEach(([t, size], k) => {
      const x = t as typeof input1;
      if (x.shape[x.ndim - 1] !== size)
        throw shapeMismatch(
          `bilinear(): input${k + 1} size does not match weight size: got ${x.shape[x.ndim - 1]} (shape ${showShape(x.shape)}) but expected ${size} (weight ${showShape(weight.shape)})`,
        );
    });
    if (bias !== undefined && (bias.ndim !== 1 || bias.shape[0] !== out))
      throw shapeMismatch(
        `bilinear(): bias size does not match weight size: got ${showShape(bias.shape)} but expected [${out}]`,
      );
    for (const t of [input2, weight, ...(bias ? [bias] : [])]) {
      if (t.dtype !== input1.dtype)
        throw dtypeError(`bilinear(): all operands must be of one dtype, but got ${input1.dtype} and ${t.dtype}`);
    }
    const forms = reshape(permute(weight, [1, 0, 2]), [in1, out * in2]);
    const halves = reshape(matmul(input1, forms), [...lead, out, in2]);
    const values = sum(mul(halves, unsqueeze(input2, -2)), -1, false, input1.dtype);
    return bias === undefined ? values : add(values, bias);
  },
  examples: [
    '{"input1": [[1, 2], [0, -1]], "input2": [[3, 0.5, 1], [1, 2, -2]], "weight": [[[1, 2, 0], [-1, 0.5, 3]]], "bias": [0.25]}',
  ],
});
