/** Universal functions as objects: called, and their reduce, accumulate, outer and at. */
import type { Tensor } from '../../tensor/tensor.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import { Native } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, NativeFunction, PyInstance, type Value } from '../runtime/values.ts';
import { dataIn, resultOf } from './array.ts';
import { asArray, dataOfValue, numeric, tensorAs, toAxes, toAxis } from './convert.ts';
import { fn, getter, members, nativeOf, numpyClass } from './define.ts';
import { getItem, setItem } from './indexing.ts';
import { into } from './into.ts';
import { quiet } from './quiet.ts';
import { REDUCTIONS } from './reductions.ts';
import { dataOf, reshapedTo } from './shape.ts';
import { op, SPECS, type Spec } from './specs.ts';
import { BOOLEAN, INT64, toType, typeOf } from './types.ts';
import { apply } from './ufunc.ts';

const UFUNC = numpyClass('ufunc');

class UfuncData extends Native {
  readonly spec: Spec;
  readonly name: string;
  constructor(spec: Spec, name: string) {
    super();
    this.spec = spec;
    this.name = name;
  }
  references(): void {}
}

const dataOfUfunc = (value: Value | undefined): UfuncData => nativeOf(value, UfuncData);

const OPTIONS = new Set(['out', 'where', 'dtype', 'casting', 'order', 'subok']);

function call([self, ...args]: readonly Value[], kwargs: Kwargs, i: Interpreter): Value {
  const { spec, name } = dataOfUfunc(self);
  if (args.length < spec.nin)
    throw typeError(
      `${name}() takes from ${spec.nin} to ${spec.nin + 1} positional arguments but ${args.length} ${args.length === 1 ? 'was' : 'were'} given`,
    );
  if (args.length > spec.nin + 1)
    throw typeError(
      `${name}() takes from ${spec.nin} to ${spec.nin + 1} positional arguments but ${args.length} were given`,
    );
  for (const key of kwargs.keys())
    if (!OPTIONS.has(key)) throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
  const out = kwargs.get('out') ?? args[spec.nin] ?? null;
  return quiet(() =>
    apply(spec, args.slice(0, spec.nin), i, { out, where: kwargs.get('where'), dtype: kwargs.get('dtype') }),
  );
}

/** Which reduction of arrays a universal function's is. */
const REDUCED: ReadonlyMap<string, string> = new Map([
  ['add', 'sum'],
  ['multiply', 'prod'],
  ['maximum', 'max'],
  ['minimum', 'min'],
  ['logical_and', 'all'],
  ['logical_or', 'any'],
]);

const RUNNING: ReadonlyMap<string, (t: Tensor, dim: number) => Tensor> = new Map([
  ['add', (t: Tensor, dim: number) => op('cumsum', t, dim)],
  ['multiply', (t: Tensor, dim: number) => op('cumprod', t, dim)],
  ['maximum', (t: Tensor, dim: number) => (op('cummax', t, dim) as unknown as readonly Tensor[])[0]],
  ['minimum', (t: Tensor, dim: number) => (op('cummin', t, dim) as unknown as readonly Tensor[])[0]],
]);

/** Of functions that no reduction of the engine's is: element after element. */
function folded(spec: Spec, array: Value, dim: number, all: boolean, i: Interpreter): Value[] {
  const { tensor } = dataOf(asArray(array, i));
  const row = (k: number): Value => resultOf(op('select', tensor, dim, k), typeOf(tensor.dtype));
  i.budget.room(tensor.shape[dim]);
  let made = row(0);
  const out = [made];
  for (let k = 1; k < tensor.shape[dim]; k++) {
    i.budget.step();
    made = apply(spec, [made, row(k)], i);
    if (all) out.push(made);
    else out[0] = made;
  }
  return out;
}

