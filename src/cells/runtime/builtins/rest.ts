/** Methods that are seldom called: of sets in place, of floats as text, of slices. */
import { PyError, typeError, valueError } from '../errors.ts';
import { spanOf, toIndex } from '../indexing.ts';
import { listOf } from '../iterate.ts';
import { setItem } from '../keys.ts';
import { PyClassMethod, PySet, PyStaticMethod } from '../objects.ts';
import { setOperation } from '../operators.ts';
import { FLOAT, INT, SET, SLICE, STR } from '../types.ts';
import { NativeFunction, PyDict, PySlice, PyTuple, type Value } from '../values.ts';
import { FUNCTIONS } from './define.ts';
import { fillDict, makeSet } from './mappings.ts';
import { fn, method } from './native.ts';

STR.members.set(
  'maketrans',
  new PyStaticMethod(
    fn('maketrans', { least: 1, most: 3 }, ([from, to, gone], runtime) => {
      const table = new PyDict();
      if (to === undefined) {
        if (!(from instanceof PyDict)) throw typeError('if you give only one argument to maketrans it must be a dict');
        for (const [key, value] of fillDict(new PyDict(), from, runtime).entries.values()) {
          if (typeof key === 'string' && [...key].length !== 1)
            throw valueError('string keys in translate table must be of length 1');
          setItem(table, typeof key === 'string' ? BigInt(key.codePointAt(0)!) : key, value, runtime);
        }
        return table;
      }
      const [a, b] = [listOf(runtime, from!), listOf(runtime, to)];
      if (a.length !== b.length) throw valueError('the first two maketrans arguments must have equal length');
      const code = (character: Value): bigint => BigInt(String(character).codePointAt(0) ?? 0);
      for (let i = 0; i < a.length; i++) setItem(table, code(a[i]), code(b[i]), runtime);
      if (gone !== undefined) for (const each of listOf(runtime, gone)) setItem(table, code(each), null, runtime);
      return table;
    }),
  ),
);

const isSet = (value: Value): value is PySet => value instanceof PySet;
const inPlace = (name: string, op: '&' | '-' | '^'): void =>
  method(SET, name, { least: 0, most: 100 }, isSet, (self, given, runtime) => {
    for (const other of given) {
      const result = setOperation(runtime, op, self, makeSet(runtime, other))!;
      for (const held of [...self.entries.keys()]) {
        runtime.budget.step();
        if (!result.entries.has(held)) self.entries.delete(held);
      }
      for (const [held, item] of result.entries) {
        runtime.budget.step();
        if (!self.entries.has(held)) self.entries.set(held, item);
      }
    }
    return null;
  });
inPlace('intersection_update', '&');
inPlace('difference_update', '-');
inPlace('symmetric_difference_update', '^');

const isFloat = (value: Value): value is number => typeof value === 'number';
method(FLOAT, 'hex', { least: 0, most: 0 }, isFloat, (self) => {
  if (!Number.isFinite(self)) return Number.isNaN(self) ? 'nan' : self > 0 ? 'inf' : '-inf';
  const sign = self < 0 || Object.is(self, -0) ? '-' : '';
  if (self === 0) return `${sign}0x0.0p+0`;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(self));
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const digits = (bits & 0xfffffffffffffn).toString(16).padStart(13, '0');
  const power = exponent === 0 ? -1022 : exponent - 1023;
  return `${sign}0x${exponent === 0 ? 0 : 1}.${digits}p${power < 0 ? '' : '+'}${power}`;
});
FLOAT.members.set(
  'fromhex',
  new PyClassMethod(
    new NativeFunction('fromhex', ([, text]) => {
      const plain = String(text).trim().toLowerCase();
      if (/^[+-]?(inf|infinity)$/.test(plain))
        return plain.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      if (plain === 'nan') return Number.NaN;
      const match = /^([+-]?)(?:0x)?([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/.exec(plain);
      if (match === null || match[2] + match[3] === '' || plain.length > 100)
        throw valueError('invalid hexadecimal floating-point string');
      const [, sign, whole, fraction, power] = match;
      const value = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(power ?? 0) - 4 * fraction.length);
      return sign === '-' ? -value : value;
    }),
  ),
);
method(
  INT,
  'as_integer_ratio',
  { least: 0, most: 0 },
  (value): value is bigint | boolean => typeof value === 'bigint' || typeof value === 'boolean',
  (self) => new PyTuple([BigInt(self), 1n]),
);
method(
  SLICE,
  'indices',
  { least: 1, most: 1 },
  (value): value is PySlice => value instanceof PySlice,
  (self, [length], runtime) => {
    const n = Number(toIndex(runtime, length!));
    if (n < 0) throw valueError('length should not be negative');
    const { start, step } = spanOf(runtime, self, n);
    const bound = (value: Value, fallback: number): number => {
      if (value === null) return fallback;
      const at = Number(toIndex(runtime, value));
      const low = step > 0 ? 0 : -1;
      return Math.max(low, Math.min(step > 0 ? n : n - 1, at < 0 ? at + n : at));
    };
    return new PyTuple([BigInt(start), BigInt(bound(self.stop, step > 0 ? n : -1)), BigInt(step)]);
  },
);

for (const name of ['exit', 'quit'])
  FUNCTIONS.set(
    name,
    new NativeFunction(name, () => {
      throw new PyError('SystemExit', '');
    }),
  );
