/** Elementwise ops. */
import { isFloating } from '../../../../tensor/dtype.ts';
import { float } from '../../../../tensor/scalar.ts';
import { Unsupported } from '../errors.ts';
import { type Entry, type Lower, type OnnxNode, since, type Table } from '../node.ts';
import type { Val } from '../val.ts';
import { cast, scalarFor } from './helpers.ts';

/** One that PyTorch has under another name. */
const unary = (op: string, versions: readonly number[], attrs = {}): Entry =>
  since(versions, (n) => n.build.one(op, [n.input(0)], attrs));

/** Until opset 6 an operand was broadcast where it was told to be, along an axis. */
export function aligned(n: OnnxNode): [Val, Val] {
  const [a, b] = [n.input(0), n.input(1)];
  const axis = n.int('axis');
  if (n.version >= 7 || axis === undefined || axis < 0) return [a, b];
  const { shape } = b;
  if (shape === undefined || a.rank === undefined)
    throw new Unsupported('broadcasting along an axis needs known sizes');
  return [a, n.build.one('reshape', [b], { shape: [...shape, ...new Array(a.rank - axis - shape.length).fill(1)] })];
}

const binary = (op: string, versions: readonly number[]): Entry => since(versions, (n) => n.build.one(op, aligned(n)));

/** Of any number of operands. */
const variadic = (op: string, versions: readonly number[], finish: (n: OnnxNode, v: Val) => Val = (_, v) => v): Entry =>
  since(versions, (n) => {
    const all = n.inputs.map((_, i) => n.input(i));
    const first = n.input(0);
    return finish(
      n,
      all.slice(1).reduce((a, b) => n.build.one(op, [a, b]), first),
    );
  });

const div: Lower = (n) => {
  const [a, b] = aligned(n);
  return n.build.one('div', [a, b], isFloating(a.dtype) ? {} : { rounding_mode: 'trunc' });
};

/** A power has the dtype of its base. */
const pow: Lower = (n) => {
  const [base, exponent] = aligned(n);
  const { numbers } = exponent;
  if (numbers?.length === 1 && exponent.rank === 0 && isFloating(base.dtype))
    return n.build.one('pow', [base, scalarFor(base, numbers[0])]);
  const wide = !isFloating(base.dtype) && isFloating(exponent.dtype) ? cast(n, base, 'float64') : base;
  return cast(n, n.build.one('pow', [wide, exponent]), base.dtype);
};

/** Bounds are numbers where they are known. */
const clip: Lower = (n) => {
  const x = n.input(0);
  const bound = (name: string, i: number): Val | ReturnType<typeof scalarFor> | null => {
    const own = n.float(name);
    if (own !== undefined) return scalarFor(x, own);
    const v = n.optional(i);
    if (v === null) return null;
    const { numbers } = v;
    return numbers?.length === 1 ? scalarFor(x, numbers[0]) : v;
  };
  const [min, max] = [bound('min', 1), bound('max', 2)];
  return min === null && max === null ? x : n.build.one('clamp', [x, min, max]);
};

const SELU = [1.6732632423543772, 1.0507009873554805];

const selu: Lower = (n) => {
  const [alpha, gamma] = [n.float('alpha', SELU[0]), n.float('gamma', SELU[1])];
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-3;
  if (near(alpha, SELU[0]) && near(gamma, SELU[1])) return n.build.one('selu', [n.input(0)]);
  return n.build.one('mul', [n.build.one('elu', [n.input(0)], { alpha }), float(gamma)]);
};

