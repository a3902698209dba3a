/** What `import numpy` finds. Made once for the thread: nothing in it belongs to a workspace. */

import { arraysAreMadeBy } from '../runtime/arrays.ts';
import { PyModule, type Value } from '../runtime/values.ts';
import { numpyOf } from './convert.ts';
import { ARRAYS } from './members.ts';

const modules = new Map<string, PyModule>();

function module(name: string, members: Iterable<readonly [string, Value]>): PyModule {
  const made = new PyModule(name, new Map(members));
  modules.set(name, made);
  return made;
}

const numpy = module('numpy', ARRAYS());
void numpy;

export const numpyModule = (name: string): PyModule | undefined => modules.get(name);
arraysAreMadeBy(numpyOf);
