/** Hooks that are functions of a cell's, and the handle that takes one away again. */
import type { Hook } from '../../autograd/hooks.ts';
import { sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { BoundMethod, NativeFunction, PyObject, type Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';
import { tensorTypeName } from './dtypes.ts';

/** A function's name, as messages give it. */
function nameOf(hook: Value, interpreter: Interpreter): string {
  const name = hook instanceof PyObject ? interpreter.getAttribute(hook, '__name__') : null;
  return typeof name === 'string' ? name : typeName(hook);
}

/** Calls a function of the cell's with a gradient; it gives None, or another gradient of the same kind. */
export function hookOf(hook: Value, interpreter: Interpreter): Hook {
  return (grad) => {
    const given = interpreter.call(hook, [grad]);
    if (given === null) return null;
    if (!(given instanceof Tensor)) throw typeError(`expected Variable, but hook returned '${typeName(given)}'`);
    if (given.dtype !== grad.dtype)
      throw runtimeError(
        `hook '${nameOf(hook, interpreter)}' has changed the type of value (was ${tensorTypeName(grad.dtype)} got ${tensorTypeName(given.dtype)})`,
      );
    if (!sameShape(given.shape, grad.shape))
      throw runtimeError(`hook '${nameOf(hook, interpreter)}' has changed the size of value`);
    return given;
  };
}

export class HookHandle extends PyObject {
  readonly type = 'RemovableHandle';
  private readonly remove: () => void;
  constructor(remove: () => void) {
    super();
    this.remove = remove;
  }

  attribute(name: string): Value | undefined {
    return name === 'remove' ? new BoundMethod(this, REMOVE) : undefined;
  }

  take(): void {
    this.remove();
  }

  references(visit: Visit): void {
    visit(this.remove);
  }
}

const REMOVE = new NativeFunction('remove', ([handle]) => {
  if (!(handle instanceof HookHandle)) throw typeError('remove() is called on a handle');
  handle.take();
  return null;
});
