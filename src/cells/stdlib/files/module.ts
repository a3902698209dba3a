/** import io, open(), and what os is made of. */
import { fn } from '../../runtime/builtins/native.ts';
import { PyBytes } from '../../runtime/bytes.ts';
import { typeError, valueError } from '../../runtime/errors.ts';
import { EXCEPTIONS } from '../../runtime/exceptions.ts';
import { type Visit, Walk } from '../../runtime/holding.ts';
import { toIndex } from '../../runtime/indexing.ts';
import { override } from '../../runtime/override.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { typeName } from '../../runtime/types.ts';
import { NativeFunction, PyClass, PyInstance, PyIterator, PyList, PyTuple, type Value } from '../../runtime/values.ts';
import { DONE } from '../../runtime/walks.ts';
import { ClassOf, NONE, ONE } from '../classes.ts';
import { Contents, Files, osError, UNSUPPORTED, unsupported } from './files.ts';
import { BytesHandle, Handle, TextHandle } from './handles.ts';

/** A path as text: of a str, or of what has `__fspath__`. */
export function pathOf(value: Value | undefined, runtime: Runtime): string {
  const own = value === undefined ? undefined : override(value, '__fspath__');
  const path = own === undefined ? value : runtime.call(own, [value!]);
  if (typeof path === 'string') return path;
  throw typeError(`expected str, bytes or os.PathLike object, not ${typeName(path ?? null, runtime)}`);
}

class LineWalk extends Walk {
  private readonly handle: Handle;
  private readonly runtime: Runtime;
  constructor(handle: Handle, runtime: Runtime) {
    super();
    this.handle = handle;
    this.runtime = runtime;
  }
  next(): IteratorResult<Value, undefined> {
    this.handle.check('read');
    this.runtime.budget.step();
    const line = this.handle.line(-1, this.runtime);
    return line === '' || (line instanceof PyBytes && line.data.length === 0) ? DONE : { done: false, value: line };
  }
  references(visit: Visit): void {
    visit(this.handle);
  }
}

const base = new PyClass('_IOBase', [], new Map<string, Value>([['__module__', '_io']]));

const amount = (value: Value | undefined, runtime: Runtime): number =>
  value === undefined || value === null ? -1 : Number(toIndex(runtime, value));

function defineFile(kind: ClassOf<Handle>): ClassOf<Handle> {
  return kind
    .method('read', { least: 0, most: 1 }, (self, [most], runtime) => {
      self.check('read');
      return self.read(amount(most, runtime), runtime);
    })
    .method('readline', { least: 0, most: 1 }, (self, [most], runtime) => {
      self.check('read');
      return self.line(amount(most, runtime), runtime);
    })
    .method('readlines', { least: 0, most: 1 }, (self, _, runtime) => {
      self.check('read');
      const lines = [...new LineWalk(self, runtime)];
      runtime.budget.room(lines.length);
      return new PyList(lines);
    })
    .method('write', ONE, (self, [value], runtime) => {
      self.check('write');
      return self.write(value!, runtime);
    })
    .method('writelines', ONE, (self, [lines], runtime) => {
      self.check('write');
      for (const line of runtime.iterate(lines!)) self.write(line, runtime);
      return null;
    })
    .method('seek', { least: 1, most: 2 }, (self, [to, from], runtime) => {
      self.check();
      const whence = from === undefined ? 0 : Number(toIndex(runtime, from));
      const offset = Number(toIndex(runtime, to!));
      if (whence === 0 && offset < 0) throw valueError(`negative seek value ${offset}`);
      if (self instanceof TextHandle && whence !== 0 && offset !== 0)
        throw unsupported(`can't do nonzero ${whence === 1 ? 'cur' : 'end'}-relative seeks`);
      self.at = Math.max(0, offset + (whence === 1 ? self.at : whence === 2 ? self.size : 0));
      return BigInt(self.at);
    })
    .method('tell', NONE, (self) => {
      self.check();
      return BigInt(self.at);
    })
    .method('truncate', { least: 0, most: 1 }, (self, [size], runtime) => {
      self.check('write');
      const to = size === undefined || size === null ? self.at : Number(toIndex(runtime, size));
      if (to < 0) throw valueError('negative size value');
      runtime.budget.characters(to);
      self.truncate(to);
      return BigInt(to);
    })
    .method('flush', NONE, (self) => {
      self.check();
      self.flush();
      return null;
    })
    .method('close', NONE, (self) => {
      self.close();
      return null;
    })
    .method('readable', NONE, (self) => self.readable)
    .method('writable', NONE, (self) => self.writable)
    .method('seekable', NONE, () => true)
    .method('isatty', NONE, () => false)
    .method('fileno', NONE, () => {
      throw unsupported('fileno');
    })
    .method('__enter__', NONE, (self, _, __, instance) => {
      self.check();
      return instance;
    })
    .method('__exit__', { least: 0, most: 3 }, (self) => {
      self.close();
      return null;
    })
    .method('__iter__', NONE, (self, _, runtime) => {
      self.check('read');
      return new PyIterator(new LineWalk(self, runtime), 'file_iterator');
    })
    .method('__next__', NONE, (self, _, runtime) =>
      runtime.call(runtime.builtins.get('next')!, [new PyIterator(new LineWalk(self, runtime))]),
    )
    .property('closed', (self) => self.closed)
    .property('mode', (self) => self.mode)
    .property('name', (self) => self.name)
    .property('encoding', (self) => (self instanceof TextHandle ? 'UTF-8' : null));
}

