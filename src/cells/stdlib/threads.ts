/** What `threading` is made of: a thread of its own has modes of its own, though it runs where it is started. */
import { setGradEnabled } from '../../autograd/mode.ts';
import { setSavedHooks } from '../../autograd/saved.ts';
import { NativeFunction, type Value } from '../runtime/values.ts';

const NONE: readonly Value[] = [];

/** Calls a function as a new thread would: gradients are recorded, and no hooks see what is saved. */
const apart = new NativeFunction('apart', ([run = null], _, interpreter) => {
  const grad = setGradEnabled(true);
  const hooks = setSavedHooks(null);
  try {
    return interpreter.call(run, NONE);
  } finally {
    setSavedHooks(hooks);
    setGradEnabled(grad);
  }
});

export const THREADS = (): Map<string, Value> => new Map<string, Value>([[apart.name, apart]]);
