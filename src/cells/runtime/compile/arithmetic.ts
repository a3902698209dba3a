/** Operators, with the common kinds of number first. */
import type { BinaryOp, CompareOp, ExprOf } from '../../syntax/ast.ts';
import { compare, unary } from '../compare.ts';
import type { Code } from '../frame.ts';
import { checked } from '../numbers.ts';
import { binary, inplace } from '../operators.ts';
import type { Runtime } from '../runtime.ts';
import type { Value } from '../values.ts';
import type { Context } from './context.ts';

export function binaryCode(context: Context, node: ExprOf<'Binary'>): Code {
  const first = context.expression(node.first);
  let code = first;
  if (node.rest.length <= 4) {
    for (const [op, operand] of node.rest) code = pair(context.runtime, op, code, context.expression(operand));
    return code;
  }
  const rest = node.rest.map(([op, operand]) => [op, context.expression(operand)] as const);
  const { runtime } = context;
  return (frame) => {
    let value = first(frame);
    for (const [op, operand] of rest) value = binary(runtime, op, value, operand(frame));
    return value;
  };
}

function pair(runtime: Runtime, op: BinaryOp, left: Code, right: Code): Code {
  const { budget } = runtime;
  switch (op) {
    case '+':
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        if (typeof a === 'bigint' && typeof b === 'bigint') return checked(a + b, budget);
        if (typeof a === 'number' && typeof b === 'number') return a + b;
        return binary(runtime, '+', a, b);
      };
    case '-':
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        if (typeof a === 'bigint' && typeof b === 'bigint') return checked(a - b, budget);
        if (typeof a === 'number' && typeof b === 'number') return a - b;
        return binary(runtime, '-', a, b);
      };
    case '*':
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        if (typeof a === 'number' && typeof b === 'number') return a * b;
        return binary(runtime, '*', a, b);
      };
    default:
      return (frame) => binary(runtime, op, left(frame), right(frame));
  }
}

export function augment(runtime: Runtime, op: BinaryOp, target: Value, value: Value): Value {
  if (typeof target === 'bigint' && typeof value === 'bigint') {
    if (op === '+') return checked(target + value, runtime.budget);
    if (op === '-') return checked(target - value, runtime.budget);
  } else if (typeof target === 'number' && typeof value === 'number' && op === '+') return target + value;
  return inplace(runtime, op, target, value);
}

export function compareCode(context: Context, node: ExprOf<'Compare'>): Code {
  const { runtime } = context;
  const first = context.expression(node.first);
  if (node.rest.length === 1) {
    const [op, operand] = node.rest[0];
    return comparison(runtime, op, first, context.expression(operand));
  }
  const rest = node.rest.map(([op, operand]) => [op, context.expression(operand)] as const);
  const last = rest.length - 1;
  return (frame) => {
    let left = first(frame);
    for (let i = 0; ; i++) {
      const [op, operand] = rest[i];
      const right = operand(frame);
      const result = compare(runtime, op, left, right);
      if (i === last || !runtime.truth(result)) return result;
      left = right;
    }
  };
}

function comparison(runtime: Runtime, op: CompareOp, left: Code, right: Code): Code {
  if (op === '<' || op === '>' || op === '<=' || op === '>=') {
    return (frame) => {
      const a = left(frame);
      const b = right(frame);
      if ((typeof a === 'bigint' && typeof b === 'bigint') || (typeof a === 'number' && typeof b === 'number')) {
        return op === '<' ? a < b : op === '>' ? a > b : op === '<=' ? a <= b : a >= b;
      }
      return compare(runtime, op, a, b);
    };
  }
  return (frame) => compare(runtime, op, left(frame), right(frame));
}

export function unaryCode(context: Context, node: ExprOf<'Unary'>): Code {
  const { runtime } = context;
  const operand = context.expression(node.operand);
  const { op } = node;
  if (op === 'not') return (frame) => !runtime.truth(operand(frame));
  if (
    op === '-' &&
    node.operand.kind === 'Constant' &&
    (typeof node.operand.value === 'bigint' || typeof node.operand.value === 'number')
  ) {
    const value = -node.operand.value;
    return () => value;
  }
  return (frame) => unary(runtime, op, operand(frame));
}

export function boolCode(context: Context, node: ExprOf<'Bool'>): Code {
  const { runtime } = context;
  const operands = node.operands.map((operand) => context.expression(operand));
  const last = operands.length - 1;
  const stopsAt = node.op === 'or';
  return (frame) => {
    for (let i = 0; i < last; i++) {
      const value = operands[i](frame);
      if (runtime.truth(value) === stopsAt) return value;
    }
    return operands[last](frame);
  };
}
