/** Every choice of some elements. */
import { fillChoices } from '../../kernels/index.ts';
import { EngineError, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { checkNumel } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { checkResults } from '../limits.ts';
import { attr, boolean, integer, tensor } from '../params.ts';
import { stack } from '../shape/pieces.ts';
import { indexSelect } from './along.ts';

/** All choices of `r` out of `n`, in lexicographic order, a column vector of indices for each place. */
function choices(n: number, r: number, repeat: boolean): Tensor[] {
  const [top, bottom] = repeat ? [n + r - 1, r] : [n, r];
  let count = top < bottom ? 0 : 1;
  // As many choices take the others; past all counting the result is refused in any case.
  const fewer = Math.min(bottom, top - bottom);
  for (let i = 0; i < fewer && Number.isSafeInteger(Math.round(count)); i++) count = (count * (top - i)) / (i + 1);
  count = Math.round(count);
  checkNumel([count, r]);
  const columns = Array.from({ length: r }, () => empty([count], 'int64'));
  if (count > 0) {
    fillChoices(columns, n, repeat);
  }
  return columns;
}

export const combinations = defineOp({
  name: 'combinations',
  category: 'shape',
  in: ['torch'],
  summary: 'Every choice of r elements of a vector, a row for each',
  params: [
    tensor('input'),
    attr('r', integer(), { default: 2 }),
    attr('with_replacement', boolean, { default: false, doc: 'An element may come again' }),
  ],
  formula: String.raw`\{(x_{i_1}, \ldots, x_{i_r}) : i_1 < \ldots < i_r\}`,
  derivative: '1',
  composite: ({ input, r, withReplacement }) => {
    if (input.ndim !== 1) throw shapeMismatch(`Expect a 1D vector, but got shape ${showShape(input.shape)}`);
    if (r < 0) throw new EngineError('value_range', `Expect a non-negative number, but got ${r}`);
    if (r === 0) return zeros([0], input.dtype);
    checkResults('combinations', r);
    return stack(
      choices(input.shape[0], r, withReplacement).map((index) => indexSelect(input, 0, index)),
      1,
    );
  },
  examples: [{ input: [1, 2, 3] }],
});
