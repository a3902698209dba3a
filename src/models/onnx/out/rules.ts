/** Which rules export an op, and why some have none. */
import type { OpDef } from '../../../ops/define.ts';
import { findOp } from '../../../ops/registry.ts';
import type { Rule } from './call.ts';
import { elementRule } from './expression.ts';
import { INDEXING } from './rules-indexing.ts';
import { LINALG } from './rules-linalg.ts';
import { LOSSES } from './rules-losses.ts';
import { NN } from './rules-nn.ts';
import { POINTWISE } from './rules-pointwise.ts';
import { POOLING } from './rules-pooling.ts';
import { REDUCTIONS } from './rules-reductions.ts';
import { SHAPES } from './rules-shape.ts';
import { WHY_NOT } from './why-not.ts';

const TABLES: readonly Readonly<Record<string, Rule>>[] = [
  POINTWISE,
  REDUCTIONS,
  SHAPES,
  INDEXING,
  LINALG,
  NN,
  POOLING,
  LOSSES,
];

/** The op's plain counterpart, on its tensors in their order. */
const plainRule =
  (operator: string): Rule =>
  (b, call) => {
    const inputs = call.op.params.flatMap((p) => (p.kind === 'attr' ? [] : [call.tensor(p.key, call.dtype)]));
    return b.op(operator, inputs, call.dtype, call.shape);
  };

const known = new Map<string, readonly Rule[]>();

/** The op that an in-place one calls. */
const baseOf = (op: OpDef): OpDef =>
  findOp(op.name) ?? findOp(op.name.replace(/^__(.+)__$/, '$1').replace(/_$/, '')) ?? op;

/** An op's rules, the first of which that takes a call is used; none where it is exported as its parts, or not. */
export function rulesOf(op: OpDef): readonly Rule[] {
  const { name, onnx, element } = baseOf(op);
  let rules = known.get(name);
  if (rules === undefined) {
    rules = [
      ...TABLES.flatMap((table) => (Object.hasOwn(table, name) ? [table[name]] : [])),
      ...(onnx === undefined ? [] : [plainRule(onnx)]),
      ...(element === undefined ? [] : [elementRule(element)]),
    ];
    known.set(name, rules);
  }
  return rules;
}

/** Why an op is never exported; undefined where it is, in some of its forms at least. */
export function reasonOf(op: OpDef): string | undefined {
  const { name, composite } = baseOf(op);
  if (Object.hasOwn(WHY_NOT, name)) return WHY_NOT[name];
  return composite || rulesOf(op).length > 0 ? undefined : 'it has no counterpart';
}

/** Why an op has no counterpart here. */
export const whyNot = (op: OpDef): string => reasonOf(op) ?? 'one of its parts has no counterpart';
