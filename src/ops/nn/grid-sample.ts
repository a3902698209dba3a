/** Images and volumes read at places that a grid tells, and grids of affine maps. */
import { fillBy } from '../../kernels/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { checkNumel, numelOf } from '../../tensor/shape.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { to as castTo } from '../creation/index.ts';
import { defineOp } from '../define.ts';
import { gather } from '../indexing/index.ts';
import { bmm } from '../linalg/index.ts';
import { attr, boolean, integerList, oneOf, optionalAttr, tensor } from '../params.ts';
import {
  abs,
  add,
  clamp,
  div,
  eq,
  floor,
  fmod,
  ge,
  le,
  logicalAnd,
  mul,
  piecewiseBackward,
  remainder,
  round,
  rsub,
  sub,
  where,
} from '../pointwise/index.ts';
import { expand, reshape, select, transpose } from '../shape/index.ts';

const MODES = ['bilinear', 'nearest', 'bicubic'] as const;
const BORDERS = ['zeros', 'border', 'reflection'] as const;
type Border = (typeof BORDERS)[number];

const UNSAID = (name: string): string =>
  `Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify align_corners=True if the old behavior is desired. See the documentation of ${name} for details.`;

/** From -1 … 1 to places in the input. */
const unscaled = (x: Tensor, size: number, corners: boolean): Tensor =>
  corners ? mul(div(add(x, 1), 2), size - 1) : div(sub(mul(add(x, 1), size), 1), 2);

/** Mirrored at both ends until it lies between them. */
function reflected(x: Tensor, size: number, corners: boolean): Tensor {
  const [low, high] = corners ? [0, 2 * (size - 1)] : [-1, 2 * size - 1];
  const span = (high - low) / 2;
  if (span === 0) return mul(x, 0);
  const least = low / 2;
  const away = abs(sub(x, least));
  const rest = fmod(away, span);
  const even = eq(remainder(floor(div(away, span)), 2), 0);
  return where(even, add(rest, least), add(rsub(rest, span), least));
}

/** Places brought into the input, as the border says. */
function bounded(x: Tensor, size: number, border: Border, corners: boolean): Tensor {
  if (border === 'zeros') return x;
  return clamp(border === 'reflection' ? reflected(x, size, corners) : x, 0, size - 1);
}

/** What the input has at whole places, one tensor of them for each spatial dimension; 0 where there is nothing. */
function at(flat: Tensor, places: readonly Tensor[], sizes: readonly number[]): Tensor {
  const [n, channels] = flat.shape;
  const inside = places
    .map((p, d) => logicalAnd(ge(p, 0), le(p, sizes[d] - 1)))
    .reduce((both, one) => logicalAnd(both, one));
  let index: Tensor | null = null;
  places.forEach((p, d) => {
    const whole = castTo(clamp(p, 0, sizes[d] - 1), 'int64');
    index = index === null ? whole : add(mul(index, sizes[d]), whole);
  });
  const rows = expand(reshape(index as unknown as Tensor, [n, 1, -1]), [n, channels, -1]);
  const found = gather(flat, 2, rows);
  const zero = fillBy(empty([], flat.dtype), () => 0);
  return where(reshape(inside, [n, 1, -1]), found, zero);
}

interface Sampling {
  readonly flat: Tensor;
  readonly sizes: readonly number[];
  readonly coordinates: readonly Tensor[];
  readonly border: Border;
  readonly corners: boolean;
}

const asRow = (t: Tensor): Tensor => reshape(t, [t.shape[0], 1, -1]);

/** Of the corners around each place, each by its nearness. */
function linear({ flat, sizes, coordinates, border, corners }: Sampling): Tensor {
  const rank = sizes.length;
  const own = coordinates.map((x, d) => bounded(x, sizes[d], border, corners));
  const low = own.map((x) => floor(x));
  const shares = own.map((x, d) => sub(x, low[d]));
  const parts = Array.from({ length: 2 ** rank }, (_, corner) => {
    const upper = sizes.map((_, d) => ((corner >> d) & 1) === 1);
    const places = low.map((x, d) => (upper[d] ? add(x, 1) : x));
    const weight = shares.map((s, d) => (upper[d] ? s : rsub(s, 1))).reduce((a, b) => mul(a, b));
    return mul(at(flat, places, sizes), asRow(weight));
  });
  return parts.reduce((sum, part) => add(sum, part));
}

