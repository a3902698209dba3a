/** Python's exception classes, and the passage between them and the errors that are thrown. */
import { EngineError } from '../../tensor/errors.ts';
import { PyError } from './errors.ts';
import type { Visit } from './holding.ts';
import { isSubclass } from './mro.ts';
import { PyClass, PyInstance, PyTuple, type Value } from './values.ts';

export const BASE_EXCEPTION = new PyClass('BaseException');
const classes = new Map<string, PyClass>([['BaseException', BASE_EXCEPTION]]);

const TREE: readonly (readonly [base: string, names: string])[] = [
  ['BaseException', 'Exception KeyboardInterrupt SystemExit GeneratorExit'],
  [
    'Exception',
    'ArithmeticError AssertionError AttributeError BufferError EOFError ImportError LookupError MemoryError NameError OSError ReferenceError RuntimeError StopAsyncIteration StopIteration SyntaxError SystemError TypeError ValueError Warning',
  ],
  ['ArithmeticError', 'ZeroDivisionError OverflowError FloatingPointError'],
  ['LookupError', 'IndexError KeyError'],
  ['ImportError', 'ModuleNotFoundError'],
  ['NameError', 'UnboundLocalError'],
  [
    'OSError',
    'BlockingIOError ChildProcessError ConnectionError FileExistsError FileNotFoundError InterruptedError IsADirectoryError NotADirectoryError PermissionError ProcessLookupError TimeoutError',
  ],
  ['ConnectionError', 'BrokenPipeError ConnectionAbortedError ConnectionRefusedError ConnectionResetError'],
  ['RuntimeError', 'RecursionError NotImplementedError'],
  ['SyntaxError', 'IndentationError'],
  ['IndentationError', 'TabError'],
  ['ValueError', 'UnicodeError'],
  ['UnicodeError', 'UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError'],
  [
    'Warning',
    'UserWarning DeprecationWarning RuntimeWarning FutureWarning PendingDeprecationWarning SyntaxWarning ImportWarning UnicodeWarning BytesWarning ResourceWarning EncodingWarning',
  ],
];
for (const [base, names] of TREE) {
  for (const name of names.split(' ')) classes.set(name, new PyClass(name, [classes.get(base)!]));
}

export const EXCEPTIONS: ReadonlyMap<string, PyClass> = classes;

/** Exceptions of libraries: they have names of their own, and are no names of the language. */
const foreign = new Map<string, PyClass>();

/** Makes an exception of a library's, raised by its name as a builtin one is. */
export function defineException(name: string, base: string, module: string): PyClass {
  const cls = new PyClass(name, [classes.get(base)!], new Map<string, Value>([['__module__', module]]));
  foreign.set(name, cls);
  return cls;
}

const classNamed = (name: string): PyClass => classes.get(name) ?? foreign.get(name) ?? classes.get('Exception')!;

/** An error with the instance that a cell raised, or that stands for it once it is caught. */
export class RaisedError extends PyError {
  readonly instance: PyInstance;
  constructor(instance: PyInstance, message: string) {
    super(instance.cls.name, message);
    this.instance = instance;
  }

  override references(visit: Visit): void {
    super.references(visit);
    visit(this.instance);
  }
}

export const isException = (cls: PyClass): boolean => isSubclass(cls, BASE_EXCEPTION);

export function makeException(cls: PyClass, args: readonly Value[]): PyInstance {
  const instance = new PyInstance(cls);
  instance.attributes.set('args', new PyTuple(args));
  return instance;
}

/** `raise` of a builtin exception whose argument is no plain message: KeyError(key), StopIteration(value). */
export const raised = (type: string, args: readonly Value[], message: string): RaisedError =>
  new RaisedError(makeException(classes.get(type)!, args), message);

/** The instance that `except … as e` binds. */
export function instanceOf(error: PyError): PyInstance {
  if (error instanceof RaisedError) return error.instance;
  return makeException(classNamed(error.type), error.message === '' ? [] : [error.message]);
}

export const classOfError = (error: PyError): PyClass =>
  error instanceof RaisedError ? error.instance.cls : classNamed(error.type);

const ENGINE: Partial<Record<EngineError['code'], string>> = {
  index_out_of_range: 'IndexError',
  budget: 'MemoryError',
};

/** What a cell may catch, made of whatever was thrown; undefined for a fault of ours or a deadline. */
export function asPyError(error: unknown): PyError | undefined {
  if (error instanceof PyError) return error;
  if (error instanceof EngineError) return new PyError(ENGINE[error.code] ?? 'RuntimeError', error.message);
  if (error instanceof RangeError && error.message.includes('call stack'))
    return new PyError('RecursionError', 'maximum recursion depth exceeded');
  if (error instanceof TypeError && error.message === 'Generator is already running')
    return new PyError('ValueError', 'generator already executing');
  if (error instanceof RangeError && /(array|string) (buffer )?(length|allocation)|BigInt/i.test(error.message))
    return new PyError('MemoryError', '');
  return undefined;
}
