/** Elements that a mask of bools picks. */
import { cast, contiguous, copy, moveMasked, select, takeMasked } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { broadcastShapes, checkNumel, expandsTo } from '../../tensor/shape.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { filledWith, zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { attr, constant, integerList, operand, tensor } from '../params.ts';
import { logicalNot } from '../pointwise/logical.ts';

const maskParam = constant('mask', { wants: 'bool', doc: 'bool, broadcast with the input' });

/** Masks are bools; uint8 is an older spelling. */
function boolMask(op: string, mask: Tensor, lenient = false): Tensor {
  if (mask.dtype === 'uint8')
    warn(
      `${op === 'masked_fill' ? 'masked_fill_' : op} received a mask with dtype torch.uint8, this behavior is now deprecated,please use a mask with dtype torch.bool instead.`,
    );
  if (mask.dtype === 'bool' || mask.dtype === 'uint8' || (lenient && !isFloating(mask.dtype)))
    return cast(mask, 'bool');
  throw new EngineError('dtype', `${op}: expected BoolTensor or ByteTensor for mask, but got ${mask.dtype}`);
}

export const maskedFill = defineOp({
  name: 'masked_fill',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  summary: 'One value where a mask holds',
  params: [tensor('input'), maskParam, operand('value', { doc: 'A number or a 0-d tensor' })],
  formula: String.raw`\begin{cases} v & \text{mask} \\ x & \text{else} \end{cases}`,
  derivative: String.raw`[\text{not mask}]`,
  forward: ({ input, mask, value }) => {
    const m = boolMask('masked_fill', mask, true);
    if (value instanceof Tensor && value.ndim > 0) {
      throw shapeMismatch(
        `masked_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.ndim} dimension(s), of shape ${showShape(value.shape)}.`,
      );
    }
    broadcastShapes(input.shape, mask.shape);
    const v = value instanceof Tensor ? cast(value, input.dtype) : filledWith([], value, input.dtype);
    return select(m, v, input, input.dtype);
  },
  saves: ['mask'],
  gradient: {
    input: ({ mask }, grad): Tensor => maskedFill(grad, mask, 0),
    // Of the broadcast shape: the backward pass sums it.
    value: ({ mask }, grad): Tensor => maskedFill(grad, logicalNot(mask), 0),
  },
  gradFn: ({ value }) => (value instanceof Tensor ? 'MaskedFillBackward1' : 'MaskedFillBackward0'),
  derivation: {
    words: 'what was written over has no part in the result: it gets 0, all others their own gradient',
  },
  examples: [{ input: [1, 2, 3], mask: [true, false, true], value: -1 }],
});

export const maskedSelect = defineOp({
  name: 'masked_select',
  category: 'indexing',
  summary: 'The elements where a mask holds, in one dimension',
  params: [tensor('input'), maskParam],
  formula: String.raw`(x_i)_{\,i:\,\text{mask}_i}`,
  derivative: '1',
  forward: ({ input, mask }) => {
    const m = boolMask('masked_select', mask);
    const shape = broadcastShapes(input.shape, mask.shape);
    return takeMasked(contiguous(copy(m, 'bool', shape)), copy(input, input.dtype, shape));
  },
  saves: ['mask'],
  gradient: {
    input: ({ input, mask }, grad): Tensor =>
      maskedScatter(zeros(broadcastShapes(input.shape, mask.shape), input.dtype), mask, grad),
  },
  derivation: {
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: ['{"input": [[1, 2], [3, 4]], "mask": [[true, false], [false, true]]}'],
});

export const maskedScatter = defineOp({
  name: 'masked_scatter',
  category: 'indexing',
  in: ['torch', 'Tensor_'],
  summary: "A source's elements, in order, written where a mask holds",
  params: [tensor('input'), maskParam, tensor('source', { doc: 'At least as many elements as the mask holds places' })],
  formula: String.raw`y_i = s_{\#\{j < i:\, \text{mask}_j\}} \text{ where mask},\quad x_i \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial x} = [\text{not mask}]`,
  forward: ({ input, mask, source }) => {
    if (source.dtype !== input.dtype)
      throw new EngineError(
        'dtype',
        `masked_scatter: expected self and source to have same dtypes but got ${input.dtype} and ${source.dtype}`,
      );
    const m = boolMask('masked_scatter', mask);
    const shape = broadcastShapes(input.shape, mask.shape);
    const out = copy(input, input.dtype, shape);
    return moveMasked(copy(m, 'bool', shape), contiguous(source), out, out);
  },
  saves: ['mask'],
  gradient: {
    input: ({ mask }, grad): Tensor => maskedFill(grad, mask, 0),
    source: ({ mask, source }, grad): Tensor => maskedScatterBackward(grad, mask, source.shape),
  },
  examples: [{ input: [1, 2, 3], mask: [true, false, true], source: [10, 20] }],
});

export const maskedScatterBackward = defineOp({
  name: 'masked_scatter_backward',
  category: 'indexing',
  summary: "Elements where a mask holds, at the front of zeros: the gradient of masked_scatter's source",
  params: [tensor('grad_output'), maskParam, attr('sizes', integerList)],
  formula: String.raw`y_{\#\{j < i:\, \text{mask}_j\}} = g_i`,
  derivative: '1',
  forward: ({ gradOutput, mask, sizes }) => {
    if (!expandsTo(mask.shape, gradOutput.shape))
      throw shapeMismatch(
        `a mask of shape ${showShape(mask.shape)} does not fit the shape ${showShape(gradOutput.shape)}`,
      );
    checkNumel(sizes);
    const out = empty(sizes, gradOutput.dtype);
    return moveMasked(
      copy(boolMask('masked_scatter_backward', mask), 'bool', gradOutput.shape),
      out,
      contiguous(gradOutput),
      out,
    );
  },
  saves: ['mask'],
  gradient: {
    gradOutput: ({ gradOutput, mask }, grad): Tensor =>
      maskedScatter(zeros(gradOutput.shape, gradOutput.dtype), mask, grad),
  },
  examples: [{ grad_output: [1, 2, 3], mask: [true, false, true], sizes: [2] }],
});