/** A slope for each channel is PyTorch's prelu; it may be of any shape that is broadcast, too. */
const prelu: Lower = (n) => {
  const [x, slope] = [n.input(0), n.input(1)];
  const { shape } = slope;
  const plain =
    shape !== undefined &&
    x.rank !== undefined &&
    (shape.every((d) => d === 1) ||
      // Until opset 6 a slope for each channel stood alone.
      (n.version < 7 && shape.length === 1 && x.sizes?.[1] === shape[0]) ||
      (x.rank >= 2 && shape.length === x.rank - 1 && shape.slice(1).every((d) => d === 1)));
  if (plain) {
    const weight = shape.length === 1 ? slope : n.build.one('reshape', [slope], { shape: [-1] });
    return n.build.one('prelu', [x, weight]);
  }
  return n.build.one('where', [n.build.one('lt', [x, 0]), n.build.one('mul', [x, slope]), x]);
};

const hardSigmoid: Lower = (n) => {
  const [alpha, beta] = [n.float('alpha', 0.2), n.float('beta', 0.5)];
  const x = n.input(0);
  if (Math.abs(alpha - 1 / 6) < 1e-6 && beta === 0.5) return n.build.one('hardsigmoid', [x]);
  const line = n.build.one('add', [n.build.one('mul', [x, float(alpha)]), float(beta)]);
  return n.build.one('clamp', [line, float(0), float(1)]);
};

const shrink: Lower = (n) => {
  const [lambd, bias] = [n.float('lambd', 0.5), n.float('bias', 0)];
  const x = n.input(0);
  if (isFloating(x.dtype) && bias === 0) return n.build.one('hardshrink', [x], { lambd });
  if (isFloating(x.dtype) && bias === lambd) return n.build.one('softshrink', [x], { lambd });
  const b = n.build;
  const above = b.one('where', [b.one('gt', [x, lambd]), b.one('sub', [x, bias]), b.one('zeros_like', [x])]);
  const out = b.one('where', [b.one('lt', [x, -lambd]), b.one('add', [x, bias]), above]);
  return cast(n, out, x.dtype);
};

const mod: Lower = (n) => n.build.one(n.flag('fmod') ? 'fmod' : 'remainder', [n.input(0), n.input(1)]);

const isinf: Lower = (n) => {
  const [negative, positive] = [n.flag('detect_negative', true), n.flag('detect_positive', true)];
  const op = negative ? (positive ? 'isinf' : 'isneginf') : 'isposinf';
  if (negative || positive) return n.build.one(op, [n.input(0)]);
  return n.build.one('zeros_like', [n.input(0)], { dtype: 'bool' });
};

const shift: Lower = (n) => {
  const direction = n.string('direction', '');
  if (direction !== 'LEFT' && direction !== 'RIGHT') throw new Unsupported(`the direction "${direction}" is none`);
  return n.build.one(direction === 'LEFT' ? 'bitwise_left_shift' : 'bitwise_right_shift', [n.input(0), n.input(1)]);
};

/** Until opset 12 all axes from one on are taken as one. */
const softmaxBy =
  (op: string): Lower =>
  (n) => {
    const x = n.input(0);
    const axis = n.int('axis', n.version >= 13 ? -1 : 1);
    return flattened(n, x, axis, (v, dim) => n.build.one(op, [v], { dim }));
  };

export function flattened(n: OnnxNode, x: Val, axis: number, call: (v: Val, dim: number) => Val): Val {
  if (n.version >= 13) return call(x, axis);
  const from = axis < 0 ? axis + n.rank(x) : axis;
  if (axis === -1 || from === n.rank(x) - 1 || x.sizes?.slice(from + 1).every((d) => d === 1)) return call(x, from);
  const flat = n.build.one('flatten', [x], { start_dim: from, end_dim: -1 });
  return n.build.one('reshape_as', [call(flat, -1), x]);
}

const hardmax: Lower = (n) =>
  flattened(n, n.input(0), n.int('axis', n.version >= 13 ? -1 : 1), (v, dim) => {
    const place = n.build.one('argmax', [v], { dim, keepdim: true });
    return n.build.one('scatter', [n.build.one('zeros_like', [v]), place], { dim, value: float(1) });
  });

const to: Lower = (n) => {
  const dtype = n.dtype('to');
  if (dtype === undefined) throw new Unsupported('there is no dtype to cast to');
  return cast(n, n.input(0), dtype);
};

