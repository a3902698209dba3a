/** How the elements of one tensor are written: as wide as the widest, with an exponent or without. */
import { isFloating } from '../dtype.ts';
import { bigintsOf, numbersOf, type Tensor } from '../tensor.ts';
import { exponentText, fixedText } from './number-text.ts';
import type { PrintOptions } from './options.ts';

const LOOK_EVERY = 1024;

export interface Formatter {
  readonly width: number;
  /** The element at an offset of the storage. */
  text(offset: number): string;
}

/** A formatter for what lies at `offsets`, the elements that will be seen. */
export function formatterOf(t: Tensor, offsets: readonly number[], options: PrintOptions): Formatter {
  if (isFloating(t.dtype)) return floatFormatter(numbersOf(t), offsets, options);
  const plain = plainText(t);
  const width = widest(1, offsets, (at) => plain(at).length, options);
  return { width, text: (at) => plain(at).padStart(width) };
}

function plainText(t: Tensor): (offset: number) => string {
  if (t.dtype === 'bool') {
    const data = numbersOf(t);
    return (at) => (data[at] ? 'True' : 'False');
  }
  const data = t.dtype === 'int64' ? bigintsOf(t) : numbersOf(t);
  return (at) => String(data[at]);
}

function floatFormatter(data: ArrayLike<number>, offsets: readonly number[], options: PrintOptions): Formatter {
  const { precision, sciMode } = options;
  let max = 0;
  let min = Number.POSITIVE_INFINITY;
  let whole = true;
  const finite: number[] = [];
  for (const at of offsets) {
    const x = data[at];
    if (x === 0 || !Number.isFinite(x)) continue;
    finite.push(at);
    max = Math.max(max, Math.abs(x));
    min = Math.min(min, Math.abs(x));
    whole &&= Number.isInteger(x);
  }
  // Zeros, NaNs and infinities alone ask for no width and no exponent, whatever the options say.
  const some = finite.length > 0;
  const wide = some && (max / min > 1000 || max > 1e8 || (!whole && min < 1e-4));
  const written = (x: number): string => (wide ? exponentText(x, precision) : fixedText(x, whole ? 0 : precision));
  // A whole number is written with a point behind it.
  const width = widest(1, finite, (at) => written(data[at]).length + (whole && !wide ? 1 : 0), options);
  const exponent = some ? (sciMode ?? wide) : false;
  return {
    width,
    text: (at) => {
      const x = data[at];
      const text = exponent
        ? exponentText(x, precision)
        : whole
          ? fixedText(x, 0) + (Number.isFinite(x) ? '.' : '')
          : fixedText(x, precision);
      return text.padStart(width);
    },
  };
}

function widest(
  least: number,
  offsets: readonly number[],
  length: (offset: number) => number,
  { look }: PrintOptions,
): number {
  let width = least;
  for (let i = 0; i < offsets.length; i++) {
    if (i % LOOK_EVERY === 0) look?.();
    width = Math.max(width, length(offsets[i]));
  }
  return width;
}
