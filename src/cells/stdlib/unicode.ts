/** unicodedata: what Unicode says of characters, as far as JavaScript knows it. */
import { fn } from '../runtime/builtins/native.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { typeName } from '../runtime/types.ts';
import type { Value } from '../runtime/values.ts';
import { ONE } from './classes.ts';

const CATEGORIES = 'Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn'
  .split(' ')
  .map((name) => ({ name, pattern: new RegExp(`^\\p{gc=${name}}$`, 'u') }));

/** A character of each canonical combining class, in their order. */
const MARKS =
  '1:334 6:16ff0 7:93c 8:3099 9:94d 10:5b0 11:5b1 12:5b2 13:5b3 14:5b4 15:5b5 16:5b6 17:5b7 18:5b8 19:5b9 20:5bb 21:5bc 22:5bd 23:5bf 24:5c1 25:5c2 26:fb1e 27:64b 28:64c 29:64d 30:618 31:619 32:61a 33:651 34:652 35:670 36:711 84:c55 91:c56 103:e38 107:e48 118:eb8 122:ec8 129:f71 130:f72 132:f74 202:321 214:1dce 216:31b 218:1dfa 220:316 222:59a 224:302e 226:1d16d 228:5ae 230:300 232:315 233:35c 234:35d 240:345'
    .split(' ')
    .map((pair) => pair.split(':'))
    .map(([level, code]) => ({ level: Number(level), mark: String.fromCodePoint(Number.parseInt(code, 16)) }));

/** Whether two marks change places where a text is put into canonical order: the first one's class is higher. */
const change = (first: string, second: string): boolean =>
  first !== second && (first + second).normalize('NFD') === second + first;

/** The class is found by where a mark goes among marks of known classes. */
export function combiningClass(given: string): number {
  if (!/^\p{M}$/u.test(given)) return 0;
  const [char] = given.normalize('NFD');
  const highest = MARKS[MARKS.length - 1];
  const previous = MARKS[MARKS.length - 2];
  if (change(char, previous.mark)) return highest.level;
  if (!change(highest.mark, char)) return 0;
  return MARKS.find(({ mark }) => !change(char, mark))?.level ?? 0;
}

const DIGIT = /^\p{Nd}$/u;

/** Digits stand in rows of ten. */
function digitOf(char: string): number | null {
  if (!DIGIT.test(char)) return null;
  const code = char.codePointAt(0)!;
  let first = code;
  while (DIGIT.test(String.fromCodePoint(first - 1))) first--;
  return (code - first) % 10;
}

function charOf(name: string, value: Value | undefined, runtime: Runtime): string {
  if (typeof value !== 'string')
    throw typeError(`${name}() argument 1 must be a unicode character, not ${typeName(value ?? null, runtime)}`);
  if ([...value].length !== 1) throw typeError(`${name}() argument must be a unicode character, not str`);
  return value;
}

const FORMS = ['NFC', 'NFD', 'NFKC', 'NFKD'];

function normalized([form, text]: readonly (Value | undefined)[], runtime: Runtime): string {
  if (typeof form !== 'string')
    throw typeError(`normalize() argument 1 must be str, not ${typeName(form ?? null, runtime)}`);
  if (typeof text !== 'string')
    throw typeError(`normalize() argument 2 must be str, not ${typeName(text ?? null, runtime)}`);
  if (!FORMS.includes(form)) throw valueError('invalid normalization form');
  // One character may become 18.
  runtime.budget.characters(text.length);
  const made = text.normalize(form);
  runtime.budget.characters(made.length);
  return made;
}

const number =
  (name: string, make: (digit: number) => Value) =>
  ([char, fallback]: readonly (Value | undefined)[], runtime: Runtime): Value => {
    const digit = digitOf(charOf(name, char, runtime));
    if (digit !== null) return make(digit);
    if (fallback !== undefined) return fallback;
    throw valueError(`not a ${name === 'numeric' ? 'numeric character' : name}`);
  };

const BOTH = { least: 2, most: 2 };
const WITH_DEFAULT = { least: 1, most: 2 };

export const UNICODE = (): Map<string, Value> =>
  new Map<string, Value>([
    ['normalize', fn('normalize', BOTH, normalized)],
    ['is_normalized', fn('is_normalized', BOTH, (given, runtime) => normalized(given, runtime) === given[1])],
    [
      'category',
      fn('category', ONE, ([char], runtime) => {
        const one = charOf('category', char, runtime);
        return CATEGORIES.find(({ pattern }) => pattern.test(one))?.name ?? 'Cn';
      }),
    ],
    [
      'combining',
      fn('combining', ONE, ([char], runtime) => BigInt(combiningClass(charOf('combining', char, runtime)))),
    ],
    ['decimal', fn('decimal', WITH_DEFAULT, number('decimal', BigInt))],
    ['digit', fn('digit', WITH_DEFAULT, number('digit', BigInt))],
    [
      'numeric',
      fn(
        'numeric',
        WITH_DEFAULT,
        number('numeric', (digit) => digit),
      ),
    ],
    ...['name', 'lookup', 'bidirectional', 'east_asian_width', 'decomposition', 'mirrored'].map(
      (name): [string, Value] => [
        name,
        fn(name, WITH_DEFAULT, () => {
          throw new PyError('NotImplementedError', `unicodedata.${name}() is not supported here`);
        }),
      ],
    ),
    ['unidata_version', `${process.versions.unicode ?? '15.0'}.0`],
  ]);
