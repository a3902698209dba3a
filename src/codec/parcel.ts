/**
 * A body that was read, as it travels to another thread: structured cloning keeps no classes, and what was
 * read may lie in room that is only lent. Every object is written as a list that begins with its kind, so
 * that nothing a client sends can be taken for something else.
 */
import { Float } from '../tensor/scalar.ts';
import { TensorLiteral } from './json/tensor-literal.ts';

const CLASSES = [TensorLiteral, Float] as const;

export type Parcel = unknown;

type Kind = 'array' | 'object' | 'map' | 'instance' | 'buffer';

const fieldsOf = (object: object): unknown[] => Object.entries(object).flatMap(([key, value]) => [key, pack(value)]);

/** Copies all that hangs on `value`: plain objects, arrays, maps, typed arrays, literals and floats. */
export function pack(value: unknown): Parcel {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return ['array' satisfies Kind, ...value.map(pack)];
  if (value instanceof Map) {
    return ['map' satisfies Kind, ...[...value].flatMap(([key, item]) => [pack(key), pack(item)])];
  }
  // A Buffer is cloned as bare bytes.
  if (Buffer.isBuffer(value)) return ['buffer' satisfies Kind, Uint8Array.from(value)];
  if (ArrayBuffer.isView(value)) return (value as Float64Array).slice();
  const index = CLASSES.findIndex((known) => value instanceof known);
  if (index >= 0) return ['instance' satisfies Kind, index, ...fieldsOf(value)];
  return ['object' satisfies Kind, ...fieldsOf(value)];
}

function readFields(target: object, fields: readonly unknown[]): object {
  for (let i = 0; i < fields.length; i += 2) {
    // Defined, not assigned: a key may be called __proto__.
    const value = unpack(fields[i + 1]);
    Object.defineProperty(target, fields[i] as string, { value, enumerable: true, writable: true, configurable: true });
  }
  return target;
}

/** Undoes {@link pack}, on the other side. */
export function unpack(parcel: Parcel): unknown {
  if (!Array.isArray(parcel)) return parcel;
  const [kind, ...rest] = parcel as [Kind, ...unknown[]];
  switch (kind) {
    case 'array':
      return rest.map(unpack);
    case 'object':
      return readFields({}, rest);
    case 'buffer': {
      const bytes = rest[0] as Uint8Array;
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    case 'instance':
      return readFields(Object.create(CLASSES[rest[0] as number].prototype), rest.slice(1));
    case 'map': {
      const map = new Map<unknown, unknown>();
      for (let i = 0; i < rest.length; i += 2) map.set(unpack(rest[i]), unpack(rest[i + 1]));
      return map;
    }
  }
}
