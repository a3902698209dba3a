/** Mutated cells: whatever is thrown at a session, it answers, and within its budget. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { session } from './support.ts';

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const corpora = ['language', 'operations-and-errors'].flatMap(
  (name) => JSON.parse(readFileSync(new URL(`./cpython/${name}.json`, import.meta.url), 'utf8')) as { code: string }[],
);
const CELLS = corpora.map(({ code }) => code);
const TOKENS = [
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ':',
  ',',
  '.',
  '=',
  '==',
  '**',
  '*',
  '//',
  '-',
  '~',
  ' not ',
  ' and ',
  ' or ',
  ' in ',
  ' is ',
  '\n',
  '\n    ',
  '    ',
  ';',
  '0',
  '1',
  '-1',
  '10**9',
  '1e308',
  '2**63',
  'None',
  'True',
  'x',
  'self',
  'lambda x: x',
  'def f(x):',
  'class A:',
  'return ',
  'yield ',
  'raise ',
  'del ',
  'for i in x:',
  'while True:',
  'try:',
  'except:',
  'finally:',
  'with x:',
  'f"{x}"',
  'f"{x!r:>{x}}"',
  '"%s" % ',
  '"abc"',
  "'",
  '"""',
  '\\',
  '#',
  'print',
  'range(10**9)',
  'list(',
  'sorted(',
  '.append(',
  '.__class__',
  '.__dict__',
  '__proto__',
  'super()',
  'global x\n',
  'nonlocal x\n',
  'import math\n',
  '@x\n',
  ':=',
  '->',
  '\u0000',
  'é',
  '😀',
  '\t',
];

/** What a word of a cell is put in place of. */
const VALUES =
  'None True -1 0 1.5 10**9 [] () {} {1:2} "abc" range(10**9) (lambda*a:a) print int list float("nan") [1,[2]] x self f A iter(x) sorted len(x) str(x) next(x) sum(x) zip(x,x) x[::-1] x() f(x) A() type(x) ... super() repr(x)'.split(
    ' ',
  );

test('mutated cells end within the budget and throw nothing', () => {
  const random = generator(20231);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
  const mutate = (code: string): string => {
    let text = code;
    if (random() < 0.6) {
      const words = [...text.matchAll(/\b(?!\d*e)[\w]+\b/g)];
      for (let n = 1 + Math.floor(random() * 3); n > 0 && words.length > 0; n--) {
        const [word] = words.splice(Math.floor(random() * words.length), 1);
        if (text.slice(word.index).startsWith(word[0])) {
          text = text.slice(0, word.index) + pick(VALUES) + text.slice(word.index + word[0].length);
        }
      }
      return text;
    }
    for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
      const at = Math.floor(random() * (text.length + 1));
      const kind = random();
      if (kind < 0.45) text = text.slice(0, at) + pick(TOKENS) + text.slice(at);
      else if (kind < 0.65) text = text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 6));
      else if (kind < 0.8) text = `${text}\n${pick(CELLS)}`;
      else if (kind < 0.9) text = text.slice(0, at) + pick(CELLS) + text.slice(at);
      else text = text.slice(0, at) + text.slice(Math.max(0, at - 20));
    }
    return text;
  };
  let cells = session();
  const kinds = new Map<string, number>();
  for (let i = 0; i < 4000; i++) {
    if (i % 40 === 0)
      cells = session({ maxSteps: 20_000, maxItems: 2000, maxStringLength: 5000, maxIntBits: 2000, maxOutput: 20_000 });
    const code = mutate(pick(CELLS));
    let kind = 'answer';
    try {
      kind = cells.run(code).error?.type ?? kind;
    } catch (error) {
      throw new Error(`leaked from: ${JSON.stringify(code)}`, { cause: error });
    }
    // A step may cost more than one: what is over is no more than the dearest of them.
    expect(cells.interpreter.budget.used).toBeLessThan(20_000 + 2000);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  expect(kinds.get('answer')).toBeGreaterThan(200);
  expect(kinds.size).toBeGreaterThan(10);
});
