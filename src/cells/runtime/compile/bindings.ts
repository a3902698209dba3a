/** Which names a block binds, and whether it yields. */
import type { Expr, Pattern, Stmt } from '../../syntax/ast.ts';
import { PyError } from '../errors.ts';
import type { Scope } from './context.ts';

type Node = Stmt | Expr | Pattern;

/** Statements and expressions within a statement, not those of functions and classes defined there. */
function walk(statements: readonly Stmt[], visit: (node: Node) => void, intoComprehensions: boolean): void {
  const left: unknown[] = [...statements].reverse();
  while (left.length > 0) {
    const item = left.pop();
    if (Array.isArray(item)) {
      for (let i = item.length - 1; i >= 0; i--)
        if (typeof item[i] === 'object' && item[i] !== null) left.push(item[i]);
      continue;
    }
    const node = item as Node;
    if (node.kind !== undefined) visit(node);
    if (node.kind === 'Function' || node.kind === 'Class') {
      left.push(node.decorators);
      if (node.kind === 'Function') left.push(node.annotations.map(([, annotation]) => annotation));
      if (node.kind === 'Class') left.push(node.args);
      else left.push([...node.params.positional, ...node.params.keywordOnly].map((parameter) => parameter.fallback));
      continue;
    }
    if (node.kind === 'Lambda' || (node.kind === 'Comprehension' && !intoComprehensions)) continue;
    for (const value of Object.values(node)) if (typeof value === 'object' && value !== null) left.push(value);
  }
}

function bindTarget(scope: Scope, target: Expr): void {
  if (target.kind === 'Name') scope.declare(target.id);
  else if (target.kind === 'Star') bindTarget(scope, target.value);
  else if (target.kind === 'Tuple' || target.kind === 'List') for (const item of target.items) bindTarget(scope, item);
}

export { bindTarget };

/** Declares in `scope` all that `body` binds. */
export function collect(scope: Scope, body: readonly Stmt[], parameters: ReadonlySet<string> = new Set()): void {
  walk(
    body,
    (node) => {
      if (node.kind !== 'Global' && node.kind !== 'Nonlocal') return;
      for (const name of node.names) {
        if (parameters.has(name))
          throw new PyError('SyntaxError', `name '${name}' is parameter and ${node.kind.toLowerCase()}`, node.line);
        if (node.kind === 'Global') scope.globals.add(name);
        else scope.nonlocals.add(name);
      }
    },
    false,
  );
  walk(
    body,
    (node) => {
      switch (node.kind) {
        case 'Assign':
          for (const target of node.targets) bindTarget(scope, target);
          break;
        case 'Augmented':
        case 'Annotation':
          bindTarget(scope, node.target);
          break;
        case 'Delete':
          for (const target of node.targets) bindTarget(scope, target);
          break;
        case 'For':
          bindTarget(scope, node.target);
          break;
        case 'PatternCapture':
        case 'PatternStar':
          if (node.name !== null) scope.declare(node.name);
          break;
        case 'PatternMapping':
          if (node.rest !== null) scope.declare(node.rest);
          break;
        case 'With':
          for (const [, target] of node.items) if (target !== null) bindTarget(scope, target);
          break;
        case 'Try':
          for (const { name } of node.handlers) if (name !== null) scope.declare(name);
          break;
        case 'Import':
          for (const { name, as } of node.names) scope.declare(as ?? name.split('.')[0]);
          break;
        case 'ImportFrom':
          if (node.names !== '*') for (const { name, as } of node.names) scope.declare(as ?? name);
          else if (scope.kind === 'function')
            throw new PyError('SyntaxError', 'import * only allowed at module level', node.line);
          break;
        case 'Function':
        case 'Class':
          scope.declare(node.name);
          break;
        case 'Named':
          scope.declare(node.target);
          break;
      }
    },
    true,
  );
  for (const name of scope.globals) scope.slots.delete(name);
}

/** Slots are numbered anew once declarations that turned out to be global are gone. */
export function renumber(scope: Scope): void {
  const names = [...scope.slots.keys()];
  scope.slots.clear();
  for (const name of names) scope.declare(name);
}

export function yields(body: readonly Stmt[]): boolean {
  let found = false;
  walk(
    body,
    (node) => {
      if (node.kind === 'Yield' || node.kind === 'YieldFrom') found = true;
    },
    false,
  );
  return found;
}
