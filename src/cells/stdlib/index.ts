/** The modules of Python's own library: those that are tables of ours, and those that are written in Python. */
import { readFileSync } from 'node:fs';
import { BUILTINS } from '../runtime/builtins/index.ts';
import { PyModule, type Value } from '../runtime/values.ts';
import { CLOCK } from './clock.ts';
import { CMATH } from './cmath.ts';
import { CONTAINERS } from './containers.ts';
import { COPY } from './copy.ts';
import { DEFLATE } from './deflate.ts';
import { BASE64, BINASCII, HASHLIB } from './digests.ts';
import { FILES, IO } from './files/module.ts';
import { FUNCTOOLS } from './functools.ts';
import { itertools } from './itertools.ts';
import { JSON_MODULE } from './json.ts';
import { KINDS } from './kinds.ts';
import { mathModule } from './math.ts';
import { PICKLE } from './pickle/module.ts';
import { RE } from './re/module.ts';
import { STREAM_MEMBERS } from './streams.ts';
import { THREADS } from './threads.ts';
import { RANDOM } from './twister.ts';
import { UNICODE } from './unicode.ts';
import { WARNINGS } from './warnings.ts';
import { WEAK } from './weak.ts';

const TABLES: Readonly<Record<string, () => Map<string, Value>>> = {
  __future__: () =>
    new Map<string, Value>([
      ['annotations', null],
      ['print_function', null],
      ['division', null],
      ['absolute_import', null],
      ['unicode_literals', null],
    ]),
  _clock: CLOCK,
  _containers: CONTAINERS,
  _deflate: DEFLATE,
  _files: FILES,
  _functools: FUNCTOOLS,
  _kinds: KINDS,
  _random: RANDOM,
  _streams: STREAM_MEMBERS,
  _threads: THREADS,
  _weak: WEAK,
  base64: BASE64,
  binascii: BINASCII,
  builtins: () => new Map(BUILTINS),
  cmath: CMATH,
  copy: COPY,
  hashlib: HASHLIB,
  io: IO,
  _itertools: itertools,
  json: JSON_MODULE,
  math: () => mathModule().members,
  pickle: PICKLE,
  re: RE,
  unicodedata: UNICODE,
  warnings: WARNINGS,
};

const made = new Map<string, PyModule>();

/** A module that is a table. */
export function stdlibModule(name: string): PyModule | undefined {
  const known = made.get(name);
  if (known !== undefined) return known;
  if (!Object.hasOwn(TABLES, name)) return undefined;
  const module = new PyModule(name, TABLES[name]());
  made.set(name, module);
  return module;
}

/** Files under `python/`, by the names that they are imported by where those differ. */
const SOURCES: ReadonlyMap<string, string> = new Map([
  ...'_calendar abc argparse bisect calendar collections contextlib csv dataclasses datetime enum fnmatch fractions functools gc glob gzip heapq inspect itertools logging numbers operator os pandas pathlib pdb platform pprint queue random shutil six statistics string sys tempfile textwrap threading time timeit traceback types typing uuid weakref zlib'
    .split(' ')
    .map((name): [string, string] => [name, name]),
  ['collections.abc', 'collections_abc'],
  ['os.path', 'os_path'],
  ['posixpath', 'os_path'],
  ['six.moves', 'six_moves'],
  ['typing_extensions', 'typing'],
  ['_collections_abc', 'collections_abc'],
  // Of torch, what is logic alone.
  ['torch.profiler', 'torch_profiler'],
  ['torch.autograd.profiler', 'torch_autograd_profiler'],
  ['torch.autograd.profiler_util', 'torch_profiler_util'],
]);

const texts = new Map<string, string>();

/** The text of a module that is written in Python. */
export function stdlibSource(name: string): string | undefined {
  const file = SOURCES.get(name);
  if (file === undefined) return undefined;
  let text = texts.get(file);
  if (text === undefined) {
    text = readFileSync(new URL(`./python/${file}.py`, import.meta.url), 'utf8');
    texts.set(file, text);
  }
  return text;
}
