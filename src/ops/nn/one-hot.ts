/** Class numbers as vectors of zeros with a single one. */
import { largestClass, oneHotRows } from '../../kernels/index.ts';
import { dtypeError, valueRange } from '../../tensor/errors.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { defineOp } from '../define.ts';
import { attr, constant, integer } from '../params.ts';

export const oneHot = defineOp({
  name: 'one_hot',
  category: 'nn',
  summary: 'Class numbers as vectors of zeros with a single one',
  params: [
    constant('input', { wants: 'int64', doc: 'Class numbers' }),
    attr('num_classes', integer(), { default: -1, doc: '-1: one more than the largest' }),
  ],
  formula: String.raw`y_{\ldots c} = [x_{\ldots} = c]`,
  forward: ({ input, numClasses }) => {
    if (input.dtype !== 'int64')
      throw dtypeError(`one_hot is only applicable to index tensor: expected int64, but got ${input.dtype}`);
    if (numClasses < -1 || numClasses === 0) {
      if (numClasses === 0 && input.numel > 0) throw valueRange('one_hot: num_classes should be positive, but got 0');
      if (numClasses < -1) throw valueRange(`one_hot: num_classes should be positive, or -1, but got ${numClasses}`);
    }
    if (input.numel === 0 && numClasses <= 0)
      throw valueRange('one_hot: can not infer total number of classes from empty tensor');
    const classes = numClasses === -1 ? largestClass(input) + 1 : numClasses;
    checkNumel([...input.shape, classes]);
    return oneHotRows(input, classes);
  },
  gradient: {},
  examples: [{ input: [0, 2, 1] }, '{"input": [[0, 2], [1, 1]], "num_classes": 4}'],
});
