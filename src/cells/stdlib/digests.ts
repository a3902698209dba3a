/** hashlib, base64 and binascii. */
import { createHash } from 'node:crypto';
import { fn } from '../runtime/builtins/native.ts';
import { PyBytes } from '../runtime/bytes.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { NativeFunction, type Value } from '../runtime/values.ts';
import { ClassOf, NONE, ONE } from './classes.ts';

const ALGORITHMS: Readonly<Record<string, string>> = {
  md5: 'md5',
  sha1: 'sha1',
  sha224: 'sha224',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  sha3_256: 'sha3-256',
  sha3_512: 'sha3-512',
  blake2b: 'blake2b512',
  blake2s: 'blake2s256',
};
const MOST = 64 * 2 ** 20;

class Digest extends Native {
  readonly name: string;
  parts: Uint8Array[] = [];
  size = 0;
  constructor(name: string) {
    super();
    this.name = name;
  }
  add(value: Value, runtime: Runtime): void {
    if (!(value instanceof PyBytes))
      throw typeError(
        typeof value === 'string'
          ? 'Strings must be encoded before hashing'
          : 'object supporting the buffer API required',
      );
    runtime.budget.characters(value.data.length);
    this.size += value.data.length;
    if (this.size > MOST) throw new PyError('MemoryError', 'too much to hash');
    this.parts.push(value.data.slice());
  }
  get result(): Buffer {
    const hash = createHash(ALGORITHMS[this.name]);
    for (const part of this.parts) hash.update(part);
    return hash.digest();
  }
  references(visit: Visit): void {
    visit.weigh(this.size / 64);
  }
}

const HASH = new ClassOf('HASH', '_hashlib', Digest, () => {
  throw typeError("cannot create '_hashlib.HASH' instances");
});
HASH.method('update', ONE, (self, [value], runtime) => {
  self.add(value!, runtime);
  return null;
})
  .method('digest', NONE, (self) => new PyBytes(Uint8Array.from(self.result)))
  .method('hexdigest', NONE, (self) => self.result.toString('hex'))
  .method('copy', NONE, (self) => {
    const made = new Digest(self.name);
    made.parts = [...self.parts];
    made.size = self.size;
    return HASH.of(made);
  })
  .property('name', (self) => self.name)
  .property('digest_size', (self) => BigInt(self.result.length));

function begin(name: string, data: Value | undefined, runtime: Runtime): Value {
  if (!Object.hasOwn(ALGORITHMS, name)) throw valueError(`unsupported hash type ${name}`);
  const digest = new Digest(name);
  if (data !== undefined) digest.add(data, runtime);
  return HASH.of(digest);
}

export const HASHLIB = (): Map<string, Value> =>
  new Map<string, Value>([
    ...Object.keys(ALGORITHMS).map((name): [string, Value] => [
      name,
      new NativeFunction(name, ([data], _, interpreter) => begin(name, data, interpreter as Runtime)),
    ]),
    [
      'new',
      new NativeFunction('new', ([name, data], _, interpreter) => begin(String(name), data, interpreter as Runtime)),
    ],
  ]);

const bytesOf = (value: Value | undefined, runtime: Runtime): Uint8Array => {
  if (value instanceof PyBytes) {
    runtime.budget.characters(value.data.length);
    return value.data;
  }
  if (typeof value === 'string') return Buffer.from(value, 'latin1');
  throw typeError(
    `a bytes-like object is required, not '${runtime.str(runtime.getAttribute(runtime.getAttribute(value ?? null, '__class__'), '__name__'))}'`,
  );
};
const coder = (name: string, run: (data: Uint8Array) => Uint8Array): [string, Value] => [
  name,
  fn(name, ONE, ([value], runtime) => new PyBytes(Uint8Array.from(run(bytesOf(value, runtime))))),
];
const decoded = (data: Uint8Array): Uint8Array => {
  const text = Buffer.from(data)
    .toString('latin1')
    .replace(/[^A-Za-z0-9+/=]/g, '');
  if (text.replace(/=+$/, '').length % 4 === 1 || text.length % 4 !== 0) throw valueError('Incorrect padding');
  return Buffer.from(text, 'base64');
};

export const BASE64 = (): Map<string, Value> =>
  new Map<string, Value>([
    coder('b64encode', (data) => Buffer.from(Buffer.from(data).toString('base64'))),
    coder('b64decode', decoded),
    coder('standard_b64encode', (data) => Buffer.from(Buffer.from(data).toString('base64'))),
    coder('standard_b64decode', decoded),
    coder('urlsafe_b64encode', (data) =>
      Buffer.from(Buffer.from(data).toString('base64').replaceAll('+', '-').replaceAll('/', '_')),
    ),
    coder('urlsafe_b64decode', (data) =>
      decoded(Buffer.from(Buffer.from(data).toString('latin1').replaceAll('-', '+').replaceAll('_', '/'))),
    ),
    coder('b16encode', (data) => Buffer.from(Buffer.from(data).toString('hex').toUpperCase())),
  ]);

export const BINASCII = (): Map<string, Value> =>
  new Map<string, Value>([
    coder('hexlify', (data) => Buffer.from(Buffer.from(data).toString('hex'))),
    coder('unhexlify', (data) => Buffer.from(Buffer.from(data).toString('latin1'), 'hex')),
  ]);