function nearest({ flat, sizes, coordinates, border, corners }: Sampling): Tensor {
  const places = coordinates.map((x, d) => round(bounded(x, sizes[d], border, corners)));
  // Between its jumps it is flat: the grid has a gradient, of zeros.
  return piecewiseBackward(at(flat, places, sizes), coordinates[0]);
}

const DIP = -0.75;

/** The four weights of a cubic, of how far a place lies behind the second of four elements. */
function cubicWeights(t: Tensor): Tensor[] {
  const near = (x: Tensor): Tensor => add(mul(mul(sub(mul(x, DIP + 2), DIP + 3), x), x), 1);
  const far = (x: Tensor): Tensor => sub(mul(add(mul(sub(mul(x, DIP), 5 * DIP), x), 8 * DIP), x), 4 * DIP);
  return [far(add(t, 1)), near(t), near(rsub(t, 1)), far(rsub(t, 2))];
}

function cubic({ flat, sizes, coordinates, border, corners }: Sampling): Tensor {
  const low = coordinates.map((x) => floor(x));
  const weights = coordinates.map((x, d) => cubicWeights(sub(x, low[d])));
  const place = (d: number, i: number): Tensor => bounded(add(low[d], i - 1), sizes[d], border, corners);
  let sum: Tensor | null = null;
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      const part = mul(at(flat, [place(0, i), place(1, j)], sizes), asRow(mul(weights[0][i], weights[1][j])));
      sum = sum === null ? part : add(sum, part);
    }
  }
  return sum as unknown as Tensor;
}

const WAYS = { bilinear: linear, nearest, bicubic: cubic };

export const gridSample = defineOp({
  name: 'grid_sample',
  category: 'nn',
  summary: 'An image or a volume read at the places of a grid',
  source: 'Jaderberg et al. 2015',
  params: [
    tensor('input', { doc: 'Shape [n, channels, h, w] or [n, channels, d, h, w]' }),
    tensor('grid', { doc: 'Shape [n, …, 2] or [n, …, 3]: places from -1 to 1, the last dimension first' }),
    attr('mode', oneOf(...MODES), { default: 'bilinear' as (typeof MODES)[number] }),
    attr('padding_mode', oneOf(...BORDERS), { default: 'zeros' as Border, doc: 'What is read outside' }),
    optionalAttr('align_corners', boolean, { doc: 'Whether -1 and 1 are the middles of the outer pixels' }),
  ],
  formula: String.raw`y_{n,c,p} = \sum_q w(g_{n,p}, q)\, x_{n,c,q}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x_{n,c,q}} = \sum_p w(g_{n,p}, q)\, G_{n,c,p}`,
  composite: ({ input, grid, mode, paddingMode, alignCorners }): Tensor => {
    const rank = input.ndim - 2;
    if ((rank !== 2 && rank !== 3) || grid.ndim !== input.ndim) {
      throw shapeMismatch(
        `grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes ${showShape(input.shape)} and grid with sizes ${showShape(grid.shape)}`,
      );
    }
    if (input.shape[0] !== grid.shape[0]) {
      throw shapeMismatch(
        `grid_sampler(): expected grid and input to have same batch size, but got input with sizes ${showShape(input.shape)} and grid with sizes ${showShape(grid.shape)}`,
      );
    }
    if (grid.shape.at(-1) !== rank) {
      throw shapeMismatch(
        `grid_sampler(): expected grid to have size ${rank} in last dimension, but got grid with sizes ${showShape(grid.shape)}`,
      );
    }
    if (mode === 'bicubic' && rank === 3)
      throw shapeMismatch('grid_sampler(): bicubic interpolation only supports 4D input');
    if (!isFloating(input.dtype) || input.dtype !== grid.dtype) {
      throw dtypeError(
        `grid_sampler(): expected input and grid to have same floating dtype, but input has ${input.dtype} and grid has ${grid.dtype}`,
      );
    }
    const sizes = input.shape.slice(2);
    if (sizes.some((n) => n < 1)) {
      throw shapeMismatch(
        `grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes ${showShape(input.shape)}`,
      );
    }
    if (alignCorners === undefined) warn(UNSAID('grid_sample'));
    const corners = alignCorners === true;
    const [n, channels] = input.shape;
    const flat = reshape(input, [n, channels, numelOf(sizes)]);
    const coordinates = sizes.map((size, d) => unscaled(select(grid, -1, rank - 1 - d), size, corners));
    const sampled = WAYS[mode]({ flat, sizes, coordinates, border: paddingMode, corners });
    return reshape(sampled, [n, channels, ...grid.shape.slice(1, -1)]);
  },
  examples: [
    '{"input": [[[[1, 2], [3, 5]]]], "grid": [[[[0.2, -0.4], [0.7, 0.1]]]], "align_corners": true}',
    '{"input": [[[[1, 2], [3, 5]]]], "grid": [[[[0.2, -0.4], [1.3, 0.6]]]], "padding_mode": "border", "align_corners": false}',
    '{"input": [[[[1, 2, 0], [3, 5, 1], [2, 2, 4]]]], "grid": [[[[0.2, -0.4]]]], "mode": "bicubic", "align_corners": false}',
  ],
});

