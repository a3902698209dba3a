/** What may stand left of `=`, after `for` and after `del`. */
import type { SyntaxNode } from '@lezer/common';
import type { Expr } from './ast.ts';
import type { Source } from './source.ts';

/** Python's word for an expression that cannot be assigned to. */
function wordFor(expr: Expr): string {
  switch (expr.kind) {
    case 'Constant':
      return expr.value === null ? 'None' : expr.value === true ? 'True' : expr.value === false ? 'False' : 'literal';
    case 'Ellipsis':
      return 'ellipsis';
    case 'Bytes':
    case 'Imaginary':
      return 'literal';
    case 'Call':
      return 'function call';
    case 'Compare':
      return 'comparison';
    case 'Conditional':
      return 'conditional expression';
    case 'Lambda':
      return 'lambda';
    case 'Dict':
      return 'dict literal';
    case 'Set':
      return 'set display';
    case 'Joined':
      return 'f-string expression';
    case 'Yield':
    case 'YieldFrom':
      return 'yield expression';
    case 'Named':
      return 'named expression';
    case 'Comprehension':
      return expr.form === 'generator' ? 'generator expression' : `${expr.form} comprehension`;
    default:
      return 'expression';
  }
}

/** Answers `expr` where it can be assigned to; else throws Python's SyntaxError. */
export function asTarget(
  expr: Expr,
  node: SyntaxNode,
  source: Source,
  purpose: 'assign to' | 'delete' = 'assign to',
  hint = false,
): Expr {
  switch (expr.kind) {
    case 'Name':
    case 'Attribute':
    case 'Subscript':
      return expr;
    case 'Tuple':
    case 'List': {
      let stars = 0;
      for (const item of expr.items) {
        if (item.kind === 'Star') {
          if (purpose === 'delete') throw source.at(node, 'cannot delete starred');
          if (++stars > 1) throw source.at(node, 'multiple starred expressions in assignment');
          source.nested(() => asTarget(item.value, node, source, purpose));
        } else source.nested(() => asTarget(item, node, source, purpose));
      }
      return expr;
    }
    case 'Star':
      throw source.at(node, 'starred assignment target must be in a list or tuple');
    default: {
      const word = wordFor(expr);
      const constant = word === 'None' || word === 'True' || word === 'False';
      const meant = hint && !constant && word !== 'ellipsis' ? " here. Maybe you meant '==' instead of '='?" : '';
      throw source.at(node, `cannot ${purpose} ${word}${meant}`);
    }
  }
}
