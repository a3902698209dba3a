/** stdout and stderr as objects. */
import { PyError, typeError } from '../runtime/errors.ts';
import { instanceOf } from '../runtime/exceptions.ts';
import { Native } from '../runtime/holding.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { typeName } from '../runtime/types.ts';
import { NativeFunction, type Value } from '../runtime/values.ts';
import { ClassOf, NONE, ONE } from './classes.ts';

class Stream extends Native {
  readonly which: 'stdout' | 'stderr' | 'stdin';
  constructor(which: Stream['which']) {
    super();
    this.which = which;
  }
  references(): void {}
}

const STREAM = new ClassOf('TextIOWrapper', '_io', Stream, () => {
  throw typeError('streams are not made by cells');
});

/** What is written to a stream itself goes out, whatever stands for it now. */
function write(runtime: Runtime, which: 'stdout' | 'stderr', text: string): void {
  if (which === 'stdout') runtime.print(text);
  else runtime.printError(text);
}

STREAM.method('write', ONE, (self, [text], runtime) => {
  if (typeof text !== 'string') throw typeError(`write() argument must be str, not ${typeName(text!, runtime)}`);
  if (self.which === 'stdin') throw new PyError('io.UnsupportedOperation', 'not writable');
  write(runtime, self.which, text);
  return BigInt(text.length);
})
  .method('writelines', ONE, (self, [lines], runtime) => {
    for (const line of runtime.iterate(lines!))
      if (self.which !== 'stdin') write(runtime, self.which, runtime.str(line));
    return null;
  })
  .method('read', { least: 0, most: 1 }, () => '')
  .method('readline', { least: 0, most: 1 }, () => '')
  .method('flush', NONE, () => null)
  .method('isatty', NONE, () => false)
  .method('fileno', NONE, () => {
    throw new PyError('OSError', 'a cell has no file descriptors');
  })
  .method('writable', NONE, (self) => self.which !== 'stdin')
  .method(
    '__repr__',
    NONE,
    (self) =>
      `<_io.TextIOWrapper name='<${self.which}>' mode='${self.which === 'stdin' ? 'r' : 'w'}' encoding='utf-8'>`,
  )
  .property('name', (self) => `<${self.which}>`)
  .property('encoding', () => 'utf-8');

const STREAMS = {
  stdout: STREAM.of(new Stream('stdout')),
  stderr: STREAM.of(new Stream('stderr')),
  stdin: STREAM.of(new Stream('stdin')),
};

export const STREAM_MEMBERS = (): Map<string, Value> =>
  new Map<string, Value>([
    ...Object.entries(STREAMS),
    [
      'error_handled',
      new NativeFunction('error_handled', (_, __, interpreter) => {
        const error = (interpreter as Runtime).handling.at(-1);
        return error === undefined ? null : instanceOf(error);
      }),
    ],
  ]);
