/** What `register_hook` gives: a handle that takes the hook away again. */
import { NativeFunction, PyObject, type Value } from '../runtime/values.ts';

export class HookHandle extends PyObject {
  readonly type = 'RemovableHandle';
  private readonly remove: () => void;
  constructor(remove: () => void) {
    super();
    this.remove = remove;
  }

  attribute(name: string): Value | undefined {
    if (name !== 'remove') return undefined;
    return new NativeFunction('remove', () => {
      this.remove();
      return null;
    });
  }
}
