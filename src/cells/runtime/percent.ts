/** `'%5.2f of %s' % values`. */

import { toFloat } from './coerce.ts';
import { PyError, typeError, valueError } from './errors.ts';
import { exponential, fixed, general } from './floats.ts';
import { getItem, keyError } from './keys.ts';
import { intText, toDouble, truncate } from './numbers.ts';
import type { Runtime } from './runtime.ts';
import { TextBuilder } from './text.ts';
import { typeName } from './types.ts';
import { PyDict, PyTuple, type Value } from './values.ts';

/** What follows a `%`, its key aside. */
const CONVERSION = /([-+ #0]*)(\*|\d+)?(?:(\.)(\*|\d+)?)?[hlL]?(.)?/suy;

export function percentFormat(runtime: Runtime, template: string, right: Value): string {
  const mapping = right instanceof PyDict ? right : null;
  const args: readonly Value[] = right instanceof PyTuple ? right.items : [right];
  let used = 0;
  let keyed = false;
  const take = (): Value => {
    if (used >= args.length) throw typeError('not enough arguments for format string');
    return args[used++];
  };
  const size = (text: string | undefined): number | null => {
    if (text === undefined) return null;
    const given = text === '*' ? take() : BigInt(text);
    if (typeof given !== 'bigint') throw typeError('* wants int');
    runtime.budget.characters(Math.abs(Number(given)));
    return Number(given);
  };
  runtime.budget.characters(template.length);
  const out = new TextBuilder(runtime.budget);
  let at = 0;
  for (let next = template.indexOf('%'); next >= 0; next = template.indexOf('%', at)) {
    runtime.budget.step();
    if (next > at) out.add(template.slice(at, next));
    at = next + 1;
    let key: string | undefined;
    if (template[at] === '(') {
      const end = closing(template, at);
      key = template.slice(at + 1, end);
      at = end + 1;
    }
    CONVERSION.lastIndex = at;
    const [whole, given, wide, point, exact, kind] = CONVERSION.exec(template) as unknown as (string | undefined)[];
    at += whole!.length;
    if (kind === undefined) throw valueError('incomplete format');
    if (kind === '%') {
      out.add('%');
      continue;
    }
    const width = size(wide);
    const flags = (given ?? '') + (width !== null && width < 0 ? '-' : '');
    const precision = point !== undefined && exact === undefined ? 0 : size(exact);
    let value: Value;
    if (key !== undefined) {
      if (mapping === null) throw typeError('format requires a mapping');
      keyed = true;
      const found = getItem(mapping, key, runtime);
      if (found === undefined) throw keyError(key, runtime);
      value = found;
    } else value = take();
    out.add(laidOut(convert(runtime, value, kind, flags, precision), kind, flags, Math.abs(width ?? 0)));
  }
  if (!keyed && mapping === null && used < args.length)
    throw typeError('not all arguments converted during string formatting');
  out.add(template.slice(at));
  return out.toString();
}

/** Where the key that begins at `from` ends; brackets within it are counted. */
function closing(template: string, from: number): number {
  let open = 0;
  for (let i = from; i < template.length; i++) {
    if (template[i] === '(') open++;
    else if (template[i] === ')' && --open === 0) return i;
  }
  throw valueError('incomplete format key');
}

function laidOut({ sign, digits }: Converted, kind: string, flags: string, width: number): string {
  const room = width - sign.length - digits.length;
  if (room <= 0) return sign + digits;
  if (flags.includes('-')) return sign + digits + ' '.repeat(room);
  const numeric = 'diufFeEgGxXo'.includes(kind) && /\d/.test(digits.slice(0, 16));
  return flags.includes('0') && numeric ? sign + '0'.repeat(room) + digits : ' '.repeat(room) + sign + digits;
}

interface Converted {
  readonly sign: string;
  readonly digits: string;
}

function convert(runtime: Runtime, value: Value, kind: string, flags: string, precision: number | null): Converted {
  const signOf = (negative: boolean): string =>
    negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const cut = (text: string): Converted => ({
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
      return { sign: '', digits: characterOf(value) };
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
    case 'o': {
      const whole = wholeOf(runtime, value, kind);
      const negative = whole < 0n;
      const radix = kind === 'o' ? 8 : kind === 'x' || kind === 'X' ? 16 : 10;
      let digits = intText(negative ? -whole : whole, runtime.budget, radix).padStart(precision ?? 0, '0');
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

/** Of `%c`: a code, or a string of one character. */
function characterOf(value: Value): string {
  if (typeof value === 'bigint') {
    if (value < 0n || value > 0x10ffffn) throw new PyError('OverflowError', '%c arg not in range(0x110000)');
    return String.fromCodePoint(Number(value));
  }
  if (typeof value !== 'string' || value.length === 0 || value.length > 2 || [...value].length !== 1)
    throw typeError('%c requires int or char');
  return value;
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
