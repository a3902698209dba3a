/** The files of a workspace: bytes under names, in memory, bounded. Nothing of the machine is among them. */
import { PyError } from '../../runtime/errors.ts';
import { EXCEPTIONS, makeException, RaisedError } from '../../runtime/exceptions.ts';
import type { Holder, Visit } from '../../runtime/holding.ts';
import { quote } from '../../runtime/repr.ts';
import { PyClass, type Value } from '../../runtime/values.ts';

const MAX_FILES = 1000;
const MAX_BYTES = 64 * 2 ** 20;
const LONGEST_PATH = 1000;

/** What a file is to hold, worked out when it is first read: of pictures that are saved few are read. */
export interface Later extends Holder {
  /** Bytes that it takes until then. */
  readonly weight: number;
  bytes(): Uint8Array;
}

/** Bytes that may grow. */
export class Contents implements Holder {
  private bytes = new Uint8Array(0);
  private size = 0;
  private later: Later | null = null;
  modified = 0;
  /** Where their size is counted. */
  private readonly files: Files | null;
  constructor(files: Files | null = null) {
    this.files = files;
  }

  get length(): number {
    this.fill();
    return this.size;
  }

  /** Bytes that are counted for it. */
  get held(): number {
    return this.later?.weight ?? this.size;
  }

  get data(): Uint8Array {
    this.fill();
    return this.bytes.subarray(0, this.size);
  }

  private fill(): void {
    const { later } = this;
    if (later === null) return;
    const data = later.bytes();
    this.forget();
    this.replace(data);
  }

  private forget(): void {
    if (this.later === null) return;
    this.files?.count(-this.later.weight);
    this.later = null;
  }

  /** Takes the place of all that is there. */
  put(later: Later): void {
    this.resize(0);
    this.files?.count(later.weight);
    this.later = later;
  }

  resize(length: number): void {
    if (length > MAX_BYTES) throw new PyError('OSError', '[Errno 28] No space left on device');
    if (length === 0) this.forget();
    else this.fill();
    this.files?.count(length - this.size);
    if (length > this.bytes.length) {
      const wider = new Uint8Array(Math.max(length, Math.min(MAX_BYTES, this.bytes.length * 2)));
      wider.set(this.data);
      this.bytes = wider;
    } else if (length < this.size) this.bytes.fill(0, length, this.size);
    this.size = length;
  }

  write(at: number, data: Uint8Array): void {
    if (at + data.length > this.length) this.resize(at + data.length);
    this.bytes.set(data, at);
  }

  replace(data: Uint8Array): void {
    this.forget();
    this.resize(data.length);
    this.bytes.set(data);
  }

  references(visit: Visit): void {
    visit(this.later);
    visit.weigh(this.bytes.length / 64);
  }
}

/** What has not been written to its file yet. */
export interface Pending extends Holder {
  settle(): void;
}

export const HOME = '/workspace';

export class Files implements Holder {
  private readonly entries = new Map<string, Contents | null>([
    ['/', null],
    [HOME, null],
    ['/tmp', null],
  ]);
  private bytes = 0;
  private folder = HOME;
  readonly pending = new Set<Pending>();

  count(more: number): void {
    if (more > 0 && this.bytes + more > MAX_BYTES) throw new PyError('OSError', '[Errno 28] No space left on device');
    this.bytes += more;
  }

  /** Writes what waits in buffers. */
  settle(): void {
    for (const each of [...this.pending]) each.settle();
  }

  get home(): string {
    return this.folder;
  }

  enter(path: string): void {
    const at = this.absolute(path);
    if (this.kind(path) !== 'folder') throw this.absent(path);
    this.folder = at;
  }

  absolute(path: string): string {
    if (path.length > LONGEST_PATH) throw osError('OSError', 36, 'File name too long', path.slice(0, 40));
    const parts: string[] = [];
    for (const part of `${path.startsWith('/') ? '' : `${this.folder}/`}${path}`.split('/')) {
      if (part === '' || part === '.') continue;
      if (part === '..') parts.pop();
      else parts.push(part);
    }
    return `/${parts.join('/')}`;
  }

  absent(path: string): RaisedError {
    return osError('FileNotFoundError', 2, 'No such file or directory', path);
  }

  kind(path: string): 'file' | 'folder' | '' {
    if (path === '') return '';
    const found = this.entries.get(this.absolute(path));
    return found === undefined ? '' : found === null ? 'folder' : 'file';
  }

