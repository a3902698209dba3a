/** `'%5.2f of %s' % values`. */

import { toFloat } from './coerce.ts';
import { typeError, valueError } from './errors.ts';
import { exponential, fixed, general } from './floats.ts';
import { getItem, keyError } from './keys.ts';
import { toDouble, truncate } from './numbers.ts';
import type { Runtime } from './runtime.ts';
import { typeName } from './types.ts';
import { PyDict, PyTuple, type Value } from './values.ts';

const CONVERSION = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?(.)?/gsu;

export function percentFormat(runtime: Runtime, template: string, right: Value): string {
  const mapping = right instanceof PyDict ? right : null;
  const args: readonly Value[] =
    right instanceof PyTuple && right.fields === undefined && right.type === 'tuple' ? right.items : [right];
  let used = 0;
  let keyed = false;
  const take = (): Value => {
    if (used >= args.length) throw typeError('not enough arguments for format string');
    return args[used++];
  };
  const size = (text: string | undefined): number | null => {
    if (text === undefined) return null;
    const value = text === '*' ? Number(take() as bigint) : Number(text);
    runtime.budget.characters(Math.abs(value));
    return value;
  };
  const out = template.replace(
    CONVERSION,
    (
      whole,
      key: string | undefined,
      flags: string,
      wide: string | undefined,
      exact: string | undefined,
      kind: string | undefined,
    ) => {
      runtime.budget.step();
      if (kind === undefined) throw valueError('incomplete format');
      if (kind === '%') return '%';
      const width = size(wide);
      const precision = whole.includes('.') && exact === undefined ? 0 : size(exact);
      let value: Value;
      if (key !== undefined) {
        if (mapping === null) throw typeError('format requires a mapping');
        keyed = true;
        const found = getItem(mapping, key, runtime);
        if (found === undefined) throw keyError(key, runtime);
        value = found;
      } else value = take();
      const { sign, digits } = convert(runtime, value, kind, flags, precision);
      const left = flags.includes('-');
      const room = (width ?? 0) - sign.length - digits.length;
      if (room <= 0) return sign + digits;
      if (left) return sign + digits + ' '.repeat(room);
      const numeric = 'diufFeEgGxXo'.includes(kind) && /\d/.test(digits);
      return flags.includes('0') && numeric ? sign + '0'.repeat(room) + digits : ' '.repeat(room) + sign + digits;
    },
  );
  if (!keyed && mapping === null && used < args.length)
    throw typeError('not all arguments converted during string formatting');
  runtime.budget.characters(out.length);
  return out;
}

function convert(
  runtime: Runtime,
  value: Value,
  kind: string,
  flags: string,
  precision: number | null,
): { sign: string; digits: string } {
  const signOf = (negative: boolean): string =>
    negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const cut = (text: string): { sign: string; digits: string } => ({
    sign: '',
    digits: precision === null ? text : text.slice(0, precision),
  });
  switch (kind) {
    case 's':
      return cut(runtime.str(value));
    case 'r':
    case 'a':
      return cut(runtime.repr(value));
    case 'c':
      return { sign: '', digits: typeof value === 'bigint' ? String.fromCodePoint(Number(value)) : runtime.str(value) };
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o': {
      const whole = wholeOf(runtime, value, kind);
      const negative = whole < 0n;
      const radix = kind === 'o' ? 8 : kind === 'x' || kind === 'X' ? 16 : 10;
      let digits = (negative ? -whole : whole).toString(radix).padStart(precision ?? 0, '0');
      if (flags.includes('#') && radix !== 10) digits = `0${kind}${digits}`;
      return { sign: signOf(negative), digits: kind === 'X' ? digits.toUpperCase() : digits };
    }
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G': {
      const number = typeof value === 'bigint' ? toDouble(value) : realOf(runtime, value);
      const sign = signOf(number < 0 || Object.is(number, -0));
      if (!Number.isFinite(number)) return { sign, digits: Number.isNaN(number) ? 'nan' : 'inf' };
      const places = precision ?? 6;
      const lower = kind.toLowerCase();
      const text =
        lower === 'f'
          ? fixed(number, places)
          : lower === 'e'
            ? exponential(number, places)
            : general(number, places, flags.includes('#'));
      return { sign, digits: kind === lower ? text : text.toUpperCase() };
    }
    default:
      throw valueError(`unsupported format character '${kind}' (0x${kind.codePointAt(0)!.toString(16)})`);
  }
}

function wholeOf(runtime: Runtime, value: Value, kind: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return BigInt(value);
  if (typeof value === 'number' && 'diu'.includes(kind)) return truncate(value);
  if (runtime.isTensor(value) && runtime.tensors !== undefined) return runtime.tensors.toInt(value);
  throw typeError(
    `%${kind} format: ${'diu'.includes(kind) ? 'a real number' : 'an integer'} is required, not ${typeName(value, runtime)}`,
  );
}

function realOf(runtime: Runtime, value: Value): number {
  if (typeof value === 'string' || value === null)
    throw typeError(`must be real number, not ${typeName(value, runtime)}`);
  return toFloat(runtime, value);
}
