/** Functions that call functions of the cell: vectorize, apply_along_axis, piecewise. */
import { typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, NativeFunction, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { arrayOn, elementOf, windowOn } from './array.ts';
import { arrayFrom, asArray, dataOfValue, eachPlace, sequenceOf, toAxis } from './convert.ts';
import { atLeast, calling, constructs, members, nativeOf, numpyClass } from './define.ts';
import { getItem, setItem } from './indexing.ts';
import { quiet } from './quiet.ts';
import { copied, dataOf, repeatedTo, reshapedTo } from './shape.ts';
import { op } from './specs.ts';
import { BOOLEAN, type NpType, toType } from './types.ts';
import { broadcast } from './ufunc.ts';

const VECTORIZE = numpyClass('vectorize');

class Vectorized extends Native {
  readonly fn: Value;
  readonly types: NpType | undefined;
  constructor(made: Value, types: NpType | undefined) {
    super();
    this.fn = made;
    this.types = types;
  }
  references(visit: Visit): void {
    visit(this.fn);
  }
}

constructs(VECTORIZE, ([made, types], kwargs) => {
  const callee = made ?? kwargs.get('pyfunc');
  if (callee === undefined) throw typeError("vectorize.__init__() missing 1 required positional argument: 'pyfunc'");
  const wanted = types ?? kwargs.get('otypes') ?? null;
  const instance = new PyInstance(VECTORIZE);
  instance.native = new Vectorized(callee, toType(sequenceOf(wanted)?.[0] ?? wanted));
  return instance;
});

function called([self, ...args]: readonly Value[], kwargs: Kwargs, i: Interpreter): Value {
  const { fn: callee, types } = nativeOf(self, Vectorized);
  const { shape, columns } = quiet(() => {
    const arrays = args.map((value) => asArray(value, i));
    const common = broadcast(arrays.map((array) => dataOf(array).tensor.shape));
    return {
      shape: common,
      columns: arrays.map((array) => {
        const data = dataOf(repeatedTo(array, common));
        i.budget.room(data.tensor.numel);
        const out: Value[] = [];
        eachPlace(data.tensor, (at) => out.push(elementOf(data, at)));
        return out;
      }),
    };
  });
  const made = (columns[0] ?? []).map((_, k) => {
    i.budget.step();
    return i.call(
      callee,
      columns.map((column) => column[k]),
      kwargs,
    );
  });
  if (made.length === 0 && types === undefined)
    throw valueError('cannot call `vectorize` on size 0 inputs unless `otypes` is set');
  return quiet(() => {
    const several = made[0] instanceof PyTuple ? made[0].items.length : 0;
    const lists =
      several === 0
        ? [made]
        : Array.from({ length: several }, (_, k) => made.map((item) => (item as PyTuple).items[k]));
    // The first result says which type all are of.
    const arrays = lists.map((list) => arrayFrom(list, shape, types ?? dataOfValue(list[0], i).type, i));
    return several === 0 ? arrays[0] : new PyTuple(arrays);
  });
}
members(VECTORIZE, [new NativeFunction('__call__', called)]);

export const FUNCTIONAL_CLASSES = [VECTORIZE];

export const FUNCTIONAL: readonly NativeFunction[] = [
  new NativeFunction('apply_along_axis', (args, kwargs, i) => {
    atLeast('apply_along_axis', 3, args);
    const [callee, axis, arr, ...rest] = args;
    const rows = quiet(() => {
      const array = asArray(arr, i);
      const { tensor } = dataOf(array);
      const dim = toAxis(axis, tensor.ndim);
      const other = tensor.shape.flatMap((_, d) => (d === dim ? [] : [d]));
      const places: number[] = [];
      eachPlace(
        tensor.alias(
          other.map((d) => tensor.shape[d]),
          other.map((d) => tensor.strides[d]),
        ),
        (at) => places.push(at),
      );
      return {
        dim,
        shape: other.map((d) => tensor.shape[d]),
        list: places.map((at) => windowOn(array, [tensor.shape[dim]], [tensor.strides[dim]], at)),
      };
    });
    const made = rows.list.map((row) => {
      i.budget.step();
      return i.call(callee, [row, ...rest], kwargs);
    });
    return quiet(() => {
      const all = asArray(new PyTuple(made), i);
      const { tensor } = dataOf(all);
      const inner = tensor.shape.slice(1);
      const shaped = reshapedTo(all, [...rows.shape, ...inner], i);
      if (inner.length !== 1) return shaped;
      const data = dataOf(shaped);
      return arrayOn(op('clone', op('movedim', data.tensor, data.tensor.ndim - 1, rows.dim)), data.type);
    });
  }),
  calling('apply_over_axes', 'func, a, axes', ({ func, a, axes }, i) => {
    let made: Value = a;
    for (const axis of sequenceOf(axes) ?? [axes]) made = i.call(func, [made, axis]);
    return made;
  }),
  new NativeFunction('piecewise', (args, _, i) => {
    atLeast('piecewise', 3, args);
    const [x, conditions, functions, ...rest] = args;
    const array = quiet(() => copied(asArray(x, i), i));
    const out = quiet(() => {
      const data = dataOf(array);
      return arrayOn(op('zeros_like', data.tensor), data.type);
    });
    const flags = (sequenceOf(conditions) ?? []).map((flag) => quiet(() => dataOfValue(flag, i, BOOLEAN)));
    const pieces = sequenceOf(functions) ?? [];
    if (pieces.length !== flags.length && pieces.length !== flags.length + 1)
      throw valueError(
        `with ${flags.length} condition(s), either ${flags.length} or ${flags.length + 1} functions are expected`,
      );
    if (pieces.length === flags.length + 1) {
      const none = quiet(() =>
        op(
          'logical_not',
          flags.map(({ tensor }) => tensor).reduce((a, b) => op('logical_or', a, b)),
        ),
      );
      flags.push(quiet(() => dataOf(arrayOn(none, BOOLEAN))));
    }
    flags.forEach((flag, k) => {
      const mask = arrayOn(flag.tensor, BOOLEAN);
      const piece = pieces[k];
      const constant = typeof piece === 'number' || typeof piece === 'bigint';
      const value = constant ? piece : i.call(piece, [quiet(() => getItem(array, mask, i)), ...rest]);
      quiet(() => setItem(out, mask, value, i));
    });
    return out;
  }),
  calling('frompyfunc', 'func, nin, nout', ({ func }) => {
    const instance = new PyInstance(VECTORIZE);
    instance.native = new Vectorized(func, toType('object'));
    return instance;
  }),
];
