/** String literals: joined, unescaped, and f-strings with what stands in their braces. */
import type { SyntaxNode } from '@lezer/common';
import type { Expr, JoinedPart, Replacement } from './ast.ts';
import type { Expressions } from './expressions.ts';
import { readBytes, readEscapes, shapeOf } from './literals.ts';
import { childrenOf } from './source.ts';

export function stringOf(expressions: Expressions, node: SyntaxNode): Expr {
  const line = expressions.line(node);
  const pieces = node.name === 'ContinuedString' ? childrenOf(node) : [node];
  const parts: JoinedPart[] = [];
  let formatted = false;
  const bytes = pieces.filter((piece) => shapeOf(expressions.source.slice(piece), piece.from).bytes);
  if (bytes.length > 0) {
    if (bytes.length < pieces.length) throw expressions.source.at(node, 'cannot mix bytes and nonbytes literals');
    return { kind: 'Bytes', value: pieces.map((piece) => bytesText(expressions, piece)).join(''), line };
  }
  for (const piece of pieces) {
    if (piece.name === 'FormatString') formatted = true;
    parts.push(...stringParts(expressions, piece));
  }
  if (formatted) return { kind: 'Joined', parts, line };
  return { kind: 'Constant', value: parts.join(''), line };
}

function stringParts(expressions: Expressions, node: SyntaxNode): JoinedPart[] {
  const shape = shapeOf(expressions.source.slice(node), node.from);
  if (node.name === 'String')
    return [textOf(expressions, expressions.source.text.slice(shape.from, shape.to), shape.raw, node)];
  return formatParts(expressions, node, shape.from, shape.to, shape.raw, true);
}

function bytesText(expressions: Expressions, node: SyntaxNode): string {
  const { source } = expressions;
  const shape = shapeOf(source.slice(node), node.from);
  const value = readBytes(source.text.slice(shape.from, shape.to), shape.raw);
  if (typeof value !== 'string') throw source.at(node, value.problem);
  return value;
}

function formatParts(
  expressions: Expressions,
  node: SyntaxNode,
  from: number,
  to: number,
  raw: boolean,
  braces: boolean,
): JoinedPart[] {
  const parts: JoinedPart[] = [];
  let at = from;
  const text = (end: number): void => {
    let piece = expressions.source.text.slice(at, end);
    if (braces) {
      if (/(^|[^}])(}})*}(?!})/.test(piece)) throw expressions.source.at(node, "f-string: single '}' is not allowed");
      piece = piece.replaceAll('{{', '{').replaceAll('}}', '}');
    }
    if (piece !== '') parts.push(textOf(expressions, piece, raw, node));
  };
  for (const child of childrenOf(node)) {
    if (child.name !== 'FormatReplacement') continue;
    text(child.from);
    at = child.to;
    parts.push(...replacement(expressions, child, raw));
  }
  text(to);
  return parts;
}

function replacement(expressions: Expressions, node: SyntaxNode, raw: boolean): JoinedPart[] {
  const children = childrenOf(node);
  const selfDoc = children.find((child) => child.name === 'FormatSelfDoc');
  const conversionNode = children.find((child) => child.name === 'FormatConversion');
  const specNode = children.find((child) => child.name === 'FormatSpec');
  const values = children
    .slice(1)
    .filter((child) => !['FormatSelfDoc', 'FormatConversion', 'FormatSpec', '}'].includes(child.name));
  if (values.length === 0) throw expressions.source.at(node, 'f-string: empty expression not allowed');
  let conversion: Replacement['conversion'] = null;
  if (conversionNode !== undefined) {
    const letter = expressions.source.slice(conversionNode).slice(1).trim();
    if (letter !== 'r' && letter !== 's' && letter !== 'a') {
      throw expressions.source.at(
        node,
        `f-string: invalid conversion character '${letter}': expected 's', 'r', or 'a'`,
      );
    }
    conversion = letter;
  }
  const spec =
    specNode === undefined ? null : formatParts(expressions, specNode, specNode.from + 1, specNode.to, raw, false);
  if (selfDoc === undefined) return [{ value: expressions.list(values, node), conversion, spec }];
  const next = children[children.indexOf(selfDoc) + 1];
  const label = expressions.source.text.slice(node.from + 1, next?.from ?? selfDoc.to);
  return [
    label,
    { value: expressions.list(values, node), conversion: conversion ?? (spec === null ? 'r' : null), spec },
  ];
}

function textOf(expressions: Expressions, text: string, raw: boolean, node: SyntaxNode): string {
  if (raw) return text;
  const value = readEscapes(text);
  if (typeof value === 'string') return value;
  throw expressions.source.at(node, value.problem);
}
