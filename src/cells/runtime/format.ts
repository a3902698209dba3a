/** Format specifications: `format(x, '>8.3f')`, of f-strings and of str.format. */
import { Tensor } from '../../tensor/tensor.ts';
import type { CellBudget } from './budget.ts';
import { PyError, typeError, valueError } from './errors.ts';
import { exponential, fixed, floatRepr, general } from './floats.ts';
import { lookup } from './mro.ts';
import { toDouble } from './numbers.ts';
import { plainOf } from './primitive.ts';
import type { Runtime } from './runtime.ts';
import { cut, isPlain, joinText, skip, textLength } from './text.ts';
import { typeName } from './types.ts';
import { PyInstance, type Value } from './values.ts';

export interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | null;
  readonly type: string;
}

const PATTERN = /^(?:(.)?([<>=^]))?([+\- ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?(.)?$/su;
const MOST_DIGITS = 100_000;

export function formatValue(runtime: Runtime, value: Value, spec: string): string {
  if (value instanceof Tensor && runtime.tensors !== undefined) return runtime.tensors.format(value, spec, runtime);
  if (value instanceof PyInstance) {
    const own = lookup(value.cls, '__format__');
    if (own !== undefined) {
      const text = runtime.call(own.member, [value, spec]);
      if (typeof text !== 'string') throw typeError(`__format__ must return a str, not ${typeName(text, runtime)}`);
      return text;
    }
  }
  if (spec === '') return runtime.str(value);
  return formatPlain(runtime, plainOf(value), spec);
}

/** Of numbers and strings; what a tensor of one element formats as goes through here too. */
export function formatPlain(runtime: Runtime, value: Value, spec: string): string {
  const isText = typeof value === 'string';
  if (!isText && typeof value !== 'bigint' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw typeError(`unsupported format string passed to ${typeName(value, runtime)}.__format__`);
  }
  const parsed = parseSpec(spec, typeName(value, runtime));
  runtime.budget.characters(Math.max(parsed.width, parsed.precision ?? 0));
  if (isText) return formatText(runtime.budget, value, parsed);
  if ((parsed.precision ?? 0) > MOST_DIGITS) throw valueError('precision too big');
  if (typeof value === 'boolean' && (parsed.type === '' || parsed.type === 's')) {
    return parsed.type === '' && !/[0-9]/.test(spec)
      ? pad(runtime.budget, value ? 'True' : 'False', parsed, '<')
      : formatInt(runtime, BigInt(value), { ...parsed, type: 'd' });
  }
  if (typeof value === 'number') return formatFloat(runtime.budget, value, parsed);
  return formatInt(runtime, BigInt(value), parsed);
}

function parseSpec(text: string, type: string): Spec {
  const match = PATTERN.exec(text);
  if (match === null) throw valueError(`Invalid format specifier '${text}' for object of type '${type}'`);
  const [, fill, align, sign, , alternate, zero, width, grouping, precision, kind] = match;
  const wide = width === undefined ? 0 : Number(width);
  if (wide > Number.MAX_SAFE_INTEGER) throw valueError('Too many decimal digits in format string');
  return {
    fill: fill ?? (zero !== undefined && align === undefined ? '0' : ' '),
    align: align ?? (zero !== undefined ? '=' : ''),
    sign: sign ?? '-',
    alternate: alternate !== undefined,
    zero: zero !== undefined,
    width: wide,
    grouping: grouping ?? '',
    precision: precision === undefined ? null : Number(precision),
    type: kind ?? '',
  };
}

const unknown = (code: string, type: string): PyError =>
  valueError(`Unknown format code '${code}' for object of type '${type}'`);

function pad(budget: CellBudget, text: string, spec: Spec, fallback: string): string {
  const missing = spec.width - textLength(text, budget);
  if (missing <= 0) return text;
  const align = spec.align === '' ? fallback : spec.align;
  if (align === '<') return text + spec.fill.repeat(missing);
  if (align === '^') return spec.fill.repeat(missing >> 1) + text + spec.fill.repeat(missing - (missing >> 1));
  return spec.fill.repeat(missing) + text;
}

function formatText(budget: CellBudget, value: string, spec: Spec): string {
  if (spec.type !== '' && spec.type !== 's') throw unknown(spec.type, 'str');
  if (spec.align === '=' && !spec.zero) throw valueError("'=' alignment not allowed in string format specifier");
  if (spec.grouping !== '') throw valueError(`Cannot specify '${spec.grouping}' with 's'.`);
  const { precision } = spec;
  const text =
    precision === null ? value : cut(value, 0, isPlain(value, budget) ? precision : skip(value, 0, precision));
  return pad(budget, text, spec.align === '=' ? { ...spec, align: '<' } : spec, '<');
}

function group(budget: CellBudget, digits: string, separator: string, size: number): string {
  if (separator === '') return digits;
  const first = digits.length % size || size;
  const parts = [digits.slice(0, first)];
  for (let at = first; at < digits.length; at += size) {
    budget.step();
    parts.push(digits.slice(at, at + size));
  }
  return joinText(budget, parts, separator);
}

/** The fewest digits that, in groups, take as much room. */
function digitsFor(room: number, size: number): number {
  const groups = Math.floor(room / (size + 1));
  return groups * size + Math.max(1, room % (size + 1));
}

/** Sign, prefix and digits laid out to the width. */
function lay(
  budget: CellBudget,
  negative: boolean,
  prefix: string,
  whole: string,
  rest: string,
  spec: Spec,
  size = 3,
): string {
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign;
  const grouped = (digits: string): string => group(budget, digits, spec.grouping, size);
  if (spec.align !== '=') return pad(budget, sign + prefix + grouped(whole) + rest, spec, '>');
  const room = spec.width - sign.length - prefix.length - rest.length;
  const digits =
    spec.fill === '0' && spec.grouping !== '' && room > 0
      ? grouped(whole.padStart(digitsFor(room, size), '0'))
      : grouped(whole).padStart(room, spec.fill);
  return sign + prefix + digits + rest;
}

const RADIX: ReadonlyMap<string, number> = new Map([
  ['b', 2],
  ['o', 8],
  ['x', 16],
  ['X', 16],
  ['d', 10],
  ['n', 10],
  ['', 10],
]);

function formatInt(runtime: Runtime, value: bigint, spec: Spec): string {
  if ('eEfFgG%'.includes(spec.type) && spec.type !== '') return formatFloat(runtime.budget, toDouble(value), spec);
  if (spec.precision !== null) throw valueError('Precision not allowed in integer format specifier');
  if (spec.type === 'c') {
    if (value < 0n || value > 0x10ffffn) throw new PyError('OverflowError', '%c arg not in range(0x110000)');
    return pad(runtime.budget, String.fromCodePoint(Number(value)), spec, '<');
  }
  const radix = RADIX.get(spec.type);
  if (radix === undefined) throw unknown(spec.type, 'int');
  const magnitude = value < 0n ? -value : value;
  let digits = magnitude.toString(radix);
  runtime.budget.characters(digits.length);
  let prefix = spec.alternate && radix !== 10 ? `0${spec.type}` : '';
  if (spec.type === 'X') {
    digits = digits.toUpperCase();
    prefix = prefix.toUpperCase();
  }
  return lay(runtime.budget, value < 0n, prefix, digits, '', spec, radix === 10 ? 3 : 4);
}

function formatFloat(budget: CellBudget, value: number, spec: Spec): string {
  const { type } = spec;
  const negative = value < 0 || Object.is(value, -0);
  let text: string;
  if (!Number.isFinite(value)) {
    text = Number.isNaN(value) ? 'nan' : 'inf';
    if (type === '%') text += '%';
    if (type !== '' && type === type.toUpperCase() && type !== '%') text = text.toUpperCase();
    return lay(
      budget,
      negative,
      '',
      text,
      '',
      spec.fill === '0' && spec.align === '=' ? { ...spec, grouping: '' } : { ...spec, grouping: '' },
    );
  }
  const precision = spec.precision ?? 6;
  switch (type) {
    case 'f':
    case 'F':
      text = fixed(value, precision);
      break;
    case 'e':
    case 'E':
      text = exponential(value, precision);
      break;
    case 'g':
    case 'G':
    case 'n':
      text = general(value, precision, spec.alternate);
      if (spec.alternate && !text.includes('.')) text = text.replace(/e|$/, (rest) => `.${rest}`);
      break;
    case '%':
      text = `${fixed(value * 100, precision)}%`;
      break;
    case '': {
      if (spec.precision === null) text = floatRepr(Math.abs(value));
      else {
        text = general(value, spec.precision);
        const exponent = Number(exponential(value, Math.max(0, spec.precision - 1)).split('e')[1]);
        // Without a type the point is kept, and the switch to an exponent comes one digit sooner.
        if (exponent >= spec.precision - 1 && !text.includes('e'))
          text = exponential(value, Math.max(0, spec.precision - 1))
            .replace(/(\.\d*?)0+e/, '$1e')
            .replace('.e', 'e');
        else if (!/[.e]/.test(text)) text += '.0';
      }
      break;
    }
    default:
      throw unknown(type, 'float');
  }
  if (type === 'E' || type === 'G') text = text.toUpperCase();
  const at = text.search(/[.e%E]/);
  const whole = at < 0 ? text : text.slice(0, at);
  return lay(budget, negative, '', whole, at < 0 ? '' : text.slice(at), spec);
}
