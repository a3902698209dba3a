/** Reads a cell: text to our own tree, or Python's SyntaxError with its line and place. */
import type { SyntaxNode, Tree } from '@lezer/common';
import { parser } from '@lezer/python';
import type { PyError } from '../runtime/errors.ts';
import type { Stmt } from './ast.ts';
import { withoutMagics } from './magics.ts';
import { scan } from './scan.ts';
import { childrenOf, Source, tooDeep } from './source.ts';
import { Statements } from './statements.ts';

/** Beyond this the parser itself starts to give up on nested input, and its errors mean depth. */
const DEEP = 400;

export function parse(text: string): Stmt[] {
  const normal = withoutMagics(text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'));
  scan(normal);
  const source = new Source(normal);
  const tree = parser.parse(parserText(normal));
  check(tree, source);
  const top = childrenOf(tree.topNode);
  const statements = new Statements(source).block(top);
  const last = statements.at(-1);
  if (last?.kind === 'Expression' && endsInSemicolon(top.at(-1)))
    statements[statements.length - 1] = { ...last, quiet: true };
  return statements;
}

const endsInSemicolon = (node: SyntaxNode | undefined): boolean =>
  node?.name === 'StatementGroup' && childrenOf(node).at(-1)?.name === ';';

/**
 * The grammar has no `1.` and no `1.e5`: it is shown `10` and `10e5`, as long as what they stand for.
 * Literals are read from the source itself.
 */
const parserText = (text: string): string =>
  withoutParentheses(text).replace(/(?<![\w.])(\d[\d_]*)\.(?=[eE][+-]?\d|[jJ]\b|[^\w.]|$)/g, '$10');

/** Nor has it `with (a as b, c as d):`, which it is shown without the parentheses, on one line. */
function withoutParentheses(text: string): string {
  let out = text;
  for (const match of text.matchAll(/^[ \t]*with[ \t]*\(/gm)) {
    const open = match.index + match[0].length - 1;
    let depth = 0;
    let close = open;
    let as = false;
    for (; close < text.length; close++) {
      const c = text[close];
      if (c === '(' || c === '[' || c === '{') depth++;
      else if (c === ')' || c === ']' || c === '}') {
        if (--depth === 0) break;
      } else if (depth === 1 && c === 'a' && /^\sas\s/.test(text.slice(close - 1, close + 3))) as = true;
      else if (c === "'" || c === '"') {
        close = text.indexOf(c, close + 1);
        if (close < 0) return out;
      } else if (c === '#') break;
    }
    if (!as || depth !== 0 || !/^\s*:/.test(text.slice(close + 1))) continue;
    const inner = text
      .slice(open + 1, close)
      .replaceAll('\n', ' ')
      .replace(/,(\s*)$/, ' $1');
    out = `${out.slice(0, open)} ${inner} ${out.slice(close + 1)}`;
  }
  return out;
}

/** Throws for the first place that the parser could make no sense of. */
function check(tree: Tree, source: Source): void {
  const cursor = tree.cursor();
  let depth = 0;
  let deepest = 0;
  let first: SyntaxNode | null = null;
  for (;;) {
    if (cursor.type.isError && first === null && !tolerated(cursor.node)) first = cursor.node;
    if (cursor.firstChild()) {
      deepest = Math.max(deepest, ++depth);
      continue;
    }
    while (!cursor.nextSibling()) {
      if (!cursor.parent()) {
        if (first === null) return;
        throw deepest > DEEP ? tooDeep() : explain(first, source);
      }
      depth--;
    }
  }
}

/** A bare `print` or `yield`, which the grammar marks as incomplete. */
function tolerated(node: SyntaxNode): boolean {
  const parent = node.parent;
  if (node.from !== node.to || parent === null) return false;
  // `case int():`, with no pattern where the grammar wants one.
  if (parent.name === 'LiteralPattern') return parent.from === parent.to && parent.parent?.name === 'PatternArgList';
  return (
    (parent.name === 'YieldExpression' || parent.name === 'YieldStatement' || parent.name === 'PrintStatement') &&
    childrenOf(parent).length === 2
  );
}

const BRACKETED: ReadonlySet<string> = new Set([
  'ArgList',
  'TupleExpression',
  'ParenthesizedExpression',
  'ArrayExpression',
  'DictionaryExpression',
  'SetExpression',
  'MemberExpression',
]);

function explain(node: SyntaxNode, source: Source): PyError {
  const parent = node.parent;
  const kind = parent?.name ?? '';
  const text = source.text;
  let from = node.from;
  while (node.from === node.to && from < text.length && (text[from] === ' ' || text[from] === '\t')) from++;
  const to = Math.max(node.to, from + 1);
  const rest = text.slice(from, from + 2);
  if (/^=[^=]/.test(rest) && /^(If|While)Statement$/.test(kind)) {
    return source.error("invalid syntax. Maybe you meant '==' or ':=' instead of '='?", from, to);
  }
  const nextBody = node.nextSibling?.name === 'Body';
  const compound = /^(If|While|For|With|Try|Match)Statement$|^(Function|Class)Definition$/.test(kind);
  if (compound && !nextBody && /^(\n|#|$)/.test(rest) && (node.prevSibling?.name ?? '') !== '') {
    const header = source.text.slice(parent!.from, from);
    if (
      /^(try|else|finally)\s*$/.test(header) ||
      !/(\b(if|elif|while|for|in|with|as|def|class|except)|,)\s*$/.test(header)
    ) {
      return source.error("expected ':'", from, to);
    }
  }
  if (kind === 'FunctionDefinition' && node.prevSibling?.name === 'VariableName')
    return source.error("expected '('", from, to);
  if (kind === 'ConditionalExpression' && childrenOf(parent!).findIndex((child) => child.name === 'else') < 0) {
    return source.error("expected 'else' after 'if' expression", parent!.from, parent!.to);
  }
  if (kind === 'FormatReplacement' && childrenOf(parent!).length <= 2)
    return source.at(parent!, 'f-string: empty expression not allowed');
  if (kind === 'FormatString' || kind === 'FormatReplacement') return source.at(parent!, "f-string: expecting '}'");
  if (kind === 'ArgList' && /^=[^=]/.test(rest))
    return source.error(
      'expression cannot contain assignment, perhaps you meant "=="?',
      node.prevSibling?.from ?? from,
      to,
    );
  if (kind === 'DictionaryExpression' && /^[,}]/.test(rest))
    return source.error("':' expected after dictionary key", from, to);
  if (kind === 'LambdaExpression' && rest.startsWith('('))
    return source.error('Lambda expression parameters cannot be parenthesized', from, to);
  const word = /^\w*/.exec(text.slice(from, from + 12))![0];
  if (
    BRACKETED.has(kind) &&
    node.prevSibling !== null &&
    /^[\w"']/.test(rest) &&
    !/^(for|if|else|in|is|and|or|not|as|async)$/.test(word) &&
    /[\w"')\]}]$/.test(source.slice(node.prevSibling))
  ) {
    return source.error('invalid syntax. Perhaps you forgot a comma?', node.prevSibling.from, to);
  }
  return source.error('invalid syntax', from, to);
}
