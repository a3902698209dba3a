/** Calls of universal functions: types found, shapes matched, results written where they are wanted. */

import { broadcastAll, type Shape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { compare } from '../runtime/compare.ts';
import { type PyError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { binary } from '../runtime/operators.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { PyTuple, type Value } from '../runtime/values.ts';
import type { BinaryOp, CompareOp } from '../syntax/ast.ts';
import { type ArrayData, own, plainElement, resultOf, shapeText, writeOver } from './array.ts';
import { arrayFrom, dataOfValue, eachPlace, numeric, operandOf, tensorAs } from './convert.ts';
import { noCast } from './errors.ts';
import { scalarOf } from './scalar.ts';
import { op, type Spec, typeOfResult } from './specs.ts';
import { BOOLEAN, isNumeric, type NpType, OBJECT_TYPE, rankOf, resultType, toType } from './types.ts';
import { finiteOnly } from './warnings.ts';

/** Refuses shapes that do not fit, in NumPy's words. */
export function broadcast(shapes: readonly Shape[]): Shape {
  try {
    return broadcastAll(shapes);
  } catch {
    throw mismatch(shapes);
  }
}

const mismatch = (shapes: readonly Shape[]): PyError =>
  valueError(`operands could not be broadcast together with shapes ${shapes.map(shapeText).join(' ')} `);

export interface Options {
  readonly out?: Value;
  readonly where?: Value;
  readonly dtype?: Value;
}

/** What is computed of operands, before it is wrapped. */
function compute(
  spec: Spec,
  operands: readonly ArrayData[],
  dtype: NpType | undefined,
): { made: Tensor; type: NpType } {
  const common = dtype ?? resultType(operands.map(operandOf));
  const type = spec.type(common);
  if (operands.length === 1) {
    const made = spec.run(tensorAs(operands[0], type), tensorAs(operands[0], type), type);
    return { made, type: typeOfResult(made, type) };
  }
  const [a, b] = operands;
  broadcast([a.tensor.shape, b.tensor.shape]);
  const made = spec.run(tensorAs(a, type), tensorAs(b, type), type);
  return { made, type: typeOfResult(made, type) };
}

/** Applies a universal function to values. Of tensors it makes a tensor, as NumPy does with PyTorch's. */
export function apply(spec: Spec, values: readonly Value[], interpreter: Interpreter, options: Options = {}): Value {
  const text = textual(spec, values, interpreter);
  if (text !== undefined) return text;
  const operands = values.map((value) => numeric(value, interpreter, spec.name));
  const { made, type } = compute(spec, operands, toType(options.dtype ?? null));
  finiteOnly(spec, operands, made, interpreter);
  const out = options.out instanceof PyTuple ? options.out.items[0] : (options.out ?? null);
  const where = options.where ?? null;
  if (out !== null) return into(spec.name, made, type, out, where, interpreter);
  if (where !== null && where !== true) {
    const mask = dataOfValue(where, interpreter, BOOLEAN).tensor;
    return resultOf(op('where', mask, made, op('zeros_like', made)), type);
  }
  if (values.some((value) => value instanceof Tensor)) return made;
  return resultOf(made === operands[0].tensor ? op('clone', made) : made, type);
}

function into(name: string, made: Tensor, type: NpType, out: Value, where: Value, interpreter: Interpreter): Value {
  if (out instanceof Tensor) {
    writeOver(dataOfValue(out, interpreter), made);
    return out;
  }
  const target = own(out);
  checkOutput(name, made, type, target);
  const mask = where === null || where === true ? null : dataOfValue(where, interpreter, BOOLEAN).tensor;
  writeOver(target, mask === null ? made : op('where', mask, op('to', made, target.tensor.dtype), target.tensor));
  return out;
}

export function checkOutput(name: string, made: Tensor, type: NpType, target: ArrayData): void {
  if (rankOf(type) > rankOf(target.type)) throw noCast(name, `dtype('${type.name}')`, `dtype('${target.type.name}')`);
  const fits = made.ndim <= target.tensor.ndim;
  if (!fits || broadcastShape(made.shape, target.tensor.shape) === null)
    throw valueError(
      `non-broadcastable output operand with shape ${shapeText(target.tensor.shape)} doesn't match the broadcast shape ${shapeText(made.shape)}`,
    );
}

function broadcastShape(from: Shape, to: Shape): Shape | null {
  const lead = to.length - from.length;
  return from.every((n, d) => n === 1 || n === to[d + lead]) ? to : null;
}

const ARITHMETIC: ReadonlyMap<string, BinaryOp> = new Map<string, BinaryOp>([
  ['add', '+'],
  ['subtract', '-'],
  ['multiply', '*'],
  ['divide', '/'],
  ['floor_divide', '//'],
  ['remainder', '%'],
  ['power', '**'],
]);
const COMPARED: ReadonlyMap<string, CompareOp> = new Map<string, CompareOp>([
  ['equal', '=='],
  ['not_equal', '!='],
  ['less', '<'],
  ['less_equal', '<='],
  ['greater', '>'],
  ['greater_equal', '>='],
]);

/** Of strings and objects Python's own operators are asked, element by element. */
function textual(spec: Spec, values: readonly Value[], interpreter: Interpreter): Value | undefined {
  if (spec.nin !== 2) return undefined;
  const operands = values.map((value) => dataOfValue(value, interpreter));
  if (operands.every(({ type }) => isNumeric(type))) return undefined;
  const compare_ = COMPARED.get(spec.name);
  const sign = ARITHMETIC.get(spec.name);
  const words = operands.some(({ type }) => type.kind === 'U');
  if (compare_ === undefined && (sign === undefined || words)) return undefined;
  const shape = broadcast(operands.map(({ tensor }) => tensor.shape));
  const [left, right] = operands.map((data) => spread(data, shape));
  interpreter.budget.room(left.length);
  const runtime = interpreter as Runtime;
  const made = left.map((value, i) =>
    compare_ === undefined
      ? binary(runtime, sign as BinaryOp, value, right[i])
      : compare(runtime, compare_, value, right[i]),
  );
  if (shape.length === 0) return typeof made[0] === 'boolean' ? scalarOf(made[0], BOOLEAN) : made[0];
  return arrayFrom(made, shape, compare_ === undefined ? OBJECT_TYPE : BOOLEAN, interpreter);
}

/** The elements in the order of a shape that they are repeated to. */
function spread(data: ArrayData, shape: Shape): Value[] {
  const { tensor } = data;
  const lead = shape.length - tensor.ndim;
  const strides = shape.map((_, d) => (d < lead || tensor.shape[d - lead] === 1 ? 0 : tensor.strides[d - lead]));
  const out: Value[] = [];
  eachPlace(tensor.alias(shape, strides), (at) => out.push(plainElement(data, at)));
  return out;
}
