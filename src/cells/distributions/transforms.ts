/** torch.distributions.transforms: the class that all are of, and what is made of others. */
import { numelOf } from '../../tensor/shape.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import { isSubclass, lookup } from '../runtime/mro.ts';
import { type PyClass, PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import {
  type ClassSpec,
  classFrom,
  itemsOf,
  notImplemented,
  type Out,
  type Self,
  sizesOf,
  tensorOf,
  wholeOf,
} from './classes.ts';
import { over, REAL, shared, UNSHARED } from './constraints.ts';
import { type Quantity, sumRightmost } from './quantity.ts';

const MODULE = 'torch.distributions.transforms';

const missing = (): never => {
  throw notImplemented();
};

/** What `Transform.__init__` does. */
export function beginTransform(me: Self, cacheSize: Value): null {
  if (cacheSize !== 0n && cacheSize !== 1n) throw valueError('cache_size must be 0 or 1');
  me.set('_cache_size', cacheSize);
  return null;
}

/** The other side of the last call, where it was asked for the same tensor and calls are remembered. */
function remembered(me: Self, given: Value, at: 0 | 1, compute: () => Value): Value {
  if (me.get('_cache_size') === 0n) return compute();
  const known = me.self.attributes.get('_cached_x_y');
  if (known instanceof PyTuple && known.items[at] === given) return known.items[1 - at];
  const other = compute();
  me.set('_cached_x_y', new PyTuple(at === 0 ? [given, other] : [other, given]));
  return other;
}

export const transformClass = classFrom({
  name: 'Transform',
  module: MODULE,
  constants: { ...UNSHARED, bijective: false, _cache_size: 0n },
  properties: {
    event_dim: (me) => {
      const [domain, codomain] = [me.its('domain').get('event_dim'), me.its('codomain').get('event_dim')];
      if (domain !== codomain) throw valueError('Please use either .domain.event_dim or .codomain.event_dim');
      return domain;
    },
    inv: (me) => {
      const known = me.self.attributes.get('_inv');
      if (known !== undefined) return known;
      const inverse = me.make(inverseClass, [me.self]);
      if (me.self.native === null) me.set('_inv', inverse);
      return inverse;
    },
    sign: missing,
  },
  methods: {
    '__init__(cache_size=0)': (me, { cache_size }) => beginTransform(me, cache_size),
    'with_cache(cache_size=1)': (me, { cache_size }) => {
      if (me.get('_cache_size') === cache_size) return me.self;
      if (lookup(me.self.cls, '__init__')?.owner === transformClass) return me.make(me.self.cls, [], { cache_size });
      throw notImplemented(`${me.interpreter.str(me.self.cls)}.with_cache is not implemented`);
    },
    '__eq__(other)': (me, { other }) => me.self === other,
    '__ne__(other)': (me, { other }) => !me.interpreter.truth(me.call('__eq__', other)),
    '__hash__()': (me) => BigInt(me.self.cls.name.length),
    '__call__(x)': (me, { x }) => remembered(me, x, 0, () => me.call('_call', x)),
    '_inv_call(y)': (me, { y }) => remembered(me, y, 1, () => me.call('_inverse', y)),
    '_call(x)': missing,
    '_inverse(y)': missing,
    'log_abs_det_jacobian(x, y)': missing,
    '__repr__()': (me) => `${me.self.cls.name}()`,
    'forward_shape(shape)': (_, { shape }) => shape,
    'inverse_shape(shape)': (_, { shape }) => shape,
  },
});

export const isTransform = (value: Value): value is PyInstance =>
  value instanceof PyInstance && isSubclass(value.cls, transformClass);

type Step = (me: Self, x: Quantity, y: Quantity) => Out;

export interface TransformSpec extends Omit<ClassSpec, 'module' | 'bases'> {
  readonly call: (me: Self, x: Quantity) => Out;
  readonly inverse: (me: Self, y: Quantity) => Out;
  readonly jacobian?: Step;
  /** Attributes that its constructor takes, and `with_cache` gives on. */
  readonly keeps?: string;
  /** Makes them what they are to be. */
  readonly made?: (me: Self) => void;
}

export function defineTransform(spec: TransformSpec): PyClass {
  const { call, inverse, jacobian, keeps, made, methods, ...rest } = spec;
  const names = keeps === undefined ? [] : keeps.split(', ').map((part) => part.split('=')[0]);
  const own: ClassSpec['methods'] =
    keeps === undefined
      ? {}
      : {
          [`__init__(${keeps}, cache_size=0)`]: (me, args) => {
            beginTransform(me, args.cache_size);
            for (const name of names) me.set(name, args[name]);
            made?.(me);
            return null;
          },
          'with_cache(cache_size=1)': (me, { cache_size }) =>
            me.get('_cache_size') === cache_size
              ? me.self
              : me.make(
                  me.self.cls,
                  names.map((name) => me.get(name)),
                  { cache_size },
                ),
        };
  const equal: ClassSpec['methods'] =
    keeps === undefined ? { '__eq__(other)': (_, { other }) => other instanceof PyInstance && other.cls === cls } : {};
  const cls: PyClass = classFrom({
    ...rest,
    module: MODULE,
    bases: [transformClass],
    methods: {
      ...own,
      ...equal,
      '_call(x)': (me, { x }) => call(me, tensorOf(x, 'x')),
      '_inverse(y)': (me, { y }) => inverse(me, tensorOf(y, 'y')),
      ...(jacobian === undefined
        ? {}
        : {
            'log_abs_det_jacobian(x, y)': (me: Self, { x, y }: Readonly<Record<string, Value>>) =>
              jacobian(me, tensorOf(x, 'x'), tensorOf(y, 'y')),
          }),
      ...methods,
    },
  });
  return cls;
}

const inner = (me: Self): Self => me.its('_inv');

const inverseClass: PyClass = classFrom({
  name: '_InverseTransform',
  module: MODULE,
  bases: [transformClass],
  properties: {
    domain: (me) => inner(me).get('codomain'),
    codomain: (me) => inner(me).get('domain'),
    bijective: (me) => inner(me).get('bijective'),
    sign: (me) => inner(me).get('sign'),
    inv: (me) => me.get('_inv'),
  },
  methods: {
    '__init__(transform)': (me, { transform }) => {
      me.set('_cache_size', me.other(transform).get('_cache_size'));
      me.set('_inv', transform);
      return null;
    },
    'with_cache(cache_size=1)': (me, { cache_size }) => me.other(inner(me).call('with_cache', cache_size)).get('inv'),
    '__eq__(other)': (me, { other }) =>
      other instanceof PyInstance &&
      other.cls === inverseClass &&
      inner(me).call('__eq__', me.other(other).get('_inv')),
    '__call__(x)': (me, { x }) => inner(me).call('_inv_call', x),
    'log_abs_det_jacobian(x, y)': (me, { x, y }) => inner(me).callQ('log_abs_det_jacobian', y, x).neg(),
    '__repr__()': (me) => `_InverseTransform(${me.repr(me.get('_inv'))})`,
    'forward_shape(shape)': (me, { shape }) => inner(me).call('inverse_shape', shape),
    'inverse_shape(shape)': (me, { shape }) => inner(me).call('forward_shape', shape),
  },
});

/** Transforms that an object has, in order. */
export const transformsOf = (me: Self, name: string): Self[] =>
  itemsOf(me.get(name), name).map((part) => {
    me.interpreter.budget.step();
    return me.other(part);
  });

const parts = (me: Self): Self[] => transformsOf(me, 'parts');
export const depth = (me: Self, side: 'domain' | 'codomain'): number => me.its(side).whole('event_dim');

/** The first domain, or the last codomain, with as many dimensions as the whole chain needs. */
function endOf(me: Self, chain: readonly Self[], side: 'domain' | 'codomain', far: 'domain' | 'codomain'): Value {
  if (chain.length === 0) return REAL;
  const end = chain[0].get(side);
  const own = depth(chain[0], side);
  let dims = depth(chain[chain.length - 1], far);
  for (const part of [...chain].reverse()) {
    dims += depth(part, side) - depth(part, far);
    dims = Math.max(dims, depth(part, side));
  }
  return dims > own ? over(me.other(end).self, dims - own) : end;
}

const isInstanceOf = (value: Value, cls: PyClass): value is PyInstance =>
  value instanceof PyInstance && isSubclass(value.cls, cls);

export const composeClass: PyClass = classFrom({
  name: 'ComposeTransform',
  module: MODULE,
  bases: [transformClass],
  properties: {
    domain: (me) => endOf(me, parts(me), 'domain', 'codomain'),
    codomain: (me) => endOf(me, parts(me).reverse(), 'codomain', 'domain'),
    bijective: (me) => parts(me).every((part) => part.truth('bijective')),
    sign: (me) => parts(me).reduce<Value>((sign, part) => times(me, sign, part.get('sign')), 1n),
    inv: (me) => {
      const known = me.self.attributes.get('_inv');
      if (known !== undefined) return known;
      const made = me.make(composeClass, [
        new PyList(
          parts(me)
            .reverse()
            .map((part) => part.get('inv')),
        ),
      ]);
      if (me.self.native === null) {
        me.set('_inv', made);
        made.attributes.set('_inv', me.self);
      }
      return made;
    },
  },
  methods: {
    '__init__(parts, cache_size=0)': (me, { parts: given, cache_size }) => {
      beginTransform(me, cache_size);
      const items = itemsOf(given, 'parts');
      me.set(
        'parts',
        cache_size === 0n ? given : new PyList(items.map((part) => me.other(part).call('with_cache', cache_size))),
      );
      return null;
    },
    '__eq__(other)': (me, { other }) =>
      isInstanceOf(other, composeClass) && sameTransforms(parts(me), parts(me.other(other))),
    'with_cache(cache_size=1)': (me, { cache_size }) =>
      me.get('_cache_size') === cache_size ? me.self : me.make(composeClass, [me.get('parts')], { cache_size }),
    '__call__(x)': (me, { x }) => parts(me).reduce<Value>((y, part) => me.interpreter.call(part.self, [y]), x),
    'log_abs_det_jacobian(x, y)': (me, { x, y }) => {
      const chain = parts(me);
      if (chain.length === 0) return tensorOf(x, 'x').zeros();
      let dims = depth(me, 'domain');
      let total: Quantity | undefined;
      let at = x;
      chain.forEach((part, i) => {
        const next = i === chain.length - 1 ? y : me.interpreter.call(part.self, [at]);
        const term = sumRightmost(part.callQ('log_abs_det_jacobian', at, next), dims - depth(part, 'domain'));
        total = total === undefined ? term : total.add(term);
        dims += depth(part, 'codomain') - depth(part, 'domain');
        at = next;
      });
      return total as Quantity;
    },
    'forward_shape(shape)': (me, { shape }) =>
      parts(me).reduce<Value>((size, part) => part.call('forward_shape', size), shape),
    'inverse_shape(shape)': (me, { shape }) =>
      parts(me).reduceRight<Value>((size, part) => part.call('inverse_shape', size), shape),
    '__repr__()': (me) =>
      `ComposeTransform(\n    ${parts(me)
        .map((part) => me.repr(part.self))
        .join(',\n    ')}\n)`,
  },
});

export const sameTransforms = (a: readonly Self[], b: readonly Self[]): boolean =>
  a.length === b.length &&
  a.every((part, i) => part.self === b[i].self || part.interpreter.truth(part.call('__eq__', b[i].self)));

/** The product of two signs, which are numbers or tensors. */
export function times(me: Self, a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a * b;
  if (typeof b === 'bigint') return tensorOf(a, 'sign').mul(Number(b)).t;
  const right = tensorOf(b, 'sign');
  me.interpreter.budget.step();
  return typeof a === 'bigint' ? right.mul(Number(a)).t : right.mul(tensorOf(a, 'sign')).t;
}

export const IDENTITY = shared(composeClass, { parts: new PyTuple([]), _cache_size: 0n });

export const independentTransformClass: PyClass = classFrom({
  name: 'IndependentTransform',
  module: MODULE,
  bases: [transformClass],
  properties: {
    domain: (me) => over(me.its('base_transform').its('domain').self, me.whole('reinterpreted_batch_ndims')),
    codomain: (me) => over(me.its('base_transform').its('codomain').self, me.whole('reinterpreted_batch_ndims')),
    bijective: (me) => me.its('base_transform').get('bijective'),
    sign: (me) => me.its('base_transform').get('sign'),
  },
  methods: {
    '__init__(base_transform, reinterpreted_batch_ndims, cache_size=0)': (me, args) => {
      beginTransform(me, args.cache_size);
      wholeOf(args.reinterpreted_batch_ndims, 'reinterpreted_batch_ndims');
      me.set('base_transform', me.other(args.base_transform).call('with_cache', args.cache_size));
      me.set('reinterpreted_batch_ndims', args.reinterpreted_batch_ndims);
      return null;
    },
    'with_cache(cache_size=1)': (me, { cache_size }) =>
      me.get('_cache_size') === cache_size
        ? me.self
        : me.make(independentTransformClass, [me.get('base_transform'), me.get('reinterpreted_batch_ndims')], {
            cache_size,
          }),
    '_call(x)': (me, { x }) => {
      if (tensorOf(x, 'x').ndim < depth(me, 'domain')) throw valueError('Too few dimensions on input');
      return me.call('base_transform', x);
    },
    '_inverse(y)': (me, { y }) => {
      if (tensorOf(y, 'y').ndim < depth(me, 'codomain')) throw valueError('Too few dimensions on input');
      return me.its('base_transform').call('inv', y);
    },
    'log_abs_det_jacobian(x, y)': (me, { x, y }) =>
      sumRightmost(me.its('base_transform').callQ('log_abs_det_jacobian', x, y), me.whole('reinterpreted_batch_ndims')),
    '__repr__()': (me) =>
      `IndependentTransform(${me.repr(me.get('base_transform'))}, ${me.whole('reinterpreted_batch_ndims')})`,
    'forward_shape(shape)': (me, { shape }) => me.its('base_transform').call('forward_shape', shape),
    'inverse_shape(shape)': (me, { shape }) => me.its('base_transform').call('inverse_shape', shape),
  },
});

/** The batch's part of a shape that ends in `from`, and `to` behind it. */
function replaced(me: Self, shape: readonly number[], from: readonly number[], to: readonly number[]): number[] {
  if (shape.length < from.length) throw valueError('Too few dimensions on input');
  const cut = shape.length - from.length;
  const end = shape.slice(cut);
  if (end.some((size, i) => size !== from[i])) {
    const show = (sizes: readonly number[]): string => me.repr(new PyTuple(sizes.map(BigInt), 'torch.Size'));
    throw valueError(`Shape mismatch: expected ${show(end)} but got ${show(from)}`);
  }
  return [...shape.slice(0, cut), ...to];
}

export const reshapeClass = defineTransform({
  name: 'ReshapeTransform',
  constants: { bijective: true },
  keeps: 'in_shape, out_shape',
  made: (me) => {
    const [from, to] = [me.sizes('in_shape'), me.sizes('out_shape')];
    me.set('in_shape', from);
    me.set('out_shape', to);
    if (numelOf(from) !== numelOf(to)) throw valueError('in_shape, out_shape have different numbers of elements');
  },
  properties: {
    domain: (me) => over(REAL, me.sizes('in_shape').length),
    codomain: (me) => over(REAL, me.sizes('out_shape').length),
  },
  call: (me, x) => x.reshape([...x.shape.slice(0, x.ndim - me.sizes('in_shape').length), ...me.sizes('out_shape')]),
  inverse: (me, y) => y.reshape([...y.shape.slice(0, y.ndim - me.sizes('out_shape').length), ...me.sizes('in_shape')]),
  jacobian: (me, x) => x.full(x.shape.slice(0, x.ndim - me.sizes('in_shape').length), 0),
  methods: {
    'forward_shape(shape)': (me, { shape }) =>
      replaced(me, sizesOf(shape), me.sizes('in_shape'), me.sizes('out_shape')),
    'inverse_shape(shape)': (me, { shape }) =>
      replaced(me, sizesOf(shape), me.sizes('out_shape'), me.sizes('in_shape')),
  },
});

/** As Python's `assert`. */
export function assert(holds: boolean): void {
  if (!holds) throw new PyError('AssertionError', '');
}
