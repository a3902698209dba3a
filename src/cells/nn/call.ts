/**
 * How modules reach the functions that they are made of: by name, at the time of the call, in
 * torch.nn.functional where it is there, and else among the ops.
 */
import { findOp } from '../../ops/registry.ts';
import { PyError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { Value } from '../runtime/values.ts';
import { bind, resultOf } from '../torch/bind.ts';
import { functionalMembers } from '../torch/nn-functional.ts';
import { spell } from '../torch/spelling.ts';

let functional: ReadonlyMap<string, Value> | undefined;

/**
 * Calls a function of torch.nn.functional, or an op, by its name.
 *
 * @throws PyError NotImplementedError where there is none
 */
export function call(
  name: string,
  args: readonly Value[],
  named: Readonly<Record<string, Value>>,
  interpreter: Interpreter,
): Value {
  functional ??= functionalMembers();
  const kwargs = new Map(Object.entries(named));
  const member = functional.get(name);
  if (member !== undefined) return interpreter.call(member, args, kwargs);
  const op = findOp(name);
  if (op === undefined) throw new PyError('NotImplementedError', `torch.nn.functional.${name} is not supported`);
  const spelling = spell(op, name, op.params.map((p) => p.name).join(' '), 'F');
  return resultOf(op, bind(op, spelling, args, kwargs).values);
}
