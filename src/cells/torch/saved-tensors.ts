/** Hooks on what nodes save: torch.autograd.graph, and `node._raw_saved_…`. */
import type { Node } from '../../autograd/node.ts';
import { Packed, type SavedHooks, savedHooks, setSavedHooks } from '../../autograd/saved.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import type { Holder, Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { lookup } from '../runtime/mro.ts';
import { UserFunction } from '../runtime/objects.ts';
import {
  BoundMethod,
  NativeFunction,
  PyClass,
  PyContext,
  PyInstance,
  PyObject,
  type Value,
} from '../runtime/values.ts';
import { typeName } from './convert.ts';
import { native } from './define.ts';

/** Hooks that are functions of a cell's. */
export class CellHooks implements SavedHooks {
  private readonly packHook: Value;
  private readonly unpackHook: Value;
  private readonly interpreter: Interpreter;

  constructor(pack: Value, unpack: Value, interpreter: Interpreter) {
    this.packHook = pack;
    this.unpackHook = unpack;
    this.interpreter = interpreter;
  }

  pack(t: Tensor): Value {
    return this.interpreter.call(this.packHook, [t]);
  }

  unpack(packed: unknown): Tensor {
    const t = this.interpreter.call(this.unpackHook, [packed as Value]);
    if (t instanceof Tensor) return t;
    throw typeError(`Output of saved tensor unpack_hook expected to be a Tensor but got result of type ${typeName(t)}`);
  }

  references(visit: Visit): void {
    visit(this.packHook);
    visit(this.unpackHook);
  }
}

/** Gives tensors back as they are. */
const AS_THEY_ARE: SavedHooks = {
  pack: (t) => t.alias(),
  unpack: (t) => t as Tensor,
  references: () => {},
};

/** The hooks that a workspace has put on and not taken off, for who looks for what is held. */
class Entered implements Holder {
  readonly hooks: SavedHooks[] = [];
  /** Why hooks are refused, the innermost last. */
  readonly refused: string[] = [];
  references(visit: Visit): void {
    visit(this.hooks);
    visit(this.refused);
  }
}

class HooksContext extends PyContext {
  readonly type: string;
  private readonly own: SavedHooks;
  private readonly entered: Entered;
  private readonly before: (SavedHooks | null)[] = [];

  constructor(type: string, own: SavedHooks, entered: Entered) {
    super();
    this.type = type;
    this.own = own;
    this.entered = entered;
  }

  enter(): null {
    const why = this.entered.refused.at(-1);
    if (why !== undefined) throw runtimeError(why);
    this.entered.hooks.push(this.own);
    this.before.push(setSavedHooks(this.own));
    return null;
  }

  exit(): void {
    if (this.before.length === 0) return;
    this.entered.hooks.pop();
    setSavedHooks(this.before.pop() ?? null);
  }

  references(visit: Visit): void {
    visit(this.own);
    visit(this.entered);
    visit(this.before);
  }
}

class Refusing extends PyContext {
  readonly type = 'contextlib._GeneratorContextManager';
  private readonly why: string;
  private readonly entered: Entered;

  constructor(why: string, entered: Entered) {
    super();
    this.why = why;
    this.entered = entered;
  }

  enter(): null {
    if (savedHooks() !== null) throw runtimeError(this.why);
    this.entered.refused.push(this.why);
    return null;
  }

  exit(): void {
    this.entered.refused.pop();
  }

  references(visit: Visit): void {
    visit(this.entered);
  }
}

const classOf = (name: string, signature: string, make: (args: readonly Value[], i: Interpreter) => Value): PyClass => {
  const construct = native(`${name}.__init__`, signature, make);
  return new PyClass(name, [], new Map<string, Value>([['__module__', 'torch.autograd.graph']]), (args, kwargs, i) =>
    construct.call(args, kwargs, i),
  );
};

/** torch.autograd.graph. */
export const AUTOGRAD_GRAPH: readonly [string, Value][] = [
  [
    'saved_tensors_hooks',
    classOf('saved_tensors_hooks', 'pack_hook unpack_hook', ([pack, unpack], interpreter) => {
      const hooks = new CellHooks(pack, unpack, interpreter);
      return new HooksContext('torch.autograd.graph.saved_tensors_hooks', hooks, interpreter.parts.of(Entered));
    }),
  ],
  [
    'save_on_cpu',
    classOf(
      'save_on_cpu',
      'pin_memory= device_type=',
      (_, interpreter) =>
        new HooksContext('torch.autograd.graph.save_on_cpu', AS_THEY_ARE, interpreter.parts.of(Entered)),
    ),
  ],
  [
    'disable_saved_tensors_hooks',
    native('disable_saved_tensors_hooks', 'error_message', ([why], interpreter) => {
      if (typeof why !== 'string') throw typeError('disable_saved_tensors_hooks(): argument 1 must be str');
      return new Refusing(why, interpreter.parts.of(Entered));
    }),
  ],
];

/** Whether saved_tensors_hooks may be entered. */
export const savedHooksAllowed = (interpreter: Interpreter): boolean =>
  interpreter.parts.of(Entered).refused.length === 0;

/** `node._raw_saved_self`: a saved tensor before it is unpacked; of those that a cell's function saved, one by its place. */
export class SavedTensor extends PyObject {
  readonly type = 'torch._C._autograd.SavedTensor';
  readonly node: Node;
  readonly key: string;
  readonly place: number | null;
  constructor(node: Node, key: string, place: number | null = null) {
    super();
    this.node = node;
    this.key = key;
    this.place = place;
  }

  /** What is kept: a tensor, what hooks have made of it, or nothing. */
  get kept(): unknown {
    const value = new Map(this.node.kept()).get(this.key);
    return this.place === null ? value : (value as readonly unknown[] | undefined)?.[this.place];
  }

  references(visit: Visit): void {
    visit(this.node);
  }
}

const isCallable = (value: Value): boolean =>
  value instanceof UserFunction ||
  value instanceof NativeFunction ||
  value instanceof BoundMethod ||
  value instanceof PyClass ||
  (value instanceof PyInstance && lookup(value.cls, '__call__') !== undefined);

const HOOKS_WANTED = `register_hooks(): incompatible function arguments. The following argument types are supported:
    1. (self: torch._C._autograd.SavedTensor, arg0: function, arg1: function) -> None`;

const registerHooks = new NativeFunction('register_hooks', ([saved, ...hooks], _, interpreter) => {
  if (!(saved instanceof SavedTensor)) throw typeError('register_hooks() is called on a saved tensor');
  if (hooks.length !== 2 || !hooks.every(isCallable)) throw typeError(HOOKS_WANTED);
  const { node, key, place, kept } = saved;
  if (node.isFreed)
    throw runtimeError(
      'Trying to register hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are freed when you call .backward() or autograd.grad().',
    );
  if (kept === null || kept === undefined)
    throw runtimeError('Calling register_hooks on a saved tensor with value None is forbidden');
  if (kept instanceof Packed)
    throw runtimeError(
      'Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is allowed at a time.',
    );
  node.pack(new CellHooks(hooks[0], hooks[1], interpreter), [key], null, place);
  return null;
});

export const savedTensorClass = new PyClass(
  'SavedTensor',
  [],
  new Map<string, Value>([
    ['__module__', 'torch._C._autograd'],
    ['register_hooks', registerHooks],
  ]),
  () => {
    throw runtimeError('Trying to create a SavedTensor object from Python is forbidden.');
  },
);
