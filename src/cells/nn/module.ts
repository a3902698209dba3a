/** nn.Module: what every module can do. Its methods are filled into the class here. */

import { noGrad } from '../../autograd/mode.ts';
import { setData } from '../../autograd/reshape.ts';
import type { MemoryFormat } from '../../kernels/layout.ts';
import { to as castTo } from '../../ops/creation/index.ts';
import { DTYPES, type DType, isFloating, rowOf } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { raised } from '../runtime/exceptions.ts';
import {
  DTypeValue,
  NativeClosure,
  PyClass,
  PyDict,
  PyInstance,
  PyIterator,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { ForeignDType, FormatValue, toDType, typeName } from '../torch/convert.ts';
import { checkDevice } from '../torch/devices.ts';
import { guarded } from '../torch/errors.ts';
import { toFormat } from '../torch/formats.ts';
import { type Method, method } from './define.ts';
import { dictOf, namedEntries, setName } from './dicts.ts';
import { zeroGrad } from './gradients.ts';
import { loadStateDict, stateDict } from './loading.ts';
import { isParameter } from './parameter.ts';
import { moduleRepr } from './print.ts';
import { signature } from './signature.ts';
import {
  addModule,
  addParameter,
  assign,
  begin,
  hasBegun,
  held,
  isModule,
  memberOf,
  moduleClass,
  release,
  stateOf,
  torchTypeName,
} from './state.ts';
import { namedBuffers, namedChildren, namedModules, namedParameters } from './walk.ts';

const generator = (items: readonly Value[]): PyIterator => new PyIterator(new ArrayWalk(items), 'generator');

const pairs = <T extends Value>(items: Iterable<readonly [string, T]>): Value[] =>
  Array.from(items, (item) => new PyTuple(item));
const seconds = <T extends Value>(items: Iterable<readonly [string, T]>): Value[] =>
  Array.from(items, ([, value]) => value);

/** A method with a signature in Python's writing. */
const taking = (
  name: string,
  text: string,
  body: (self: PyInstance, args: Readonly<Record<string, Value>>, interpreter: Parameters<Method>[3]) => Value,
): [string, Value] => {
  const takes = signature(`Module.${name}`, text, 1);
  return [name, method(name, (self, args, kwargs, interpreter) => body(self, takes(args, kwargs), interpreter))];
};

const text = (value: Value): string => {
  if (typeof value !== 'string') throw typeError(`module name should be a string. Got ${typeName(value)}`);
  return value;
};

/** Refuses a name that cannot be given to a parameter, buffer or child. */
function checkName(self: PyInstance, what: string, name: string, among: ReadonlyMap<string, unknown>): void {
  const refuse = (message: string): PyError => raised('KeyError', [message], `'${message.replaceAll("'", "\\'")}'`);
  if (name.includes('.')) throw refuse(`${what} name can't contain "."`);
  if (name === '') throw refuse(`${what} name can't be empty string ""`);
  if (memberOf(self, name) !== undefined && !among.has(name)) throw refuse(`attribute '${name}' already exists`);
}

/** Carries every parameter and buffer over to what `convert` makes of it, in place. */
function convertAll(self: PyInstance, convert: (t: Tensor) => Tensor): PyInstance {
  const each = (t: Tensor): void => {
    guarded(() =>
      noGrad(() => {
        setData(t, convert(t.detach()));
        if (t.grad !== null) t.grad = convert(t.grad);
      }),
    );
  };
  const seen = new Set<Tensor>();
  for (const [, module] of namedModules(self)) {
    const { parameters, buffers } = stateOf(module);
    for (const t of [...parameters.values(), ...buffers.values()]) {
      if (t === null || seen.has(t)) continue;
      seen.add(t);
      each(t);
    }
  }
  return self;
}

const floatsTo =
  (dtype: DType) =>
  (t: Tensor): Tensor =>
    isFloating(t.dtype) && t.dtype !== dtype ? castTo(t, dtype) : t;

/** Tensors of the rank that a memory format is for, laid out by it. */
const inFormat =
  (memoryFormat: MemoryFormat) =>
  (t: Tensor): Tensor => {
    const rank = memoryFormat === 'channels_last' ? 4 : memoryFormat === 'channels_last_3d' ? 5 : t.ndim;
    return t.ndim === rank ? castTo(t, t.dtype, memoryFormat) : t;
  };

function train(self: PyInstance, mode: Value): PyInstance {
  if (typeof mode !== 'boolean') throw valueError('training mode is expected to be boolean');
  for (const [, module] of namedModules(self)) module.attributes.set('training', mode);
  return self;
}

function submodule(self: PyInstance, path: string): PyInstance {
  let at = self;
  for (const name of path === '' ? [] : path.split('.')) {
    const next = memberOf(at, name);
    if (next === undefined) throw new PyError('AttributeError', `${at.type} has no attribute \`${name}\``);
    if (!isModule(next)) throw new PyError('AttributeError', `\`${name}\` is not an nn.Module`);
    at = next;
  }
  return at;
}

function byPath(self: PyInstance, path: string, is: (value: Value) => boolean, kind: string): Value {
  const at = path.lastIndexOf('.');
  const module = submodule(self, path.slice(0, Math.max(at, 0)));
  const name = path.slice(at + 1);
  const value = memberOf(module, name);
  if (value === undefined) throw new PyError('AttributeError', `${module.type} has no attribute \`${name}\``);
  if (!is(value)) throw new PyError('AttributeError', `\`${name}\` is not ${kind}`);
  return value;
}

/** `model(x)`: forward, between the hooks. */
const callModule: Method = (self, args, kwargs, interpreter) => {
  const forward = interpreter.getAttribute(self, 'forward');
  if (!hasBegun(self)) return interpreter.call(forward, args, kwargs);
  const { hooks, preHooks } = stateOf(self);
  let input = args;
  for (const hook of [...preHooks]) {
    const changed = interpreter.call(hook, [self, new PyTuple(input)]);
    if (changed !== null) input = changed instanceof PyTuple ? changed.items : [changed];
  }
  let output = interpreter.call(forward, input, kwargs);
  for (const hook of [...hooks]) output = interpreter.call(hook, [self, new PyTuple(input), output]) ?? output;
  return output;
};

/** What takes a hook away again. */
const handleClass = new PyClass('RemovableHandle');

function hang(hooks: Value[], hook: Value): PyInstance {
  hooks.push(hook);
  const handle = new PyInstance(handleClass);
  const remove = new NativeClosure('remove', { hooks, hook }, (held) => {
    const at = held.hooks.indexOf(held.hook);
    if (at >= 0) held.hooks.splice(at, 1);
    return null;
  });
  handle.attributes.set('remove', remove);
  return handle;
}

const toDict = (map: ReadonlyMap<string, Value>): PyDict => dictOf(map, 'OrderedDict');

const METHODS: readonly [string, Value][] = [
  taking('__init__', '', (self) => {
    begin(self);
    return null;
  }),
  ['__call__', method('__call__', callModule)],
  [
    'forward',
    method('forward', (self) => {
      throw new PyError('NotImplementedError', `Module [${self.type}] is missing the required "forward" function`);
    }),
  ],
  taking('__setattr__', 'name, value', (self, { name, value }) => {
    assign(self, text(name), value);
    return null;
  }),
  [
    '__getattr__',
    method('__getattr__', (self, [name]) => {
      const key = text(name);
      const value = held(self, key);
      if (value !== undefined) return value;
      if (hasBegun(self)) {
        const { parameters, buffers, modules } = stateOf(self);
        if (key === '_parameters') return toDict(parameters);
        if (key === '_buffers') return toDict(buffers);
        if (key === '_modules') return toDict(modules);
      }
      throw new PyError('AttributeError', `'${self.type}' object has no attribute '${key}'`);
    }),
  ],
  [
    '__delattr__',
    method('__delattr__', (self, [name]) => {
      if (!release(self, text(name))) throw new PyError('AttributeError', text(name));
      return null;
    }),
  ],
  ['__repr__', method('__repr__', (self, _args, _kwargs, interpreter) => moduleRepr(self, interpreter))],
  ['extra_repr', method('extra_repr', () => '')],
  ['_get_name', method('_get_name', (self) => self.type)],
  taking('parameters', 'recurse=True', (self, { recurse }) =>
    generator(seconds(namedParameters(self, '', recurse !== false))),
  ),
  taking('named_parameters', "prefix='', recurse=True", (self, { prefix, recurse }) =>
    generator(pairs(namedParameters(self, text(prefix), recurse !== false))),
  ),
  taking('buffers', 'recurse=True', (self, { recurse }) =>
    generator(seconds(namedBuffers(self, '', recurse !== false))),
  ),
  taking('named_buffers', "prefix='', recurse=True", (self, { prefix, recurse }) =>
    generator(pairs(namedBuffers(self, text(prefix), recurse !== false))),
  ),
  taking('children', '', (self) => generator(seconds(namedChildren(self)))),
  taking('named_children', '', (self) => generator(pairs(namedChildren(self)))),
  taking('modules', '', (self) => generator(seconds(namedModules(self)))),
  taking('named_modules', "memo=None, prefix='', remove_duplicate=True", (self, { prefix, remove_duplicate }) =>
    generator(pairs(namedModules(self, text(prefix), new Set(), remove_duplicate !== false))),
  ),
  taking('state_dict', "destination=None, prefix='', keep_vars=False", (self, { destination, prefix, keep_vars }) => {
    const dict = stateDict(self, text(prefix), keep_vars === true);
    if (!(destination instanceof PyDict)) return dict;
    for (const [name, value] of namedEntries(dict)) setName(destination, name, value);
    return destination;
  }),
  taking('load_state_dict', 'state_dict, strict=True', (self, { state_dict, strict }) =>
    loadStateDict(self, state_dict, strict !== false),
  ),
  taking('train', 'mode=True', (self, { mode }) => train(self, mode)),
  taking('eval', '', (self) => train(self, false)),
  taking('requires_grad_', 'requires_grad=True', (self, { requires_grad }) => {
    for (const [, p] of namedParameters(self)) p.requiresGrad_(requires_grad !== false);
    return self;
  }),
  taking('zero_grad', 'set_to_none=False', (self, { set_to_none }) => {
    for (const [, p] of namedParameters(self)) zeroGrad(p, set_to_none === true);
    return null;
  }),
  taking('apply', 'fn', (self, { fn }, interpreter) => {
    const visit = (module: PyInstance): void => {
      interpreter.budget.step();
      for (const [, child] of namedChildren(module)) visit(child);
      interpreter.call(fn, [module]);
    };
    visit(self);
    return self;
  }),
  [
    'to',
    method('to', (self, args, kwargs) => {
      let dtype: DType | undefined;
      let format: MemoryFormat | undefined;
      for (const value of [...args, ...kwargs.values()]) {
        if (value instanceof DTypeValue || value instanceof ForeignDType) dtype = toDType(value);
        else if (value instanceof Tensor) dtype = value.dtype;
        else if (value instanceof FormatValue) format = toFormat(value);
        else if (typeof value !== 'boolean' && value !== null) checkDevice(value);
      }
      if (format !== undefined) convertAll(self, inFormat(format));
      if (dtype === undefined) return self;
      if (!isFloating(dtype)) {
        throw typeError(
          `nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.${dtype}`,
        );
      }
      return convertAll(self, floatsTo(dtype));
    }),
  ],
  taking('type', 'dst_type', (self, { dst_type }) => {
    const dtype = toDType(dst_type);
    return convertAll(self, (t) => castTo(t, dtype));
  }),
  ...DTYPES.filter(isFloating).map((dtype) =>
    taking(rowOf(dtype).method, '', (self) => convertAll(self, floatsTo(dtype))),
  ),
  taking('cpu', '', (self) => self),
  taking('cuda', 'device=None', (self) => {
    checkDevice('cuda');
    return self;
  }),
  taking('register_buffer', 'name, tensor, persistent=True', (self, { name, tensor, persistent }) => {
    const key = text(name);
    const state = stateOf(self);
    checkName(self, 'buffer', key, state.buffers);
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw typeError(
        `cannot assign '${torchTypeName(tensor)}' object to buffer '${key}' (torch Tensor or None required)`,
      );
    }
    state.buffers.set(key, tensor);
    if (persistent === false) state.transient.add(key);
    else state.transient.delete(key);
    return null;
  }),
  taking('register_parameter', 'name, param', (self, { name, param }) => {
    const key = text(name);
    checkName(self, 'parameter', key, stateOf(self).parameters);
    if (param !== null && !isParameter(param)) {
      throw typeError(
        `cannot assign '${torchTypeName(param)}' object to parameter '${key}' (torch.nn.Parameter or None required)`,
      );
    }
    addParameter(self, key, param);
    return null;
  }),
  ...['add_module', 'register_module'].map((each) =>
    taking(each, 'name, module', (self, { name, module }) => {
      if (module !== null && !isModule(module)) throw typeError(`${torchTypeName(module)} is not a Module subclass`);
      const key = text(name);
      checkName(self, 'module', key, stateOf(self).modules);
      addModule(self, key, module);
      return null;
    }),
  ),
  taking('get_submodule', 'target', (self, { target }) => submodule(self, text(target))),
  taking('get_parameter', 'target', (self, { target }) => byPath(self, text(target), isParameter, 'an nn.Parameter')),
  taking('get_buffer', 'target', (self, { target }) =>
    byPath(self, text(target), (v) => v instanceof Tensor && !isParameter(v), 'a buffer'),
  ),
  taking('register_forward_hook', 'hook', (self, { hook }) => hang(stateOf(self).hooks, hook)),
  taking('register_forward_pre_hook', 'hook', (self, { hook }) => hang(stateOf(self).preHooks, hook)),
];

for (const [name, value] of METHODS) moduleClass.members.set(name, value);
