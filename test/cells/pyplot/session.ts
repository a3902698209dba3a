/** A session with all modules of a workspace, for tests. */
import { type CellResult, CellSession } from '../../../src/cells/cell.ts';
import { workspaceModules } from '../../../src/cells/modules.ts';
import { TorchState, withState } from '../../../src/cells/torch/index.ts';
import { LIMITS } from '../torch/session.ts';

/** Runs cells one after the other in a session of their own; all that they answered. */
export function cells(...codes: string[]): CellResult[] {
  const state = new TorchState();
  const session = new CellSession({ ...LIMITS, maxSteps: 1e7 }, new Map(), workspaceModules(state));
  return codes.map((code) => withState(state, () => session.run(code)));
}

/** The last cell's, `plt` and `torch` imported. */
export const run = (...codes: string[]): CellResult =>
  cells('import torch\nimport matplotlib.pyplot as plt', ...codes).at(-1) as CellResult;

/** What a cell prints and answers; an error as `Type: message`. */
export function shown(...codes: string[]): string {
  const { stdout, result, error } = run(...codes);
  return stdout + (error === undefined ? (result?.repr ?? '') : `${error.type}: ${error.message}`);
}
