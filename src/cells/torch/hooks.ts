/** What `register_hook` gives: a handle that takes the hook away again. */
import { typeError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import { BoundMethod, NativeFunction, PyObject, type Value } from '../runtime/values.ts';

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
