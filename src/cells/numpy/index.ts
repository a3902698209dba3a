/** What `import numpy` finds. Made once for the thread: nothing in it belongs to a workspace. */
import { arraysAreMadeBy } from '../runtime/arrays.ts';
import { PyModule, type Value } from '../runtime/values.ts';
import { numpyOf } from './convert.ts';
import { LINALG_ERROR } from './errors.ts';
import { LINALG } from './linalg.ts';
import { arrayMembers } from './members.ts';
import { FREQUENCIES } from './misc.ts';
import { missingMembers, SPECTRA } from './missing.ts';
import { TESTING } from './printing.ts';
import { randomMembers } from './random/index.ts';

arraysAreMadeBy(numpyOf);

let modules: ReadonlyMap<string, PyModule> | undefined;

function makeModules(): ReadonlyMap<string, PyModule> {
  const made = new Map<string, PyModule>();
  const add = (name: string, members: Iterable<readonly [string, Value]>): PyModule => {
    const module = new PyModule(name, new Map(members));
    made.set(name, module);
    return module;
  };
  const numpy = add('numpy', arrayMembers());
  const linalg = new Map<string, Value>(LINALG.map((one) => [one.name, one]));
  linalg.set('LinAlgError', LINALG_ERROR);
  numpy.members.set('linalg', add('numpy.linalg', linalg));
  numpy.members.set('random', add('numpy.random', randomMembers()));
  numpy.members.set(
    'testing',
    add(
      'numpy.testing',
      TESTING.map((one): [string, Value] => [one.name, one]),
    ),
  );
  // Spectra are complex numbers, which are not there; frequencies are not.
  numpy.members.set(
    'fft',
    add('numpy.fft', [
      ...FREQUENCIES.map((one): [string, Value] => [one.name, one]),
      ...missingMembers('fft.', SPECTRA),
    ]),
  );
  return made;
}

/** numpy and the modules in it, by their dotted names. */
export function numpyModule(name: string): PyModule | undefined {
  if (name !== 'numpy' && !name.startsWith('numpy.')) return undefined;
  modules ??= makeModules();
  return modules.get(name);
}
