/** The arguments of calls and the parameters of functions. */
import type { SyntaxNode } from '@lezer/common';
import type { Argument, Expr, Parameter, Parameters } from './ast.ts';
import type { Expressions } from './expressions.ts';
import { childrenOf, split } from './source.ts';

/** Whether there is a comma besides those between the names of `for a, b in`. */
function hasOwnComma(children: readonly SyntaxNode[]): boolean {
  let among = false;
  return children.some(({ name }) => {
    if (name === 'for' || name === 'in') among = name === 'for';
    return name === ',' && !among;
  });
}

/** What stands between the parentheses of a call, or of a class statement. */
export function argumentsOf(from: Expressions, node: SyntaxNode): Argument[] {
  const children = childrenOf(node);
  const inner = children.slice(1, -1);
  if (inner.some((child) => child.name === 'for' || child.name === 'async')) {
    if (hasOwnComma(inner)) {
      throw from.source.at(node, 'Generator expression must be parenthesized');
    }
    return [{ kind: 'positional', value: from.comprehension(inner, node) }];
  }
  const args: Argument[] = [];
  const names = new Set<string>();
  let keyword = false;
  let unpacked = false;
  const parts = split(inner, ',');
  parts.forEach((part, i) => {
    if (part.length === 0) {
      if (i === parts.length - 1) return;
      throw from.source.at(node, 'invalid syntax');
    }
    if (part.length === 2 && part[0].name === '*') {
      if (unpacked) throw from.source.at(part[0], 'iterable argument unpacking follows keyword argument unpacking');
      args.push({ kind: 'star', value: from.expr(part[1]) });
    } else if (part.length === 2 && part[0].name === '**') {
      unpacked = true;
      args.push({ kind: 'starstar', value: from.expr(part[1]) });
    } else if (part.length === 3 && from.source.slice(part[1]) === '=') {
      if (part[0].name !== 'VariableName')
        throw from.source.at(part[0], `expression cannot contain assignment, perhaps you meant "=="?`);
      const name = from.name(part[0]);
      if (names.has(name)) throw from.source.at(part[0], `keyword argument repeated: ${name}`);
      names.add(name);
      keyword = true;
      args.push({ kind: 'keyword', name, value: from.expr(part[2]) });
    } else {
      if (unpacked) throw from.source.at(part[0], 'positional argument follows keyword argument unpacking');
      if (keyword) throw from.source.at(part[0], 'positional argument follows keyword argument');
      args.push({ kind: 'positional', value: from.item(part, node) });
    }
  });
  return args;
}

/** What parameters are said to be, by their names. */
export function annotationsOf(from: Expressions, params: SyntaxNode): (readonly [string, Expr])[] {
  const annotations: (readonly [string, Expr])[] = [];
  let name = '';
  for (const child of childrenOf(params)) {
    if (child.name === 'VariableName') name = from.name(child);
    else if (child.name === 'TypeDef') annotations.push([name, annotationOf(from, child)]);
  }
  return annotations;
}

/** The expression of an annotation; its text where the cell asks for that. */
export function annotationOf(from: Expressions, node: SyntaxNode): Expr {
  const children = childrenOf(node);
  const last = children[children.length - 1];
  if (from.source.lazyAnnotations) return { kind: 'Constant', value: from.source.slice(last), line: from.line(last) };
  return from.expr(last);
}

export function parametersOf(from: Expressions, node: SyntaxNode): Parameters {
  const positional: Parameter[] = [];
  const keywordOnly: Parameter[] = [];
  let star: string | null = null;
  let starstar: string | null = null;
  let positionalOnly = 0;
  let bare = false;
  const seen = new Set<string>();
  const parts = split(
    childrenOf(node).filter((child) => child.name !== '(' && child.name !== ')' && child.name !== 'TypeDef'),
    ',',
  );
  parts.forEach((part, i) => {
    const [head, second, third] = part;
    if (head === undefined) {
      // The grammar has no node for `/`: it is the empty place between two commas, or before the end.
      const start = i === 0 ? node.from : (parts[i - 1].at(-1)?.to ?? node.from);
      const to = parts[i + 1]?.[0]?.from ?? node.to;
      const gap = from.source.text.slice(start, to).replace(/#.*/g, '');
      if (gap.includes('/')) {
        if (positional.length === 0 || positionalOnly > 0 || star !== null || bare)
          throw from.source.at(
            node,
            positional.length === 0 ? 'at least one argument must precede /' : '/ must be ahead of *',
          );
        positionalOnly = positional.length;
      } else if (i !== parts.length - 1) throw from.source.at(node, 'invalid syntax');
      return;
    }
    if (starstar !== null) throw from.source.at(head, 'arguments cannot follow var-keyword argument');
    const named = head.name === '*' || head.name === '**' ? second : head;
    if (named === undefined) {
      if (star !== null || bare) throw from.source.at(head, '* argument may appear only once');
      if (i === parts.length - 1 || parts[i + 1].length === 0)
        throw from.source.at(head, 'named arguments must follow bare *');
      bare = true;
      return;
    }
    if (named.name !== 'VariableName') throw from.source.at(named, 'invalid syntax');
    const name = from.name(named);
    if (seen.has(name)) throw from.source.at(named, `duplicate argument '${name}' in function definition`);
    seen.add(name);
    if (head.name === '*') {
      if (star !== null || bare) throw from.source.at(head, '* argument may appear only once');
      star = name;
    } else if (head.name === '**') {
      starstar = name;
    } else {
      const fallback = second !== undefined && third !== undefined ? from.expr(third) : null;
      if (star !== null || bare) keywordOnly.push({ name, fallback });
      else {
        if (fallback === null && positional.some((other) => other.fallback !== null)) {
          throw from.source.at(named, 'non-default argument follows default argument');
        }
        positional.push({ name, fallback });
      }
    }
  });
  return { positional, positionalOnly, star, keywordOnly, starstar };
}
