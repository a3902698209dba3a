/** Binary operators of every kind of value. */
import { Tensor } from '../../tensor/tensor.ts';
import type { BinaryOp } from '../syntax/ast.ts';
import { joinBytes, PyBytes } from './bytes.ts';
import { asComplex, complexOperation, PyComplex } from './complex.ts';
import { PyError, typeError } from './errors.ts';
import { asIndex, toIndex } from './indexing.ts';
import { append, listOf } from './iterate.ts';
import { fillFrom, keyOf, lookupCost } from './keys.ts';
import { isSubclass } from './mro.ts';
import {
  checked,
  floatFloorDivide,
  floatModulo,
  floatPower,
  floorDivide,
  intPower,
  modulo,
  multiply,
  shift,
  toDouble,
  trueDivide,
  unsupportedOperands,
} from './numbers.ts';
import { NOT_IMPLEMENTED, PyAlias, PyDictView, PySet, PyUnion } from './objects.ts';
import { openClass, override } from './override.ts';
import { percentFormat } from './percent.ts';
import type { Runtime } from './runtime.ts';
import { typeName } from './types.ts';
import { PyClass, PyDict, PyInstance, PyList, PyObject, PyTuple, type Value } from './values.ts';

export const SPECIAL: Readonly<Record<BinaryOp, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'truediv',
  '//': 'floordiv',
  '%': 'mod',
  '**': 'pow',
  '@': 'matmul',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
  '<<': 'lshift',
  '>>': 'rshift',
};

export function binary(runtime: Runtime, op: BinaryOp, left: Value, right: Value): Value {
  const result = attempt(runtime, op, left, right);
  if (result !== undefined) return result;
  throw unsupportedOperands(op === '**' ? '** or pow()' : op, typeName(left, runtime), typeName(right, runtime));
}

/** undefined where neither side has the operator. `plain` asks no methods of derived classes. */
export function attempt(runtime: Runtime, op: BinaryOp, left: Value, right: Value, plain = false): Value | undefined {
  const number = numeric(runtime, op, left, right);
  if (number !== undefined) return number;
  if (!plain && (openClass(left) !== null || openClass(right) !== null)) {
    const result = special(runtime, left, right, `__${SPECIAL[op]}__`, `__r${SPECIAL[op]}__`);
    if (result !== undefined) return result;
  }
  if (typeof left === 'string' && op === '%') return percentFormat(runtime, left, right);
  if (left instanceof Tensor || right instanceof Tensor) {
    runtime.budget.call();
    const result = runtime.tensors?.binary(op, left, right, runtime);
    if (result !== undefined || left instanceof Tensor) return result;
  }
  if (left instanceof PyComplex || right instanceof PyComplex) {
    const [a, b] = [asComplex(left), asComplex(right)];
    if (a !== undefined && b !== undefined) return complexOperation(op, a, b);
  }
  if (op === '+') return concatenate(runtime, left, right);
  if (op === '*') return repeat(runtime, left, right) ?? repeat(runtime, right, left);
  if (left instanceof PyObject && right instanceof PyObject) {
    const sets = setOperation(runtime, op, left, right);
    if (sets !== undefined) return sets;
    if (op === '|' && left instanceof PyDict && right instanceof PyDict) {
      const merged = new PyDict(left.type);
      fillFrom(runtime, merged, left);
      fillFrom(runtime, merged, right);
      return merged;
    }
  }
  if (op === '|') return unionOf(left, right);
  return undefined;
}

const isType = (value: Value): boolean =>
  value === null || value instanceof PyClass || value instanceof PyAlias || value instanceof PyUnion;

/** `int | None` */
function unionOf(left: Value, right: Value): Value | undefined {
  if (!isType(left) || !isType(right) || (left === null && right === null)) return undefined;
  const parts = [left, right].flatMap((each) => (each instanceof PyUnion ? each.args : [each]));
  return new PyUnion(parts.filter((part, i) => parts.indexOf(part) === i));
}

