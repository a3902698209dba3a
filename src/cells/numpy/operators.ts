/** Python's operators on arrays and scalars. */
import { Tensor } from '../../tensor/tensor.ts';
import { numberBehind } from '../runtime/faces.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { NOT_IMPLEMENTED } from '../runtime/objects.ts';
import { type PyClass, PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf } from '../torch/convert.ts';
import { dataIn } from './array.ts';
import { special } from './define.ts';
import { matrixProduct } from './products.ts';
import { quiet } from './quiet.ts';
import { ScalarData } from './scalar.ts';
import { scalarArithmetic } from './scalar-arithmetic.ts';
import { SPECS, type Spec } from './specs.ts';
import { apply } from './ufunc.ts';

const BINARY: readonly (readonly [dunder: string, ufunc: string])[] = [
  ['add', 'add'],
  ['sub', 'subtract'],
  ['mul', 'multiply'],
  ['truediv', 'divide'],
  ['floordiv', 'floor_divide'],
  ['mod', 'remainder'],
  ['pow', 'power'],
  ['and', 'bitwise_and'],
  ['or', 'bitwise_or'],
  ['xor', 'bitwise_xor'],
  ['lshift', 'left_shift'],
  ['rshift', 'right_shift'],
];

const COMPARISONS: readonly (readonly [dunder: string, ufunc: string])[] = [
  ['eq', 'equal'],
  ['ne', 'not_equal'],
  ['lt', 'less'],
  ['le', 'less_equal'],
  ['gt', 'greater'],
  ['ge', 'greater_equal'],
];

const UNARY: readonly (readonly [dunder: string, ufunc: string])[] = [
  ['neg', 'negative'],
  ['pos', 'positive'],
  ['abs', 'absolute'],
  ['invert', 'invert'],
];

/** Whether a value takes part beside an array: else its own class is asked. */
const takesPart = (value: Value): boolean =>
  numberBehind(value) !== undefined ||
  typeof value === 'string' ||
  dataIn(value) !== undefined ||
  itemsOf(value) !== undefined;

/** Of what a number means repetition. */
const isSequence = (value: Value): boolean => value instanceof PyList || value instanceof PyTuple;

const isScalar = (value: Value): boolean => value instanceof PyInstance && value.native instanceof ScalarData;

function operate(spec: Spec, self: Value, left: Value, right: Value, interpreter: Interpreter): Value {
  const other = self === left ? right : left;
  if (isScalar(self)) {
    const number = numberBehind(other);
    if (number !== undefined) {
      const quick = scalarArithmetic(spec.name, left, right, interpreter);
      if (quick !== undefined) return quick;
    } else if (other instanceof Tensor || typeof other === 'string' || (isSequence(other) && spec.name === 'multiply'))
      return NOT_IMPLEMENTED;
  } else if (other instanceof Tensor) {
    // A tensor on the left leaves the work to NumPy; on the right it refuses to be taken for an array.
    if (other === right) return NOT_IMPLEMENTED;
    return quiet(() => apply(spec, [left, right], interpreter));
  }
  if (!takesPart(other)) return NOT_IMPLEMENTED;
  // `'%s' % array` is the string's own.
  if (typeof left === 'string' && spec.name === 'remainder') return NOT_IMPLEMENTED;
  return quiet(() => apply(spec, [left, right], interpreter));
}

/** Gives a class of arrays or of scalars its operators. */
export function giveOperators(cls: PyClass, inPlace: boolean): void {
  const put = (name: string, call: (args: readonly Value[], interpreter: Interpreter) => Value): void => {
    const count = UNARY.some(([own]) => `__${own}__` === name) ? 0 : 1;
    cls.members.set(
      name,
      special(name, count, (args, _, interpreter) => call(args, interpreter)),
    );
  };
  for (const [name, ufunc] of BINARY) {
    const spec = SPECS.get(ufunc) as Spec;
    put(`__${name}__`, ([self, other], interpreter) => operate(spec, self, self, other, interpreter));
    put(`__r${name}__`, ([self, other], interpreter) => operate(spec, self, other, self, interpreter));
    if (!inPlace) continue;
    put(`__i${name}__`, ([self, other], interpreter) => {
      if (!takesPart(other) && !(other instanceof Tensor)) return NOT_IMPLEMENTED;
      return quiet(() => apply(spec, [self, other], interpreter, { out: self }));
    });
  }
  for (const [name, ufunc] of COMPARISONS) {
    const spec = SPECS.get(ufunc) as Spec;
    put(`__${name}__`, ([self, other], interpreter) => operate(spec, self, self, other, interpreter));
  }
  for (const [name, ufunc] of UNARY) {
    const spec = SPECS.get(ufunc) as Spec;
    put(`__${name}__`, ([self], interpreter) => quiet(() => apply(spec, [self], interpreter)));
  }
  put('__matmul__', ([self, other], interpreter) =>
    takesPart(other) && !isScalar(self) ? quiet(() => matrixProduct(self, other, interpreter)) : NOT_IMPLEMENTED,
  );
  put('__rmatmul__', ([self, other], interpreter) =>
    (takesPart(other) || other instanceof Tensor) && !isScalar(self)
      ? quiet(() => matrixProduct(other, self, interpreter))
      : NOT_IMPLEMENTED,
  );
}
