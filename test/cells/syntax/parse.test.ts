import { describe, expect, test } from 'vitest';
import type { Expr, Stmt } from '#src/cells/syntax/ast.ts';
import { parse } from '#src/cells/syntax/parse.ts';

/** An expression written with every bracket. */
function full(node: Expr): string {
  switch (node.kind) {
    case 'Constant':
      return String(node.value);
    case 'Name':
      return node.id;
    case 'Unary':
      return `(${node.op} ${full(node.operand)})`;
    case 'Binary':
    case 'Compare':
      return `(${[full(node.first), ...node.rest.map(([op, operand]) => `${op} ${full(operand)}`)].join(' ')})`;
    case 'Bool':
      return `(${node.operands.map(full).join(` ${node.op} `)})`;
    case 'Conditional':
      return `(${full(node.body)} if ${full(node.test)} else ${full(node.otherwise)})`;
    case 'Lambda':
      return `(lambda: ${full(node.body)})`;
    default:
      return node.kind;
  }
}

const expressionOf = (text: string): Expr => (parse(text)[0] as Extract<Stmt, { kind: 'Expression' }>).value;

describe('precedence is Python’s', () => {
  test.each([
    ['not a and b or c', '(((not a) and b) or c)'],
    ['a or not b and c', '(a or ((not b) and c))'],
    ['not not a or b', '((not (not a)) or b)'],
    ['not a == b and c', '((not (a == b)) and c)'],
    ['not (a and b)', '(not (a and b))'],
    ['a if not b and c else d', '(a if ((not b) and c) else d)'],
    ['-a ** -b ** c', '(- (a ** (- (b ** c))))'],
    ['a | b ^ c & d << e + f * g', '(a | (b ^ (c & (d << (e + (f * g))))))'],
    ['a - b - c', '(a - b - c)'],
    ['a < b == c is not d not in e', '(a < b == c is not d not in e)'],
    ['lambda: a if b else c', '(lambda: (a if b else c))'],
    ['a if b else c if d else e', '(a if b else (c if d else e))'],
  ])('%s', (text, brackets) => {
    expect(full(expressionOf(text))).toBe(brackets);
  });
});

test.each([
  ['1', 1n],
  ['0xFF', 255n],
  ['0b1_0', 2n],
  ['1_000', 1000n],
  ['5.', 5],
  ['.5', 0.5],
  ['1.e5', 100000],
  ['1e-3', 0.001],
  ["'a\\n\\x41\\u00e9' 'b'", 'a\nAéb'],
  ["r'\\n'", '\\n'],
  ['"""a\nb"""', 'a\nb'],
  ['1if 0else 2', undefined],
])('literal %s', (text, value) => {
  const node = expressionOf(text);
  expect(node.kind === 'Constant' ? node.value : undefined).toBe(value);
});

test('numbers with a bare point stand anywhere', () => {
  expect(full(expressionOf('1./x + 2.*3.'))).toBe('(1 / x + (2 * 3))');
  expect(expressionOf("f'{2.*x:.3f} 1. {1.}'")).toMatchObject({
    parts: [{ spec: ['.3f'] }, ' 1. ', { value: { value: 1 } }],
  });
});

test('f-strings', () => {
  expect(expressionOf("f'a{x!r:>{w}.3f}{{b}}{y = }'")).toMatchObject({
    parts: [
      'a',
      { conversion: 'r', spec: ['>', { value: { id: 'w' } }, '.3f'] },
      '{b}',
      'y = ',
      { value: { id: 'y' }, conversion: 'r', spec: null },
    ],
  });
});

test('subscripts', () => {
  expect(expressionOf('x[1:2, None, ::3, ...]')).toMatchObject({
    index: {
      kind: 'Tuple',
      items: [
        { kind: 'Slice' },
        { value: null },
        { kind: 'Slice', start: null, stop: null, step: { value: 3n } },
        { kind: 'Ellipsis' },
      ],
    },
  });
  expect(expressionOf('x[1,]')).toMatchObject({ index: { kind: 'Tuple' } });
});

test('statements carry their lines', () => {
  const [first, second] = parse('# comment\n\nx = (1 +\n  2)\r\nif x:\n\n  y = 1 # one\n  z = \\\n    2\n');
  expect(first).toMatchObject({ kind: 'Assign', line: 3 });
  expect(second).toMatchObject({ kind: 'If', line: 5, body: [{ line: 7 }, { line: 8 }] });
});

describe('errors of form are Python’s, with their place', () => {
  test.each([
    ['if x\n    y', "SyntaxError: expected ':'", 1],
    ['while x\n', "SyntaxError: expected ':'", 1],
    ['if x = 3: y', "SyntaxError: invalid syntax. Maybe you meant '==' or ':=' instead of '='?", 1],
    ['x = (1,\n', "SyntaxError: '(' was never closed", 1],
    ['x = 1)', "SyntaxError: unmatched ')'", 1],
    ['x = (1\n]', "SyntaxError: closing parenthesis ']' does not match opening parenthesis '(' on line 1", 2],
    ["a = 1\nb = 'c", 'SyntaxError: unterminated string literal (detected at line 2)', 2],
    ['"""a\nb', 'SyntaxError: unterminated triple-quoted string literal (detected at line 2)', 1],
    ['for i in x:\ny', "IndentationError: expected an indented block after 'for' statement on line 1", 2],
    ['def f():', 'IndentationError: expected an indented block after function definition on line 1', 1],
    ['x = 1\n  y = 2', 'IndentationError: unexpected indent', 2],
    ['if x:\n    y\n  z', 'IndentationError: unindent does not match any outer indentation level', 3],
    ['print "a"', "SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?", 1],
    ['f(a b)', 'SyntaxError: invalid syntax. Perhaps you forgot a comma?', 1],
    ['f(a=1, 2)', 'SyntaxError: positional argument follows keyword argument', 1],
    ['1 = x', "SyntaxError: cannot assign to literal here. Maybe you meant '==' instead of '='?", 1],
    ['return 1', "SyntaxError: 'return' outside function", 1],
    ['for i in x:\n    def f(): break', "SyntaxError: 'break' outside loop", 2],
    ['x = $', 'SyntaxError: invalid syntax', 1],
    ['x = “a”', "SyntaxError: invalid character '“' (U+201C)", 1],
    ['1abc', 'SyntaxError: invalid decimal literal', 1],
    [
      'x = 08',
      'SyntaxError: leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers',
      1,
    ],
  ])('%s', (text, answer, line) => {
    let error: { type?: string; message?: string; line?: number } = {};
    try {
      parse(text);
    } catch (thrown) {
      error = thrown as typeof error;
    }
    expect(`${error.type}: ${error.message}`).toBe(answer);
    expect(error.line).toBe(line);
  });
});