/** What a dunder answers; undefined where there is none or it answers NotImplemented. */
export function special(
  runtime: Runtime,
  left: Value,
  right: Value,
  name: string,
  reflected: string,
): Value | undefined {
  const attemptOne = (self: Value, other: Value, method: string): Value | undefined => {
    const own = override(self, method);
    if (own === undefined || own === null) return undefined;
    const result = runtime.call(own, [self, other]);
    return result === NOT_IMPLEMENTED ? undefined : result;
  };
  const [of, by] = [openClass(left), openClass(right)];
  const rightFirst = of !== null && by !== null && of !== by && isSubclass(by, of);
  if (rightFirst) return attemptOne(right, left, reflected) ?? attemptOne(left, right, name);
  return attemptOne(left, right, name) ?? attemptOne(right, left, reflected);
}

const integerOf = (value: Value): bigint | undefined =>
  typeof value === 'bigint' ? value : typeof value === 'boolean' ? BigInt(value) : undefined;

export function numeric(runtime: Runtime, op: BinaryOp, left: Value, right: Value): Value | undefined {
  if (typeof left === 'boolean' && typeof right === 'boolean') {
    if (op === '&') return left && right;
    if (op === '|') return left || right;
    if (op === '^') return left !== right;
  }
  const a = integerOf(left);
  const b = integerOf(right);
  if (a !== undefined && b !== undefined) return integers(runtime, op, a, b);
  if ((a === undefined && typeof left !== 'number') || (b === undefined && typeof right !== 'number')) return undefined;
  return floats(
    op,
    a === undefined ? (left as number) : toDouble(a),
    b === undefined ? (right as number) : toDouble(b),
  );
}

function integers({ budget }: Runtime, op: BinaryOp, a: bigint, b: bigint): Value | undefined {
  switch (op) {
    case '+':
      return checked(a + b, budget);
    case '-':
      return checked(a - b, budget);
    case '*':
      return multiply(a, b, budget);
    case '/':
      return trueDivide(a, b, budget);
    case '//':
      return floorDivide(a, b, budget);
    case '%':
      return modulo(a, b, budget);
    case '**':
      return intPower(a, b, budget);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return shift(a, b, true, budget);
    case '>>':
      return shift(a, b, false, budget);
    default:
      return undefined;
  }
}

function floats(op: BinaryOp, a: number, b: number): Value | undefined {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return divideFloats(a, b);
    case '//':
      return floatFloorDivide(a, b);
    case '%':
      return floatModulo(a, b);
    case '**':
      return floatPower(a, b);
    default:
      return undefined;
  }
}

function divideFloats(a: number, b: number): number {
  if (b === 0) throw new PyError('ZeroDivisionError', 'float division by zero');
  return a / b;
}

function concatenate(runtime: Runtime, left: Value, right: Value): Value | undefined {
  if (typeof left === 'string') {
    if (typeof right !== 'string')
      throw typeError(`can only concatenate str (not "${typeName(right, runtime)}") to str`);
    runtime.budget.characters(left.length + right.length);
    return left + right;
  }
  if (left instanceof PyList) {
    if (!(right instanceof PyList))
      throw typeError(`can only concatenate list (not "${typeName(right, runtime)}") to list`);
    runtime.budget.room(left.items.length + right.items.length);
    return new PyList(left.items.concat(right.items));
  }
  if (left instanceof PyTuple) {
    if (!(right instanceof PyTuple))
      throw typeError(`can only concatenate tuple (not "${typeName(right, runtime)}") to tuple`);
    runtime.budget.room(left.items.length + right.items.length);
    return new PyTuple(left.items.concat(right.items), left.fields === undefined ? left.type : 'tuple');
  }
  if (left instanceof PyBytes) {
    if (!(right instanceof PyBytes)) throw typeError(`can't concat ${typeName(right, runtime)} to ${left.type}`);
    runtime.budget.characters(left.data.length + right.data.length);
    return joinBytes(left, right);
  }
  return undefined;
}

