/** Picking each target class's entry: the loop of the negative log-likelihood. */
import { indexOutOfRange } from '../tensor/errors.ts';
import { contiguousStrides, numelOf, type Shape } from '../tensor/shape.ts';
import { allocateDeferred, DeferredStorage, type Source } from '../tensor/storage.ts';
import { dataOf, empty, Tensor } from '../tensor/tensor.ts';
import { contiguous } from './copy.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';

export type NllReduction = 'none' | 'mean' | 'sum';

/** Classes along the middle one of three dimensions. */
export interface NllLayout {
  readonly outer: number;
  readonly classes: number;
  readonly inner: number;
}

/** Calls `visit` for each target that counts: its number, the place of its class's entry, and what it weighs. */
function eachTarget(
  target: Tensor,
  weight: Tensor | undefined,
  ignore: number,
  { outer, classes, inner }: NllLayout,
  visit: (k: number, place: number, scale: number) => void,
): void {
  const [t, w] = [contiguous(target), weight === undefined ? undefined : contiguous(weight)];
  const at = dataOf(t);
  const weights = w === undefined ? undefined : (dataOf(w) as Float64Array);
  for (let n = 0, k = 0; n < outer; n++) {
    pulse(inner);
    for (let i = 0; i < inner; i++, k++) {
      const label = Number(at[t.offset + k]);
      if (label === ignore) continue;
      if (label < 0 || label >= classes)
        throw indexOutOfRange(`Target ${label} is out of bounds: there are ${classes} classes, numbered from 0`);
      visit(k, (n * classes + label) * inner + i, weights === undefined ? 1 : weights[(w as Tensor).offset + label]);
    }
  }
}

/**
 * `-weight[target] * input[…, target, …]`, 0 where the target is `ignore`, for an input of the layout
 * [outer, classes, inner] and targets [outer, inner]. The mean divides by the sum of the weights.
 */
export function negativeLogLikelihood(
  input: Tensor,
  target: Tensor,
  weight: Tensor | undefined,
  ignore: number,
  reduction: NllReduction,
  layout: NllLayout,
): Tensor {
  const x = contiguous(input);
  const out = empty(reduction === 'none' ? target.shape : [], input.dtype);
  return launch(out, () => {
    const from = dataOf(x) as Float64Array;
    const to = dataOf(out) as Float64Array;
    let total = 0;
    let count = 0;
    eachTarget(target, weight, ignore, layout, (k, place, scale) => {
      const loss = -scale * from[x.offset + place];
      if (reduction === 'none') to[out.offset + k] = loss;
      total += loss;
      count += scale;
    });
    if (reduction !== 'none') to[out.offset] = reduction === 'mean' ? total / count : total;
  });
}

/** Float32 rows of which one element each is not 0, and is known before any room is taken: see softmax.ts. */
export class OneEach implements Source {
  private readonly out: DeferredStorage;
  /** Where the element of each row is, and what it is. */
  readonly places: Int32Array;
  readonly values: Float32Array;

  constructor(out: DeferredStorage, rows: number) {
    this.out = out;
    this.places = new Int32Array(rows);
    this.values = new Float32Array(rows);
  }

  settle(): void {
    const data = this.out.place().data as Float32Array;
    data.fill(0);
    for (let r = 0; r < this.places.length; r++) data[this.places[r]] = this.values[r];
    this.out.fill();
  }

  reads(): void {}

  /** What a tensor's elements are still to come from, if that is it. */
  static of(t: Tensor): OneEach | null {
    const { storage } = t;
    if (!(storage instanceof DeferredStorage) || !(storage.source instanceof OneEach)) return null;
    return t.numel === storage.numel && t.isContiguous ? storage.source : null;
  }
}

/** From so many elements on it pays not to write zeros. */
const SPARSE_FROM = 1024;

/**
 * The gradient with respect to an input of `shape`, for a gradient of the loss: of the targets' shape
 * without a reduction, else a single number. Ignored targets give 0, also where nothing counts.
 */
export function negativeLogLikelihoodBackward(
  grad: Tensor,
  shape: Shape,
  target: Tensor,
  weight: Tensor | undefined,
  ignore: number,
  reduction: NllReduction,
  layout: NllLayout,
): Tensor {
  const g = contiguous(grad);
  /** Gives each element that is not 0 to `put`. */
  const each = (put: (k: number, place: number, value: number) => void): void => {
    const from = dataOf(g) as Float64Array;
    let count = 0;
    if (reduction === 'mean') {
      eachTarget(target, weight, ignore, layout, (_, __, scale) => {
        count += scale;
      });
    }
    eachTarget(target, weight, ignore, layout, (k, place, scale) => {
      const own = scale * from[reduction === 'none' ? g.offset + k : g.offset];
      put(k, place, reduction === 'mean' ? -own / count : -own);
    });
  };
  const numel = numelOf(shape);
  const sparse =
    grad.dtype === 'float32' && layout.inner === 1 && numel >= SPARSE_FROM
      ? allocateDeferred('float32', numel)
      : undefined;
  if (sparse !== undefined) {
    const rows = new OneEach(sparse, layout.outer);
    // Of a row that does not count, a 0 stands for all.
    for (let r = 0; r < layout.outer; r++) rows.places[r] = r * layout.classes;
    each((k, place, value) => {
      rows.places[k] = place;
      rows.values[k] = value;
    });
    sparse.source = rows;
    return new Tensor(sparse, shape, contiguousStrides(shape), 0);
  }
  const out = empty(shape, grad.dtype);
  return launch(out, () => {
    const to = dataOf(out) as Float64Array;
    each((_, place, value) => {
      to[place] = value;
    });
  });
}
