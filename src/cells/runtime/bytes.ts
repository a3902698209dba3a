/** bytes and bytearray. */
import type { Visit } from './holding.ts';
import { PyObject } from './values.ts';

/** Characters that String.fromCharCode takes at a time. */
const CHUNK = 2 ** 13;

export class PyBytes extends PyObject {
  readonly type: 'bytes' | 'bytearray';
  /** Of a bytearray it may be replaced. */
  data: Uint8Array;
  constructor(data: Uint8Array, type: 'bytes' | 'bytearray' = 'bytes') {
    super();
    this.data = data;
    this.type = type;
  }

  /** Of text whose characters are bytes. */
  static of(text: string, type: 'bytes' | 'bytearray' = 'bytes'): PyBytes {
    return new PyBytes(Uint8Array.from(Buffer.from(text, 'latin1')), type);
  }

  /** A character for each byte. */
  get text(): string {
    let text = '';
    for (let i = 0; i < this.data.length; i += CHUNK) text += String.fromCharCode(...this.data.subarray(i, i + CHUNK));
    return text;
  }

  references(visit: Visit): void {
    visit.weigh(this.data.length / 64);
  }
}

const SIMPLE: ReadonlyMap<number, string> = new Map([
  [9, '\\t'],
  [10, '\\n'],
  [13, '\\r'],
  [92, '\\\\'],
]);

/** As Python writes it: `b'a\x00'`. */
export function bytesRepr(value: PyBytes): string {
  const text = value.text;
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[^\x20-\x7e]|[\\'"]/g, (c) => {
    if (c === "'" || c === '"') return c === mark ? `\\${c}` : c;
    const code = c.charCodeAt(0);
    return SIMPLE.get(code) ?? `\\x${code.toString(16).padStart(2, '0')}`;
  });
  const literal = `b${mark}${body}${mark}`;
  return value.type === 'bytearray' ? `bytearray(${literal})` : literal;
}

export function bytesEqual(left: PyBytes, right: PyBytes): boolean {
  return left.data.length === right.data.length && Buffer.compare(left.data, right.data) === 0;
}

export function joinBytes(left: PyBytes, right: PyBytes): PyBytes {
  const data = new Uint8Array(left.data.length + right.data.length);
  data.set(left.data);
  data.set(right.data, left.data.length);
  return new PyBytes(data, left.type);
}
