/** nn.Module: what every module can do. Its methods are filled into the class here. */
import { Tensor } from '../../tensor/tensor.ts';
import { setPlain } from '../runtime/attributes.ts';
import { notFound, PyError, typeError, valueError } from '../runtime/errors.ts';
import { mro } from '../runtime/mro.ts';
import { PySet } from '../runtime/objects.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type PyInstance, PyIterator, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { method } from './define.ts';
import { zeroGrad } from './gradients.ts';
import { addHook, addOneKind, callModule, hooksOf } from './hooks.ts';
import { liveDict } from './live-dict.ts';
import { STATE_DICTS } from './loading.ts';
import { CONVERSIONS } from './module-conversion.ts';
import { REGISTRATION } from './module-registration.ts';
import { isParameter } from './parameter.ts';
import { moduleRepr } from './print.ts';
import {
  assign,
  begin,
  HOOK_KINDS,
  hasBegun,
  held,
  isModule,
  memberOf,
  moduleClass,
  release,
  stateOf,
  torchTypeName,
} from './state.ts';
import { taking, text } from './taking.ts';
import { namedBuffers, namedChildren, namedModules, namedParameters } from './walk.ts';

const generator = (items: readonly Value[]): PyIterator => new PyIterator(new ArrayWalk(items), 'generator');

const pairs = <T extends Value>(items: Iterable<readonly [string, T]>): Value[] =>
  Array.from(items, (item) => new PyTuple(item));
const seconds = <T extends Value>(items: Iterable<readonly [string, T]>): Value[] =>
  Array.from(items, ([, value]) => value);

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

function asParameter(name: string, value: Value): Tensor | null {
  if (value === null || value instanceof Tensor) return value;
  throw typeError(
    `cannot assign '${torchTypeName(value)}' as parameter '${name}' (torch.nn.Parameter or None expected)`,
  );
}

function asBuffer(name: string, value: Value): Tensor | null {
  if (value === null || value instanceof Tensor) return value;
  throw typeError(`cannot assign '${torchTypeName(value)}' as buffer '${name}' (torch.Tensor or None expected)`);
}

function asChild(name: string, value: Value): PyInstance | null {
  if (value === null || isModule(value)) return value;
  throw typeError(
    `cannot assign '${torchTypeName(value)}' as child module '${name}' (torch.nn.Module or None expected)`,
  );
}

function transientOf(self: PyInstance): PySet {
  const set = new PySet();
  for (const name of stateOf(self).transient) set.entries.set(name, name);
  return set;
}

/** All names that `dir` gives. */
function namesOf(self: PyInstance): PyList {
  const names = new Set<string>(self.attributes.keys());
  for (const cls of mro(self.cls)) for (const name of cls.members.keys()) names.add(name);
  const { parameters, buffers, modules } = stateOf(self);
  for (const map of [parameters, buffers, modules]) for (const name of map.keys()) names.add(name);
  return new PyList([...names].filter((name) => !/^\d/.test(name)).sort());
}

const METHODS: readonly [string, Value][] = [
  taking('__init__', '', (self) => {
    begin(self);
    return null;
  }),
  ['__call__', method('__call__', callModule)],
  ['_call_impl', method('_call_impl', callModule)],
  [
    'forward',
    method('forward', (self) => {
      throw new PyError('NotImplementedError', `Module [${self.type}] is missing the required "forward" function`);
    }),
  ],
  taking('__setattr__', 'name, value', (self, { name, value }, interpreter) => {
    assign(self, text(name), value, () => setPlain(interpreter as Runtime, self, text(name), value));
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
        if (key === '_parameters') return liveDict(parameters, asParameter);
        if (key === '_buffers') return liveDict(buffers, asBuffer);
        if (key === '_modules') return liveDict(modules, asChild);
        if (key === '_non_persistent_buffers_set') return transientOf(self);
        const kind = HOOK_KINDS.find((name) => name === key);
        if (kind !== undefined) return hooksOf(self, kind);
      }
      const message = `'${self.type}' object has no attribute '${key}'`;
      throw notFound('AttributeError', message, { name: key, where: 'attributes', of: self });
    }),
  ],
  [
    '__delattr__',
    method('__delattr__', (self, [name]) => {
      if (!release(self, text(name))) throw new PyError('AttributeError', text(name));
      return null;
    }),
  ],
  taking('__dir__', '', namesOf),
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
  ...STATE_DICTS,
  ...CONVERSIONS,
  ...REGISTRATION,
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
  taking('get_submodule', 'target', (self, { target }) => submodule(self, text(target))),
  taking('get_parameter', 'target', (self, { target }) => byPath(self, text(target), isParameter, 'an nn.Parameter')),
  taking('get_buffer', 'target', (self, { target }) =>
    byPath(self, text(target), (v) => v instanceof Tensor && !isParameter(v), 'a buffer'),
  ),
  taking('register_forward_hook', 'hook', (self, { hook }, interpreter) =>
    addHook(self, '_forward_hooks', hook, interpreter),
  ),
  taking('register_forward_pre_hook', 'hook', (self, { hook }, interpreter) =>
    addHook(self, '_forward_pre_hooks', hook, interpreter),
  ),
  taking('register_full_backward_hook', 'hook', (self, { hook }, interpreter) =>
    addOneKind(self, '_backward_hooks', '_non_full_backward_hooks', hook, interpreter),
  ),
  taking('register_backward_hook', 'hook', (self, { hook }, interpreter) =>
    addOneKind(self, '_non_full_backward_hooks', '_backward_hooks', hook, interpreter),
  ),
];

for (const [name, value] of METHODS) moduleClass.members.set(name, value);
