/** The patterns of `match` statements. */
import type { SyntaxNode } from '@lezer/common';
import type { Expr, Pattern } from './ast.ts';
import type { Expressions } from './expressions.ts';
import { childrenOf, split } from './source.ts';

/** What stands between `case` and its guard or body: one pattern, or several with commas. */
export function casePattern(from: Expressions, nodes: readonly SyntaxNode[], owner: SyntaxNode): Pattern {
  const parts = split(nodes, ',');
  if (parts.length === 1) return partOf(from, parts[0], owner);
  return sequence(from, nodes, owner);
}

function partOf(from: Expressions, part: readonly SyntaxNode[], owner: SyntaxNode): Pattern {
  if (part.length !== 1) throw from.source.at(part[0] ?? owner, 'invalid syntax');
  return from.source.nested(() => patternOf(from, part[0]));
}

function sequence(from: Expressions, nodes: readonly SyntaxNode[], owner: SyntaxNode): Pattern {
  const parts = split(nodes, ',');
  if (parts[parts.length - 1].length === 0) parts.pop();
  const items = parts.map((part) => partOf(from, part, owner));
  if (items.filter((item) => item.kind === 'PatternStar').length > 1)
    throw from.source.at(owner, 'multiple starred expressions in sequence pattern');
  return { kind: 'PatternSequence', items };
}

const capture = (from: Expressions, node: SyntaxNode): string | null => {
  const name = from.name(node);
  return name === '_' ? null : name;
};

function literal(from: Expressions, node: SyntaxNode): Expr {
  const children = childrenOf(node);
  const value = from.expr(children[children.length - 1]);
  if (children.length === 1) return value;
  if (children.length > 2) throw from.source.unsupported(node, 'a complex number in a pattern');
  return { kind: 'Unary', op: '-', operand: value, line: from.line(node) };
}

function dotted(from: Expressions, nodes: readonly SyntaxNode[]): Expr {
  let expr = from.expr(nodes[0]);
  for (const node of nodes.slice(1)) {
    if (node.name === '.') continue;
    expr = { kind: 'Attribute', value: expr, name: from.source.slice(node), line: from.line(node) };
  }
  return expr;
}

function patternOf(from: Expressions, node: SyntaxNode): Pattern {
  const children = childrenOf(node);
  switch (node.name) {
    case 'LiteralPattern':
      return { kind: 'PatternValue', value: literal(from, node) };
    case 'CapturePattern':
      return { kind: 'PatternCapture', name: capture(from, children[0]), pattern: null };
    case 'AttributePattern':
      return { kind: 'PatternValue', value: dotted(from, children) };
    case 'OrPattern':
      return {
        kind: 'PatternOr',
        options: children.filter((child) => child.name !== 'LogicOp').map((child) => patternOf(from, child)),
      };
    case 'AsPattern': {
      const as = children.findIndex((child) => child.name === 'as');
      return {
        kind: 'PatternCapture',
        name: capture(from, children[as + 1]),
        pattern: casePattern(from, children.slice(0, as), node),
      };
    }
    case 'SequencePattern': {
      const inner = children.slice(1, -1);
      if (inner.length === 0) return { kind: 'PatternSequence', items: [] };
      const tuple = children[0].name === '[' || inner.some((child) => child.name === ',');
      return tuple ? sequence(from, inner, node) : partOf(from, inner, node);
    }
    case 'StarPattern': {
      const name = children[1].name === 'CapturePattern' ? childrenOf(children[1])[0] : children[1];
      return { kind: 'PatternStar', name: capture(from, name) };
    }
    case 'MappingPattern':
      return mapping(from, children.slice(1, -1), node);
    case 'ClassPattern': {
      const list = children[children.length - 1];
      const positional: Pattern[] = [];
      const keywords: (readonly [string, Pattern])[] = [];
      for (const part of split(childrenOf(list).slice(1, -1), ',')) {
        if (part.length === 0 || part[0].from === part[0].to) continue;
        if (part[0].name === 'KeywordPattern') {
          const inner = childrenOf(part[0]);
          keywords.push([from.name(inner[0]), patternOf(from, inner[inner.length - 1])]);
        } else {
          if (keywords.length > 0) throw from.source.at(part[0], 'positional patterns follow keyword patterns');
          positional.push(partOf(from, part, node));
        }
      }
      return { kind: 'PatternClass', cls: dotted(from, children.slice(0, -1)), positional, keywords };
    }
    default:
      throw from.source.at(node, 'invalid syntax');
  }
}

function mapping(from: Expressions, inner: readonly SyntaxNode[], node: SyntaxNode): Pattern {
  const items: (readonly [Expr, Pattern])[] = [];
  let rest: string | null = null;
  for (const part of split(inner, ',')) {
    if (part.length === 0) continue;
    if (part[0].name === '**') {
      const name = part[1].name === 'CapturePattern' ? childrenOf(part[1])[0] : part[1];
      rest = from.name(name);
      continue;
    }
    if (part.length !== 3 || part[1].name !== ':') throw from.source.at(part[0], 'invalid syntax');
    const key = part[0].name === 'AttributePattern' ? dotted(from, childrenOf(part[0])) : literal(from, part[0]);
    items.push([key, patternOf(from, part[2])]);
  }
  if (items.length === 0 && rest === null && inner.length > 0) throw from.source.at(node, 'invalid syntax');
  return { kind: 'PatternMapping', items, rest };
}
