import { describe, expect, it } from 'vitest';
import { shown } from '../torch/session.ts';

const say = (code: string): string => shown(`import unicodedata as u\n${code}`);

describe('unicodedata', () => {
  it.each([
    [
      "[u.category(c) for c in 'aA1 -_é\\u0301中\\n¥½ⅷʰ']",
      "['Ll', 'Lu', 'Nd', 'Zs', 'Pd', 'Pc', 'Ll', 'Mn', 'Lo', 'Cc', 'Sc', 'No', 'Nl', 'Lm']",
    ],
    ["u.normalize('NFD', 'é') == 'e\\u0301', u.normalize('NFKC', 'ﬁ²')", "(True, 'fi2')"],
    [
      "[u.combining(c) for c in 'a\\u0301\\u0300\\u0327\\u0316\\u094d\\u05b0\\u0334\\u0345\\u035c\\u0344']",
      '[0, 230, 230, 202, 220, 9, 10, 1, 240, 233, 230]',
    ],
    ["u.decimal('5'), u.digit('٣'), u.numeric('7'), u.decimal('a', None), u.digit('𝟗')", '(5, 3, 7.0, None, 9)'],
    ["u.is_normalized('NFC', 'e\\u0301')", 'False'],
    ["u.decimal('a')", 'ValueError: not a decimal'],
    ["u.normalize('X', 'a')", 'ValueError: invalid normalization form'],
    ["u.category('ab')", 'TypeError: category() argument must be a unicode character, not str'],
    ['u.category(3)', 'TypeError: category() argument 1 must be a unicode character, not int'],
    ["u.name('a')", 'NotImplementedError: unicodedata.name() is not supported here'],
  ])('%s', (code, answer) => {
    expect(say(code)).toBe(answer);
  });
});
