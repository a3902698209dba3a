/** state_dict and load_state_dict. */
import { overwrite } from '../../autograd/inplace.ts';
import { noGrad } from '../../autograd/mode.ts';
import { copy } from '../../kernels/copy.ts';
import { pulse } from '../../kernels/pulse.ts';
import { sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, typeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { lookup } from '../runtime/mro.ts';
import { BoundMethod, PyDict, type PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { guarded } from '../torch/errors.ts';
import { dictOf, getName, namedEntries, setName } from './dicts.ts';
import { addHook, hooksIn } from './hooks.ts';
import { isLazy, materialize } from './parameter.ts';
import { moduleClass, stateOf } from './state.ts';
import { taking, text } from './taking.ts';
import { ownTensors, STEP } from './walk.ts';

const EXTRA = '_extra_state';

/** The class's own member of a name, where it is not what all modules have. */
function ownMember(self: PyInstance, name: string): Value | undefined {
  const found = lookup(self.cls, name);
  return found === undefined || found.owner === moduleClass ? undefined : found.member;
}

/** Parameters, lasting buffers and the extra state of one module. */
function saveOwn(self: PyInstance, into: PyDict, prefix: string, keepVars: boolean, interpreter: Interpreter): void {
  for (const [name, t] of ownTensors(self)) setName(into, prefix + name, keepVars || isLazy(t) ? t : t.detach());
  const extra = ownMember(self, 'get_extra_state');
  if (extra !== undefined) setName(into, prefix + EXTRA, interpreter.call(extra, [self]));
}

function save(self: PyInstance, dict: PyDict, prefix: string, keepVars: boolean, interpreter: Interpreter): PyDict {
  pulse(STEP);
  let into = dict;
  const own = ownMember(self, '_save_to_state_dict');
  if (own === undefined) saveOwn(self, into, prefix, keepVars, interpreter);
  else interpreter.call(own, [self, into, prefix, keepVars]);
  for (const [name, child] of stateOf(self).modules) {
    if (child === null) continue;
    const path = `${prefix}${name}.`;
    const other = ownMember(child, 'state_dict');
    if (other === undefined) save(child, into, path, keepVars, interpreter);
    else {
      const named = { destination: into, prefix: path, keep_vars: keepVars };
      interpreter.call(other, [child], new Map<string, Value>(Object.entries(named)));
    }
  }
  for (const hook of hooksIn(self, '_state_dict_hooks')) {
    const changed = interpreter.call(hook, [self, into, prefix, dictOf([['version', 1n]])]);
    if (changed instanceof PyDict) into = changed;
  }
  return into;
}

const names = (list: readonly string[]): string => list.map((name) => `"${name}"`).join(', ');
const size = (t: Tensor): string => `torch.Size([${t.shape.join(', ')}])`;

/** What load_state_dict answers with. */
const incompatible = (missing: PyList, unexpected: PyList): PyTuple =>
  new PyTuple([missing, unexpected], '_IncompatibleKeys', ['missing_keys', 'unexpected_keys']);

/** Copies elements over a tensor without a trace. The source stays what it is: what is written is a copy. */
export function copyOver(target: Tensor, source: Tensor): void {
  guarded(() => noGrad(() => overwrite(target, () => copy(source), { name: 'copy_', anyType: true })));
}

/** What a load has found so far. */
interface Found {
  readonly dict: PyDict;
  readonly missing: PyList;
  readonly unexpected: PyList;
  readonly errors: PyList;
  readonly interpreter: Interpreter;
}

/** Copies one tensor of a state dict into the module's own. */
function loadTensor(own: Tensor, key: string, value: Value, errors: PyList): void {
  if (!(value instanceof Tensor)) {
    errors.items.push(
      `While copying the parameter named "${key}", expected torch.Tensor or Tensor-like object from checkpoint but received <class '${typeName(value)}'>`,
    );
    return;
  }
  if (isLazy(own)) {
    if (isLazy(value)) return;
    materialize(own, value.shape);
  }
  const scalarFromOne = own.ndim === 0 && value.ndim === 1 && value.numel > 0;
  const given = scalarFromOne ? value.alias([], [], value.offset) : value;
  if (!sameShape(own.shape, given.shape)) {
    errors.items.push(
      `size mismatch for ${key}: copying a param with shape ${size(value)} from checkpoint, the shape in current model is ${size(own)}.`,
    );
    return;
  }
  copyOver(own, given);
}

function loadOwn(self: PyInstance, prefix: string, found: Found): void {
  const { dict, missing, unexpected, errors, interpreter } = found;
  for (const hook of hooksIn(self, '_load_state_dict_pre_hooks')) {
    interpreter.call(hook, [dict, prefix, new PyDict(), true, missing, unexpected, errors]);
  }
  const names = new Set<string>(stateOf(self).modules.keys());
  for (const [name, own] of ownTensors(self)) {
    const key = prefix + name;
    names.add(name);
    const value = getName(dict, key);
    if (value === undefined) missing.items.push(key);
    else loadTensor(own, key, value, errors);
  }
  const key = prefix + EXTRA;
  const extra = ownMember(self, 'set_extra_state');
  if (extra !== undefined) {
    const value = getName(dict, key);
    if (value === undefined) missing.items.push(key);
    else interpreter.call(extra, [self, value]);
  }
  interpreter.budget.step(dict.entries.size);
  for (const [name] of namedEntries(dict)) {
    if (!name.startsWith(prefix) || (name === key && extra !== undefined)) continue;
    const [first] = name.slice(prefix.length).split('.', 1);
    if (!names.has(first)) unexpected.items.push(name);
  }
}

function load(self: PyInstance, prefix: string, found: Found): void {
  pulse(STEP);
  const { dict, missing, unexpected, errors, interpreter } = found;
  const own = ownMember(self, '_load_from_state_dict');
  if (own === undefined) loadOwn(self, prefix, found);
  else interpreter.call(own, [self, dict, prefix, new PyDict(), true, missing, unexpected, errors]);
  for (const [name, child] of stateOf(self).modules) if (child !== null) load(child, `${prefix}${name}.`, found);
  for (const hook of hooksIn(self, '_load_state_dict_post_hooks')) {
    if (interpreter.call(hook, [self, incompatible(missing, unexpected)]) === null) continue;
    throw new PyError(
      'AssertionError',
      'Hooks registered with ``register_load_state_dict_post_hook`` are notexpected to return new values, if incompatible_keys need to be modified,it should be done inplace.',
    );
  }
}

function loadStateDict(module: PyInstance, given: Value, strict: boolean, interpreter: Interpreter): Value {
  if (!(given instanceof PyDict)) {
    throw typeError(`Expected state_dict to be dict-like, got <class '${typeName(given)}'>.`);
  }
  const dict = dictOf(namedEntries(given), 'OrderedDict');
  const list = (): PyList => new PyList([]);
  const found = { dict, missing: list(), unexpected: list(), errors: list(), interpreter };
  load(module, '', found);
  const { missing, unexpected, errors } = found;
  const messages = errors.items.map((item) => interpreter.str(item));
  if (strict) {
    const words = (list: PyList): string => names(list.items.map((item) => interpreter.str(item)));
    if (unexpected.items.length > 0) messages.unshift(`Unexpected key(s) in state_dict: ${words(unexpected)}. `);
    if (missing.items.length > 0) messages.unshift(`Missing key(s) in state_dict: ${words(missing)}. `);
  }
  if (messages.length > 0) {
    throw runtimeError(`Error(s) in loading state_dict for ${module.type}:\n\t${messages.join('\n\t')}`);
  }
  return incompatible(missing, unexpected);
}

const loadTakes = 'state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs';

const listOf = (value: Value): PyList => (value instanceof PyList ? value : new PyList([]));

const EXTRA_REFUSED = (name: string): string =>
  `Reached a code path in Module.${name}() that should never be called. Please file an issue at https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug.`;

export const STATE_DICTS: readonly [string, Value][] = [
  taking(
    'state_dict',
    "destination=None, prefix='', keep_vars=False",
    (self, { destination, prefix, keep_vars }, interpreter) => {
      const into = destination instanceof PyDict ? destination : new PyDict('OrderedDict');
      return save(self, into, text(prefix), keep_vars === true, interpreter);
    },
  ),
  taking('load_state_dict', 'state_dict, strict=True', (self, { state_dict, strict }, interpreter) =>
    loadStateDict(self, state_dict, strict !== false, interpreter),
  ),
  taking(
    '_save_to_state_dict',
    'destination, prefix, keep_vars',
    (self, { destination, prefix, keep_vars }, interpreter) => {
      if (destination instanceof PyDict) saveOwn(self, destination, text(prefix), keep_vars === true, interpreter);
      return null;
    },
  ),
  taking('_load_from_state_dict', loadTakes, (self, args, interpreter) => {
    const { state_dict, prefix, missing_keys, unexpected_keys, error_msgs } = args;
    if (!(state_dict instanceof PyDict)) throw typeError('state_dict must be a dict');
    const [missing, unexpected, errors] = [missing_keys, unexpected_keys, error_msgs].map(listOf);
    const found = { dict: state_dict, missing, unexpected, errors, interpreter };
    loadOwn(self, text(prefix), found);
    return null;
  }),
  ...['get_extra_state', 'set_extra_state'].map((name) =>
    taking(name, name.startsWith('s') ? 'state' : '', () => {
      throw runtimeError(EXTRA_REFUSED(name));
    }),
  ),
  taking('_register_state_dict_hook', 'hook', (self, { hook }, interpreter) =>
    addHook(self, '_state_dict_hooks', hook, interpreter),
  ),
  taking('_register_load_state_dict_pre_hook', 'hook, with_module=False', (self, { hook, with_module }, interpreter) =>
    addHook(self, '_load_state_dict_pre_hooks', with_module === true ? new BoundMethod(self, hook) : hook, interpreter),
  ),
  taking('register_load_state_dict_post_hook', 'hook', (self, { hook }, interpreter) =>
    addHook(self, '_load_state_dict_post_hooks', hook, interpreter),
  ),
];
