/**
 * Reads protobuf by the tables of `messages.ts`. The bytes may be anybody's: every length is held against
 * what is left, nesting and the number of things are bounded, and nothing is allocated that the bytes which
 * are really there do not account for. Bytes (`rawData`) are views of the file, not copies.
 */
import { EngineError } from '../../../tensor/errors.ts';
import { type Field, type Message, MODEL, type ModelProto, type Scalar } from './messages.ts';

/** Messages within messages; protobuf's own readers stop here, too. */
const MAX_DEPTH = 100;

/** Messages, strings and stretches of bytes in one file: each may stand in two bytes, and takes a hundred. */
const MAX_THINGS = 1_000_000;

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

const WIRE: Readonly<Record<Scalar, number>> = {
  string: BYTES,
  bytes: BYTES,
  int32: VARINT,
  int64: VARINT,
  uint64: VARINT,
  float: FIXED32,
  double: FIXED64,
};

const ARRAYS = {
  int32: Int32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float: Float32Array,
  double: Float64Array,
} as const;

type Numeric = keyof typeof ARRAYS;
type NumericArray = InstanceType<(typeof ARRAYS)[Numeric]>;

const EMPTY = Object.fromEntries(Object.entries(ARRAYS).map(([kind, of]) => [kind, new of(0)])) as unknown as Readonly<
  Record<Numeric, NumericArray>
>;

/**
 * @throws EngineError invalid_graph, where the bytes are no such file
 *
 * @example
 * readModel(await readFile('mnist.onnx')).graph?.node.map((node) => node.opType) // ['Conv', 'Relu', …]
 */
export const readModel = (bytes: Uint8Array): ModelProto => readMessage(MODEL, bytes) as unknown as ModelProto;