const gelu: Lower = (n) =>
  n.build.one('gelu', [n.input(0)], { approximate: n.string('approximate', 'none') === 'tanh' ? 'tanh' : 'none' });

const floats = [6, 13];

export const pointwise: Table = {
  Abs: unary('abs', floats),
  Acos: unary('acos', [7]),
  Acosh: unary('acosh', [9]),
  Add: binary('add', [6, 7, 13, 14]),
  Asin: unary('asin', [7]),
  Asinh: unary('asinh', [9]),
  Atan: unary('atan', [7]),
  Atanh: unary('atanh', [9]),
  BitShift: since([11], shift),
  BitwiseAnd: binary('bitwise_and', [18]),
  BitwiseNot: unary('bitwise_not', [18]),
  BitwiseOr: binary('bitwise_or', [18]),
  BitwiseXor: binary('bitwise_xor', [18]),
  Cast: since([6, 9, 13, 19], to),
  CastLike: since([15, 19], (n) => cast(n, n.input(0), n.input(1).dtype)),
  Ceil: unary('ceil', floats),
  Celu: since([12], (n) => n.build.one('celu', [n.input(0)], { alpha: n.float('alpha', 1) })),
  Clip: since([6, 11, 12, 13], clip),
  Cos: unary('cos', [7]),
  Cosh: unary('cosh', [9]),
  Div: since([6, 7, 13, 14], div),
  Elu: since([6], (n) => n.build.one('elu', [n.input(0)], { alpha: n.float('alpha', 1) })),
  Erf: unary('erf', [9, 13]),
  Exp: unary('exp', floats),
  Floor: unary('floor', floats),
  Gelu: since([20], gelu),
  HardSigmoid: since([6], hardSigmoid),
  HardSwish: unary('hardswish', [14]),
  Hardmax: since([1, 11, 13], hardmax),
  Identity: since([1, 13, 14, 16], (n) => n.input(0)),
  IsInf: since([10, 20], isinf),
  IsNaN: unary('isnan', [9, 13]),
  LeakyRelu: since([6, 16], (n) => n.build.one('leaky_relu', [n.input(0)], { negative_slope: n.float('alpha', 0.01) })),
  Log: unary('log', floats),
  LogSoftmax: since([1, 11, 13], softmaxBy('log_softmax')),
  Max: variadic('maximum', [6, 8, 12, 13]),
  Mean: variadic('add', [6, 8, 13], (n, v) => (n.inputs.length === 1 ? v : n.build.one('div', [v, n.inputs.length]))),
  Min: variadic('minimum', [6, 8, 12, 13]),
  Mish: unary('mish', [18]),
  Mod: since([10, 13], mod),
  Mul: binary('mul', [6, 7, 13, 14]),
  Neg: unary('neg', floats),
  PRelu: since([6, 7, 9, 16], prelu),
  Pow: since([1, 7, 12, 13, 15], pow),
  Reciprocal: unary('reciprocal', floats),
  Relu: unary('relu', [6, 13, 14]),
  Round: unary('round', [11]),
  Selu: since([6], selu),
  Shrink: since([9], shrink),
  Sigmoid: unary('sigmoid', floats),
  Sign: unary('sign', [9, 13]),
  Sin: unary('sin', [7]),
  Sinh: unary('sinh', [9]),
  Softmax: since([1, 11, 13], softmaxBy('softmax')),
  Softplus: unary('softplus', [1]),
  Softsign: unary('softsign', [1]),
  Sqrt: unary('sqrt', floats),
  Sub: binary('sub', [6, 7, 13, 14]),
  Sum: variadic('add', [6, 8, 13]),
  Tan: unary('tan', [7]),
  Tanh: unary('tanh', floats),
  ThresholdedRelu: since([10], (n) =>
    n.build.one('threshold', [n.input(0)], { threshold: n.float('alpha', 1), value: float(0) }),
  ),
};