const refuse = (): never => {
  throw typeError('files are made by open()');
};
const TEXT = defineFile(new ClassOf<Handle>('TextIOWrapper', '_io', Handle, refuse, [base]));
const BUFFERED = defineFile(new ClassOf<Handle>('BufferedReader', '_io', Handle, refuse, [base]));
TEXT.method('__repr__', NONE, (self) => `<_io.TextIOWrapper name='${self.name}' mode='${self.mode}' encoding='UTF-8'>`);
BUFFERED.method('__repr__', NONE, (self) => `<_io.BufferedReader name='${self.name}'>`);

const BYTES_IO = defineFile(
  new ClassOf<Handle>(
    'BytesIO',
    '_io',
    Handle,
    (args, kwargs, runtime) => {
      const initial = args[0] ?? kwargs.get('initial_bytes') ?? null;
      const contents = new Contents();
      if (initial instanceof PyBytes) contents.replace(initial.data);
      else if (initial !== null)
        throw typeError(`a bytes-like object is required, not '${typeName(initial, runtime)}'`);
      return new BytesHandle(null, 'r+b', contents, runtime);
    },
    [base],
  ),
);
const STRING_IO = defineFile(
  new ClassOf<Handle>(
    'StringIO',
    '_io',
    Handle,
    (args, kwargs, runtime) => {
      const initial = args[0] ?? kwargs.get('initial_value') ?? '';
      if (initial !== null && typeof initial !== 'string')
        throw typeError(`initial_value must be str or None, not ${typeName(initial, runtime)}`);
      return new TextHandle(null, 'r+', null, runtime, initial ?? '');
    },
    [base],
  ),
);
for (const kind of [BYTES_IO, STRING_IO])
  kind.method('getvalue', NONE, (self, _, runtime) => {
    self.check();
    return self.value(runtime);
  });
BYTES_IO.method('getbuffer', NONE, (self, _, runtime) => self.value(runtime));

/** The bytes behind an open binary file; undefined for other values. */
export const bytesHandle = (value: Value): BytesHandle | undefined =>
  value instanceof PyInstance && value.native instanceof BytesHandle ? value.native : undefined;

export const isTextFile = (value: Value): boolean => value instanceof PyInstance && value.native instanceof TextHandle;

const MODES = /^(?=[^rwax]*[rwax][^rwax]*$)(?=[^+]*\+?[^+]*$)(?=[^bt]*[bt]?[^bt]*$)[rwaxbt+]+$/;