members(UFUNC, [
  new NativeFunction('__call__', call),
  new NativeFunction('__repr__', ([self]) => `<ufunc '${dataOfUfunc(self).name}'>`),
  fn('reduce', 'self, array, axis=0, dtype=None, out=None, keepdims=False, initial=None, where=True', (given, i) => {
    const { spec } = dataOfUfunc(given.self);
    if (spec.nin !== 2) throw valueError('reduce only supported for binary functions');
    const known = REDUCTIONS.find(({ name }) => name === REDUCED.get(spec.name));
    const { array, axis, dtype, out, keepdims } = given;
    if (known !== undefined) {
      const options = new Map<string, Value>([
        ['axis', axis],
        ['out', out],
        ['keepdims', keepdims],
      ]);
      if (known.name === 'sum' || known.name === 'prod') options.set('dtype', dtype);
      return known.call([array], options, i);
    }
    const data = numeric(array, i, spec.name);
    const axes = toAxes(axis, data.tensor.ndim);
    if (data.tensor.shape[axes[0]] === 0)
      throw valueError(`zero-size array to reduction operation ${spec.name} which has no identity`);
    return folded(spec, array, axes[0], false, i)[0];
  }),
  fn('accumulate', 'self, array, axis=0, dtype=None, out=None', ({ self, array, axis, dtype, out }, i) => {
    const { spec } = dataOfUfunc(self);
    const data = numeric(array, i, spec.name);
    const dim = toAxis(axis, data.tensor.ndim);
    const run = RUNNING.get(spec.name);
    if (run !== undefined) {
      const type = toType(dtype) ?? (data.type === BOOLEAN ? INT64 : data.type);
      return into(out, resultOf(run(tensorAs(data, type), dim), type));
    }
    const rows = folded(spec, array, dim, true, i).map((row) => dataOfValue(row, i).tensor);
    return into(out, resultOf(op('stack', rows, dim)));
  }),
  fn('outer', 'self, A, B', ({ self, A, B }, i) => {
    const [a, b] = [asArray(A, i), asArray(B, i)];
    const [x, y] = [dataOf(a).tensor.shape, dataOf(b).tensor.shape];
    return apply(dataOfUfunc(self).spec, [reshapedTo(a, [...x, ...y.map(() => 1)], i), b], i);
  }),
  fn('at', 'self, a, indices, b=None', ({ self, a, indices, b }, i) => {
    const { spec } = dataOfUfunc(self);
    if (dataIn(a) === undefined) throw typeError('first operand must be array');
    // Each place is done on its own: one that is named twice is done twice.
    const places = dataOfValue(indices, i);
    const values = b === null ? undefined : dataOfValue(b, i);
    if (places.tensor.ndim > 1) throw valueError('ufunc.at here takes places in one row');
    const row = asArray(indices, i);
    const n = places.tensor.ndim === 0 ? 1 : places.tensor.numel;
    for (let k = 0; k < n; k++) {
      i.budget.step();
      const place = places.tensor.ndim === 0 ? indices : getItem(row, BigInt(k), i);
      const old = getItem(a as PyInstance, place, i);
      const other = values === undefined ? [] : [values.tensor.ndim === 0 ? b : getItem(asArray(b, i), BigInt(k), i)];
      setItem(a as PyInstance, place, apply(spec, [old, ...other], i), i);
    }
    return null;
  }),
]);
for (const [name, property] of [
  getter('nin', (self) => BigInt(dataOfUfunc(self).spec.nin)),
  getter('nout', () => 1n),
  getter('nargs', (self) => BigInt(dataOfUfunc(self).spec.nin + 1)),
  getter('__name__', (self) => dataOfUfunc(self).name),
  getter('identity', (self) => {
    const { identity } = dataOfUfunc(self).spec;
    return identity === undefined ? null : BigInt(identity);
  }),
])
  UFUNC.members.set(name, property);

/** Functions, not universal ones, of whose names the specs know. */
const FUNCTIONS = new Set(['sinc', 'i0']);

/** Every universal function under every name. */
export function ufuncs(): Map<string, Value> {
  const out = new Map<string, Value>();
  for (const [name, spec] of SPECS) {
    if (FUNCTIONS.has(name)) {
      out.set(
        name,
        fn(name, 'x', ({ x }, i) => apply(spec, [x], i)),
      );
      continue;
    }
    const made = new PyInstance(UFUNC);
    made.native = new UfuncData(spec, spec.name);
    out.set(name, made);
  }
  return out;
}

export { UFUNC };
