/** Numbers and tensors as LaTeX, in so many digits, long axes shown by their ends. */
import { bigintsOf, numbersOf, type Tensor } from '../../tensor/tensor.ts';

export interface Digits {
  /** Significant ones. */
  readonly digits: number;
  /** What is longer along an axis is shown by its ends. */
  readonly maxElements: number;
}

/** A number in plain characters. */
export function numberText(x: number, digits: number): string {
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x < 0 ? '-inf' : 'inf';
  const rounded = Number(x.toPrecision(digits));
  if (rounded === 0) return '0';
  const size = Math.abs(rounded);
  return size >= 1e6 || size < 1e-4 ? rounded.toExponential() : String(rounded);
}

/** A number in LaTeX. */
export function numberLatex(x: number, digits: number): string {
  const text = numberText(x, digits);
  if (text === 'NaN') return String.raw`\mathrm{NaN}`;
  if (text.endsWith('inf')) return text.replace('inf', String.raw`\infty`);
  const [mantissa, exponent] = text.split('e');
  return exponent === undefined ? mantissa : String.raw`${mantissa} \cdot 10^{${exponent.replace('+', '')}}`;
}

/** The element at a place of the storage, counted from its beginning. */
const elementAt = (t: Tensor, place: number): number =>
  t.dtype === 'int64' ? Number(bigintsOf(t)[place]) : numbersOf(t)[place];

/** The element of that index, an integer a dimension. */
export function elementOf(t: Tensor, index: readonly number[]): number {
  let place = t.offset;
  for (let d = 0; d < index.length; d++) place += index[d] * t.strides[d];
  return elementAt(t, place);
}

/** The only element. */
export const itemOf = (t: Tensor): number => elementAt(t, t.offset);

/** Which places along an axis are shown; -1 stands for those that are not. */
export function shownAlong(size: number, most: number): number[] {
  if (size <= most) return Array.from({ length: size }, (_, i) => i);
  const head = Math.max(1, Math.ceil(most / 2));
  const tail = Math.max(0, Math.floor(most / 2));
  return [...Array.from({ length: head }, (_, i) => i), -1, ...Array.from({ length: tail }, (_, i) => size - tail + i)];
}

const DOTS = String.raw`\cdots`;
/** Elements that one tensor is shown by, at the most: of more axes its shape is told. */
const MOST = 400;

/** A shape in LaTeX: `2 \times 3`. */
export const shapeLatex = (shape: readonly number[]): string =>
  shape.length === 0 ? '1' : shape.map((size) => (size === 0 ? '0' : `${size}`)).join(String.raw` \times `);

/** Whether a tensor's elements are there to be read. */
export const isThere = (t: Tensor | undefined | null): t is Tensor => t != null && !t.storage.meta;

const matrix = (rows: readonly string[]): string =>
  String.raw`\begin{bmatrix} ${rows.join(String.raw` \\ `)} \end{bmatrix}`;

/** A tensor's elements in LaTeX: a vector as a row, more than two dimensions as blocks of matrices. */
export function tensorLatex(t: Tensor, { digits, maxElements }: Digits): string {
  const show = (x: number): string => numberLatex(x, digits);
  if (t.numel === 0) return String.raw`[\;]_{${shapeLatex(t.shape)}}`;
  const axes = t.shape.map((size) => shownAlong(size, maxElements));
  if (axes.reduce((n, axis) => n * axis.length, 1) > MOST) return String.raw`[\,\ldots]_{${shapeLatex(t.shape)}}`;
  const block = (index: number[]): string => {
    const rest = t.ndim - index.length;
    if (rest === 0) return show(elementOf(t, index));
    const axis = axes[index.length];
    if (rest === 1) return axis.map((i) => (i < 0 ? DOTS : show(elementOf(t, [...index, i])))).join(' & ');
    const rows = axis.map((i) => (i < 0 ? String.raw`\vdots` : block([...index, i])));
    return rest === 2 ? matrix(rows) : String.raw`\left[ ${rows.join(', ')} \right]`;
  };
  return t.ndim === 1 ? matrix([block([])]) : block([]);
}

/** A tensor's elements in plain characters, nested as its shape. */
export function tensorText(t: Tensor, { digits, maxElements }: Digits): string {
  if (t.numel === 0) return `[] of shape [${t.shape.join(', ')}]`;
  const axes = t.shape.map((size) => shownAlong(size, maxElements));
  if (axes.reduce((n, axis) => n * axis.length, 1) > MOST) return `[...] of shape [${t.shape.join(', ')}]`;
  const block = (index: number[]): string => {
    if (index.length === t.ndim) return numberText(elementOf(t, index), digits);
    return `[${axes[index.length].map((i) => (i < 0 ? '...' : block([...index, i]))).join(', ')}]`;
  };
  return block([]);
}
