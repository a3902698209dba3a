/** Open files, as text and as bytes; StringIO and BytesIO are files that no name leads to. */
import { decodeBytes, encodeText } from '../../runtime/builtins/codecs.ts';
import { PyBytes } from '../../runtime/bytes.ts';
import { Clocks } from '../../runtime/clocks.ts';
import { typeError, valueError } from '../../runtime/errors.ts';
import { Native, type Visit } from '../../runtime/holding.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { typeName } from '../../runtime/types.ts';
import type { Value } from '../../runtime/values.ts';
import { type Contents, type Files, type Pending, unsupported } from './files.ts';

export abstract class Handle extends Native {
  closed = false;
  readonly name: string | null;
  readonly mode: string;
  constructor(name: string | null, mode: string) {
    super();
    this.name = name;
    this.mode = mode;
  }

  get readable(): boolean {
    return /r|\+/.test(this.mode);
  }
  get writable(): boolean {
    return /[wax+]/.test(this.mode);
  }

  check(access: 'read' | 'write' | null = null): void {
    if (this.closed) throw valueError('I/O operation on closed file.');
    if (access === 'read' && !this.readable) throw unsupported('not readable');
    if (access === 'write' && !this.writable) throw unsupported('not writable');
  }

  abstract at: number;
  abstract readonly size: number;
  abstract read(most: number, runtime: Runtime): Value;
  /** Up to the end of a line; '' or b'' where there is nothing left. */
  abstract line(most: number, runtime: Runtime): Value;
  abstract write(value: Value, runtime: Runtime): bigint;
  abstract truncate(size: number): void;
  abstract value(runtime: Runtime): Value;
  flush(): void {}
  close(): void {
    this.flush();
    this.closed = true;
  }
}

export class BytesHandle extends Handle {
  at = 0;
  readonly contents: Contents;
  private readonly clocks: Clocks;
  constructor(name: string | null, mode: string, contents: Contents, runtime: Runtime) {
    super(name, mode);
    this.contents = contents;
    this.clocks = runtime.parts.of(Clocks);
    if (mode.includes('a')) this.at = contents.length;
  }

  get size(): number {
    return this.contents.length;
  }

  read(most: number, runtime: Runtime): PyBytes {
    const end = most < 0 ? this.size : Math.min(this.size, this.at + most);
    runtime.budget.characters(Math.max(0, end - this.at));
    const data = this.contents.data.slice(this.at, Math.max(this.at, end));
    this.at += data.length;
    return new PyBytes(data);
  }

  line(most: number, runtime: Runtime): PyBytes {
    const found = this.contents.data.indexOf(10, this.at);
    const end = found < 0 ? this.size : found + 1;
    return this.read(Math.max(0, most < 0 ? end - this.at : Math.min(most, end - this.at)), runtime);
  }

  write(value: Value, runtime: Runtime): bigint {
    if (!(value instanceof PyBytes))
      throw typeError(`a bytes-like object is required, not '${typeName(value, runtime)}'`);
    runtime.budget.characters(value.data.length);
    if (this.mode.includes('a')) this.at = this.size;
    this.contents.write(this.at, value.data);
    this.contents.modified = this.clocks.now();
    this.at += value.data.length;
    return BigInt(value.data.length);
  }

  truncate(size: number): void {
    this.contents.resize(size);
  }

  value(runtime: Runtime): PyBytes {
    runtime.budget.characters(this.size);
    return new PyBytes(this.contents.data.slice());
  }

  references(visit: Visit): void {
    visit(this.contents);
  }
}

/** Text is kept as text until somebody wants the bytes. */
export class TextHandle extends Handle implements Pending {
  at = 0;
  private text = '';
  private added: string[] = [];
  private length = 0;
  private dirty = false;
  private readonly files: Files | null;
  private readonly contents: Contents | null;
  private readonly encoding: Value;
  private readonly runtime: Runtime;

  constructor(
    name: string | null,
    mode: string,
    source: { readonly files: Files; readonly contents: Contents; readonly encoding: Value } | null,
    runtime: Runtime,
    text = '',
  ) {
    super(name, mode);
    this.runtime = runtime;
    this.files = source?.files ?? null;
    this.contents = source?.contents ?? null;
    this.encoding = source?.encoding ?? 'utf-8';
    if (source !== null && source.contents.length > 0)
      this.text = decodeBytes(new PyBytes(source.contents.data), this.encoding, null, runtime).replace(/\r\n?/g, '\n');
    else this.text = text;
    this.length = this.text.length;
    if (mode.includes('a')) this.at = this.length;
  }

  private get all(): string {
    if (this.added.length > 0) {
      this.text += this.added.join('');
      this.added = [];
    }
    return this.text;
  }

  get size(): number {
    return this.length;
  }

  read(most: number, runtime: Runtime): string {
    const end = most < 0 ? this.length : Math.min(this.length, this.at + most);
    runtime.budget.characters(Math.max(0, end - this.at));
    const part = this.all.slice(this.at, end);
    this.at += part.length;
    return part;
  }

  line(most: number, runtime: Runtime): string {
    const found = this.all.indexOf('\n', this.at);
    const end = found < 0 ? this.length : found + 1;
    return this.read(Math.max(0, most < 0 ? end - this.at : Math.min(most, end - this.at)), runtime);
  }

  write(value: Value, runtime: Runtime): bigint {
    if (typeof value !== 'string') throw typeError(`write() argument must be str, not ${typeName(value, runtime)}`);
    runtime.budget.characters(this.length + value.length);
    if (this.mode.includes('a')) this.at = this.length;
    if (this.at === this.length) {
      this.added.push(value);
      this.length += value.length;
    } else {
      const before = this.all.padEnd(this.at, '\0');
      this.text = before.slice(0, this.at) + value + before.slice(this.at + value.length);
      this.length = this.text.length;
    }
    this.at += value.length;
    if (this.files !== null && !this.dirty) {
      this.dirty = true;
      this.files.pending.add(this);
    }
    return BigInt([...value].length);
  }

  truncate(size: number): void {
    this.text = this.all.slice(0, size).padEnd(size, '\0');
    this.length = this.text.length;
    this.dirty = true;
    this.settle();
  }

  value(): string {
    return this.all;
  }

  settle(): void {
    this.files?.pending.delete(this);
    if (!this.dirty || this.contents === null) return;
    this.dirty = false;
    this.contents.replace(encodeText(this.all, this.encoding, null, this.runtime).data);
    this.contents.modified = this.runtime.parts.of(Clocks).now();
  }

  override flush(): void {
    this.settle();
  }

  references(visit: Visit): void {
    visit(this.text);
    visit(this.added);
    visit(this.contents);
  }
}
