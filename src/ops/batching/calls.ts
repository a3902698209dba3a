/** How ops are carried out with a further dimension in front of some of their operands: many calls in one. */
import type { Shape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { to } from '../creation/index.ts';
import type { OpDef } from '../define.ts';
import { matmul } from '../linalg/index.ts';
import { sum, sumToSize } from '../reductions/index.ts';
import { expand, permute, reshape } from '../shape/index.ts';

type Args = Readonly<Record<string, unknown>>;

/** One call that is to be many. */
interface Batch {
  readonly op: OpDef;
  readonly args: Args;
  /** What the one call gave. */
  readonly output: Tensor;
  readonly count: number;
  /** A tensor of many calls with the further dimension in front; undefined for one that is the same in all. */
  of(t: unknown): Tensor | undefined;
}

type Rule = (batch: Batch) => Tensor | null;

/** With ones behind the dimension of calls, so that it lines up in front of `rank` others. */
const lined = (t: Tensor, rank: number): Tensor =>
  t.ndim - 1 >= rank ? t : reshape(t, [t.shape[0], ...new Array(rank - t.ndim + 1).fill(1), ...t.shape.slice(1)]);

const spread = ({ count, output }: Batch): Shape => [count, ...output.shape];

/** Each element on its own: operands line up from behind, as they are broadcast. */
const pointwise: Rule = ({ op, args, output, of }) => {
  const replaced: Record<string, unknown> = { ...args };
  let dtype: string | undefined;
  for (const { key, kind } of op.params) {
    const value = args[key];
    if (kind === 'tensors') return null;
    if (!(value instanceof Tensor)) continue;
    // A tensor without dimensions decides less of the result's dtype than one with them.
    dtype ??= value.dtype;
    const batch = of(value);
    if (value.dtype !== dtype && batch !== undefined && value.ndim === 0) return null;
    if (batch !== undefined) replaced[key] = lined(batch, output.ndim);
  }
  const result = op.call(replaced);
  return result instanceof Tensor ? result : null;
};

/** What goes on in rows that the op is told the dimension of, which is one further behind then. */
const along: Rule = ({ op, args, count, of }) => {
  const { dim } = args;
  if (typeof dim !== 'number') return null;
  const replaced: Record<string, unknown> = { ...args, dim: dim < 0 ? dim : dim + 1 };
  for (const { key } of op.params) {
    const value = args[key];
    if (value instanceof Tensor) {
      if (value.ndim === 0) return null;
      replaced[key] = of(value) ?? expand(value, [count, ...value.shape]);
    }
  }
  const result = op.call(replaced);
  return result instanceof Tensor ? result : null;
};

/** Elements in another shape, in their order. */
const reshaped: Rule = (batch) => {
  const input = batch.of(batch.args.input);
  return input === undefined ? null : reshape(input, spread(batch));
};

const expanded: Rule = (batch) => {
  const input = batch.of(batch.args.input);
  return input === undefined ? null : expand(lined(input, batch.output.ndim), spread(batch));
};

/** By the order that the dimensions come in. */
const permuted =
  (order: (args: Args, rank: number) => readonly number[] | null): Rule =>
  ({ args, of }) => {
    const input = of(args.input);
    const dims = input === undefined ? null : order(args, input.ndim - 1);
    if (input === undefined || dims === null) return null;
    return permute(input, [0, ...dims.map((d) => d + 1)]);
  };

const wrap = (dim: unknown, rank: number): number => (Number(dim) < 0 ? Number(dim) + rank : Number(dim));

function swapped(rank: number, a: number, b: number): number[] {
  const order = Array.from({ length: rank }, (_, i) => i);
  [order[a], order[b]] = [order[b], order[a]];
  return order;
}

const summed: Rule = (batch) => {
  const { args, of } = batch;
  const input = of(args.input);
  if (input === undefined || args.dtype !== undefined) return null;
  const rank = input.ndim - 1;
  const given = args.dim as number | readonly number[] | undefined;
  const dims = given === undefined ? [] : typeof given === 'number' ? [given] : given;
  // Without dimensions all are summed.
  const places = dims.length > 0 ? dims.map((d) => wrap(d, rank) + 1) : Array.from({ length: rank }, (_, i) => i + 1);
  return reshape(places.length === 0 ? input : sum(input, places, args.keepdim === true), spread(batch));
};

const summedToSize: Rule = (batch) => {
  const input = batch.of(batch.args.input);
  if (input === undefined) return null;
  const { shape } = batch.output;
  const ones = new Array(input.ndim - 1 - shape.length).fill(1);
  return reshape(sumToSize(input, [batch.count, ...ones, ...shape]), spread(batch));
};

/** A product of matrices, which takes dimensions in front as they are; a vector is a matrix of one row or column. */
const product =
  (first: string, second: string): Rule =>
  (batch) => {
    const { args, of } = batch;
    const [a, b] = [args[first], args[second]];
    if (!(a instanceof Tensor) || !(b instanceof Tensor)) return null;
    const left = of(a);
    if (left !== undefined && of(b) === undefined && b.ndim === 2) {
      // The rows of all calls are those of one matrix.
      const k = a.shape[a.ndim - 1];
      return reshape(matmul(reshape(left, [left.numel / Math.max(k, 1), k]), b), spread(batch));
    }
    const rank = Math.max(a.ndim, b.ndim, 2);
    const matrix = (t: Tensor, column: boolean): Tensor => {
      const many = of(t);
      const front = many === undefined ? [] : [batch.count];
      const own = t.ndim === 1 ? (column ? [t.shape[0], 1] : [1, t.shape[0]]) : t.shape;
      const shape = many === undefined ? own : [...front, ...new Array(rank - own.length).fill(1), ...own];
      return reshape(many ?? t, shape);
    };
    return reshape(matmul(matrix(a, false), matrix(b, true)), spread(batch));
  };

const cast: Rule = ({ args, output, of }) => {
  const input = of(args.input);
  return input === undefined ? null : to(input, output.dtype);
};

const RULES: Readonly<Record<string, Rule>> = {
  reshape: reshaped,
  view: reshaped,
  view_as: reshaped,
  reshape_as: reshaped,
  flatten: reshaped,
  ravel: reshaped,
  unflatten: reshaped,
  squeeze: reshaped,
  unsqueeze: reshaped,
  expand: expanded,
  expand_as: expanded,
  broadcast_to: expanded,
  transpose: permuted(({ dim0, dim1 }, rank) => (rank === 0 ? [] : swapped(rank, wrap(dim0, rank), wrap(dim1, rank)))),
  t: permuted((_, rank) => (rank < 2 ? Array.from({ length: rank }, (__, i) => i) : [1, 0])),
  mT: permuted((_, rank) => swapped(rank, rank - 2, rank - 1)),
  T: permuted((_, rank) => Array.from({ length: rank }, (__, i) => rank - 1 - i)),
  permute: permuted(({ dims }, rank) => (Array.isArray(dims) ? dims.map((d) => wrap(d, rank)) : null)),
  sum: summed,
  sum_to_size: summedToSize,
  mm: product('input', 'mat2'),
  mv: product('input', 'vec'),
  bmm: product('input', 'mat2'),
  matmul: product('input', 'other'),
  dot: product('input', 'other'),
  to: cast,
  _softmax_backward_data: along,
  _log_softmax_backward_data: along,
};

/** Of these only the shape is read. */
const OF_SHAPE = new Set(['zeros_like', 'ones_like', 'full_like', 'empty_like']);

const POINTWISE = new Set(['pointwise', 'comparison']);

function ruleFor(op: OpDef): Rule | null {
  if (Object.hasOwn(RULES, op.name)) return RULES[op.name];
  if (op.composite) return null;
  return POINTWISE.has(op.category) ? pointwise : null;
}

/**
 * What a call of `op` gives for many values of some operands: `batches` has those, with a dimension of calls in
 * front. No tensors where none of its operands is among them; null where there is no way but call by call.
 */
export function batchedCall(
  op: OpDef,
  args: Args,
  outputs: readonly Tensor[],
  batches: ReadonlyMap<Tensor, Tensor>,
): readonly Tensor[] | null {
  if (OF_SHAPE.has(op.name)) return [];
  let count = 0;
  for (const value of Object.values(args)) {
    for (const t of Array.isArray(value) ? value : [value]) count = batches.get(t as Tensor)?.shape[0] ?? count;
  }
  if (count === 0) return [];
  const rule = ruleFor(op);
  if (rule === null || outputs.length !== 1) return null;
  const [output] = outputs;
  const made = rule({ op, args, output, count, of: (t) => batches.get(t as Tensor) });
  if (made === null || made.dtype !== output.dtype) return null;
  return [made.ndim === output.ndim + 1 ? made : reshape(made, [count, ...output.shape])];
}