/** The k-th of so many places from -1 to 1. */
function placeAt(k: number, size: number, corners: boolean): number {
  if (size === 1) return 0;
  const x = -1 + (2 * k) / (size - 1);
  return corners ? x : (x * (size - 1)) / size;
}

export const affineGrid = defineOp({
  name: 'affine_grid',
  category: 'nn',
  summary: 'The grid that an affine map makes of places from -1 to 1',
  source: 'Jaderberg et al. 2015',
  params: [
    tensor('theta', { doc: 'Shape [n, 2, 3] or [n, 3, 4]' }),
    attr('size', integerList, { doc: 'Of the image: n, channels and the spatial sizes' }),
    optionalAttr('align_corners', boolean, { doc: 'Whether -1 and 1 are the middles of the outer pixels' }),
  ],
  formula: String.raw`g_{n,p} = \theta_n \begin{pmatrix} p \\ 1 \end{pmatrix}`,
  derivative: String.raw`\tfrac{\partial L}{\partial \theta_n} = \sum_p G_{n,p} \begin{pmatrix} p & 1 \end{pmatrix}`,
  composite: ({ theta, size, alignCorners }): Tensor => {
    if (alignCorners === undefined) warn(UNSAID('grid_sample'));
    if (!isFloating(theta.dtype)) {
      throw valueRange(`Expected theta to have floating point type, but got torch.${theta.dtype}`);
    }
    const rank = size.length - 2;
    if (rank !== 2 && rank !== 3) {
      throw valueRange(
        `affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size ${showShape(size)}.`,
      );
    }
    if (theta.ndim !== 3 || theta.shape[1] !== rank || theta.shape[2] !== rank + 1) {
      throw valueRange(
        `Expected a batch of ${rank}D affine matrices of shape Nx${rank}x${rank + 1} for size torch.Size(${showShape(size)}). Got torch.Size(${showShape(theta.shape)}).`,
      );
    }
    if (size.some((n) => n <= 0)) {
      throw valueRange(`Expected non-zero, positive output size. Got torch.Size(${showShape(size)})`);
    }
    const [n, , ...sizes] = size;
    const count = numelOf(sizes);
    checkNumel([n, count, rank + 1]);
    const base = fillBy(empty([count, rank + 1], theta.dtype), (k) => {
      const column = k % (rank + 1);
      if (column === rank) return 1;
      let place = Math.floor(k / (rank + 1));
      const d = rank - 1 - column;
      for (let inner = rank - 1; inner > d; inner--) place = Math.floor(place / sizes[inner]);
      return placeAt(place % sizes[d], sizes[d], alignCorners === true);
    });
    const grids = bmm(expand(reshape(base, [1, count, rank + 1]), [n, count, rank + 1]), transpose(theta, 1, 2));
    return reshape(grids, [n, ...sizes, rank]);
  },
  examples: [
    {
      theta: [
        [
          [1, 0.5, 0],
          [0, 2, -1],
        ],
      ],
      size: [1, 1, 2, 3],
      align_corners: false,
    },
  ],
});
