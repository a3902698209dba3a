/** Hooks of modules: functions that are called around `forward`, one by one or for all modules. */
import { typeError } from '../runtime/errors.ts';
import { type Holder, Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyProperty } from '../runtime/objects.ts';
import { NativeClosure, NativeFunction, PyClass, PyDict, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { native } from '../torch/define.ts';
import { BackwardHooks } from './backward-hooks.ts';
import { checkOneKind, watchNode } from './legacy-hooks.ts';
import { type HookKind, hasBegun, stateOf } from './state.ts';

/** What a workspace counts, and the hooks that stand on all of its modules. */
class Hooks implements Holder {
  next = 0n;
  readonly everywhere = new Map<HookKind, PyDict>();
  references(visit: Visit): void {
    visit(this.everywhere);
  }
}

/** Where a hook stands. */
class Place extends Native {
  readonly dict: PyDict;
  readonly id: bigint;
  constructor(dict: PyDict, id: bigint) {
    super();
    this.dict = dict;
    this.id = id;
  }
  take(): null {
    this.dict.entries.delete(this.id);
    return null;
  }
  references(visit: Visit): void {
    visit(this.dict);
  }
}

function placeOf(value: Value): Place {
  if (value instanceof PyInstance && value.native instanceof Place) return value.native;
  throw typeError('a handle is what registering a hook gives');
}

/** What takes a hook away again. */
const handleClass = new PyClass(
  'RemovableHandle',
  [],
  new Map<string, Value>([
    ['__module__', 'torch.utils.hooks'],
    ['remove', new NativeFunction('remove', ([self]) => placeOf(self).take())],
    [
      'hooks_dict_ref',
      new PyProperty(
        new NativeFunction('hooks_dict_ref', ([self]) => {
          const { dict } = placeOf(self);
          return new NativeClosure('hooks_dict_ref', { dict }, (held) => held.dict);
        }),
      ),
    ],
    ['__enter__', new NativeFunction('__enter__', ([self]) => self)],
    ['__exit__', new NativeFunction('__exit__', ([self]) => placeOf(self).take())],
  ]),
);

function hang(dict: PyDict, hook: Value, interpreter: Interpreter): PyInstance {
  const id = interpreter.parts.of(Hooks).next++;
  interpreter.budget.room(dict.entries.size + 1);
  dict.entries.set(id, [id, hook]);
  const handle = new PyInstance(handleClass);
  handle.native = new Place(dict, id);
  handle.attributes.set('id', id);
  return handle;
}

function dictIn(map: Map<HookKind, PyDict>, kind: HookKind): PyDict {
  let dict = map.get(kind);
  if (dict === undefined) {
    dict = new PyDict('OrderedDict');
    map.set(kind, dict);
  }
  return dict;
}

export const hooksOf = (self: PyInstance, kind: HookKind): PyDict => dictIn(stateOf(self).hooks, kind);

export const addHook = (self: PyInstance, kind: HookKind, hook: Value, interpreter: Interpreter): PyInstance =>
  hang(hooksOf(self, kind), hook, interpreter);

/** {@link addHook}, where hooks of another kind exclude it. */
export function addOneKind(
  self: PyInstance,
  kind: HookKind,
  other: HookKind,
  hook: Value,
  interpreter: Interpreter,
): PyInstance {
  checkOneKind(stateOf(self).hooks.get(other), 'on a single Module');
  return addHook(self, kind, hook, interpreter);
}

/** A hook on all modules of the workspace. */
const addEverywhere = (kind: HookKind, hook: Value, interpreter: Interpreter): PyInstance =>
  hang(dictIn(interpreter.parts.of(Hooks).everywhere, kind), hook, interpreter);

const valuesOf = (map: ReadonlyMap<HookKind, PyDict>, kind: HookKind): Value[] =>
  Array.from(map.get(kind)?.entries.values() ?? [], ([, hook]) => hook);

/** The hooks of a kind as they are now. */
export const hooksIn = (self: PyInstance, kind: HookKind): Value[] => valuesOf(stateOf(self).hooks, kind);

/** `model(x)`: forward, between the hooks. */
export function callModule(
  self: PyInstance,
  args: readonly Value[],
  kwargs: ReadonlyMap<string, Value>,
  interpreter: Interpreter,
): Value {
  const own = hasBegun(self) ? stateOf(self).hooks : null;
  const { everywhere } = interpreter.parts.of(Hooks);
  if ((own === null || own.size === 0) && everywhere.size === 0) {
    return interpreter.call(interpreter.getAttribute(self, 'forward'), args, kwargs);
  }
  const all = (kind: HookKind): Value[] => [
    ...valuesOf(everywhere, kind),
    ...(own === null ? [] : valuesOf(own, kind)),
  ];
  const backward = all('_backward_hooks');
  let input = args;
  for (const hook of all('_forward_pre_hooks')) {
    const changed = interpreter.call(hook, [self, new PyTuple(input)]);
    if (changed !== null) input = changed instanceof PyTuple ? changed.items : [changed];
  }
  const legacy = all('_non_full_backward_hooks');
  const watch = backward.length === 0 ? null : new BackwardHooks(self, backward, interpreter);
  if (watch !== null) input = watch.watchInput(input);
  // A hook that ran may have made the module another: a lazy one is then of its final class.
  let output = interpreter.call(interpreter.getAttribute(self, 'forward'), input, kwargs);
  for (const hook of all('_forward_hooks')) {
    output = interpreter.call(hook, [self, new PyTuple(input), output]) ?? output;
  }
  if (legacy.length > 0) watchNode(self, legacy, input, output, interpreter);
  return watch === null ? output : watch.watchOutput(output);
}

const everywhere = (name: string, kind: HookKind, other?: HookKind): [string, Value] => [
  name,
  native(name, 'hook', ([hook], interpreter) => {
    const others = other === undefined ? undefined : interpreter.parts.of(Hooks).everywhere.get(other);
    checkOneKind(others, 'as a global Module hook');
    return addEverywhere(kind, hook, interpreter);
  }),
];

/** Hooks on every module, of torch.nn.modules.module. */
export const GLOBAL_HOOKS: readonly [string, Value][] = [
  everywhere('register_module_forward_pre_hook', '_forward_pre_hooks'),
  everywhere('register_module_forward_hook', '_forward_hooks'),
  everywhere('register_module_full_backward_hook', '_backward_hooks', '_non_full_backward_hooks'),
  everywhere('register_module_backward_hook', '_non_full_backward_hooks', '_backward_hooks'),
];