  /** The contents of a file that is there. */
  find(path: string): Contents {
    this.settle();
    const found = path === '' ? undefined : this.entries.get(this.absolute(path));
    if (found === undefined) throw this.absent(path);
    if (found === null) throw osError('IsADirectoryError', 21, 'Is a directory', path);
    return found;
  }

  /** A new file, or one that is there. */
  make(path: string, fresh: boolean): Contents {
    this.settle();
    const at = this.absolute(path);
    const known = this.entries.get(at);
    if (known === null || path === '')
      throw path === '' ? this.absent(path) : osError('IsADirectoryError', 21, 'Is a directory', path);
    if (known !== undefined) {
      if (fresh) known.resize(0);
      return known;
    }
    if (this.entries.get(parentOf(at)) !== null) throw this.absent(path);
    this.room();
    const contents = new Contents(this);
    this.entries.set(at, contents);
    return contents;
  }

  private room(): void {
    if (this.entries.size >= MAX_FILES)
      throw new PyError('OSError', `[Errno 28] a workspace holds at most ${MAX_FILES} files and folders`);
  }

  mkdir(path: string, parents: boolean, existing: boolean): void {
    const at = this.absolute(path);
    const known = this.entries.get(at);
    if (known !== undefined) {
      if (known === null && existing) return;
      throw osError('FileExistsError', 17, 'File exists', path);
    }
    const above = this.entries.get(parentOf(at));
    if (above === undefined) {
      if (!parents) throw this.absent(path);
      this.mkdir(parentOf(at), true, true);
    } else if (above !== null) throw osError('NotADirectoryError', 20, 'Not a directory', path);
    this.room();
    this.entries.set(at, null);
  }

  private within(at: string): string[] {
    const inside = at === '/' ? '/' : `${at}/`;
    return [...this.entries.keys()].filter((each) => each !== at && each.startsWith(inside));
  }

  list(path: string): string[] {
    const at = this.absolute(path);
    const found = this.entries.get(at);
    if (found === undefined) throw this.absent(path);
    if (found !== null) throw osError('NotADirectoryError', 20, 'Not a directory', path);
    const inside = at === '/' ? 1 : at.length + 1;
    return this.within(at)
      .map((each) => each.slice(inside))
      .filter((each) => !each.includes('/'))
      .sort();
  }

  remove(path: string): void {
    const contents = this.find(path);
    this.count(-contents.held);
    this.entries.delete(this.absolute(path));
  }

  rmdir(path: string, all: boolean): void {
    const at = this.absolute(path);
    const found = this.entries.get(at);
    if (found === undefined) throw this.absent(path);
    if (found !== null) throw osError('NotADirectoryError', 20, 'Not a directory', path);
    const inner = this.within(at);
    if (inner.length > 0 && !all) throw osError('OSError', 39, 'Directory not empty', path);
    if (at === '/' || at === this.folder) throw osError('OSError', 16, 'Device or resource busy', path);
    for (const each of [...inner, at]) {
      this.count(-(this.entries.get(each)?.held ?? 0));
      this.entries.delete(each);
    }
  }

  rename(from: string, to: string): void {
    this.settle();
    const at = this.absolute(from);
    const goal = this.absolute(to);
    const found = this.entries.get(at);
    if (found === undefined) throw this.absent(from);
    if (this.entries.get(parentOf(goal)) !== null) throw this.absent(to);
    if (goal === at) return;
    if (goal.startsWith(`${at}/`)) throw osError('OSError', 22, 'Invalid argument', from);
    const old = this.entries.get(goal);
    if (old === null) throw osError('IsADirectoryError', 21, 'Is a directory', to);
    if (old !== undefined) this.count(-old.held);
    for (const each of [at, ...this.within(at)]) {
      const contents = this.entries.get(each)!;
      this.entries.delete(each);
      this.entries.set(goal + each.slice(at.length), contents);
    }
  }

  references(visit: Visit): void {
    visit(this.entries);
    visit(this.pending);
  }
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** An error of files as Python says it. */
export function osError(type: string, code: number, text: string, path: string): RaisedError {
  const instance = makeException(EXCEPTIONS.get(type)!, [BigInt(code), text]);
  instance.attributes.set('filename', path);
  return new RaisedError(instance, `[Errno ${code}] ${text}: ${quote(path)}`);
}

const UNSUPPORTED = new PyClass(
  'UnsupportedOperation',
  [EXCEPTIONS.get('OSError')!, EXCEPTIONS.get('ValueError')!],
  new Map<string, Value>([['__module__', 'io']]),
);
export const unsupported = (what: string): RaisedError => new RaisedError(makeException(UNSUPPORTED, [what]), what);
export { UNSUPPORTED };
