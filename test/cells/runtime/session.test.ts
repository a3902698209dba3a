import { describe, expect, test } from 'vitest';
import { run, session, shown, unhinted } from './support.ts';

describe('a session', () => {
  test('names, functions and classes live on from cell to cell', () => {
    const cells = session();
    cells.run('x = 2\ndef double(v): return v * factor\nclass Box:\n    def __init__(self, v): self.v = v');
    cells.run('factor = 3');
    expect(cells.run('double(x), Box(5).v').result?.repr).toBe('(6, 5)');
  });

  test('answers the last expression, None aside', () => {
    expect(run('1\n2').result).toEqual({ value: 2n, repr: '2' });
    expect(run('None').result).toBeUndefined();
    expect(run('x = 3').result).toBeUndefined();
    expect(run('').result).toBeUndefined();
    expect(run('print("a"); "b"')).toMatchObject({ stdout: 'a\n', result: { repr: "'b'" } });
  });

  test('keeps what was done before an error', () => {
    const cells = session();
    const result = cells.run('x = 1\nprint("one")\ny = 1 / 0\nz = 2');
    expect(result).toMatchObject({
      stdout: 'one\n',
      stderr: '',
      displays: [],
      warnings: [],
      error: { type: 'ZeroDivisionError', message: 'division by zero', line: 3 },
    });
    expect(cells.run('x').result?.value).toBe(1n);
    expect(shown(cells.run('z'))).toBe("NameError: name 'z' is not defined");
  });

  test('the line is one of this cell', () => {
    const cells = session();
    cells.run('\n\n\n\n\ndef fails():\n    return nothing');
    expect(cells.run('x = 1\nfails()').error?.line).toBe(2);
    expect(cells.run('def g():\n    return nothing\n\ng()').error?.line).toBe(2);
    expect(cells.run('def g(): return 1\nx = [\n  1,\n  g() + missing]').error?.line).toBe(4);
  });

  test('a SyntaxError has its place', () => {
    expect(run('x = 1\ny = 5 5').error).toEqual({
      type: 'SyntaxError',
      message: 'invalid syntax',
      line: 2,
      column: 6,
      length: 1,
    });
    expect(run('f() = 1').error).toMatchObject({ line: 1, column: 0, length: 3 });
  });
});

describe('nothing but our tables is reached', () => {
  test.each([
    '(1).constructor',
    '"a".__proto__',
    '[].constructor',
    '{}.__proto__',
    'print.call',
    'print.constructor',
    '(lambda: 0).constructor',
    '(lambda: 0).closure',
    'object.constructor',
    'type(1).members',
    '(x for x in []).iterator',
    'Exception("a").stack',
    'range(3).start.constructor',
    'slice(1).__proto__',
    'getattr(1, "toString")',
    '"{0.constructor}".format(1)',
  ])('%s', (code) => {
    expect(run(code).error?.type).toBe('AttributeError');
  });

  test.each([
    'globalThis',
    'process',
    'require',
    'Object',
    'Function',
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
  ])('%s is no name', (name) => {
    expect(unhinted(shown(run(name)))).toBe(`NameError: name '${name}' is not defined`);
  });

  test('keys and attributes may have any name', () => {
    expect(
      run('d = {"__proto__": 1, "constructor": 2}\nd["__proto__"], d.get("toString"), "valueOf" in d').result?.repr,
    ).toBe('(1, None, False)');
    expect(
      run('class A: pass\na = A()\na.__proto__ = 5\na.constructor = 6\na.__proto__ + a.constructor').result?.value,
    ).toBe(11n);
    expect(run('def f(**k): return k\nf(**{"__proto__": 1})').result?.repr).toBe("{'__proto__': 1}");
  });

  test.each([
    ['int.foo = 1', "TypeError: cannot set 'foo' attribute of immutable type 'int'"],
    ['import math\nmath.pi = 3', "AttributeError: module 'math' does not let 'pi' be set"],
    ['(1).foo = 2', "AttributeError: 'int' object has no attribute 'foo'"],
    ['eval("1")', 'NotImplementedError: eval() is not available in cells'],
    ['open("/etc/passwd")', "FileNotFoundError: [Errno 2] No such file or directory: '/etc/passwd'"],
    [
      'import subprocess',
      "ModuleNotFoundError: No module named 'subprocess': it needs the machine that cells run on, which they do not reach",
    ],
    ['import os\nos.environ, os.listdir("/")', "({}, ['tmp', 'workspace'])"],
    [
      'import os\nos.system("ls")',
      'NotImplementedError: os.system() needs the machine that cells run on, which they do not reach',
    ],
    ['import numpy as np', "ModuleNotFoundError: No module named 'numpy'"],
  ])('%s', (code, answer) => {
    expect(shown(run(code))).toBe(answer);
  });

  test('sessions do not share what they change', () => {
    session().run('import math\nlist = 3\nprint = 4\nclass A(Exception): x = 1');
    expect(run('list("ab")').result?.repr).toBe("['a', 'b']");
  });
});

test.each([
  ['async def f(): pass', 'async def'],
  ['await x', 'await'],
])('what cells lack is named: %s', (code, what) => {
  expect(shown(run(code))).toBe(`NotImplementedError: ${what} is not supported in cells`);
});

test('generators stop and go on', () => {
  const code = `
def numbers():
    for i in range(3):
        try:
            yield i
        finally:
            print('left', i)
g = numbers()
print(next(g))
print(next(g), list(g))
`;
  expect(run(code).stdout).toBe('0\nleft 0\nleft 1\nleft 2\n1 [2]\n');
  expect(shown(run('g = (next(g) for _ in range(3))\nnext(g)'))).toBe('ValueError: generator already executing');
});
