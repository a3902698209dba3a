/** Lazy layers: they learn the sizes of their parameters from the first input, and become layers of the usual class. */

import { empty, type Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { runtimeError, valueError } from '../runtime/errors.ts';
import { raised } from '../runtime/exceptions.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { lookupAfter } from '../runtime/mro.ts';
import { BoundMethod, PyClass, type PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { dtypeOf, integer, integers, tensorOf } from './convert.ts';
import { attribute, method } from './define.ts';
import { addHook } from './hooks.ts';
import { convolutions } from './layers/conv.ts';
import { norms } from './layers/norms.ts';
import { Linear } from './linear.ts';
import { isLazy, lazyBuffer, lazyParameter, materialize } from './parameter.ts';
import { type Bound, signature } from './signature.ts';
import { addParameter, assign, held, stateOf } from './state.ts';

const NEW =
  'Lazy modules are a new feature under heavy development so changes to the API or functionality can happen at any moment.';

const isUninitialized = (self: PyInstance): boolean => {
  const { parameters, buffers } = stateOf(self);
  return [...parameters.values(), ...buffers.values()].some(isLazy);
};

const ask = (self: Value, name: string, interpreter: Interpreter, args: readonly Value[] = []): Value =>
  interpreter.call(interpreter.getAttribute(self, name), args);

/** The member that stands behind that of `cls`. */
function after(self: PyInstance, cls: PyClass, name: string): Value {
  return lookupAfter(self.cls, cls, name)?.member ?? null;
}

function infer(self: PyInstance, input: Value, interpreter: Interpreter): void {
  ask(self, 'initialize_parameters', interpreter, input instanceof PyTuple ? input.items : [input]);
  if (isUninitialized(self)) throw runtimeError(`module ${self.type} has not been fully initialized`);
  for (const name of ['_initialize_hook', '_load_hook']) {
    ask(self.attributes.get(name) ?? null, 'remove', interpreter);
    self.attributes.delete(name);
  }
  const become = interpreter.getAttribute(self, 'cls_to_become');
  if (become instanceof PyClass) self.cls = become;
}

const inferMethod = method('_infer_parameters', (self, [, input], _kwargs, interpreter) => {
  infer(self, input ?? null, interpreter);
  return null;
});

/** A state that is loaded gives its own sizes: nothing is to be done before. */
const loadMethod = method('_lazy_load_hook', () => null);

export const lazyMixin: PyClass = new PyClass(
  'LazyModuleMixin',
  [],
  new Map<string, Value>([
    ['cls_to_become', null],
    [
      '__init__',
      method('__init__', (self, args, kwargs, interpreter) => {
        interpreter.call(after(self, lazyMixin, '__init__'), [self, ...args], kwargs);
        const load = addHook(self, '_load_state_dict_pre_hooks', new BoundMethod(self, loadMethod), interpreter);
        self.attributes.set('_load_hook', load);
        const first = addHook(self, '_forward_pre_hooks', new BoundMethod(self, inferMethod), interpreter);
        self.attributes.set('_initialize_hook', first);
        warn(NEW);
        return null;
      }),
    ],
    [
      'initialize_parameters',
      method('initialize_parameters', (self) => {
        const message = `initialize_parameters is not implemented for ${self.type}`;
        throw raised('NotImplementedError', [message], message);
      }),
    ],
    ['has_uninitialized_params', method('has_uninitialized_params', isUninitialized)],
    ['_infer_parameters', inferMethod],
    ['_lazy_load_hook', loadMethod],
  ]),
);

interface Lazy {
  readonly takes: string;
  /** What the plain constructor is given besides, and what is set afterwards. */
  readonly begin: (self: PyInstance, args: Bound, init: (...args: [readonly Value[], Bound?]) => void) => void;
  readonly sizes: (self: PyInstance, input: Tensor) => void;
}

function defineLazy(plain: PyClass, { takes, begin, sizes }: Lazy): PyClass {
  const name = `Lazy${plain.name}`;
  const bind = signature(`${name}.__init__`, takes, 1);
  const cls: PyClass = new PyClass(name, [lazyMixin, plain]);
  const add = (fn: Value & { name: string }): void => void cls.members.set(fn.name, fn);
  cls.members.set('cls_to_become', plain);
  add(
    method('__init__', (self, args, kwargs, interpreter) => {
      begin(self, bind(args, kwargs), (first, named = {}) => {
        interpreter.call(after(self, cls, '__init__'), [self, ...first], new Map(Object.entries(named)));
      });
      return null;
    }),
  );
  add(
    method('reset_parameters', (self, _args, _kwargs, interpreter) => {
      const size = ['in_features', 'in_channels', 'num_features'].map((key) => self.attributes.get(key)).find(Boolean);
      const isKnown = size !== undefined && size !== null && size !== 0n;
      if (isKnown && !isUninitialized(self)) interpreter.call(after(self, cls, 'reset_parameters'), [self]);
      return null;
    }),
  );
  add(
    method('initialize_parameters', (self, [input], _kwargs, interpreter) => {
      if (!isUninitialized(self)) return null;
      sizes(self, tensorOf(input, 'input'));
      ask(self, 'reset_parameters', interpreter);
      return null;
    }),
  );
  return cls;
}

/** Gives a parameter or a buffer its sizes, where the layer has one of that name. */
function give(self: PyInstance, name: string, shape: readonly number[]): void {
  const t = held(self, name);
  if (isLazy(t)) materialize(t as Tensor, shape);
}

const lazyLinear = defineLazy(Linear, {
  takes: 'out_features, bias=True, device=None, dtype=None',
  begin(self, { out_features, bias, dtype }, init) {
    init([0n, 0n, false]);
    addParameter(self, 'weight', lazyParameter(dtypeOf(dtype)));
    self.attributes.set('out_features', out_features);
    if (bias !== false) addParameter(self, 'bias', lazyParameter(dtypeOf(dtype)));
  },
  sizes(self, input) {
    const width = input.shape.at(-1) ?? 1;
    self.attributes.set('in_features', BigInt(width));
    const out = integer(attribute(self, 'out_features'));
    give(self, 'weight', [out, width]);
    give(self, 'bias', [out]);
  },
});

function channelsOf(self: PyInstance, input: Tensor, rank: number): number {
  if (input.ndim !== rank + 1 && input.ndim !== rank + 2) {
    throw runtimeError(
      `Expected ${rank + 1}D (unbatched) or ${rank + 2}D (batched) input to ${self.type}, but got input of size: torch.Size([${input.shape.join(', ')}])`,
    );
  }
  return input.shape[input.ndim === rank + 2 ? 1 : 0];
}

const CONV =
  "out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode='zeros', device=None, dtype=None";
const TRANSPOSED =
  "out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1, padding_mode='zeros', device=None, dtype=None";

const rankOf = (cls: PyClass): number => Number(/\d/.exec(cls.name)?.[0]);

const lazyConv = (plain: PyClass): PyClass =>
  defineLazy(plain, {
    takes: plain.name.startsWith('ConvTranspose') ? TRANSPOSED : CONV,
    begin(self, { out_channels, bias, device: _, dtype, ...settings }, init) {
      init([0n, 0n], { ...settings, bias: false });
      addParameter(self, 'weight', lazyParameter(dtypeOf(dtype)));
      self.attributes.set('out_channels', out_channels);
      if (bias !== false) addParameter(self, 'bias', lazyParameter(dtypeOf(dtype)));
    },
    sizes(self, input) {
      const channels = channelsOf(self, input, rankOf(plain));
      self.attributes.set('in_channels', BigInt(channels));
      const [groups, out] = ['groups', 'out_channels'].map((key) => integer(attribute(self, key)));
      if (channels % groups !== 0) throw valueError('in_channels must be divisible by groups');
      const kernel = integers(attribute(self, 'kernel_size'));
      const [rows, columns] =
        attribute(self, 'transposed') === true ? [channels, out / groups] : [out, channels / groups];
      give(self, 'weight', [rows, columns, ...kernel]);
      give(self, 'bias', [out]);
    },
  });

const lazyNorm = (plain: PyClass): PyClass =>
  defineLazy(plain, {
    takes: 'eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None',
    begin(self, { eps, momentum, affine, track_running_stats, dtype }, init) {
      init([0n, eps, momentum, false, false]);
      self.attributes.set('affine', affine);
      self.attributes.set('track_running_stats', track_running_stats);
      if (affine === true) for (const key of ['weight', 'bias']) addParameter(self, key, lazyParameter(dtypeOf(dtype)));
      if (track_running_stats !== true) return;
      for (const key of ['running_mean', 'running_var']) assign(self, key, lazyBuffer(dtypeOf(dtype)));
      assign(self, 'num_batches_tracked', empty([], 'int64'));
    },
    sizes(self, input) {
      const size = input.ndim > 1 ? input.shape[1] : 0;
      self.attributes.set('num_features', BigInt(size));
      for (const key of ['weight', 'bias', 'running_mean', 'running_var']) give(self, key, [size]);
    },
  });

export const lazyLayers: readonly PyClass[] = [
  lazyLinear,
  ...convolutions.map(lazyConv),
  ...norms.filter(({ name }) => /^(Batch|Instance)Norm/.test(name)).map(lazyNorm),
];
