/** torch.Tensor, and the classes of old that stand for one dtype. */
import { filledWith } from '../../ops/creation/filled.ts';
import { DEFAULT_DTYPE, type DType } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { typeError } from '../runtime/errors.ts';
import { tensorBehind } from '../runtime/faces.ts';
import { TENSOR } from '../runtime/types.ts';
import { type Kwargs, NativeFunction, PyClass, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { attributeNames } from './attributes.ts';
import { truth } from './compare.ts';
import { asTensor } from './construct.ts';
import { itemOf, itemsOf, toInteger, typeName } from './convert.ts';
import { into, native } from './define.ts';
import { dtypeValue, TENSOR_TYPES } from './dtypes.ts';
import { guarded } from './errors.ts';
import { opTables } from './functions.ts';
import { getItem, setItem } from './indexing.ts';
import { methodTable, sizes } from './methods.ts';
import { placeMethods } from './naming.ts';
import { dunder, unary } from './operators.ts';
import { RANDOM_FUNCTIONS, RANDOM_WRITES } from './random.ts';
import { self } from './receiver.ts';
import { flatOf, isStorage } from './storage.ts';

/** `torch.Tensor([1, 2])` holds those numbers, `torch.Tensor(1, 2)` has that shape. */
function construct(name: string, args: readonly Value[], dtype: DType): Tensor {
  if (args.length === 0) return filledWith([0], 0, dtype);
  if (args.length === 1 && args[0] instanceof Tensor) return asTensor(args[0], dtype).detach();
  if (args.length === 1 && isStorage(args[0])) return asTensor(flatOf(args[0]), dtype);
  const shown = args.length === 1 ? tensorBehind(args[0]) : undefined;
  if (shown !== undefined && toInteger(args[0]) === undefined) return asTensor(shown, dtype).alias();
  const isSize = args.length === 1 && args[0] instanceof PyTuple && args[0].type === 'torch.Size';
  if (!isSize && args.length === 1 && itemsOf(args[0]) !== undefined) return asTensor(args[0], dtype);
  if (isSize || args.every((a) => toInteger(a) !== undefined))
    return guarded(() => filledWith(sizes(args, name), 0, dtype));
  throw typeError(`new(): data must be a sequence (got ${typeName(args[0])})`);
}

/** Methods of tensors by name. */
export const tensorMethods: ReadonlyMap<string, Value> = makeMethods();

function makeMethods(): Map<string, Value> {
  const table = methodTable(opTables().Tensor);
  for (const fn of RANDOM_WRITES) table.set(fn.name, fn);
  for (const fn of RANDOM_FUNCTIONS) if (['bernoulli', 'multinomial'].includes(fn.name)) table.set(fn.name, fn);
  into(table, [
    native('__getitem__', 'self index', ([t, index]) => getItem(self(t, '__getitem__'), index)),
    native('__setitem__', 'self index value', ([t, index, value]) => {
      setItem(self(t, '__setitem__'), index, value);
      return null;
    }),
    native('__len__', 'self', ([t]) => {
      const { ndim, shape } = self(t, '__len__');
      if (ndim === 0) throw typeError('len() of a 0-d tensor');
      return BigInt(shape[0]);
    }),
    native('__bool__', 'self', ([t]) => truth(self(t, '__bool__'))),
    native('__float__', 'self', ([t]) => Number(itemOf(self(t, '__float__')))),
    native('__int__', 'self', ([t]) => BigInt(Math.trunc(Number(itemOf(self(t, '__int__')))))),
    native('__neg__', 'self', ([t]) => unary('-', self(t, '__neg__'))),
    native('__abs__', 'self', ([t]) => unary('abs', self(t, '__abs__'))),
    native('__invert__', 'self', ([t]) => unary('~', self(t, '__invert__'))),
    native('__repr__', 'self', ([t], i) => i.repr(t)),
    native('__str__', 'self', ([t], i) => i.str(t)),
  ]);
  return table;
}

/** The language knows the class by its name; here it gets its members, and its constructor. */
export const tensorClass: PyClass = Object.assign(TENSOR, {
  construct: (args: readonly Value[], kwargs: Kwargs): Tensor => {
    const data = args.length > 0 ? args : kwargs.has('data') ? [kwargs.get('data') as Value] : [];
    return construct('Tensor', data, DEFAULT_DTYPE);
  },
});
tensorClass.members.set(
  '__dir__',
  native('__dir__', 'self', () => new PyList([...new Set([...tensorClass.members.keys(), ...attributeNames()])])),
);
placeMethods('Tensor', 'torch.Tensor', tensorMethods);
for (const [name, method] of tensorMethods) tensorClass.members.set(name, method);
tensorClass.members.set('__module__', 'torch');
for (const name of ['__add__', '__mul__', '__sub__', '__truediv__', '__matmul__', '__pow__']) {
  tensorClass.members.set(
    name,
    native(name, 'self other', ([t, other]) => dunder(name)?.(self(t, name), other) ?? null),
  );
}

/** torch.FloatTensor and its like: what is an instance of one is a matter of the dtype alone. */
export const tensorTypes: readonly PyClass[] = TENSOR_TYPES.map(
  ([name, dtype]) =>
    new PyClass(
      name,
      [],
      new Map<string, Value>([
        ['__module__', 'torch'],
        ['dtype', dtypeValue(dtype)],
        [
          '__instancecheck__',
          new NativeFunction('__instancecheck__', ([, value]) => value instanceof Tensor && value.dtype === dtype),
        ],
      ]),
      (args) => construct(name, args, dtype),
    ),
);