export function openFile(path: string, mode: string, encoding: Value, runtime: Runtime): PyInstance {
  if (!MODES.test(mode)) {
    if (/[^rwaxbt+U]/.test(mode) || mode === '')
      throw valueError(
        mode === ''
          ? 'Must have exactly one of create/read/write/append mode and at most one plus'
          : `invalid mode: '${mode}'`,
      );
    throw valueError('must have exactly one of create/read/write/append mode');
  }
  const files = runtime.parts.of(Files);
  runtime.budget.step(10);
  if (mode.includes('x') && files.kind(path) !== '') throw osError('FileExistsError', 17, 'File exists', path);
  const contents = mode.includes('r') ? files.find(path) : files.make(path, /[wx]/.test(mode));
  if (mode.includes('b')) return BUFFERED.of(new BytesHandle(path, mode, contents, runtime));
  return TEXT.of(new TextHandle(path, mode, { files, contents, encoding: encoding ?? 'utf-8' }, runtime));
}

export const OPEN = fn(
  'open',
  { least: 1, most: 8, names: ['file', 'mode', 'buffering', 'encoding', 'errors', 'newline', 'closefd', 'opener'] },
  ([file, mode, , encoding], runtime) => {
    if (mode !== undefined && typeof mode !== 'string')
      throw typeError(`open() argument 'mode' must be str, not ${typeName(mode, runtime)}`);
    return openFile(pathOf(file, runtime), mode ?? 'r', encoding ?? null, runtime);
  },
);

const ofPath = (
  name: string,
  run: (path: string, files: Files, given: readonly (Value | undefined)[], runtime: Runtime) => Value,
): [string, Value] => [
  name,
  fn(name, { least: 0, most: 3 }, ([path, ...given], runtime) =>
    run(path === undefined || path === null ? '.' : pathOf(path, runtime), runtime.parts.of(Files), given, runtime),
  ),
];

const done = (run: () => void): null => {
  run();
  return null;
};

export const FILES = (): Map<string, Value> =>
  new Map<string, Value>([
    ['getcwd', fn('getcwd', NONE, (_, { parts }) => parts.of(Files).home)],
    ofPath('chdir', (path, files) => done(() => files.enter(path))),
    ofPath('listdir', (path, files, _, { budget }) => {
      const names = files.list(path);
      budget.room(names.length);
      return new PyList(names);
    }),
    ofPath('kind', (path, files) => files.kind(path)),
    ofPath('mkdir', (path, files, [parents, existing]) =>
      done(() => files.mkdir(path, parents === true, existing === true)),
    ),
    ofPath('remove', (path, files) => done(() => files.remove(path))),
    ofPath('rmdir', (path, files, [all]) => done(() => files.rmdir(path, all === true))),
    ofPath('rename', (path, files, [to], runtime) => done(() => files.rename(path, pathOf(to, runtime)))),
    ofPath('facts', (path, files) => {
      files.settle();
      if (files.kind(path) === 'folder') return new PyTuple([4096n, true, 0]);
      const contents = files.find(path);
      return new PyTuple([BigInt(contents.length), false, contents.modified]);
    }),
  ]);

export const IO = (): Map<string, Value> =>
  new Map<string, Value>([
    ['BytesIO', BYTES_IO.cls],
    ['StringIO', STRING_IO.cls],
    ['TextIOWrapper', TEXT.cls],
    ['BufferedReader', BUFFERED.cls],
    ['IOBase', base],
    ['open', OPEN],
    ['UnsupportedOperation', UNSUPPORTED],
    ['SEEK_SET', 0n],
    ['SEEK_CUR', 1n],
    ['SEEK_END', 2n],
    ['DEFAULT_BUFFER_SIZE', 8192n],
  ]);

// An error of files says its number, its text and its file.
const error = EXCEPTIONS.get('OSError')!;
const argument = (self: Value | undefined, at: number): Value => {
  const args = self instanceof PyInstance ? self.attributes.get('args') : null;
  return args instanceof PyTuple && args.items.length >= 2 ? (args.items[at] ?? null) : null;
};
error.members.set(
  '__str__',
  new NativeFunction('__str__', ([self], _, interpreter) => {
    const runtime = interpreter as Runtime;
    const code = argument(self, 0);
    if (!(self instanceof PyInstance)) return '';
    if (code === null) {
      const args = self.attributes.get('args');
      return args instanceof PyTuple && args.items.length === 1 ? runtime.str(args.items[0]) : '';
    }
    const path = self.attributes.get('filename') ?? argument(self, 2);
    return `[Errno ${runtime.str(code)}] ${runtime.str(argument(self, 1))}${path === null ? '' : `: ${runtime.repr(path)}`}`;
  }),
);
