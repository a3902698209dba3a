/** What max pooling took away put back where it was. */
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel, numelOf, sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { scatter } from '../indexing/index.ts';
import { constant, integerList, optionalAttr, tensor } from '../params.ts';
import { reshape } from '../shape/index.ts';
import { kernelParam, paddingParam, strideParam } from './pool-windows.ts';
import { checkSpatial, expandSizes, type Sizes } from './sizes.ts';

interface Call {
  readonly input: Tensor;
  readonly indices: Tensor;
  readonly kernelSize: Sizes;
  readonly stride?: Sizes;
  readonly padding: Sizes;
  readonly outputSize?: readonly number[];
}

/** The spatial sizes of the result: told, or those that pooling without a rest came from. */
function sizesOf(op: string, call: Call, rank: number): readonly number[] {
  const kernel = expandSizes(op, 'kernel_size', call.kernelSize, rank);
  const own = call.stride === undefined || (typeof call.stride !== 'number' && call.stride.length === 0);
  const stride = own ? kernel : expandSizes(op, 'stride', call.stride as Sizes, rank);
  const padding = expandSizes(op, 'padding', call.padding, rank);
  const input = call.input.shape.slice(-rank);
  const usual = input.map((n, d) => (n - 1) * stride[d] + kernel[d] - 2 * padding[d]);
  if (call.outputSize === undefined) return usual;
  const told = call.outputSize.length === rank + 2 ? call.outputSize.slice(2) : call.outputSize;
  if (told.length !== rank) {
    throw valueRange(
      `output_size should be a sequence containing ${rank} or ${rank + 2} elements, but it has a length of '${told.length}'`,
    );
  }
  told.forEach((n, d) => {
    const [least, most] = [usual[d] - stride[d], usual[d] + stride[d]];
    if (n > least && n < most) return;
    throw valueRange(`invalid output_size "${showShape(told)}" (dim ${d} must be between ${least} and ${most})`);
  });
  return told;
}

function unpooled(op: string, call: Call, rank: number): Tensor {
  const { input, indices } = call;
  checkSpatial(op, input, rank);
  if (indices.dtype !== 'int64') throw dtypeError(`elements in indices should be type int64 but got: ${indices.dtype}`);
  if (!sameShape(input.shape, indices.shape)) {
    throw shapeMismatch(
      `Expected shape of indices to be same as that of the input tensor (${showShape(input.shape)}) but got indices tensor with shape: ${showShape(indices.shape)}`,
    );
  }
  const sizes = sizesOf(op, call, rank);
  const lead = input.shape.slice(0, -rank);
  checkNumel([...lead, ...sizes]);
  const volume = numelOf(sizes);
  const rows = [...lead, numelOf(input.shape.slice(-rank))];
  const flat = zeros([...lead, volume], input.dtype);
  return reshape(scatter(flat, -1, reshape(indices, rows), reshape(input, rows)), [...lead, ...sizes]);
}

const unpool = <const R extends 1 | 2 | 3>(rank: R, input: string, indices: string) =>
  defineOp({
    name: `max_unpool${rank}d` as const,
    category: 'nn',
    summary: `Elements put back where max pooling in ${rank} dimension${rank > 1 ? 's' : ''} found them, zeros elsewhere`,
    params: [
      tensor('input'),
      constant('indices', { wants: 'int64', doc: 'Where each element was, as max pooling answers it' }),
      kernelParam,
      strideParam,
      paddingParam,
      optionalAttr('output_size', integerList, { doc: 'Of the result, where it does not follow from the others' }),
    ],
    formula: String.raw`y_{i_k} = x_k,\quad 0 \text{ elsewhere}`,
    derivative: String.raw`\tfrac{\partial L}{\partial x_k} = G_{i_k}`,
    composite: (call): Tensor => unpooled(`max_unpool${rank}d`, call, rank),
    examples: [`{"input": ${input}, "indices": ${indices}, "kernel_size": 2}`],
  });

export const maxUnpool1d = unpool(1, '[[5, 7]]', '[[1, 2]]');
export const maxUnpool2d = unpool(2, '[[[5, 7]]]', '[[[5, 2]]]');
export const maxUnpool3d = unpool(3, '[[[[5, 7]]]]', '[[[[1, 14]]]]');