/** A message of the kind that `message` describes. */
export const readMessage = (message: Message, bytes: Uint8Array): Record<string, unknown> =>
  new Reader(bytes).message(message, bytes.length, 0);

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private at = 0;
  private things = 0;
  /** The halves of the 64-bit number that was read last. */
  private readonly halves = new Int32Array(2);
  private readonly signed = new BigInt64Array(this.halves.buffer);
  private readonly unsigned = new BigUint64Array(this.halves.buffer);

  constructor(bytes: Uint8Array) {
    // A Buffer's own slice() would copy nothing.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(message: Message, end: number, depth: number, into = empty(message)): Record<string, unknown> {
    if (depth > MAX_DEPTH) this.refuse(`messages are nested more than ${MAX_DEPTH} deep`);
    let lists: Map<Field, NumberList> | undefined;
    while (this.at < end) {
      const tag = this.varint(end);
      const wire = tag & 7;
      const field = message.field(tag >>> 3);
      if (tag >>> 3 === 0) this.refuse('a field has the number 0');
      if (field === undefined) this.skip(wire, end);
      else if (typeof field.kind !== 'string' || WIRE[field.kind] === BYTES) {
        if (wire !== BYTES) this.skip(wire, end);
        else this.stretch(field, into, end, depth);
      } else if (field.repeated) {
        lists ??= new Map();
        let list = lists.get(field);
        if (list === undefined) {
          list = new NumberList(field.kind as Numeric);
          lists.set(field, list);
        }
        this.numbers(list, wire, end);
      } else if (wire === WIRE[field.kind]) into[field.name] = this.number(field.kind as Numeric, end);
      else this.skip(wire, end);
    }
    if (lists !== undefined) {
      for (const [{ name }, list] of lists) into[name] = list.after(into[name] as NumericArray);
    }
    return into;
  }

  /** What says its own length: a message, text, bytes. */
  private stretch(field: Field, into: Record<string, unknown>, end: number, depth: number): void {
    this.count();
    const stop = this.length(end);
    const { kind, name, repeated } = field;
    let value: unknown;
    if (typeof kind !== 'string') {
      // A message that comes in two parts is the two together.
      const before = repeated ? undefined : (into[name] as Record<string, unknown> | undefined);
      value = this.message(kind, stop, depth + 1, before);
    } else {
      const bytes = this.bytes.subarray(this.at, stop);
      this.at = stop;
      value = kind === 'bytes' ? bytes : this.decoded(bytes);
    }
    if (repeated) (into[name] as unknown[]).push(value);
    else into[name] = value;
  }

  /** One element of a list, or a stretch of them. */
  private numbers(list: NumberList, wire: number, end: number): void {
    const { kind } = list;
    if (wire === WIRE[kind]) list.add(this.number(kind, end));
    else if (wire !== BYTES) this.skip(wire, end);
    else list.addAll(this.packed(kind, end));
  }

  private packed(kind: Numeric, end: number): NumericArray {
    this.count();
    const stop = this.length(end);
    if (WIRE[kind] !== VARINT) {
      const size = ARRAYS[kind].BYTES_PER_ELEMENT;
      if ((stop - this.at) % size !== 0) this.refuse(`${stop - this.at} bytes are no whole number of ${kind}s`);
      // A copy begins where its elements are aligned.
      const { buffer } = this.bytes.slice(this.at, stop);
      this.at = stop;
      return kind === 'float' ? new Float32Array(buffer) : new Float64Array(buffer);
    }
    let count = 0;
    for (let i = this.at; i < stop; i++) if (this.bytes[i] < 0x80) count++;
    const out = new ARRAYS[kind](count);
    for (let i = 0; i < count; i++) out[i] = this.number(kind, stop) as never;
    if (this.at !== stop) this.refuse('a number is cut off');
    return out;
  }

  private number(kind: Numeric, end: number): number | bigint {
    if (kind === 'float' || kind === 'double') {
      const size = kind === 'float' ? 4 : 8;
      if (end - this.at < size) this.refuse('a number is cut off');
      const value = kind === 'float' ? this.view.getFloat32(this.at, true) : this.view.getFloat64(this.at, true);
      this.at += size;
      return value;
    }
    this.integer(end);
    return kind === 'int32' ? this.halves[0] : kind === 'int64' ? this.signed[0] : this.unsigned[0];
  }

  /** Reads 64 bits, seven a byte, into `halves`. */
  private integer(end: number): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= end) this.refuse('a number is cut off');
      const byte = this.bytes[this.at++];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= shift < 63 ? bits << (shift - 32) : (bits & 1) << 31;
      if (byte < 0x80) {
        this.halves[0] = low;
        this.halves[1] = high;
        return;
      }
    }
    this.refuse('a number has more than ten bytes');
  }

  /** A number that is below 2^32 wherever the file is sound: a tag or a length. */
  private varint(end: number): number {
    const byte = this.bytes[this.at];
    if (this.at < end && byte < 0x80) {
      this.at++;
      return byte;
    }
    this.integer(end);
    if (this.halves[1] !== 0) this.refuse('a tag or a length is beyond 2^32');
    return this.halves[0] >>> 0;
  }

  /** Where the stretch that begins here ends. */
  private length(end: number): number {
    const length = this.varint(end);
    if (length > end - this.at) this.refuse(`${length} bytes are announced where ${end - this.at} are left`);
    return this.at + length;
  }

  private skip(wire: number, end: number): void {
    if (wire === VARINT) this.integer(end);
    else if (wire === BYTES) this.at = this.length(end);
    else if (wire === FIXED32 || wire === FIXED64) {
      this.at += wire === FIXED32 ? 4 : 8;
      if (this.at > end) this.refuse('a number is cut off');
    } else this.refuse(`a field has the wire type ${wire}`);
  }

  private decoded(bytes: Uint8Array): string {
    try {
      return this.text.decode(bytes);
    } catch {
      return this.refuse('a name is not UTF-8');
    }
  }

  private count(): void {
    if (++this.things > MAX_THINGS) this.refuse(`there are more than ${MAX_THINGS} messages and strings`);
  }

  private refuse(why: string): never {
    throw new EngineError('invalid_graph', `this is no ONNX file: at byte ${this.at} ${why}`);
  }
}

/** A list of numbers as it comes: one by one, or many together. */
class NumberList {
  readonly kind: Numeric;
  private readonly parts: NumericArray[] = [];
  private single: (number | bigint)[] = [];

  constructor(kind: Numeric) {
    this.kind = kind;
  }

  add(value: number | bigint): void {
    this.single.push(value);
  }

  addAll(values: NumericArray): void {
    this.settle();
    this.parts.push(values);
  }

  private settle(): void {
    if (this.single.length === 0) return;
    const part = new ARRAYS[this.kind](this.single.length) as NumericArray;
    part.set(this.single as never);
    this.parts.push(part);
    this.single = [];
  }

  /** All of them, after those that were there. */
  after(before: NumericArray): NumericArray {
    this.settle();
    const parts = before.length === 0 ? this.parts : [before, ...this.parts];
    if (parts.length === 1) return parts[0];
    const out = new ARRAYS[this.kind](parts.reduce((length, part) => length + part.length, 0)) as NumericArray;
    let at = 0;
    for (const part of parts) {
      out.set(part as never, at);
      at += part.length;
    }
    return out;
  }
}

/** A message of which nothing has been read. */
function empty({ fields }: Message): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { name, kind, repeated } of fields) {
    if (!repeated) out[name] = undefined;
    else out[name] = typeof kind === 'string' && kind in EMPTY ? EMPTY[kind as Numeric] : [];
  }
  return out;
}
