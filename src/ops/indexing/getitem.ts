/** Python's `x[...]`: integers, slices, None, Ellipsis, bools and tensors, mixed. */
import { noGrad } from '../../autograd/mode.ts';
import { withRecorder } from '../../autograd/recorder.ts';
import { addressesOf, numbersIn } from '../../kernels/index.ts';
import { EngineError, indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { expandsTo, numelOf, type Shape } from '../../tensor/shape.ts';
import { metaAllocator } from '../../tensor/storage.ts';
import { fromStorage, Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/cast.ts';
import { zeros } from '../creation/filled.ts';
import { defineOp } from '../define.ts';
import { type Attr, attr, operand, optionalConstants, Refusal, tensor } from '../params.ts';
import { asTensor } from '../promote.ts';
import { alias } from '../shape/copies.ts';
import { unsqueeze } from '../shape/dims.ts';
import { expand, reshape } from '../shape/views.ts';
import { select, slice } from '../shape/windows.ts';
import { index as indexOp } from './advanced.ts';
import { planIndex, spanOf } from './plan.ts';
import { put } from './take.ts';

type Bound = number | null;

/** One place of an index, as it stands on the wire. */
export type IndexItem =
  | number
  | boolean
  | null
  | '...'
  | { readonly slice: readonly [Bound, Bound, Bound] }
  | { readonly tensor: number };

const EXPECTED = 'an integer, {"slice": [start, stop, step]}, null, "...", a bool, {"tensor": i}, or a list of these';

const isWhole = (x: unknown): x is number => typeof x === 'number' && Number.isInteger(x);

function readItem(item: unknown): IndexItem | undefined {
  if (item === null || typeof item === 'boolean' || item === '...' || isWhole(item)) return item;
  if (typeof item !== 'object') return undefined;
  const keys = Object.keys(item);
  if (keys.length !== 1) return undefined;
  if ('tensor' in item) return isWhole(item.tensor) && item.tensor >= 0 ? { tensor: item.tensor } : undefined;
  if (!('slice' in item) || !Array.isArray(item.slice) || item.slice.length > 3) return undefined;
  const bounds = [0, 1, 2].map((i) => (item.slice as unknown[])[i] ?? null);
  return bounds.every((b) => b === null || isWhole(b)) ? { slice: bounds as [Bound, Bound, Bound] } : undefined;
}

/** One place of an index as Python writes it, in LaTeX. */
function itemLatex(item: IndexItem): string {
  if (item === null) return String.raw`\mathrm{None}`;
  if (item === '...') return String.raw`\ldots`;
  if (typeof item !== 'object') return String.raw`\mathrm{${item}}`;
  if ('tensor' in item) return String.raw`\mathrm{index}`;
  const [start, stop, step] = item.slice;
  return `${start ?? ''}:${stop ?? ''}${step === null ? '' : `:${step}`}`;
}

const itemSchema = {
  anyOf: [
    { type: ['integer', 'boolean', 'null'] },
    { const: '...' },
    {
      type: 'object',
      properties: { slice: { type: 'array', items: { type: ['integer', 'null'] }, minItems: 3, maxItems: 3 } },
      required: ['slice'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: { tensor: { type: 'integer', minimum: 0 } },
      required: ['tensor'],
      additionalProperties: false,
    },
  ],
};

/** An index: one item, or a list of them as Python's tuple. */
export const indexAttr: Attr<IndexItem | readonly IndexItem[]> = {
  jsonSchema: { anyOf: [...itemSchema.anyOf, { type: 'array', items: itemSchema }] },
  read(value) {
    if (!Array.isArray(value)) return readItem(value) ?? (value === null ? null : new Refusal(EXPECTED));
    const items = value.map(readItem);
    return items.includes(undefined) ? new Refusal(EXPECTED) : (items as IndexItem[]);
  },
};

const indexParam = attr('index', indexAttr, { doc: 'As in x[index]' });
const indicesParam = optionalConstants('indices', {
  wants: 'int64',
  variadic: true,
  doc: 'The tensors that {"tensor": i} stands for: integers, or bools as a mask',
});

function pick(indices: readonly Tensor[], i: number): Tensor {
  if (i < indices.length) return indices[i];
  throw new EngineError('invalid_graph', `the index names tensor ${i}, but ${indices.length} index tensors were given`);
}

/** How many of the tensor's dimensions an item stands for. */
const width = (item: IndexItem, indices: readonly Tensor[]): number => {
  if (item === null || item === '...' || typeof item === 'boolean') return 0;
  return typeof item === 'object' && 'tensor' in item ? spanOf(pick(indices, item.tensor)) : 1;
};

/** What an index names: a window, and the index tensors that act on it, each with the dimension that it begins at. */
function partsOf(
  input: Tensor,
  index: IndexItem | readonly IndexItem[],
  indices: readonly Tensor[],
): { readonly window: Tensor; readonly tensors: readonly Tensor[]; readonly starts: readonly number[] } {
  const items: readonly IndexItem[] = Array.isArray(index) ? (index as readonly IndexItem[]) : [index as IndexItem];
  const used = items.reduce<number>((n, item) => n + width(item, indices), 0);
  if (input.ndim === 0 && items.some((item) => isWhole(item))) {
    throw indexOutOfRange('invalid index of a 0-dim tensor. Use `tensor.item()` to convert a 0-dim tensor to a number');
  }
  const tooMany = (): EngineError =>
    indexOutOfRange(`too many indices for tensor of dimension ${input.ndim}, of shape ${showShape(input.shape)}`);
  if (used > input.ndim) throw tooMany();
  // `dim` runs over the result as it stands, `own` over the input's dimensions, for messages.
  let [out, dim, own] = [input, 0, 0];
  const tensors: Tensor[] = [];
  const starts: number[] = [];
  const advance = (t: Tensor, span: number): void => {
    tensors.push(t);
    starts.push(dim);
    dim += span;
  };
  for (const item of items) {
    if (item === '...') {
      dim += input.ndim - used;
      own += input.ndim - used;
      continue;
    }
    if (own + width(item, indices) > input.ndim) throw tooMany();
    if (item === null) out = unsqueeze(out, dim++);
    else if (typeof item === 'boolean') {
      out = unsqueeze(out, dim);
      advance(zeros([item ? 1 : 0], 'int64'), 1);
    } else if (typeof item === 'number') {
      const size = out.shape[dim];
      if (item < -size || item >= size)
        throw indexOutOfRange(
          `index ${item} is out of bounds for dimension ${own} with size ${size} of the shape ${showShape(input.shape)}`,
        );
      out = select(out, dim, item);
      own++;
    } else if ('slice' in item) {
      const [start, stop, step] = item.slice;
      if (step !== null && step <= 0)
        throw new EngineError(
          'value_range',
          step === 0 ? 'slice step cannot be zero' : `step must be greater than zero, but got ${step}`,
        );
      const full = (start ?? 0) === 0 && (stop ?? out.shape[dim]) === out.shape[dim] && (step ?? 1) === 1;
      if (!full) out = slice(out, dim, start ?? undefined, stop ?? undefined, step ?? 1);
      dim++;
      own++;
    } else {
      const t = pick(indices, item.tensor);
      const span = spanOf(t);
      if (span === 0) {
        out = unsqueeze(out, dim);
        advance(reshape(t, [1]), 1);
      } else if (t.ndim === 0) {
        // An index of no dimensions acts at once, as an integer does.
        out = indexOp(out, [t], [dim]);
      } else advance(t, span);
      own += span;
    }
  }
  return { window: out, tensors, starts };
}

/** The places in row-major order that an index names in a tensor of `shape`. Costs what they are, not what the tensor has. */
function placesIn(shape: Shape, index: IndexItem | readonly IndexItem[], indices: readonly Tensor[]): Tensor {
  const whole = fromStorage(metaAllocator.alloc('int64', numelOf(shape)), shape);
  return noGrad(() =>
    withRecorder(null, () => {
      // An index of no dimensions acts as one of one element whose dimension is dropped.
      const single = indices.map((t) =>
        t.ndim === 0 && spanOf(t) === 1 && !t.storage.meta ? numbersIn(t)[0] : undefined,
      );
      const plain = (item: IndexItem): IndexItem =>
        item !== null && typeof item === 'object' && 'tensor' in item ? (single[item.tensor] ?? item) : item;
      const items = Array.isArray(index) ? index.map(plain) : plain(index as IndexItem);
      const { window, tensors, starts } = partsOf(whole, items, indices);
      const plan = planIndex(window, tensors, starts);
      return addressesOf(plan.shape, plan.strides, window.offset, plan.offsets);
    }),
  );
}

export const getitem = defineOp({
  name: 'getitem',
  category: 'indexing',
  in: [],
  summary: "Python's indexing: integers, slices, None, Ellipsis, bools, index tensors and masks",
  params: [tensor('input'), indexParam, indicesParam],
  formula: String.raw`x_{\mathrm{index}}`,
  derivative: '1',
  composite: ({ input, index, indices }): Tensor => {
    const { window, tensors, starts } = partsOf(input, index, indices);
    if (tensors.length > 0) return indexOp(window, tensors, starts);
    return window === input ? alias(input) : window;
  },
  derivation: {
    formula: ({ index }) =>
      String.raw`@input[${(Array.isArray(index) ? (index as readonly IndexItem[]) : [index as IndexItem]).map(itemLatex).join(', ')}]`,
    words:
      'only what was taken has a part in the result: its gradient goes back to its place, added up where an element was taken more than once; all others get 0',
  },
  examples: [
    '{"input": [[1, 2, 3], [4, 5, 6]], "index": [{"slice": [0, 2, 1]}, -1]}',
    '{"input": [[1, 2, 3], [4, 5, 6]], "index": ["...", {"tensor": 0}], "indices": [[0, 2, 2]]}',
  ],
});

export const setitem = defineOp({
  name: 'setitem',
  category: 'indexing',
  in: [],
  summary: "A copy in which what Python's indexing names is replaced",
  params: [tensor('input'), operand('value'), indexParam, indicesParam],
  formula: String.raw`y_{\mathrm{index}} = v,\quad x \text{ elsewhere}`,
  derivative: String.raw`\tfrac{\partial}{\partial v} = 1`,
  composite: ({ input, value, index, indices }): Tensor => {
    const places = placesIn(input.shape, index, indices);
    let v =
      value instanceof Tensor
        ? value.dtype === input.dtype
          ? value
          : to(value, input.dtype)
        : asTensor(value, input.dtype);
    // Leading dimensions of size 1 that the place lacks are dropped.
    const extra = v.ndim - places.ndim;
    if (extra > 0 && numelOf(v.shape.slice(0, extra)) === 1) v = reshape(v, v.shape.slice(extra));
    if (!expandsTo(v.shape, places.shape))
      throw shapeMismatch(
        `shape mismatch: value tensor of shape ${showShape(v.shape)} cannot be broadcast to indexing result of shape ${showShape(places.shape)}`,
      );
    return put(input, places, expand(v, places.shape), false);
  },
  examples: ['{"input": [[1, 2, 3], [4, 5, 6]], "value": [10, 20], "index": [{"slice": [0, 2, 1]}, -1]}'],
});