function repeat(runtime: Runtime, value: Value, count: Value): Value | undefined {
  const isText = typeof value === 'string';
  if (value instanceof PyBytes) {
    const times = Math.max(0, Number(toIndex(runtime, count)));
    runtime.budget.characters(value.data.length * times);
    return PyBytes.of(value.text.repeat(times), value.type);
  }
  if (!isText && !(value instanceof PyList) && !(value instanceof PyTuple)) return undefined;
  if (
    typeof count !== 'bigint' &&
    typeof count !== 'boolean' &&
    !(count instanceof PyInstance && asIndex(runtime, count) !== undefined) &&
    !(count instanceof Tensor)
  ) {
    throw typeError(`can't multiply sequence by non-int of type '${typeName(count, runtime)}'`);
  }
  const times = Math.max(0, Number(toIndex(runtime, count)));
  if (isText) {
    if (value.length === 0 || times === 0) return '';
    runtime.budget.characters(value.length * times);
    return value.repeat(times);
  }
  const { length } = value.items;
  const again = (items: Value[]): Value =>
    value instanceof PyList
      ? new PyList(items)
      : new PyTuple(items, value.type === 'torch.Size' ? value.type : 'tuple');
  if (length === 0 || times === 0) return again([]);
  runtime.budget.room(length * times);
  const items = new Array<Value>(length * times);
  runtime.budget.inStretches(items.length, (from, to) => {
    for (let i = from; i < to; i++) items[i] = value.items[i % length];
  });
  return again(items);
}

const asSet = (value: PyObject, runtime: Runtime): PySet | undefined => {
  if (value instanceof PySet) return value;
  if (!(value instanceof PyDictView) || value.part === 'values') return undefined;
  const set = new PySet();
  for (const item of listOf(runtime, value)) {
    runtime.budget.step();
    set.entries.set(keyOf(item, runtime), item);
  }
  return set;
};

export function setOperation(runtime: Runtime, op: BinaryOp, left: PyObject, right: PyObject): PySet | undefined {
  if (op !== '&' && op !== '|' && op !== '^' && op !== '-') return undefined;
  const a = asSet(left, runtime);
  const b = asSet(right, runtime);
  if (a === undefined || b === undefined) return undefined;
  runtime.budget.room(a.entries.size + (op === '|' || op === '^' ? b.entries.size : 0));
  const result = new PySet(a.type);
  const cost = lookupCost(Math.max(a.entries.size, b.entries.size));
  for (const [key, item] of a.entries) {
    runtime.budget.step(cost);
    if (op === '|' || b.entries.has(key) === (op === '&')) result.entries.set(key, item);
  }
  if (op === '|' || op === '^') {
    for (const [key, item] of b.entries) {
      runtime.budget.step(cost);
      if (!a.entries.has(key)) result.entries.set(key, item);
    }
  }
  return result;
}

/** `target op= value`: what the target is bound to afterwards. */
export function inplace(runtime: Runtime, op: BinaryOp, target: Value, value: Value): Value {
  if (target instanceof Tensor && runtime.tensors !== undefined) {
    runtime.budget.call();
    return runtime.tensors.inplace(op, target, value, runtime);
  }
  if (openClass(target) !== null) {
    const own = override(target, `__i${SPECIAL[op]}__`);
    if (own !== undefined) {
      const result = runtime.call(own, [target, value]);
      if (result !== NOT_IMPLEMENTED) return result;
    }
  }
  if (target instanceof PyList && op === '+') {
    const more = listOf(runtime, value);
    runtime.budget.growth(target.items.length, more.length);
    append(runtime, target.items, more);
    return target;
  }
  if (target instanceof PyList && op === '*') {
    const repeated = repeat(runtime, target, value);
    if (repeated instanceof PyList) target.items = repeated.items;
    return target;
  }
  if (target instanceof PySet && target.type === 'set' && value instanceof PyObject) {
    const result = setOperation(runtime, op, target, value);
    if (result !== undefined) {
      target.entries.clear();
      for (const [key, item] of result.entries) {
        runtime.budget.step();
        target.entries.set(key, item);
      }
      return target;
    }
  }
  if (target instanceof PyDict && value instanceof PyDict && op === '|') {
    fillFrom(runtime, target, value);
    return target;
  }
  const result = attempt(runtime, op, target, value);
  if (result !== undefined) return result;
  throw unsupportedOperands(`${op}=`, typeName(target, runtime), typeName(value, runtime));
}
