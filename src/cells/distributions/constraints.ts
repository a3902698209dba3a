/** torch.distributions.constraints. */
import { signature } from '../nn/signature.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import { isSubclass } from '../runtime/mro.ts';
import { PyProperty } from '../runtime/objects.ts';
import { NativeFunction, PyClass, PyInstance, PyList, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { itemsOf, notImplemented, type Out, operandOf, type Self, wholeOf } from './classes.ts';
import { bounded, constraintClass, DISCRETE, define, shared, UNSHARED } from './constraint-class.ts';
import { cat, type Quantity, stack } from './quantity.ts';

const bound = (me: Self, name: string) => operandOf(me.get(name), name);
const isWhole = (x: Quantity): Quantity => x.remainder(1).eq(0);
const BOTH = ['lower_bound', 'upper_bound'];

const integerInterval = bounded('_IntegerInterval', BOTH, DISCRETE, (me, x) =>
  isWhole(x)
    .and(x.ge(bound(me, 'lower_bound')))
    .and(x.le(bound(me, 'upper_bound'))),
);
const integerGreaterThan = bounded('_IntegerGreaterThan', ['lower_bound'], DISCRETE, (me, x) =>
  isWhole(x).and(x.ge(bound(me, 'lower_bound'))),
);
const greaterThan = bounded('_GreaterThan', ['lower_bound'], {}, (me, x) => x.gt(bound(me, 'lower_bound')));
const greaterThanEq = bounded('_GreaterThanEq', ['lower_bound'], {}, (me, x) => x.ge(bound(me, 'lower_bound')));
const lessThan = bounded('_LessThan', ['upper_bound'], {}, (me, x) => x.lt(bound(me, 'upper_bound')));
const interval = bounded('_Interval', BOTH, {}, (me, x) =>
  x.ge(bound(me, 'lower_bound')).and(x.le(bound(me, 'upper_bound'))),
);
const halfOpenInterval = bounded('_HalfOpenInterval', BOTH, {}, (me, x) =>
  x.ge(bound(me, 'lower_bound')).and(x.lt(bound(me, 'upper_bound'))),
);

const isBoolean = (x: Quantity): Quantity => x.eq(0).or(x.eq(1));
const boolean = define('_Boolean', DISCRETE, (_, x) => isBoolean(x));
const oneHot = define('_OneHot', { is_discrete: true, event_dim: 1n }, (_, x) =>
  isBoolean(x).all(-1).and(x.sum(-1).eq(1)),
);
const real = define('_Real', {}, (_, x) => x.eq(x));
const simplex = define('_Simplex', { event_dim: 1n }, (_, x) => x.ge(0).all(-1).and(x.sum(-1).sub(1).abs().lt(1e-6)));
const multinomial = define(
  '_Multinomial',
  { is_discrete: true, event_dim: 1n },
  (me, x) =>
    x
      .ge(0)
      .all(-1)
      .and(x.sum(-1).le(bound(me, 'upper_bound'))),
  {
    methods: {
      '__init__(upper_bound)': (me, { upper_bound }) => {
        me.set('upper_bound', upper_bound);
        return null;
      },
    },
  },
);

const MATRIX = { event_dim: 2n };
const isLower = (x: Quantity): Quantity => x.tril().eq(x).all(-1).all(-1);
const isCholesky = (x: Quantity): Quantity => isLower(x).and(x.diagonal().gt(0).all(-1));
const isSquare = (x: Quantity): Quantity => x.full(x.shape.slice(0, -2), x.size(-1) === x.size(-2) ? 1 : 0).to('bool');

function isSymmetric(x: Quantity): Quantity {
  const square = isSquare(x);
  if (!square.every) return square;
  return x.call('isclose', { input: x.t, other: x.mT.t, rtol: 1e-5, atol: 1e-6 }).all(-2).all(-1);
}

const ifSymmetric = (x: Quantity, check: () => Quantity): Quantity => {
  const symmetric = isSymmetric(x);
  return symmetric.every ? check() : symmetric;
};

const lowerTriangular = define('_LowerTriangular', MATRIX, (_, x) => isLower(x));
const lowerCholesky = define('_LowerCholesky', MATRIX, (_, x) => isCholesky(x));
const corrCholesky = define('_CorrCholesky', MATRIX, (_, x) => {
  const norm = x.detach().square().sum(-1).sqrt();
  return isCholesky(x).and(
    norm
      .sub(1)
      .abs()
      .le(x.eps * x.size(-1) * 10)
      .all(-1),
  );
});
const square = define('_Square', MATRIX, (_, x) => isSquare(x));
const symmetric = define('_Symmetric', MATRIX, (_, x) => isSymmetric(x), { bases: [square] });
const positiveSemidefinite = define(
  '_PositiveSemidefinite',
  MATRIX,
  (_, x) => ifSymmetric(x, () => x.call('linalg_eigvalsh', { A: x.t }).ge(0).all(-1)),
  { bases: [symmetric] },
);
const positiveDefinite = define('_PositiveDefinite', MATRIX, (_, x) => ifSymmetric(x, () => failures(x).eq(0)), {
  bases: [symmetric],
});

/** For each matrix, the first leading minor that is not positive; 0 where all are. */
const failures = (x: Quantity): Quantity => x.several('linalg_cholesky_ex', { A: x.t })[1];

/** A constraint of single elements, over the last dimensions. */
const independent = define(
  '_IndependentConstraint',
  {},
  (me, value) => {
    const dims = me.whole('reinterpreted_batch_ndims');
    const result = me.its('base_constraint').callQ('check', value);
    if (result.ndim < dims) {
      const expected = me.its('base_constraint').whole('event_dim') + dims;
      throw valueError(`Expected value.dim() >= ${expected} but got ${value.ndim}`);
    }
    return result.reshape([...result.shape.slice(0, result.ndim - dims), -1]).all(-1);
  },
  {
    properties: {
      is_discrete: (me) => me.its('base_constraint').get('is_discrete'),
      event_dim: (me) => BigInt(me.its('base_constraint').whole('event_dim') + me.whole('reinterpreted_batch_ndims')),
    },
    methods: {
      '__init__(base_constraint, reinterpreted_batch_ndims)': (me, { base_constraint, reinterpreted_batch_ndims }) => {
        wholeOf(reinterpreted_batch_ndims, 'reinterpreted_batch_ndims');
        me.set('base_constraint', base_constraint);
        me.set('reinterpreted_batch_ndims', reinterpreted_batch_ndims);
        return null;
      },
      '__repr__()': (me) =>
        `IndependentConstraint(${me.repr(me.get('base_constraint'))}, ${me.whole('reinterpreted_batch_ndims')})`,
    },
  },
);

const partsOf = (me: Self): Self[] => itemsOf(me.get('cseq'), 'cseq').map((part) => me.other(part));
const anyDiscrete = (me: Self): Value => partsOf(me).some((part) => part.truth('is_discrete'));
const deepest = (me: Self): number => Math.max(0, ...partsOf(me).map((part) => part.whole('event_dim')));

const catClass = define(
  '_Cat',
  {},
  (me, value) => {
    let start = 0;
    const lengths = me.sizes('lengths');
    const dim = me.whole('dim');
    const checks = partsOf(me).map((part, i) => {
      const piece = value.narrow(dim, start, lengths[i]);
      start += lengths[i];
      return part.callQ('check', piece);
    });
    return cat(checks, dim);
  },
  {
    properties: { is_discrete: anyDiscrete, event_dim: (me) => BigInt(deepest(me)) },
    methods: {
      '__init__(cseq, dim=0, lengths=None)': (me, { cseq, dim, lengths }) => {
        const items = itemsOf(cseq, 'cseq');
        me.set('cseq', new PyList([...items]));
        me.set('lengths', lengths ?? new PyList(items.map(() => 1n)));
        me.set('dim', dim);
        return null;
      },
    },
  },
);

const stackClass = define(
  '_Stack',
  {},
  (me, value) => {
    const dim = me.whole('dim');
    return stack(
      partsOf(me).map((part, i) => part.callQ('check', value.select(dim, i))),
      dim,
    );
  },
  {
    properties: {
      is_discrete: anyDiscrete,
      event_dim: (me) => BigInt(deepest(me) + (me.whole('dim') + deepest(me) < 0 ? 1 : 0)),
    },
    methods: {
      '__init__(cseq, dim=0)': (me, { cseq, dim }) => {
        me.set('cseq', new PyList([...itemsOf(cseq, 'cseq')]));
        me.set('dim', dim);
        return null;
      },
    },
  },
);

const NOT_STATIC =
  (name: string) =>
  (me: Self): Out => {
    const known = me.self.attributes.get(`_${name}`);
    if (known === undefined) throw notImplemented(`.${name} cannot be determined statically`);
    return known;
  };

/** What depends on the other parameters, and is not checked. */
const dependentClass: PyClass = define(
  '_Dependent',
  {},
  () => {
    throw valueError('Cannot determine validity of dependent constraint');
  },
  {
    properties: { is_discrete: NOT_STATIC('is_discrete'), event_dim: NOT_STATIC('event_dim') },
    methods: {
      '__init__(*, is_discrete=None, event_dim=None)': (me, args) => {
        for (const name of ['is_discrete', 'event_dim']) if (args[name] !== null) me.set(`_${name}`, args[name]);
        return null;
      },
      '__call__(*, is_discrete=None, event_dim=None)': (me, args) => {
        const named: Record<string, Out> = {};
        for (const name of ['is_discrete', 'event_dim']) {
          const value = args[name] ?? me.self.attributes.get(`_${name}`);
          if (value !== undefined) named[name] = value;
        }
        return me.make(dependentClass, [], named);
      },
    },
  },
);

const isDependent = (value: Value): boolean => value instanceof PyInstance && isSubclass(value.cls, dependentClass);

/** A property, which may also be told what kind of constraint it gives: that is not asked for here. */
const takesProperty = signature('dependent_property', 'fn=None, *, is_discrete=None, event_dim=None');
const dependentProperty: NativeFunction = new NativeFunction('dependent_property', (args, kwargs) => {
  const { fn } = takesProperty(args, kwargs);
  return fn === null ? dependentProperty : new PyProperty(fn);
});

export const isConstraint = (value: Value): value is PyInstance =>
  value instanceof PyInstance && isSubclass(value.cls, constraintClass);

export { isDependent };

export const REAL = shared(real);
export const BOOLEAN = shared(boolean);
export const POSITIVE = shared(greaterThan, { lower_bound: 0 });
export const NONNEGATIVE = shared(greaterThanEq, { lower_bound: 0 });
export const UNIT_INTERVAL = shared(interval, { lower_bound: 0, upper_bound: 1 });
export const SIMPLEX = shared(simplex);
export const ONE_HOT = shared(oneHot);
export const NONNEGATIVE_INTEGER = shared(integerGreaterThan, { lower_bound: 0n });
export const POSITIVE_DEFINITE = shared(positiveDefinite);
export const LOWER_CHOLESKY = shared(lowerCholesky);
export const CORR_CHOLESKY = shared(corrCholesky);
export const DEPENDENT = shared(dependentClass);
/** A constraint of elements over `dims` dimensions. */
export const over = (base: PyInstance, dims: number): PyInstance =>
  shared(independent, { base_constraint: base, reinterpreted_batch_ndims: BigInt(dims) });
export const REAL_VECTOR = over(REAL, 1);
export const INTERVAL = (low: number, high: number): PyInstance =>
  shared(interval, { lower_bound: low, upper_bound: high });
export const AT_LEAST = (low: Value): PyInstance => shared(greaterThanEq, { lower_bound: low });
export const HALF_OPEN = (low: number, high: number): PyInstance =>
  shared(halfOpenInterval, { lower_bound: low, upper_bound: high });

/** Classes that others build on, by PyTorch's names. */
export const KINDS = {
  real,
  independent,
  greaterThan,
  greaterThanEq,
  lessThan,
  interval,
  halfOpenInterval,
  simplex,
  lowerCholesky,
  corrCholesky,
  cat: catClass,
  stack: stackClass,
  integerInterval,
  multinomial,
} as const;

export const CONSTRAINTS: readonly [string, Value][] = [
  ['Constraint', constraintClass],
  ['boolean', BOOLEAN],
  ['cat', catClass],
  ['corr_cholesky', CORR_CHOLESKY],
  ['dependent', DEPENDENT],
  ['dependent_property', dependentProperty],
  ['greater_than', greaterThan],
  ['greater_than_eq', greaterThanEq],
  ['independent', independent],
  ['integer_interval', integerInterval],
  ['interval', interval],
  ['half_open_interval', halfOpenInterval],
  ['is_dependent', new NativeFunction('is_dependent', ([value]) => isDependent(value ?? null))],
  ['less_than', lessThan],
  ['lower_cholesky', LOWER_CHOLESKY],
  ['lower_triangular', shared(lowerTriangular)],
  ['multinomial', multinomial],
  ['nonnegative', NONNEGATIVE],
  ['nonnegative_integer', NONNEGATIVE_INTEGER],
  ['one_hot', ONE_HOT],
  ['positive', POSITIVE],
  ['positive_semidefinite', shared(positiveSemidefinite)],
  ['positive_definite', POSITIVE_DEFINITE],
  ['positive_integer', shared(integerGreaterThan, { lower_bound: 1n })],
  ['real', REAL],
  ['real_vector', REAL_VECTOR],
  ['simplex', SIMPLEX],
  ['square', shared(square)],
  ['stack', stackClass],
  ['symmetric', shared(symmetric)],
  ['unit_interval', UNIT_INTERVAL],
];

/** The class of a constraint, or the class that was given. */
export function classOfConstraint(value: Value): PyClass {
  if (isConstraint(value)) return value.cls;
  if (value instanceof PyClass && isSubclass(value, constraintClass)) return value;
  throw typeError(`Expected constraint to be either a Constraint subclass or instance, but got ${typeName(value)}`);
}

export { shared, UNSHARED };
