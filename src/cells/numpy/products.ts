/** Products of matrices and vectors. */
import { Tensor } from '../../tensor/tensor.ts';
import { type PyError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { Value } from '../runtime/values.ts';
import { itemsOf } from '../torch/convert.ts';
import { type ArrayData, resultOf, shapeText } from './array.ts';
import { numeric, tensorAs, toAxis, toWhole } from './convert.ts';
import { fn, raw } from './define.ts';
import { into } from './into.ts';
import { op, SPECS, type Spec } from './specs.ts';
import { type NpType, resultType } from './types.ts';
import { apply } from './ufunc.ts';

/** Operands in the type that they have in common. Bools are multiplied as numbers and made bools again. */
function together(
  values: readonly Value[],
  interpreter: Interpreter,
  name: string,
): { tensors: Tensor[]; type: NpType } {
  const data = values.map((value) => numeric(value, interpreter, name));
  const type = resultType(data.map(({ type: own }) => ({ type: own })));
  return { tensors: data.map((one) => tensorAs(one, type)), type };
}

const finished = (made: Tensor, type: NpType): Value => resultOf(type.kind === 'b' ? op('ne', made, 0) : made, type);

/** Integers of 8 bits and bools have no product of matrices of their own. */
const wide = (t: Tensor, type: NpType): Tensor => (type.kind === 'b' ? op('to', t, 'int64') : t);

const mismatch = (size: number, expected: number): PyError =>
  valueError(
    `matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) (size ${size} is different from ${expected})`,
  );

export function matrixProduct(left: Value, right: Value, interpreter: Interpreter): Value {
  const { tensors, type } = together([left, right], interpreter, 'matmul');
  const [a, b] = tensors;
  if (a.ndim === 0 || b.ndim === 0)
    throw valueError(
      `matmul: Input operand ${a.ndim === 0 ? 0 : 1} does not have enough dimensions (has 0, gufunc core with signature (n?,k),(k,m?)->(n?,m?) requires 1)`,
    );
  const inner = b.shape[b.ndim === 1 ? 0 : b.ndim - 2];
  if (a.shape[a.ndim - 1] !== inner) throw mismatch(inner, a.shape[a.ndim - 1]);
  const made = op('matmul', wide(a, type), wide(b, type));
  return left instanceof Tensor || right instanceof Tensor ? made : finished(made, type);
}

function dot(left: Value, right: Value, interpreter: Interpreter): Value {
  const { tensors, type } = together([left, right], interpreter, 'dot');
  const [a, b] = tensors.map((t) => wide(t, type));
  if (a.ndim === 0 || b.ndim === 0) return apply(SPECS.get('multiply') as Spec, [left, right], interpreter);
  const at = b.ndim === 1 ? 0 : b.ndim - 2;
  if (a.shape[a.ndim - 1] !== b.shape[at])
    throw valueError(
      `shapes ${shapeText(a.shape)} and ${shapeText(b.shape)} not aligned: ${a.shape[a.ndim - 1]} (dim ${a.ndim - 1}) != ${b.shape[at]} (dim ${at})`,
    );
  const made = b.ndim < 3 ? op('matmul', a, b) : op('tensordot', a, b, [[a.ndim - 1], [at]]);
  return finished(made, type);
}

function axesOf(axes: Value, a: ArrayData, b: ArrayData): [number[], number[]] {
  const lists = itemsOf(axes);
  if (lists === undefined) {
    const n = toWhole(axes);
    return [Array.from({ length: n }, (_, i) => a.tensor.ndim - n + i), Array.from({ length: n }, (_, i) => i)];
  }
  const [left, right] = lists.map((list) => itemsOf(list) ?? [list]);
  return [left.map((x) => toAxis(x, a.tensor.ndim)), right.map((x) => toAxis(x, b.tensor.ndim))];
}

export const PRODUCTS = [
  fn('matmul', 'x1, x2, out=None', ({ x1, x2, out }, i) => into(out, matrixProduct(x1, x2, i))),
  fn('dot', 'a, b, out=None', ({ a, b, out }, i) => into(out, dot(a, b, i))),
  fn('inner', 'a, b', ({ a, b }, i) => {
    const { tensors, type } = together([a, b], i, 'inner');
    const [x, y] = tensors.map((t) => wide(t, type));
    if (x.ndim === 0 || y.ndim === 0) return apply(SPECS.get('multiply') as Spec, [a, b], i);
    if (x.shape[x.ndim - 1] !== y.shape[y.ndim - 1])
      throw valueError(
        `shapes ${shapeText(x.shape)} and ${shapeText(y.shape)} not aligned: ${x.shape[x.ndim - 1]} (dim ${x.ndim - 1}) != ${y.shape[y.ndim - 1]} (dim ${y.ndim - 1})`,
      );
    return finished(op('inner', x, y), type);
  }),
  fn('outer', 'a, b, out=None', ({ a, b, out }, i) => {
    const { tensors, type } = together([a, b], i, 'outer');
    const [x, y] = tensors.map((t) => op('reshape', wide(t, type), [-1]));
    return into(out, finished(op('outer', x, y), type));
  }),
  fn('vdot', 'a, b', ({ a, b }, i) => {
    const { tensors, type } = together([a, b], i, 'vdot');
    const [x, y] = tensors.map((t) => op('reshape', wide(t, type), [-1]));
    if (x.numel !== y.numel)
      throw valueError(`cannot reshape array of size ${y.numel} into shape ${shapeText(x.shape)}`);
    return finished(op('dot', x, y), type);
  }),
  fn('kron', 'a, b', ({ a, b }, i) => {
    const { tensors, type } = together([a, b], i, 'kron');
    return finished(op('kron', ...tensors.map((t) => wide(t, type))), type);
  }),
  fn('tensordot', 'a, b, axes=2', ({ a, b, axes }, i) => {
    const { tensors, type } = together([a, b], i, 'tensordot');
    const [left, right] = axesOf(axes, numeric(a, i, 'tensordot'), numeric(b, i, 'tensordot'));
    if (left.length !== right.length || left.some((d, k) => tensors[0].shape[d] !== tensors[1].shape[right[k]]))
      throw valueError('shape-mismatch for sum');
    const [x, y] = tensors.map((t) => wide(t, type));
    return finished(op('tensordot', x, y, [left, right]), type);
  }),
  fn('cross', 'a, b, axisa=-1, axisb=-1, axisc=-1, axis=None', ({ a, b }, i) => {
    const { tensors, type } = together([a, b], i, 'cross');
    const [x, y] = tensors;
    const last = x.shape[x.ndim - 1];
    if ((last !== 3 && last !== 2) || last !== y.shape[y.ndim - 1])
      throw valueError('incompatible dimensions for cross product\n(dimension must be 2 or 3)');
    if (last === 3) return finished(op('linalg_cross', ...op2('broadcast_tensors', [x, y]), -1), type);
    const part = (t: Tensor, k: number): Tensor => op('select', t, -1, k);
    return finished(op('sub', op('mul', part(x, 0), part(y, 1)), op('mul', part(x, 1), part(y, 0))), type);
  }),
  raw('einsum', 1, (args, kwargs, i) => {
    const [equation, ...operands] = args;
    if (typeof equation !== 'string') throw valueError('einsum here takes its subscripts as a string');
    const { tensors, type } = together(operands, i, 'einsum');
    const made = op(
      'einsum',
      equation,
      tensors.map((t) => wide(t, type)),
    );
    return into(kwargs.get('out') ?? null, finished(made, type));
  }),
];

const op2 = (name: string, ...values: unknown[]): readonly Tensor[] =>
  op(name, ...values) as unknown as readonly Tensor[];
