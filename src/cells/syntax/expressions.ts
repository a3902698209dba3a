/** Expressions: from the parser's tree to ours, node by node of an allow-list. */
import type { SyntaxNode } from '@lezer/common';
import { argumentsOf, parametersOf } from './arguments.ts';
import type { BinaryOp, Clause, CompareOp, Expr } from './ast.ts';
import { readNumber } from './literals.ts';
import { childrenOf, type Source, split } from './source.ts';
import { stringOf } from './strings.ts';
import { asTarget } from './targets.ts';

const BINARY: ReadonlySet<string> = new Set(['+', '-', '*', '/', '//', '%', '**', '@', '&', '|', '^', '<<', '>>']);
const COMPARE: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'is', 'is not', 'in', 'not in']);

const KEYWORDS: ReadonlySet<string> = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);

export class Expressions {
  readonly source: Source;
  constructor(source: Source) {
    this.source = source;
  }

  line(node: SyntaxNode): number {
    return this.source.lineAt(node.from);
  }

  name(node: SyntaxNode): string {
    const text = this.source.slice(node).normalize('NFKC');
    if (KEYWORDS.has(text)) throw this.source.at(node, 'invalid syntax');
    return text;
  }

  expr(node: SyntaxNode): Expr {
    return this.source.nested(() => this.#expr(node));
  }

  /** `a`, or the tuple `a, *b, c` where no brackets are needed. */
  list(nodes: readonly SyntaxNode[], owner: SyntaxNode): Expr {
    const line = this.line(nodes[0] ?? owner);
    const { items, trailing } = this.items(nodes, owner);
    if (items.length === 1 && !trailing) {
      if (items[0].kind === 'Star') throw this.source.at(nodes[0], "can't use starred expression here");
      return items[0];
    }
    return { kind: 'Tuple', items, line };
  }

  items(nodes: readonly SyntaxNode[], owner: SyntaxNode): { items: Expr[]; trailing: boolean } {
    const parts = split(nodes, ',');
    const trailing = parts.length > 1 && parts[parts.length - 1].length === 0;
    if (trailing) parts.pop();
    if (parts.length === 0 || parts.some((part) => part.length === 0)) throw this.source.at(owner, 'invalid syntax');
    return { items: parts.map((part) => this.item(part, owner)), trailing };
  }

  item(part: readonly SyntaxNode[], owner: SyntaxNode): Expr {
    const line = this.line(part[0]);
    if (part.length === 2 && part[0].name === '*') return { kind: 'Star', value: this.expr(part[1]), line };
    if (part.length === 3 && part[0].name === 'VariableName' && this.source.slice(part[1]) === ':=') {
      return { kind: 'Named', target: this.name(part[0]), value: this.expr(part[2]), line };
    }
    if (part.length !== 1) throw this.source.at(part[1] ?? owner, 'invalid syntax');
    return this.expr(part[0]);
  }

  #expr(node: SyntaxNode): Expr {
    const line = this.line(node);
    const { source } = this;
    switch (node.name) {
      case 'VariableName':
        return { kind: 'Name', id: this.name(node), line };
      case 'print':
        return { kind: 'Name', id: 'print', line };
      case 'Number': {
        const value = readNumber(source.slice(node));
        if (value === undefined)
          throw source.at(
            node,
            /^0\d/.test(source.slice(node))
              ? 'leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers'
              : 'invalid decimal literal',
          );
        if (typeof value === 'object') return { kind: 'Imaginary', value: value.imaginary, line };
        return { kind: 'Constant', value, line };
      }
      case 'Boolean':
        return { kind: 'Constant', value: source.slice(node) === 'True', line };
      case 'None':
        return { kind: 'Constant', value: null, line };
      case 'Ellipsis':
        return { kind: 'Ellipsis', line };
      case 'String':
      case 'FormatString':
      case 'ContinuedString':
        return stringOf(this, node);
      case 'ParenthesizedExpression':
        return this.#parenthesized(node);
      case 'TupleExpression': {
        const inner = childrenOf(node).slice(1, -1);
        return { kind: 'Tuple', items: inner.length === 0 ? [] : this.items(inner, node).items, line };
      }
      case 'ArrayExpression':
      case 'SetExpression': {
        const inner = childrenOf(node).slice(1, -1);
        return {
          kind: node.name === 'SetExpression' ? 'Set' : 'List',
          items: inner.length === 0 ? [] : this.items(inner, node).items,
          line,
        };
      }
      case 'DictionaryExpression':
        return this.#dictionary(node);
      case 'ArrayComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'ComprehensionExpression':
      case 'DictionaryComprehensionExpression':
        return this.comprehension(childrenOf(node).slice(1, -1), node);
      case 'UnaryExpression':
        return this.#unary(node);
      case 'BinaryExpression':
        return this.#binary(node);
      case 'ConditionalExpression': {
        const [body, , test, , otherwise] = childrenOf(node);
        return {
          kind: 'Conditional',
          test: this.expr(test),
          body: this.expr(body),
          otherwise: this.expr(otherwise),
          line,
        };
      }
      case 'LambdaExpression': {
        const children = childrenOf(node);
        return {
          kind: 'Lambda',
          params: parametersOf(this, children[1]),
          body: this.expr(children[children.length - 1]),
          line,
        };
      }
      case 'NamedExpression': {
        const [target, , value] = childrenOf(node);
        if (target.name !== 'VariableName')
          throw source.at(target, 'cannot use assignment expressions with this target');
        return { kind: 'Named', target: this.name(target), value: this.expr(value), line };
      }
      case 'YieldExpression':
      case 'YieldStatement': {
        const rest = childrenOf(node)
          .slice(1)
          .filter((child) => !child.type.isError);
        if (rest.length === 0) return { kind: 'Yield', value: null, line };
        if (rest[0].name === 'from') return { kind: 'YieldFrom', value: this.expr(rest[1]), line };
        return { kind: 'Yield', value: this.list(rest, node), line };
      }
      case 'MemberExpression':
        return this.#member(node);
      case 'CallExpression': {
        const [callee, args] = childrenOf(node);
        return { kind: 'Call', callee: this.expr(callee), args: argumentsOf(this, args), line };
      }
      case 'AwaitExpression':
        throw source.unsupported(node, 'await');
      default:
        throw source.at(node, 'invalid syntax');
    }
  }

