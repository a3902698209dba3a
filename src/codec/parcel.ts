/**
 * A body that was read, as it travels to another thread: structured cloning keeps no classes, what was read may
 * lie in room that is only lent, and many small objects are several times sooner written and read as JSON text
 * than cloned. What JSON has no word for stands beside the text, and in it a string that begins with a mark; a
 * client's string that begins so stands beside it, too, so that nothing it sends can be taken for something else.
 */
import { Float } from '../tensor/scalar.ts';
import { TensorLiteral } from './json/tensor-literal.ts';

export interface Parcel {
  readonly text: string;
  readonly others: readonly unknown[];
}

const MARK = '\u0001';
/** Lists that stand for another object begin with one of these. */
const MAP = `${MARK}map`;
const INSTANCE = `${MARK}instance`;
const BUFFER = `${MARK}buffer`;

const CLASSES = [TensorLiteral, Float] as const;

class Packer {
  readonly others: unknown[] = [];

  pack(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return value.startsWith(MARK) ? this.other(value) : value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : this.other(value);
      case 'boolean':
        return value;
      case 'object':
        return value === null ? null : this.object(value);
      default:
        return this.other(value);
    }
  }

  /** What is cloned as it is. */
  private other(value: unknown): string {
    return MARK + (this.others.push(value) - 1);
  }

  private object(value: object): unknown {
    if (Array.isArray(value)) return value.map((item) => this.pack(item));
    if (value instanceof Map) {
      const list: unknown[] = [MAP];
      for (const [key, item] of value) list.push(this.pack(key), this.pack(item));
      return list;
    }
    // A Buffer is cloned as bare bytes.
    if (Buffer.isBuffer(value)) return [BUFFER, this.other(Uint8Array.from(value))];
    if (ArrayBuffer.isView(value)) return this.other((value as Float64Array).slice());
    const index = CLASSES.findIndex((known) => value instanceof known);
    return index < 0 ? this.members(value) : [INSTANCE, index, this.members(value)];
  }

  private members(object: object): object {
    const packed: Record<string, unknown> = {};
    for (const key of Object.keys(object)) {
      const value = this.pack((object as Record<string, unknown>)[key]);
      if (key === '__proto__') define(packed, key, value);
      else packed[key] = value;
    }
    return packed;
  }
}

/** Assigned, it would be the prototype. */
const define = (target: object, key: string, value: unknown): object =>
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });

/** Copies all that hangs on `value`: plain objects, arrays, maps, typed arrays, literals and floats. */
export function pack(value: unknown): Parcel {
  const packer = new Packer();
  return { text: JSON.stringify(packer.pack(value)), others: packer.others };
}

/** Undoes {@link pack}, on the other side. */
export function unpack({ text, others }: Parcel): unknown {
  /** In place: what was parsed is nobody else's. */
  const restore = (value: unknown): unknown => {
    if (typeof value === 'string') return value.startsWith(MARK) ? others[Number(value.slice(MARK.length))] : value;
    if (typeof value !== 'object' || value === null) return value;
    if (!Array.isArray(value)) return restoreMembers(value);
    switch (value[0]) {
      case MAP: {
        const map = new Map<unknown, unknown>();
        for (let i = 1; i < value.length; i += 2) map.set(restore(value[i]), restore(value[i + 1]));
        return map;
      }
      case INSTANCE:
        return Object.assign(Object.create(CLASSES[value[1]].prototype), restoreMembers(value[2]));
      case BUFFER: {
        const bytes = restore(value[1]) as Uint8Array;
        return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      }
    }
    for (let i = 0; i < value.length; i++) {
      if (isKept(value[i])) continue;
      value[i] = restore(value[i]);
    }
    return value;
  };
  const restoreMembers = (object: object): object => {
    const members = object as Record<string, unknown>;
    for (const key of Object.keys(members)) {
      const value = members[key];
      if (isKept(value)) continue;
      const restored = restore(value);
      if (restored === value) continue;
      if (key === '__proto__') define(members, key, restored);
      else members[key] = restored;
    }
    return object;
  };
  return restore(JSON.parse(text));
}

/** Whether a value that was parsed is what it stands for, and nothing hangs on it. */
const isKept = (value: unknown): boolean =>
  typeof value === 'string' ? !value.startsWith(MARK) : typeof value !== 'object' || value === null;
