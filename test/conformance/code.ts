/** Runs the code of a golden case, in any of its spellings, in a session of its own. */
import { CellSession } from '../../src/cells/cell.ts';
import { workspaceModules } from '../../src/cells/modules.ts';
import { PyList, PyTuple, type Value } from '../../src/cells/runtime/values.ts';
import { TorchState, withState } from '../../src/cells/torch/index.ts';
import { Tensor } from '../../src/tensor/tensor.ts';
import type { Case } from './cases.ts';
import { checkGradients, compare, toTensor } from './execute.ts';

const LIMITS = {
  maxSteps: 1e6,
  maxDepth: 100,
  maxItems: 1e6,
  maxStringLength: 1e6,
  maxIntBits: 10_000,
  maxOutput: 1e5,
  tick: () => undefined,
};

const state = new TorchState();

/** A case whose code only is known; `alt` holds other spellings of it. */
export type CodeCase = Case & { alt?: readonly string[]; inputs_after?: Case['inputs'] };

export const spellings = (c: CodeCase): readonly string[] => [c.code, ...(c.alt ?? [])];

function tensorsOf(value: Value | undefined): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (value instanceof PyTuple || value instanceof PyList) return value.items.flatMap(tensorsOf);
  throw new Error(`y is no tensor: ${String(value)}`);
}

/** What is wrong with one spelling of a case, or null. */
export function checkCode(c: CodeCase, code: string): string | null {
  const globals = new Map<string, Value>();
  const modules = workspaceModules(state);
  const session = new CellSession(LIMITS, globals, modules);
  globals.set('torch', modules.import('torch') as Value);
  const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, t]) => [name, toTensor(t)]));
  for (const [name, t] of Object.entries(inputs)) globals.set(name, t);
  const { error } = withState(state, () => session.run(code));
  if (c.expect_error !== undefined) {
    if (error === undefined) return `should have raised ${c.expect_error.type}: ${c.expect_error.message}`;
    return error.type === c.expect_error.type
      ? null
      : `raised ${error.type}: ${error.message}; want ${c.expect_error.type}: ${c.expect_error.message}`;
  }
  if (error !== undefined) return `raised ${error.type}: ${error.message}`;
  const outs = tensorsOf(globals.get('y'));
  if (outs.length !== c.outputs.length) return `${outs.length} outputs, want ${c.outputs.length}`;
  for (let i = 0; i < outs.length; i++) {
    const bad = compare(`output ${i}`, outs[i], c.outputs[i], c.tol);
    if (bad !== null) return bad;
  }
  for (const [name, want] of Object.entries(c.inputs_after ?? {})) {
    const bad = compare(`${name} afterwards`, inputs[name], want, c.tol);
    if (bad !== null) return bad;
  }
  return checkGradients(c, inputs, outs);
}
