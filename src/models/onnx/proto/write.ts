/**
 * Writes protobuf by the tables of `messages.ts`, from the end to the beginning: a message's length, which
 * stands before it, is then known when it is due, and large elements are copied once.
 */
import { type Field, type Message, MODEL, type ModelProto, type Scalar } from './messages.ts';

/** What a writer may leave out: undefined fields, and lists that are empty. */
type Sparse<T> = T extends (infer E)[]
  ? readonly Sparse<E>[]
  : T extends Uint8Array | ArrayLike<number> | ArrayLike<bigint> | string
    ? T
    : T extends object
      ? { readonly [K in keyof T]?: Sparse<T[K]> }
      : T;

export type SparseModel = Sparse<ModelProto>;

/** @example writeModel({ irVersion: 8n, opsetImport: [{ domain: '', version: 17n }], graph: { … } }) */
export const writeModel = (model: SparseModel): Uint8Array<ArrayBuffer> => writeMessage(MODEL, model);

/** The bytes of a message of the kind that `message` describes. */
export function writeMessage(message: Message, value: object): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.message(message, value as Record<string, unknown>);
  return writer.finish();
}

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

class Writer {
  private bytes = new Uint8Array(4096);
  private view = new DataView(this.bytes.buffer);
  /** Where what was written last begins. */
  private at = this.bytes.length;
  private readonly text = new TextEncoder();

  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(this.at);
  }

  message(message: Message, value: Record<string, unknown>): void {
    const { fields } = message;
    for (let f = fields.length - 1; f >= 0; f--) {
      const field = fields[f];
      const item = value[field.name];
      if (item === undefined) continue;
      if (!field.repeated) this.single(field, item);
      else if (typeof field.kind === 'string' && field.kind !== 'string' && field.kind !== 'bytes') {
        this.packed(field.number, field.kind, item as ArrayLike<number | bigint>);
      } else {
        const items = item as readonly unknown[];
        for (let i = items.length - 1; i >= 0; i--) this.single(field, items[i]);
      }
    }
  }

  private single({ kind, number }: Field, value: unknown): void {
    if (typeof kind === 'string' && kind !== 'string' && kind !== 'bytes') {
      const wire = this.number(kind, value as number | bigint);
      this.varint(number * 8 + wire);
      return;
    }
    const before = this.written();
    if (kind === 'string') this.raw(this.text.encode(value as string));
    else if (kind === 'bytes') this.raw(value as Uint8Array);
    else this.message(kind, value as Record<string, unknown>);
    this.close(number, before);
  }

  private packed(number: number, kind: Scalar, values: ArrayLike<number | bigint>): void {
    if (values.length === 0) return;
    const before = this.written();
    for (let i = values.length - 1; i >= 0; i--) this.number(kind, values[i]);
    this.close(number, before);
  }

  private written(): number {
    return this.bytes.length - this.at;
  }

  /** Puts tag and length before what has been written since `before`. */
  private close(number: number, before: number): void {
    this.varint(this.written() - before);
    this.varint(number * 8 + BYTES);
  }

  /** Writes a number, and says its wire type. */
  private number(kind: Scalar, value: number | bigint): number {
    if (kind === 'float') {
      this.room(4);
      this.view.setFloat32((this.at -= 4), value as number, true);
      return FIXED32;
    }
    if (kind === 'double') {
      this.room(8);
      this.view.setFloat64((this.at -= 8), value as number, true);
      return FIXED64;
    }
    if (typeof value === 'number' && value >= 0) this.varint(value);
    else if (typeof value === 'bigint' && value >= 0n && value <= 0xffffffffn) this.varint(Number(value));
    else this.long(BigInt.asUintN(64, BigInt(value)));
    return VARINT;
  }

  private long(value: bigint): void {
    const bytes: number[] = [];
    for (let rest = value; ; rest >>= 7n) {
      const more = rest > 0x7fn;
      bytes.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
      if (!more) break;
    }
    this.raw(Uint8Array.from(bytes));
  }

  private varint(value: number): void {
    this.room(10);
    let size = 1;
    for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size++;
    this.at -= size;
    let rest = value;
    for (let i = 0; i < size; i++) {
      this.bytes[this.at + i] = (rest % 128) | (i < size - 1 ? 0x80 : 0);
      rest = Math.floor(rest / 128);
    }
  }

  private raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.at -= bytes.length;
    this.bytes.set(bytes, this.at);
  }

  private room(size: number): void {
    if (this.at >= size) return;
    const used = this.bytes.length - this.at;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, used + size));
    grown.set(this.bytes.subarray(this.at), grown.length - used);
    this.at = grown.length - used;
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
