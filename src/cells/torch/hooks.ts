/** Hooks that are functions of a cell's, and the handle that takes one away again. */
import { holds } from '../../autograd/held.ts';
import { addHook, byEdge, type Hook, inSteps } from '../../autograd/hooks.ts';
import type { Node, NodeHook } from '../../autograd/node.ts';
import { sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyClass, PyDict, PyInstance, PyObject, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';
import { native } from './define.ts';
import { tensorTypeName } from './dtypes.ts';

/** A function's name, as messages give it. */
function nameOf(hook: Value, interpreter: Interpreter): string {
  const name = hook instanceof PyObject ? interpreter.getAttribute(hook, '__name__') : null;
  return typeof name === 'string' ? name : typeName(hook);
}

/** Refuses a hook's gradient that is of another kind than the one that it got. */
function checkSeen(hook: Value, was: Tensor | null, given: Value, interpreter: Interpreter): Tensor | null {
  const name = (): string => nameOf(hook, interpreter);
  if (given === null) {
    if (was === null) return null;
    throw runtimeError(`hook '${name()}' has replaced a grad_input with None`);
  }
  if (!(given instanceof Tensor)) throw typeError(`expected Variable, but hook returned '${typeName(given)}'`);
  if (was === null) throw runtimeError(`hook '${name()}' has replaced a None grad_input with a Variable`);
  if (given.dtype !== was.dtype)
    throw runtimeError(
      `hook '${name()}' has changed the type of value (was ${tensorTypeName(was.dtype)} got ${tensorTypeName(given.dtype)})`,
    );
  if (!sameShape(given.shape, was.shape)) throw runtimeError(`hook '${name()}' has changed the size of value`);
  return given;
}

/** Calls a function of the cell's with a gradient; it gives None, or another gradient of the same kind. */
export function hookOf(hook: Value, interpreter: Interpreter): Hook {
  return (grad) => {
    const given = interpreter.call(hook, [grad]);
    return given === null ? null : checkSeen(hook, grad, given, interpreter);
  };
}

/** The dicts of hooks that cells have put on tensors, and what takes them off. */
const dicts = new WeakMap<Tensor, { readonly hooks: PyDict; readonly remove: () => void }>();

/** `t._backward_hooks`: the dict that was put there. Hooks of `register_hook` stand by themselves. */
export const backwardHooks = (t: Tensor): Value => dicts.get(t)?.hooks ?? null;

/** `t._backward_hooks = {…}`: all that is in the dict when a gradient comes sees it, one after the other. */
export function setBackwardHooks(t: Tensor, value: Value, interpreter: Interpreter): void {
  if (value !== null && !(value instanceof PyDict))
    throw typeError(`_backward_hooks is a dict of hooks or None, not ${typeName(value)}`);
  dicts.get(t)?.remove();
  dicts.delete(t);
  if (value === null) return;
  const see: Hook = (grad) => {
    let seen = grad;
    for (const [, hook] of [...value.entries.values()]) seen = hookOf(hook, interpreter)(seen) ?? seen;
    return seen;
  };
  dicts.set(t, { hooks: value, remove: addHook(t, holds(see, value)) });
}

type Grads = readonly (Tensor | null)[];

/** A hook's answer in the place of some gradients, None for all of them as they are. */
function replaced(hook: Value, answer: Value, grads: Grads, interpreter: Interpreter): (Tensor | null)[] | null {
  if (answer === null) return null;
  const given = answer instanceof Tensor && grads.length === 1 ? [answer] : answer instanceof PyTuple && answer.items;
  if (given === false) throw typeError(`expected tuple, but hook returned '${typeName(answer)}'`);
  if (given.length !== grads.length)
    throw runtimeError(
      `hook '${nameOf(hook, interpreter)}' has returned an incorrect number of values (got ${given.length}, but expected ${grads.length})`,
    );
  return grads.map((grad, i) => checkSeen(hook, grad, given[i], interpreter));
}

/** `node.register_prehook`: sees the gradients of the node's results before the rule runs. */
export const beforeHook = (hook: Value, interpreter: Interpreter): NodeHook<[Grads]> =>
  holds((grads: Grads) => {
    const given = Array.from(grads, (g) => g ?? null);
    return replaced(hook, interpreter.call(hook, [new PyTuple(given)]), given, interpreter);
  }, hook);

/** `node.register_hook`: sees the gradients that the rule gave, and those that it had got. */
export const afterHook = (hook: Value, interpreter: Interpreter, at: Node | Tensor): NodeHook<[Grads, Grads]> =>
  holds(
    (results: Grads, grads: Grads) => {
      const inputs = at instanceof Tensor ? [] : inSteps(at, results);
      const outputs = Array.from(grads, (g) => g ?? null);
      const answer = interpreter.call(hook, [new PyTuple(inputs), new PyTuple(outputs)]);
      const given = replaced(hook, answer, inputs, interpreter);
      return given === null || at instanceof Tensor ? null : byEdge(at, given);
    },
    hook,
    at,
  );

/** What a handle takes away. */
class Removal extends Native {
  readonly remove: () => void;
  private readonly held: readonly unknown[];

  constructor(remove: () => void, held: readonly unknown[]) {
    super();
    this.remove = remove;
    this.held = held;
  }

  references(visit: Visit): void {
    for (const value of this.held) visit(value);
  }
}

function removalOf(handle: Value): Removal {
  const found = handle instanceof PyInstance ? handle.native : null;
  if (found instanceof Removal) return found;
  throw typeError('remove() is called on a handle');
}

export const handleClass = new PyClass(
  'RemovableHandle',
  [],
  new Map<string, Value>([
    ['__module__', 'torch.utils.hooks'],
    ...[
      native('remove', 'self', ([handle]) => {
        removalOf(handle).remove();
        return null;
      }),
      native('__enter__', 'self', ([handle]) => handle),
      native('__exit__', 'self type= value= traceback=', ([handle]) => {
        removalOf(handle).remove();
        return null;
      }),
    ].map((fn): [string, Value] => [fn.name, fn]),
  ]),
);

/** A handle that takes a hook away, which holds the hook and what it is on. */
export function handleOf(remove: () => void, ...held: readonly unknown[]): PyInstance {
  const handle = new PyInstance(handleClass);
  handle.native = new Removal(remove, held);
  return handle;
}
