/** Tensors as PyTorch 1.13 prints them. */
import { isFloating } from './dtype.ts';
import { type Formatter, formatterOf } from './print/formatter.ts';
import { DEFAULT_PRINT_OPTIONS, type PrintOptions } from './print/options.ts';
import type { Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

export { DEFAULT_PRINT_OPTIONS, type PrintChanges, type PrintOptions, withPrintOptions } from './print/options.ts';

const PREFIX = 'tensor(';

/**
 * `repr(t)`: elements in one width, more than `threshold` of them summarised, and behind them what
 * cannot be told from them.
 *
 * @example
 * tensorRepr(relu(x)) // "tensor([0.0000, 1.5000], grad_fn=<ReluBackward0>)"
 */
export function tensorRepr(t: Tensor, options: PrintOptions = DEFAULT_PRINT_OPTIONS): string {
  const elements = t.storage.meta ? '...' : t.numel === 0 ? '[]' : elementsText(t, options, PREFIX.length);
  return closed(PREFIX + elements, suffixes(t, options), PREFIX.length, options.linewidth);
}

/** The elements alone, as they stand behind `indent` characters: `[1., 2.]`. */
export function elementsText(t: Tensor, options: PrintOptions = DEFAULT_PRINT_OPTIONS, indent = 0): string {
  if (t.numel === 0) return '[]';
  const edge = t.numel > options.threshold ? options.edgeitems : Number.POSITIVE_INFINITY;
  // Each element takes a character and what stands before the next one, at the least.
  options.room?.(3 * t.shape.reduce((count, size) => count * Math.min(size, 2 * edge), 1));
  const offsets: number[] = [];
  seen(t, 0, t.offset, edge, offsets);
  const formatter = formatterOf(t, offsets, options);
  options.room?.(offsets.length * (formatter.width + 2));
  return t.ndim === 0 ? formatter.text(t.offset) : block(t, 0, t.offset, edge, indent, formatter, options);
}

const LOOK_EVERY = 1024;

const shortened = (size: number, edge: number): boolean => size > 2 * edge;

/**
 * A complex tensor, by its parts: contiguous ones of one shape. `suffix` is what follows the elements.
 */
export function complexRepr(re: Tensor, im: Tensor, suffix: readonly string[], options: PrintOptions): string {
  const edge = re.numel > options.threshold ? options.edgeitems : Number.POSITIVE_INFINITY;
  options.room?.(6 * re.shape.reduce((count, size) => count * Math.min(size, 2 * edge), 1));
  const offsets: number[] = [];
  seen(re, 0, re.offset, edge, offsets);
  const shift = im.offset - re.offset;
  const [a, b] = [
    formatterOf(re, offsets, options),
    formatterOf(
      im,
      offsets.map((at) => at + shift),
      options,
    ),
  ];
  const text = (at: number): string => {
    const imag = b.text(at + shift).trimStart();
    return `${a.text(at)}${/^[+-]/.test(imag) ? '' : '+'}${imag}j`;
  };
  const whole: Formatter = { width: a.width + b.width + 1, text };
  const { length } = PREFIX;
  const elements =
    re.numel === 0
      ? '[]'
      : re.ndim === 0
        ? text(re.offset).trimStart()
        : block(re, 0, re.offset, edge, length, whole, options);
  return closed(PREFIX + elements, suffix, length, options.linewidth);
}

/** Offsets of the elements that a print shows. */
function seen(t: Tensor, dim: number, offset: number, edge: number, into: number[]): void {
  if (dim === t.ndim) {
    into.push(offset);
    return;
  }
  const size = t.shape[dim];
  const short = shortened(size, edge);
  for (let i = 0; i < size; i++) {
    if (short && i === edge) i = size - edge;
    if (i < size) seen(t, dim + 1, offset + i * t.strides[dim], edge, into);
  }
}

function block(
  t: Tensor,
  dim: number,
  offset: number,
  edge: number,
  indent: number,
  f: Formatter,
  options: PrintOptions,
): string {
  const size = t.shape[dim];
  const stride = t.strides[dim];
  const last = dim === t.ndim - 1;
  const parts: string[] = [];
  const short = shortened(size, edge);
  for (let i = 0; i < size; i++) {
    if (short && i === edge) {
      parts.push(last ? ' ...' : '...');
      i = size - edge;
      if (i === size) break;
    }
    const at = offset + i * stride;
    parts.push(last ? f.text(at) : block(t, dim + 1, at, edge, indent + 1, f, options));
    if (i % LOOK_EVERY === 0) options.look?.();
  }
  const margin = ' '.repeat(indent + 1);
  if (!last) return `[${parts.join(`,${'\n'.repeat(t.ndim - dim - 1)}${margin}`)}]`;
  const perLine = Math.max(1, Math.floor((options.linewidth - indent) / (f.width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(', '));
  return `[${lines.join(`,\n${margin}`)}]`;
}

/** Python's text of a shape: `(3,)`, `(0, 3)`. */
const tuple = (shape: Shape): string => `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;

function suffixes(t: Tensor, options: PrintOptions): string[] {
  const out: string[] = [];
  const meta = t.storage.meta;
  const empty = t.numel === 0;
  if (meta) out.push("device='meta'");
  if (meta || (empty && t.ndim !== 1)) out.push(`size=${tuple(t.shape)}`);
  // Elements tell an integer or a bool from a float; where there are none, the dtype is said.
  const told = !meta && !empty && !isFloating(t.dtype) && (t.dtype === 'int64' || t.dtype === 'bool');
  if (t.dtype !== options.defaultDType && !told) out.push(`dtype=torch.${t.dtype}`);
  if (t.gradFn !== null) out.push(`grad_fn=<${t.gradFn.name}>`);
  else if (t.requiresGrad) out.push('requires_grad=True');
  return out;
}

/** Adds the suffixes, each on the last line where it fits, and the parenthesis. */
function closed(text: string, parts: readonly string[], indent: number, line: number): string {
  let out = text;
  let length = text.length - text.lastIndexOf('\n') + 1;
  for (const part of parts) {
    if (length + part.length + 2 > line) {
      out += `,\n${' '.repeat(indent)}${part}`;
      length = indent + part.length;
    } else {
      out += `, ${part}`;
      length += part.length + 2;
    }
  }
  return `${out})`;
}
