/** Python's operators on tensors. */
import { overwrite } from '../../autograd/inplace.ts';
import type { OpDef } from '../../ops/define.ts';
import { findOp } from '../../ops/registry.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyComplex } from '../runtime/complex.ts';
import { typeError } from '../runtime/errors.ts';
import type { BinaryOperator, ComparisonOperator, UnaryOperator } from '../runtime/tensor-protocol.ts';
import type { Kwargs, Value } from '../runtime/values.ts';
import { fromScalar, toScalar, typeName } from './convert.ts';
import { guarded } from './errors.ts';
import { refuseHalf } from './half.ts';
import { takenByOthers } from './others.ts';

const OPS: Readonly<Record<BinaryOperator | ComparisonOperator, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '//': 'floor_divide',
  '%': 'remainder',
  '**': 'pow',
  '@': 'matmul',
  '&': 'bitwise_and',
  '|': 'bitwise_or',
  '^': 'bitwise_xor',
  '<<': 'bitwise_left_shift',
  '>>': 'bitwise_right_shift',
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

const NONE: Kwargs = new Map();

/** Comparisons with the sides changed. */
const MIRRORED: Partial<Record<string, ComparisonOperator>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

const op = (name: string): OpDef => findOp(name) as OpDef;

/** An op of two operands by position. */
const call2 = (name: string, left: unknown, right: unknown): Tensor => {
  const def = op(name);
  const [a, b] = def.params;
  refuseHalf(def, [left, right]);
  return guarded(() => def.call({ [a.key]: left, [b.key]: right }) as Tensor);
};

const scalarTensor = (like: Tensor, value: unknown): Tensor =>
  guarded(() => op('full_like').call({ input: like, fillValue: value }) as Tensor);

export function binary(sign: BinaryOperator | ComparisonOperator, left: Value, right: Value): Value | undefined {
  if (left instanceof Tensor) {
    if (right instanceof Tensor) return call2(OPS[sign], left, right);
    const scalar = toScalar(right);
    if (scalar === undefined) {
      if (right instanceof PyComplex) return takenByOthers(OPS[sign], [left, right], NONE, null);
      // Unlike anything is not equal to it.
      return undefined;
    }
    if (sign === '@') return undefined;
    return call2(OPS[sign], left, scalar);
  }
  if (left instanceof PyComplex) return takenByOthers(OPS[sign], [left, right], NONE, null);
  const scalar = toScalar(left);
  if (scalar === undefined || !(right instanceof Tensor) || sign === '@') return undefined;
  const mirrored = MIRRORED[sign];
  if (mirrored !== undefined) return call2(OPS[mirrored], right, scalar);
  switch (sign) {
    case '+':
    case '*':
      return call2(OPS[sign], right, scalar);
    case '-':
      return call2('rsub', right, scalar);
    case '/':
      return guarded(() => {
        const inverse = op('reciprocal').call({ input: right }) as Tensor;
        return op('mul').call({ input: inverse, other: scalar }) as Tensor;
      });
    default: {
      const def = op(OPS[sign]);
      return def.params[0].kind === 'operand'
        ? call2(OPS[sign], scalar, right)
        : call2(OPS[sign], scalarTensor(right, scalar), right);
    }
  }
}

export function inplace(sign: BinaryOperator, tensor: Tensor, right: Value): Value {
  const other = right instanceof Tensor ? right : toScalar(right);
  if (other === undefined)
    throw typeError(`unsupported operand type(s) for ${sign}=: 'Tensor' and '${typeName(right)}'`);
  if (sign === '@') return call2('matmul', tensor, other);
  const name = OPS[sign];
  const operands = other instanceof Tensor ? [other] : [];
  return guarded(() => overwrite(tensor, (self) => call2(name, self, other), { name: `${name}_`, operands }));
}

export function unary(sign: UnaryOperator, tensor: Tensor): Value {
  const name = sign === '-' ? 'neg' : sign === '+' ? 'positive' : sign === '~' ? 'bitwise_not' : 'abs';
  return guarded(() => op(name).call({ input: tensor }) as Tensor);
}

/** A Map: names come from cells, and `constructor` is no operator. */
const DUNDERS: ReadonlyMap<string, BinaryOperator | ComparisonOperator> = new Map<
  string,
  BinaryOperator | ComparisonOperator
>([
  ['__add__', '+'],
  ['__sub__', '-'],
  ['__mul__', '*'],
  ['__truediv__', '/'],
  ['__div__', '/'],
  ['__floordiv__', '//'],
  ['__mod__', '%'],
  ['__pow__', '**'],
  ['__matmul__', '@'],
  ['__and__', '&'],
  ['__or__', '|'],
  ['__xor__', '^'],
  ['__lshift__', '<<'],
  ['__rshift__', '>>'],
  ['__eq__', '=='],
  ['__ne__', '!='],
  ['__lt__', '<'],
  ['__le__', '<='],
  ['__gt__', '>'],
  ['__ge__', '>='],
]);

/** `x.__radd__(y)` and its like, by name. */
export function dunder(name: string): ((self: Tensor, other: Value) => Value | undefined) | undefined {
  const direct = DUNDERS.get(name);
  if (direct !== undefined) return (self, other) => binary(direct, self, other);
  if (name.startsWith('__r')) {
    const sign = DUNDERS.get(`__${name.slice(3)}`);
    if (sign !== undefined && !(sign in MIRRORED)) return (self, other) => binary(sign, other, self);
  }
  if (name.startsWith('__i')) {
    const sign = DUNDERS.get(`__${name.slice(3)}`);
    if (sign !== undefined && !(sign in MIRRORED)) return (self, other) => inplace(sign as BinaryOperator, self, other);
  }
  return undefined;
}

export { fromScalar };