  #parenthesized(node: SyntaxNode): Expr {
    const inner = childrenOf(node).slice(1, -1);
    if (inner.length === 2 && inner[0].name === '*') throw this.source.at(node, 'cannot use starred expression here');
    if (inner.length !== 1) throw this.source.at(node, 'invalid syntax');
    return this.expr(inner[0]);
  }

  #dictionary(node: SyntaxNode): Expr {
    const items: (readonly [Expr | null, Expr])[] = [];
    for (const part of split(childrenOf(node).slice(1, -1), ',')) {
      if (part.length === 0) continue;
      if (part.length === 2 && part[0].name === '**') items.push([null, this.expr(part[1])]);
      else if (part.length === 3 && part[1].name === ':') items.push([this.expr(part[0]), this.expr(part[2])]);
      else throw this.source.at(part[0], 'invalid syntax');
    }
    return { kind: 'Dict', items, line: this.line(node) };
  }

  /** `element for target in iterable if condition …`, brackets taken off. */
  comprehension(nodes: readonly SyntaxNode[], node: SyntaxNode): Expr {
    const line = this.line(node);
    const start = nodes.findIndex((child) => child.name === 'for' || child.name === 'async');
    const head = nodes.slice(0, start);
    const clauses: Clause[] = [];
    let i = start;
    while (i < nodes.length) {
      if (nodes[i].name === 'async') throw this.source.unsupported(nodes[i], 'an asynchronous comprehension');
      if (nodes[i].name !== 'for') throw this.source.at(nodes[i], 'invalid syntax');
      const within = nodes.findIndex((child, j) => j > i && child.name === 'in');
      let end = within + 1;
      while (end < nodes.length && nodes[end].name !== 'for' && nodes[end].name !== 'if' && nodes[end].name !== 'async')
        end++;
      const target = asTarget(this.list(nodes.slice(i + 1, within), node), nodes[i + 1], this.source);
      const iterable = this.list(nodes.slice(within + 1, end), node);
      const conditions: Expr[] = [];
      while (end < nodes.length && nodes[end].name === 'if') {
        conditions.push(this.expr(nodes[end + 1]));
        end += 2;
      }
      clauses.push({ target, iterable, conditions });
      i = end;
    }
    if (node.name === 'DictionaryComprehensionExpression') {
      if (head.length !== 3) throw this.source.at(node, 'dict unpacking cannot be used in dict comprehension');
      return {
        kind: 'Comprehension',
        form: 'dict',
        element: this.expr(head[0]),
        value: this.expr(head[2]),
        clauses,
        line,
      };
    }
    const form =
      node.name === 'ArrayComprehensionExpression'
        ? 'list'
        : node.name === 'SetComprehensionExpression'
          ? 'set'
          : 'generator';
    if (head[0]?.name === '*') throw this.source.at(node, 'iterable unpacking cannot be used in comprehension');
    if (head.some((child) => child.name === ','))
      throw this.source.at(node, 'did you forget parentheses around the comprehension target?');
    return { kind: 'Comprehension', form, element: this.item(head, node), value: null, clauses, line };
  }

  #unary(node: SyntaxNode): Expr {
    const [operator, operand] = childrenOf(node);
    if (operator.name === 'not') return this.#logic(node);
    return {
      kind: 'Unary',
      op: this.source.slice(operator) as '-' | '+' | '~',
      operand: this.expr(operand),
      line: this.line(node),
    };
  }

  #binary(node: SyntaxNode): Expr {
    const operator = this.#operator(node);
    if (operator === 'and' || operator === 'or') return this.#logic(node);
    const compares = COMPARE.has(operator);
    if (!compares && !BINARY.has(operator)) throw this.source.at(node, 'invalid syntax');
    const rest: [string, Expr][] = [];
    let left = node;
    for (;;) {
      const children = childrenOf(left);
      const right = children[children.length - 1];
      if (right.name === 'UnaryExpression' && right.firstChild?.name === 'not')
        throw this.source.at(right, 'invalid syntax');
      rest.push([this.#operator(left), this.expr(right)]);
      left = children[0];
      if (left.name !== 'BinaryExpression') break;
      const next = this.#operator(left);
      if (compares ? !COMPARE.has(next) : !BINARY.has(next)) break;
    }
    rest.reverse();
    const line = this.line(node);
    const first = this.expr(left);
    if (compares) return { kind: 'Compare', first, rest: rest as [CompareOp, Expr][], line };
    return { kind: 'Binary', first, rest: rest as [BinaryOp, Expr][], line };
  }

  #operator(node: SyntaxNode): string {
    const text: string[] = [];
    const children = childrenOf(node);
    for (let i = 1; i < children.length - 1; i++) text.push(this.source.slice(children[i]));
    return text.join(' ');
  }

  /**
   * `and`, `or` and `not`. The grammar reads `not a and b` as `not (a and b)`, so a run of the three is
   * taken apart into its operands and put together by Python's precedence.
   */
  #logic(node: SyntaxNode): Expr {
    const line = this.line(node);
    const disjuncts: Expr[][] = [[]];
    let negations = 0;
    const stack: (SyntaxNode | 'and' | 'or' | 'not')[] = [node];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (next === 'or') disjuncts.push([]);
      else if (next === 'not') negations++;
      else if (next === 'and') continue;
      else {
        const children = next.name === 'BinaryExpression' || next.name === 'UnaryExpression' ? childrenOf(next) : [];
        const operator = children.length === 3 ? children[1].name : '';
        if (operator === 'and' || operator === 'or') stack.push(children[2], operator, children[0]);
        else if (children.length === 2 && children[0].name === 'not') stack.push(children[1], 'not');
        else {
          if (negations > 100) throw this.source.at(next, 'too many nested negations');
          let operand = this.expr(next);
          for (; negations > 0; negations--) operand = { kind: 'Unary', op: 'not', operand, line };
          disjuncts[disjuncts.length - 1].push(operand);
        }
      }
    }
    const parts = disjuncts.map(
      (operands): Expr => (operands.length === 1 ? operands[0] : { kind: 'Bool', op: 'and', operands, line }),
    );
    return parts.length === 1 ? parts[0] : { kind: 'Bool', op: 'or', operands: parts, line };
  }

  #member(node: SyntaxNode): Expr {
    const line = this.line(node);
    const children = childrenOf(node);
    const value = this.expr(children[0]);
    if (children[1].name === '.') {
      const property = children[2];
      const name = this.source.slice(property);
      if (KEYWORDS.has(name)) throw this.source.at(property, 'invalid syntax');
      return { kind: 'Attribute', value, name: name.normalize('NFKC'), line };
    }
    const parts = split(children.slice(2, -1), ',');
    const trailing = parts.length > 1 && parts[parts.length - 1].length === 0;
    if (trailing) parts.pop();
    if (parts.some((part) => part.length === 0)) throw this.source.at(node, 'invalid syntax');
    const items = parts.map((part) => this.#subscript(part, node));
    const index: Expr =
      items.length === 1 && !trailing && items[0].kind !== 'Star' ? items[0] : { kind: 'Tuple', items, line };
    return { kind: 'Subscript', value, index, line };
  }

  #subscript(part: readonly SyntaxNode[], owner: SyntaxNode): Expr {
    if (!part.some((child) => child.name === ':')) return this.item(part, owner);
    const pieces = split(part, ':');
    if (pieces.length > 3 || pieces.some((piece) => piece.length > 1)) throw this.source.at(owner, 'invalid syntax');
    const [start, stop, step] = pieces.map((piece) => (piece.length === 0 ? null : this.expr(piece[0])));
    return { kind: 'Slice', start, stop, step: step ?? null, line: this.line(owner) };
  }
}
