/** torch.distributions.Distribution, and what its kinds share. */
import { grad } from '../../autograd/backward.ts';
import { DEFAULT_DTYPE } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { Bound } from '../nn/signature.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import type { Holder } from '../runtime/holding.ts';
import { isSubclass, lookup } from '../runtime/mro.ts';
import { PyProperty, PyStaticMethod } from '../runtime/objects.ts';
import { NativeFunction, type PyClass, PyDict, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { makeTensor } from '../torch/construct.ts';
import { sizeOf, typeName } from '../torch/convert.ts';
import {
  type ClassSpec,
  callOn,
  classFrom,
  isNumber,
  LazyProperty,
  notImplemented,
  type Out,
  type Self,
  sizesOf,
  tensorOf,
} from './classes.ts';
import { isConstraint, isDependent } from './constraints.ts';
import { broadcast, type Quantity, q } from './quantity.ts';
import { noGrad } from './sampling.ts';

/** Whether arguments are checked where nothing is said: of a workspace. */
class Settings implements Holder {
  validate = true;
  references(): void {}
}

const missing = (): never => {
  throw notImplemented();
};

const clsText = (me: Self): string => me.interpreter.str(me.self.cls);

/** What `Distribution.__init__` does. */
export function begin(
  me: Self,
  batchShape: readonly number[],
  eventShape: readonly number[] = [],
  validateArgs: Value = null,
): null {
  me.set('_batch_shape', batchShape);
  me.set('_event_shape', eventShape);
  if (validateArgs !== null) me.set('_validate_args', validateArgs);
  if (me.truth('_validate_args')) checkArguments(me);
  return null;
}

function constraintsOf(me: Self): PyDict | undefined {
  const found = lookup(me.self.cls, 'arg_constraints');
  if (found === undefined || found.owner === distribution) return undefined;
  const dict = me.get('arg_constraints');
  return dict instanceof PyDict ? dict : undefined;
}

function checkArguments(me: Self): void {
  const constraints = constraintsOf(me);
  if (constraints === undefined) {
    me.interpreter.warn(
      'UserWarning',
      `${clsText(me)} does not define \`arg_constraints\`. Please set \`arg_constraints = {}\` or initialize the distribution with \`validate_args=False\` to turn off validation.`,
    );
    return;
  }
  for (const [key, constraint] of constraints.entries.values()) {
    me.interpreter.budget.step();
    const name = String(key);
    if (isDependent(constraint)) continue;
    if (!me.has(name) && lookup(me.self.cls, name)?.member instanceof LazyProperty) continue;
    const value = me.get(name);
    if (tensorOf(me.other(constraint).call('check', value), 'check()').every) continue;
    throw valueError(
      `Expected parameter ${name} ${described(me, value)} of distribution ${me.repr(me.self)} to satisfy the constraint ${me.repr(constraint)}, but found invalid values:\n${me.interpreter.str(value)}`,
    );
  }
}

const described = (me: Self, value: Value): string =>
  value instanceof Tensor
    ? `(${typeName(value)} of shape ${me.repr(new PyTuple(value.shape.map(BigInt)))})`
    : `(${typeName(value)})`;

/** Whether a value can be one of this distribution's; nothing where nothing is to be checked. */
export function validateSample(me: Self, value: Value): void {
  if (!me.truth('_validate_args')) return;
  me.call('_validate_sample', value);
}

function checkSample(me: Self, value: Value): null {
  if (!(value instanceof Tensor)) throw valueError('The value argument to log_prob must be a Tensor');
  const event = me.sizes('_event_shape');
  const show = (shape: readonly number[]): string => me.repr(sizeOf(shape));
  const start = value.ndim - event.length;
  const right = start < 0 ? value.shape.slice(start) : value.shape.slice(start, start + event.length);
  if (right.length !== event.length || right.some((size, i) => size !== event[i]))
    throw valueError(`The right-most size of value must match event_shape: ${show(value.shape)} vs ${show(event)}.`);
  const expected = [...me.sizes('_batch_shape'), ...event];
  for (let i = 1; i <= Math.min(value.ndim, expected.length); i++) {
    const [a, b] = [value.shape.at(-i), expected.at(-i)];
    if (a !== 1 && b !== 1 && a !== b)
      throw valueError(
        `Value is not broadcastable with batch_shape+event_shape: ${show(value.shape)} vs ${show(expected)}.`,
      );
  }
  const owner = lookup(me.self.cls, 'support')?.owner;
  if (owner === distribution || owner === undefined) {
    me.interpreter.warn(
      'UserWarning',
      `${clsText(me)} does not define \`support\` to enable sample validation. Please initialize the distribution with \`validate_args=False\` to turn off validation.`,
    );
    return null;
  }
  const support = me.get('support');
  if (!isConstraint(support)) throw typeError(`support must be a Constraint, not ${typeName(support)}`);
  if (tensorOf(me.other(support).call('check', value), 'check()').every) return null;
  throw valueError(
    `Expected value argument ${described(me, value)} to be within the support (${me.repr(support)}) of the distribution ${me.repr(me.self)}, but found invalid values:\n${me.interpreter.str(value)}`,
  );
}

/** The shape of a sample. */
export const extended = (me: Self, sampleShape: Value): number[] => [
  ...sizesOf(sampleShape),
  ...me.sizes('_batch_shape'),
  ...me.sizes('_event_shape'),
];

/** A new object for `expand`: one that was given, or one of the object's own class where its constructor is `cls`'s. */
export function fresh(me: Self, cls: PyClass, given: Value): Self {
  if (given !== null) return me.other(given);
  if (lookup(me.self.cls, '__init__')?.member !== lookup(cls, '__init__')?.member)
    throw notImplemented(
      `Subclass ${me.self.cls.name} of ${cls.name} that defines a custom __init__ method must also define a custom .expand() method.`,
    );
  return me.other(new PyInstance(me.self.cls));
}

/** Ends an `expand`: the arguments were checked before. */
export function expanded(
  me: Self,
  made: Self,
  batchShape: readonly number[],
  eventShape: readonly number[] = [],
): PyInstance {
  begin(made, batchShape, eventShape, false);
  made.set('_validate_args', me.get('_validate_args'));
  return made.self;
}

export const distribution: PyClass = classFrom({
  name: 'Distribution',
  module: 'torch.distributions.distribution',
  constants: { has_rsample: false, has_enumerate_support: false },
  properties: {
    batch_shape: (me) => me.get('_batch_shape'),
    event_shape: (me) => me.get('_event_shape'),
    arg_constraints: missing,
    support: missing,
    mean: missing,
    mode: (me) => {
      throw notImplemented(`${clsText(me)} does not implement mode`);
    },
    variance: missing,
    stddev: (me) => me.q('variance').sqrt(),
  },
  methods: {
    '__init__(batch_shape=None, event_shape=None, validate_args=None)': (
      me,
      { batch_shape, event_shape, validate_args },
    ) =>
      begin(
        me,
        batch_shape === null ? [] : sizesOf(batch_shape),
        event_shape === null ? [] : sizesOf(event_shape),
        validate_args,
      ),
    'expand(batch_shape, _instance=None)': missing,
    'sample(sample_shape=None)': (me, { sample_shape }) => noGrad(() => me.call('rsample', sample_shape ?? sizeOf([]))),
    'rsample(sample_shape=None)': missing,
    'sample_n(n)': (me, { n }) => {
      me.interpreter.warn('UserWarning', 'sample_n will be deprecated. Use .sample((n,)) instead');
      return me.call('sample', new PyTuple([n], 'torch.Size'));
    },
    'log_prob(value)': missing,
    'cdf(value)': missing,
    'icdf(value)': missing,
    'enumerate_support(expand=True)': missing,
    'entropy()': missing,
    'perplexity()': (me) => me.callQ('entropy').exp(),
    '_extended_shape(sample_shape=None)': (me, { sample_shape }) => extended(me, sample_shape ?? sizeOf([])),
    '_validate_sample(value)': (me, { value }) => checkSample(me, value),
    '__repr__()': (me) => {
      const parts: string[] = [];
      for (const [key] of constraintsOf(me)?.entries.values() ?? []) {
        const value = me.self.attributes.get(String(key));
        if (!(value instanceof Tensor)) continue;
        const shown = value.numel === 1 ? me.text(value) : me.repr(sizeOf(value.shape));
        parts.push(`${String(key)}: ${String(shown)}`);
      }
      return `${me.self.cls.name}(${parts.join(', ')})`;
    },
  },
});

distribution.members.set(
  '_validate_args',
  new PyProperty(
    new NativeFunction(
      '_validate_args',
      ([self], _, interpreter) =>
        (self as PyInstance).attributes.get('_validate_args') ?? interpreter.parts.of(Settings).validate,
    ),
    new NativeFunction('_validate_args', ([self, value]) => {
      (self as PyInstance).attributes.set('_validate_args', value);
      return null;
    }),
  ),
);
distribution.members.set(
  'set_default_validate_args',
  new PyStaticMethod(
    new NativeFunction('set_default_validate_args', ([value], _, interpreter) => {
      if (typeof value !== 'boolean') throw valueError('');
      interpreter.parts.of(Settings).validate = value;
      return null;
    }),
  ),
);

export const isDistribution = (value: Value): value is PyInstance =>
  value instanceof PyInstance && isSubclass(value.cls, distribution);

/** Entropies that follow from the log-normalizer, by Bregman divergences. */
export const exponentialFamily = classFrom({
  name: 'ExponentialFamily',
  module: 'torch.distributions.exp_family',
  bases: [distribution],
  properties: { _natural_params: missing, _mean_carrier_measure: missing },
  methods: {
    '_log_normalizer(x=None, y=None)': missing,
    'entropy()': (me) => {
      const { normalizer, params, slopes } = normalized(me);
      const carrier = me.get('_mean_carrier_measure');
      let result = normalizer.sub(typeof carrier === 'bigint' ? Number(carrier) : tensorOf(carrier, 'measure'));
      const shape = [...me.sizes('_batch_shape'), -1];
      params.forEach((p, i) => {
        result = result.sub(p.mul(slopes[i]).reshape(shape).sum(-1));
      });
      return result;
    },
  },
});

/** The log-normalizer at natural parameters that are cut off from what made them, and its slopes there. */
export function normalized(me: Self): { normalizer: Quantity; params: Quantity[]; slopes: Quantity[] } {
  const params = naturalParams(me).map((p) => q(p.detach().t.requiresGrad_()));
  const normalizer = me.callQ('_log_normalizer', ...params);
  const slopes = grad(
    [normalizer.sum().t],
    params.map((p) => p.t),
    undefined,
    { createGraph: true, retainGraph: true, allowUnused: false },
  ) as Tensor[];
  return { normalizer, params, slopes: slopes.map(q) };
}

export function naturalParams(me: Self): Quantity[] {
  const given = me.get('_natural_params');
  if (!(given instanceof PyTuple)) throw typeError('_natural_params must be a tuple');
  return given.items.map((p) => tensorOf(p, '_natural_params'));
}

/** Numbers and tensors as tensors of one shape; numbers take the dtype of the first tensor. */
export function broadcastAll(...values: readonly Value[]): Quantity[] {
  for (const value of values) {
    if (!(value instanceof Tensor) && !isNumber(value))
      throw valueError(
        'Input arguments must all be instances of numbers.Number, torch.Tensor or objects implementing __torch_function__.',
      );
  }
  const dtype = (values.find((value) => value instanceof Tensor) as Tensor | undefined)?.dtype ?? DEFAULT_DTYPE;
  return broadcast(...values.map((value) => (value instanceof Tensor ? q(value) : q(makeTensor(value, dtype)))));
}

export interface DistributionSpec extends Omit<ClassSpec, 'module' | 'bases'> {
  readonly module: string;
  readonly base?: PyClass;
  /** What `expand` expands besides the batch: attributes that are tensors of the batch's shape. */
  readonly expands?: readonly string[];
  /** What `expand` keeps as it is. */
  readonly keeps?: readonly string[];
  readonly init: readonly [signature: string, body: (me: Self, args: Bound) => Out];
}

/** A kind of distribution, in a module of its own as PyTorch has it. */
export function defineDistribution(spec: DistributionSpec): PyClass {
  const { expands, keeps, init, base = distribution, module, methods, ...rest } = spec;
  const expand: ClassSpec['methods'] =
    expands === undefined
      ? {}
      : {
          'expand(batch_shape, _instance=None)': (me, { batch_shape, _instance }) => {
            const made = fresh(me, cls, _instance);
            const shape = sizesOf(batch_shape);
            for (const name of expands) if (me.has(name)) made.set(name, me.q(name).expand(shape));
            for (const name of keeps ?? []) if (me.has(name)) made.set(name, me.get(name));
            const param = ['logits', 'probs'].find((name) => made.has(name));
            if (me.has('_param') && param !== undefined) made.set('_param', made.get(param));
            return expanded(me, made, shape);
          },
        };
  const cls: PyClass = classFrom({
    ...rest,
    module: `torch.distributions.${module}`,
    bases: [base],
    methods: { [`__init__(${init[0]}, validate_args=None)`]: init[1], ...expand, ...methods },
  });
  return cls;
}

/** What a signature says where a sample's shape may be left out. */
export const sampleShape = (value: Value): Value => value ?? sizeOf([]);

export { callOn };
