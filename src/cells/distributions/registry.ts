/** biject_to and transform_to: which transform leads to where a constraint holds. */
import { typeError } from '../runtime/errors.ts';
import type { Holder, Visit } from '../runtime/holding.ts';
import { NativeClosure, type PyClass, PyInstance, PyList, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { classFrom, notImplemented, type Out, operandOf, Self } from './classes.ts';
import { classOfConstraint, KINDS, shared } from './constraints.ts';
import { q } from './quantity.ts';
import {
  affineClass,
  corrCholeskyClass,
  expClass,
  lowerCholeskyClass,
  sigmoidClass,
  softmaxClass,
  stickBreakingClass,
} from './transform-kinds.ts';
import { catTransformClass, stackTransformClass } from './transform-lists.ts';
import { composeClass, IDENTITY, independentTransformClass } from './transforms.ts';

type Factory = (me: Self, constraint: Self, registry: PyInstance) => Out;

const plain =
  (cls: PyClass): Factory =>
  (me) =>
    me.make(cls, []);

const chained = (me: Self, first: PyClass, place: Value, scale: Out): PyInstance =>
  me.make(composeClass, [new PyList([me.make(first, []), me.make(affineClass, [place, scale])])]);

const toInterval: Factory = (me, constraint) => {
  const [low, high] = [constraint.get('lower_bound'), constraint.get('upper_bound')];
  const isNumber = (value: Value, n: number): boolean =>
    (typeof value === 'number' || typeof value === 'bigint') && Number(value) === n;
  if (isNumber(low, 0) && isNumber(high, 1)) return me.make(sigmoidClass, []);
  const [a, b] = [operandOf(low), operandOf(high)];
  const width: Out =
    typeof a === 'object' && 'storage' in a
      ? q(a).neg().add(b)
      : typeof b === 'object' && 'storage' in b
        ? q(b).sub(a)
        : Number(high) - Number(low);
  return chained(me, sigmoidClass, low, width);
};

const inner = (me: Self, registry: PyInstance, constraint: Value): Value => me.interpreter.call(registry, [constraint]);

const all = (me: Self, registry: PyInstance, constraint: Self): PyList =>
  new PyList((constraint.get('cseq') as PyList).items.map((part) => inner(me, registry, part)));

const BOTH: readonly [PyClass, Factory][] = [
  [KINDS.real, () => IDENTITY],
  [
    KINDS.independent,
    (me, constraint, registry) =>
      me.make(independentTransformClass, [
        inner(me, registry, constraint.get('base_constraint')),
        constraint.get('reinterpreted_batch_ndims'),
      ]),
  ],
  [KINDS.greaterThan, (me, constraint) => chained(me, expClass, constraint.get('lower_bound'), 1n)],
  [KINDS.greaterThanEq, (me, constraint) => chained(me, expClass, constraint.get('lower_bound'), 1n)],
  [KINDS.lessThan, (me, constraint) => chained(me, expClass, constraint.get('upper_bound'), -1n)],
  [KINDS.interval, toInterval],
  [KINDS.halfOpenInterval, toInterval],
  [KINDS.corrCholesky, plain(corrCholeskyClass)],
  [
    KINDS.cat,
    (me, constraint, registry) =>
      me.make(catTransformClass, [all(me, registry, constraint), constraint.get('dim'), constraint.get('lengths')]),
  ],
  [
    KINDS.stack,
    (me, constraint, registry) => me.make(stackTransformClass, [all(me, registry, constraint), constraint.get('dim')]),
  ],
];

const KNOWN: Readonly<Record<string, ReadonlyMap<PyClass, Factory>>> = {
  biject_to: new Map([...BOTH, [KINDS.simplex, plain(stickBreakingClass)]]),
  transform_to: new Map([
    ...BOTH,
    [KINDS.simplex, plain(softmaxClass)],
    [KINDS.lowerCholesky, plain(lowerCholeskyClass)],
  ]),
};

/** What a workspace has registered. */
class Registered implements Holder {
  readonly factories = new Map<string, Map<PyClass, Value>>();
  references(visit: Visit): void {
    for (const factories of this.factories.values()) visit(factories);
  }
}

const nameOf = (me: Self): string => String(me.get('_name'));

function put(me: Self, constraint: PyClass, factory: Value): Value {
  const { factories } = me.interpreter.parts.of(Registered);
  const own = factories.get(nameOf(me)) ?? new Map<PyClass, Value>();
  factories.set(nameOf(me), own);
  me.interpreter.budget.room(own.size);
  own.set(constraint, factory);
  return factory;
}

const registryClass = classFrom({
  name: 'ConstraintRegistry',
  module: 'torch.distributions.constraint_registry',
  methods: {
    'register(constraint, factory=None)': (me, { constraint, factory }) => {
      const cls = classOfConstraint(constraint);
      if (factory !== null) return put(me, cls, factory);
      return new NativeClosure('register', { self: me.self, cls }, (held, args, _, interpreter) =>
        put(new Self(held.self, interpreter), held.cls, args[0] ?? null),
      );
    },
    '__call__(constraint)': (me, { constraint }) => {
      if (!(constraint instanceof PyInstance)) throw typeError(`no constraint: ${typeName(constraint)}`);
      const own = me.interpreter.parts.of(Registered).factories.get(nameOf(me))?.get(constraint.cls);
      if (own !== undefined) return me.interpreter.call(own, [constraint]);
      const factory = KNOWN[nameOf(me)].get(constraint.cls);
      if (factory === undefined) throw notImplemented(`Cannot transform ${constraint.cls.name} constraints`);
      return factory(me, me.other(constraint), me.self);
    },
  },
});

export const REGISTRIES: readonly [string, Value][] = [
  ['biject_to', shared(registryClass, { _name: 'biject_to' })],
  ['transform_to', shared(registryClass, { _name: 'transform_to' })],
  ['ConstraintRegistry', registryClass],
];
