/** import: from the table of modules, and the few of the language's own. */
import { notFound, PyError } from './errors.ts';
import { ownModule } from './modules/index.ts';
import type { Runtime } from './runtime.ts';
import type { PyModule, Value } from './values.ts';

const noModule = (name: string, message: string): PyError =>
  notFound('ModuleNotFoundError', message, { name, where: 'modules' });

function find(runtime: Runtime, name: string): PyModule | undefined {
  const known = runtime.ownModules.get(name);
  if (known !== undefined) return known;
  const found = runtime.modules.import(name) ?? ownModule(name);
  if (found !== undefined) runtime.ownModules.set(name, found);
  return found;
}

export function importModule(runtime: Runtime, name: string): PyModule {
  const parts = name.split('.');
  if (name.startsWith('.')) throw new PyError('ImportError', 'attempted relative import with no known parent package');
  for (let i = 1; i < parts.length; i++) {
    const parent = parts.slice(0, i).join('.');
    if (find(runtime, parent) === undefined) throw noModule(parent, `No module named '${parent}'`);
  }
  const found = find(runtime, name);
  if (found === undefined) {
    const parent = parts.slice(0, -1).join('.');
    const why =
      parent !== '' && find(runtime, parent) !== undefined && runtime.modules.import(parent) === undefined
        ? `; '${parent}' is not a package`
        : '';
    throw noModule(name, `No module named '${name}'${why}`);
  }
  return found;
}

export function importFrom(runtime: Runtime, module: string, name: string): Value {
  const source = importModule(runtime, module);
  const member = source.members.get(name);
  if (member !== undefined) return member;
  const inner = find(runtime, `${module}.${name}`);
  if (inner !== undefined) return inner;
  throw notFound('ImportError', `cannot import name '${name}' from '${module}' (unknown location)`, {
    name,
    where: 'attributes',
    of: source,
  });
}

export function importStar(runtime: Runtime, module: string): [string, Value][] {
  return [...importModule(runtime, module).members].filter(([name]) => !name.startsWith('_'));
}
