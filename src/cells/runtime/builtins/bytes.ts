/** bytes, bytearray, and their methods. */
import { PyBytes } from '../bytes.ts';
import { PyError, typeError, valueError } from '../errors.ts';
import { asIndex, toIndex } from '../indexing.ts';
import { PyClassMethod } from '../objects.ts';
import type { Runtime } from '../runtime.ts';
import { STR, typeNamed } from '../types.ts';
import { NativeFunction, type PyClass, PyList, PyTuple, type Value } from '../values.ts';
import { decodeBytes, encodeText } from './codecs.ts';
import { method } from './native.ts';

export const BYTES = typeNamed('bytes');
export const BYTEARRAY = typeNamed('bytearray');

const isBytes = (value: Value): value is PyBytes => value instanceof PyBytes;

function bytesFrom(type: PyBytes['type'], args: readonly Value[], runtime: Runtime): PyBytes {
  const [value, encoding] = args;
  if (value === undefined) return new PyBytes(new Uint8Array(0), type);
  if (typeof value === 'string') {
    if (encoding === undefined) throw typeError('string argument without an encoding');
    return new PyBytes(encodeText(value, encoding, null, runtime).data, type);
  }
  if (value instanceof PyBytes) return new PyBytes(value.data.slice(), type);
  const count = asIndex(runtime, value);
  if (count !== undefined) {
    if (count < 0n) throw valueError('negative count');
    runtime.budget.characters(Number(count));
    return new PyBytes(new Uint8Array(Number(count)), type);
  }
  const data: number[] = [];
  for (const item of runtime.iterate(value)) {
    const byte = Number(toIndex(runtime, item));
    if (byte < 0 || byte > 255) throw valueError('bytes must be in range(0, 256)');
    data.push(byte);
    if (data.length % 4096 === 0) runtime.budget.characters(data.length);
  }
  return new PyBytes(Uint8Array.from(data), type);
}

/** Methods that are those of text whose characters are bytes. */
const AS_TEXT =
  'count endswith find index isalnum isalpha isascii isdigit islower isspace isupper istitle join ljust lstrip partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip zfill center expandtabs';

for (const [cls, type] of [
  [BYTES, 'bytes'],
  [BYTEARRAY, 'bytearray'],
] as const) {
  (cls as { construct?: PyClass['construct'] }).construct = (args, kwargs, interpreter) =>
    bytesFrom(type, [...args, ...kwargs.values()], interpreter as Runtime);
  define(cls, type);
}

function define(cls: PyClass, type: PyBytes['type']): void {
  for (const name of AS_TEXT.split(' ')) {
    method(cls, name, { least: 0, most: 9 }, isBytes, (self, given, runtime) => {
      const text = (value: Value | undefined): Value => {
        if (value === undefined) return null;
        if (value instanceof PyBytes) return value.text;
        if (value instanceof PyTuple) return new PyTuple(value.items.map(text));
        if (name === 'join') return new PyList([...runtime.iterate(value)].map(text));
        if (typeof value === 'string') throw typeError("a bytes-like object is required, not 'str'");
        return typeof value === 'bigint' &&
          (name === 'find' || name === 'count' || name === 'index') &&
          value === given[0]
          ? String.fromCharCode(Number(value))
          : value;
      };
      runtime.budget.characters(self.data.length);
      return back(runtime.call(STR.members.get(name)!, [self.text, ...given.map(text)]), type);
    });
  }
  for (const [name, change] of [
    ['upper', (c: string): string => c.toUpperCase()],
    ['lower', (c: string): string => c.toLowerCase()],
  ] as const)
    method(cls, name, { least: 0, most: 0 }, isBytes, (self) =>
      PyBytes.of(self.text.replace(/[a-zA-Z]/g, change), type),
    );
  method(
    cls,
    'decode',
    { least: 0, most: 2, names: ['encoding', 'errors'] },
    isBytes,
    (self, [encoding, errors], runtime) => decodeBytes(self, encoding ?? 'utf-8', errors ?? null, runtime),
  );
  method(cls, 'hex', { least: 0, most: 1 }, isBytes, (self, [separator]) => {
    const hex = Buffer.from(self.data).toString('hex');
    return typeof separator === 'string' ? hex.replace(/..(?=.)/g, `$&${separator}`) : hex;
  });
  method(cls, 'copy', { least: 0, most: 0 }, isBytes, (self) => new PyBytes(self.data.slice(), type));
  cls.members.set(
    'fromhex',
    new PyClassMethod(
      new NativeFunction('fromhex', ([, text]) => {
        const plain = typeof text === 'string' ? text.replace(/\s+/g, '') : '';
        const bad = plain.search(/[^0-9a-fA-F]/);
        if (bad >= 0 || plain.length % 2 === 1)
          throw valueError(`non-hexadecimal number found in fromhex() arg at position ${bad < 0 ? plain.length : bad}`);
        return new PyBytes(Uint8Array.from(Buffer.from(plain, 'hex')), type);
      }),
    ),
  );
}

