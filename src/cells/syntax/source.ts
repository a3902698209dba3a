/** The text of a cell with its lines, and the errors that point into it. */
import type { SyntaxNode } from '@lezer/common';
import { PyError } from '../runtime/errors.ts';

/** Where conversion of the tree gives up: far beyond what people write, well within the stack. */
const MAX_DEPTH = 200;

export class Source {
  readonly text: string;
  /** `from __future__ import annotations`: annotations are kept as text. */
  readonly lazyAnnotations: boolean;
  readonly #starts: number[] = [0];
  #depth = 0;

  constructor(text: string) {
    this.text = text;
    this.lazyAnnotations = /^from __future__ import .*\bannotations\b/m.test(text);
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) this.#starts.push(i + 1);
  }

  slice(node: { from: number; to: number }): string {
    return this.text.slice(node.from, node.to);
  }

  /** From 1. */
  lineAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  error(
    message: string,
    from: number,
    to: number,
    type: 'SyntaxError' | 'NotImplementedError' = 'SyntaxError',
  ): PyError {
    const line = this.lineAt(from);
    const start = this.#starts[line - 1];
    const end = this.#starts[line] ?? this.text.length + 1;
    return new PyError(type, message, line, from - start, Math.max(1, Math.min(to, end - 1) - from));
  }

  at(node: { from: number; to: number }, message: string): PyError {
    return this.error(message, node.from, node.to);
  }

  unsupported(node: { from: number; to: number }, what: string): PyError {
    return this.error(`${what} is not supported in cells`, node.from, node.to, 'NotImplementedError');
  }

  /** Runs `convert` one level deeper in the tree. */
  nested<T>(convert: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw tooDeep();
    try {
      return convert();
    } finally {
      this.#depth--;
    }
  }
}

export const tooDeep = (): PyError =>
  new PyError('RecursionError', 'maximum recursion depth exceeded during compilation');

/** The children that mean something. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') children.push(child);
  }
  return children;
}

/** Splits at the tokens named `separator`. */
export function split(nodes: readonly SyntaxNode[], separator: string): SyntaxNode[][] {
  const parts: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === separator) parts.push([]);
    else parts[parts.length - 1].push(node);
  }
  return parts;
}
