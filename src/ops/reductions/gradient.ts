/** Slopes of sampled functions, by central differences. */
import { shapeMismatch, valueRange } from '../../tensor/errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { attr, integer, number, optionalConstant, tensor } from '../params.ts';
import { add, div, mul, neg, sub } from '../pointwise/arithmetic.ts';
import { reciprocal } from '../pointwise/powers.ts';
import { cat, reshape } from '../shape/index.ts';
import { narrow } from '../shape/windows.ts';

/** Weights of three neighbours, each a number or one for each place. */
type Weights = readonly [Tensor | number, Tensor | number, Tensor | number];

const weighted = (parts: readonly [Tensor, Tensor, Tensor], weights: Weights): Tensor =>
  add(add(mul(parts[0], weights[0]), mul(parts[1], weights[1])), mul(parts[2], weights[2]));

/** At places with distances `a` to the left and `b` to the right. */
function inner(a: Tensor, b: Tensor): Weights {
  const both = add(a, b);
  return [neg(div(b, mul(a, both))), div(sub(b, a), mul(a, b)), div(a, mul(b, both))];
}

/** At an end from which the next two are `a` and then `b` away. */
function outer(a: Tensor, b: Tensor): Weights {
  const both = add(a, b);
  return [neg(div(add(both, a), mul(a, both))), div(both, mul(a, b)), neg(div(a, mul(b, both)))];
}

export const gradientAlong = defineOp({
  name: 'gradient_along',
  category: 'reduction',
  in: [],
  summary: 'Slopes along a dimension of a function that is known at points, by differences of neighbours',
  params: [
    tensor('input'),
    attr('dim', integer({ minimum: 0 })),
    attr('spacing', number(), { default: 1, doc: 'How far the points are from one another' }),
    optionalConstant('coordinates', { doc: 'Where the points are, in the place of spacing' }),
    attr('edge_order', integer({ minimum: 1, maximum: 2 }), { default: 1, doc: 'Of the differences at both ends' }),
  ],
  formula: String.raw`y_i \approx f'(x_i)`,
  derivative: String.raw`\tfrac{\partial L}{\partial f(x_j)} = \sum_i G_i \tfrac{\partial y_i}{\partial f(x_j)}`,
  composite: ({ input, dim, spacing, coordinates, edgeOrder }): Tensor => {
    const n = input.shape[dim];
    if (n <= edgeOrder) throw valueRange('torch.gradient expected each dimension size to be at least edge_order+1');
    const at = (from: number, count: number): Tensor => narrow(input, dim, from, count);
    const three = (from: number, count: number) => [at(from, count), at(from + 1, count), at(from + 2, count)] as const;
    if (coordinates === undefined) {
      const inside = div(sub(at(2, n - 2), at(0, n - 2)), 2 * spacing);
      const [first, last] =
        edgeOrder === 1
          ? [div(sub(at(1, 1), at(0, 1)), spacing), div(sub(at(n - 1, 1), at(n - 2, 1)), spacing)]
          : [
              div(weighted(three(0, 1), [-1.5, 2, -0.5]), spacing),
              div(weighted(three(n - 3, 1), [0.5, -2, 1.5]), spacing),
            ];
      return cat(n === 2 ? [first, last] : [first, inside, last], dim);
    }
    if (coordinates.ndim !== 1 || coordinates.numel !== n)
      throw shapeMismatch(
        `torch.gradient expected each element of spacing to have one coordinate for each of the ${n} points along dimension ${dim}, but got ${coordinates.numel}`,
      );
    const along = (t: Tensor): Tensor =>
      reshape(
        t,
        input.shape.map((_, k) => (k === dim ? t.numel : 1)),
      );
    const step = (from: number, count: number): Tensor =>
      along(sub(narrow(coordinates, 0, from + 1, count), narrow(coordinates, 0, from, count)));
    const inside = weighted(three(0, n - 2), inner(step(0, n - 2), step(1, n - 2)));
    const straight = (from: number): Tensor => mul(sub(at(from + 1, 1), at(from, 1)), reciprocal(step(from, 1)));
    const [first, last] =
      edgeOrder === 1
        ? [straight(0), straight(n - 2)]
        : [
            weighted(three(0, 1), outer(step(0, 1), step(1, 1))),
            weighted(three(n - 3, 1), turned(outer(step(n - 2, 1), step(n - 3, 1)))),
          ];
    return cat(n === 2 ? [first, last] : [first, inside, last], dim);
  },
  examples: [
    '{"input": [1, 4, 9, 16.5], "dim": 0}',
    '{"input": [1, 4, 9], "dim": 0, "coordinates": [0, 1, 3], "edge_order": 2}',
  ],
});

/** The other end, seen from there: neighbours in the other order, slopes of the other sign. */
const turned = ([a, b, c]: Weights): Weights => [neg(c as Tensor), neg(b as Tensor), neg(a as Tensor)];
