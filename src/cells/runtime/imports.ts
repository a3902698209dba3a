/** import: from the table of modules, and the few of the language's own. */
import { notFound, PyError } from './errors.ts';
import type { Holder, Visit } from './holding.ts';
import type { Runtime } from './runtime.ts';
import { PyModule, type Value } from './values.ts';

/** A module that is written in the language: its functions see its names, which a cell may look at but not bind. */
class SourceModule extends PyModule {
  override references(visit: Visit): void {
    visit(this.members);
  }
}

/** The modules of a workspace that were made by running their text. */
class SourceModules implements Holder {
  readonly made = new Map<string, SourceModule>();
  references(visit: Visit): void {
    visit(this.made);
  }
}

function find(runtime: Runtime, name: string): PyModule | undefined {
  const known = runtime.ownModules.get(name);
  if (known !== undefined) return known;
  const found = runtime.modules.import(name) ?? fromSource(runtime, name);
  if (found !== undefined) runtime.ownModules.set(name, found);
  return found;
}

function fromSource(runtime: Runtime, name: string): PyModule | undefined {
  const text = runtime.modules.source?.(name);
  if (text === undefined || runtime.runModule === null) return undefined;
  const { made } = runtime.parts.of(SourceModules);
  const module = new SourceModule(name, new Map<string, Value>([['__name__', name]]));
  // Known from the beginning, so that modules may import each other.
  made.set(name, module);
  runtime.ownModules.set(name, module);
  try {
    runtime.runModule(runtime, name, text, module.members);
  } catch (error) {
    made.delete(name);
    runtime.ownModules.delete(name);
    throw error;
  }
  const at = name.lastIndexOf('.');
  const parent = at < 0 ? undefined : made.get(name.slice(0, at));
  if (parent !== undefined && !parent.members.has(name.slice(at + 1))) parent.members.set(name.slice(at + 1), module);
  return module;
}

const NEEDS_MACHINE: ReadonlySet<string> = new Set(
  'asyncio concurrent ctypes fcntl ftplib http mmap multiprocessing psutil pty resource requests select selectors signal smtplib socket socketserver sqlite3 ssl subprocess telnetlib termios urllib _thread sched webbrowser xmlrpc'.split(
    ' ',
  ),
);

/** Modules that have others within. */
const PACKAGES = /^(torch|numpy|matplotlib|collections|tqdm|IPython)\b/;

function noModule(name: string, why = ''): PyError {
  if (NEEDS_MACHINE.has(name.split('.')[0])) {
    const reason = 'it needs the machine that cells run on, which they do not reach';
    return new PyError('ModuleNotFoundError', `No module named '${name}': ${reason}`);
  }
  return notFound('ModuleNotFoundError', `No module named '${name}'${why}`, { name, where: 'modules' });
}

export function importModule(runtime: Runtime, name: string): PyModule {
  const parts = name.split('.');
  if (name.startsWith('.')) throw new PyError('ImportError', 'attempted relative import with no known parent package');
  for (let i = 1; i < parts.length; i++) {
    const parent = parts.slice(0, i).join('.');
    if (find(runtime, parent) === undefined) throw noModule(parent);
  }
  const found = find(runtime, name);
  if (found === undefined) {
    const parent = parts.slice(0, -1).join('.');
    const why =
      parent !== '' && find(runtime, parent) !== undefined && !PACKAGES.test(parent)
        ? `; '${parent}' is not a package`
        : '';
    throw noModule(name, why);
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