function back(value: Value, type: PyBytes['type']): Value {
  if (typeof value === 'string') return PyBytes.of(value, type);
  if (value instanceof PyList) return new PyList(value.items.map((item) => back(item, type)));
  if (value instanceof PyTuple) return new PyTuple(value.items.map((item) => back(item, type)));
  return value;
}

const growing = (name: string, run: (self: PyBytes, value: Value, runtime: Runtime) => Uint8Array): void =>
  method(BYTEARRAY, name, { least: 1, most: 1 }, isBytes, (self, [value], runtime) => {
    const more = run(self, value!, runtime);
    runtime.budget.characters(self.data.length + more.length);
    const data = new Uint8Array(self.data.length + more.length);
    data.set(self.data);
    data.set(more, self.data.length);
    self.data = data;
    return null;
  });
growing('append', (_, value, runtime) => {
  const byte = Number(toIndex(runtime, value));
  if (byte < 0 || byte > 255) throw valueError('byte must be in range(0, 256)');
  return Uint8Array.of(byte);
});
growing('extend', (_, value, runtime) => bytesFrom('bytes', [value], runtime).data);

method(
  STR,
  'encode',
  { least: 0, most: 2, names: ['encoding', 'errors'] },
  (value): value is string => typeof value === 'string',
  (self, [encoding, errors], runtime) => encodeText(self, encoding ?? 'utf-8', errors ?? null, runtime),
);

method(
  typeNamed('int'),
  'to_bytes',
  { least: 0, most: 3, names: ['length', 'byteorder', 'signed'] },
  (value): value is bigint => typeof value === 'bigint' || typeof value === 'boolean',
  (self, [length, order, signed], runtime) => {
    const size = length === undefined ? 1 : Number(toIndex(runtime, length));
    if (size < 0) throw valueError('length argument must be non-negative');
    runtime.budget.characters(size);
    let value = BigInt(self);
    const bits = BigInt(size * 8);
    const low = signed === true ? -(1n << bits) / 2n : 0n;
    const high = signed === true ? (1n << bits) / 2n : 1n << bits;
    if (value < 0n && signed !== true) throw new PyError('OverflowError', "can't convert negative int to unsigned");
    if (value < low || value >= high) throw new PyError('OverflowError', 'int too big to convert');
    const data = new Uint8Array(size);
    for (let i = size - 1; i >= 0; i--) {
      data[i] = Number(value & 255n);
      value >>= 8n;
    }
    return new PyBytes(order === 'little' ? data.reverse() : data);
  },
);
typeNamed('int').members.set(
  'from_bytes',
  new PyClassMethod(
    new NativeFunction('from_bytes', ([, bytes, order], kwargs, interpreter) => {
      const { data } = bytesFrom('bytes', [bytes ?? null], interpreter as Runtime);
      interpreter.budget.step(data.length);
      const ordered = (order ?? kwargs.get('byteorder')) === 'little' ? data.slice().reverse() : data;
      const hex = Buffer.from(ordered).toString('hex');
      const value = hex === '' ? 0n : BigInt(`0x${hex}`);
      (interpreter as Runtime).budget.bits(data.length * 8);
      const negative = kwargs.get('signed') === true && data.length > 0 && ordered[0] >= 128;
      return negative ? value - (1n << BigInt(data.length * 8)) : value;
    }),
  ),
);
