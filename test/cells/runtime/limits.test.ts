import { describe, expect, test } from 'vitest';
import { PyError } from '#src/cells/runtime/errors.ts';
import { run, session } from './support.ts';

const errorOf = (code: string): string | undefined => run(code).error?.type;

describe('what would never end, or never fit, ends in an error of Python', () => {
  test.each([
    ['while True: pass', 'TimeoutError'],
    ['while True:\n    try:\n        while True: pass\n    except: pass', 'TimeoutError'],
    ['try:\n    while True: pass\nfinally:\n    while True: pass', 'TimeoutError'],
    ['def f():\n    try:\n        while True: pass\n    finally:\n        return 1\nf()', 'TimeoutError'],
    [
      'class C:\n    def __enter__(self): pass\n    def __exit__(self, *a): return True\nwith C():\n    while True: pass',
      'TimeoutError',
    ],
    ['sum(range(10**12))', 'TimeoutError'],
    ['any(x < 0 for x in range(10**12))', 'TimeoutError'],
    ['"a" * 10**12', 'MemoryError'],
    ['[0] * 10**12', 'MemoryError'],
    ['10 ** 10 ** 10', 'MemoryError'],
    ['1 << 10**10', 'MemoryError'],
    ['import math\nmath.factorial(10**9)', 'MemoryError'],
    ['list(range(10**12))', 'MemoryError'],
    ['x = []\nwhile True: x.append(x)', 'MemoryError'],
    ['x = [1]\nfor i in x: x.append(i)', 'MemoryError'],
    ['x = "a"\nwhile True: x += x', 'MemoryError'],
    ['x = 2\nwhile True: x *= x', 'MemoryError'],
    ['while True: print("x" * 1000)', 'MemoryError'],
    ['while True:\n    try: print("x" * 1000)\n    except: pass', 'MemoryError'],
    ['"%1000000000d" % 3', 'MemoryError'],
    ['f"{3:1000000000}"', 'MemoryError'],
    ['f"{3.0:.1000000000f}"', 'MemoryError'],
    ['"x".center(10**10)', 'MemoryError'],
    ['int("9" * 50000)', 'MemoryError'],
    ['l = []\nfor i in range(100): l = [l, l]\nrepr(l)', 'MemoryError'],
    ['l = []\nfor i in range(10000): l = [l]\nrepr(l)', 'RecursionError'],
    ['def f(n): return f(n + 1)\nf(0)', 'RecursionError'],
    ['def f(n): return [((1 + (2 * (3 + (4 * f(n + 1))))))]\nf(0)', 'RecursionError'],
    ['f = lambda x: sorted([1, 2], key=lambda v: f(v))\nf(1)', 'RecursionError'],
    ['def f(): yield from f()\nlist(f())', 'RecursionError'],
    ['class A:\n    def __getattr__(self, n): return self.zz\nA().x', 'RecursionError'],
    ['class A:\n    def __repr__(self): return repr(self)\nA()', 'RecursionError'],
  ])('%s', (code, type) => {
    expect(errorOf(code)).toBe(type);
  });

  test('a RecursionError may be caught, as in Python', () => {
    expect(run('def f():\n    try: return f()\n    except RecursionError: return "caught"\nf()').result?.value).toBe(
      'caught',
    );
  });
});

test.each([
  ['x = []\nfor i in range(50_000): x += [i]\nlen(x)', 50_000],
  ['x = []\nfor i in range(50_000): x.extend((i,))\nlen(x)', 50_000],
  ['class A: pass\nfor i in range(50_000): setattr(A, f"a{i}", i)\nA.a49999', 49_999],
  ['class A: pass\na = A()\nfor i in range(50_000): setattr(a, f"a{i}", i)\na.a49999', 49_999],
  ['def f(): pass\nfor i in range(50_000): setattr(f, f"a{i}", i)\nf.a49999', 49_999],
])('what grows at its end costs what it grows by: %s', (code, value) => {
  const { error, result } = run(code);
  expect([error?.message, Number(result?.value)]).toEqual([undefined, value]);
});

describe('deep source', () => {
  const many = 100_000;
  test.each([
    ['parentheses', '('.repeat(many) + ')'.repeat(many), 'SyntaxError'],
    ['terms', Array(50_000).fill('1').join(' + '), 'RecursionError'],
    ['signs', `${'-'.repeat(many)}1`, 'RecursionError'],
    ['subscripts', `x${'[0]'.repeat(many)}`, 'RecursionError'],
    ['lambdas', `${'lambda: '.repeat(10_000)}1`, 'RecursionError'],
    ['conditions', `${'a if b else '.repeat(10_000)}1`, 'RecursionError'],
    ['indents', Array.from({ length: 150 }, (_, i) => `${' '.repeat(i)}if 1:`).join('\n'), 'IndentationError'],
  ])('%s', (_, code, type) => {
    expect(errorOf(code)).toBe(type);
  });

  test('long but flat source runs', () => {
    expect(run(Array(500).fill('1').join(' + ')).result?.value).toBe(500n);
    expect(run(`len([${'1, '.repeat(20_000)}])`).result?.value).toBe(20_000n);
    const branches = Array.from({ length: 5000 }, (_, i) => `elif x == ${i}: y = ${i}`).join('\n');
    expect(run(`x = 4999\nif x < 0: y = 0\n${branches}\ny`).result?.value).toBe(4999n);
  });
});

describe('the clock', () => {
  test('what tick throws ends the cell; a PyError is its answer', () => {
    const cells = session({
      maxSteps: 1e9,
      tick() {
        throw new PyError('TimeoutError', 'time is up');
      },
    });
    expect(cells.run('try:\n    while True: pass\nexcept: pass').error).toEqual({
      type: 'TimeoutError',
      message: 'time is up',
      line: 2,
    });
    expect(cells.run('1 + 1').result?.repr).toBe('2');
  });

  test('anything else is thrown on', () => {
    const cells = session({
      maxSteps: 1e9,
      tick() {
        throw new Error('interrupted');
      },
    });
    expect(() => cells.run('try:\n    while True: pass\nfinally:\n    x = 1')).toThrow('interrupted');
  });

  test('a simple loop is quick', () => {
    const started = performance.now();
    expect(run('s = 0\nfor i in range(100000):\n    s += i * 2\ns').result?.value).toBe(9999900000n);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
