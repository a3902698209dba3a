/** A session with all modules of a workspace, for tests. */
import { type CellResult, CellSession } from '../../src/cells/cell.ts';
import { workspaceModules } from '../../src/cells/modules.ts';
import { TorchState, withState } from '../../src/cells/torch/index.ts';
import { LIMITS } from './torch/session.ts';

/** Runs cells one after the other in a session of their own, torch imported; the last one's answer. */
export function runAll(...cells: string[]): CellResult {
  const state = new TorchState();
  const session = new CellSession(LIMITS, new Map(), workspaceModules(state));
  const all = ['import torch\nfrom torch import nn\nimport torch.distributions as D\nT = torch.tensor', ...cells];
  return all.map((code) => withState(state, () => session.run(code))).at(-1) as CellResult;
}

/** What a cell prints and answers; an error as the first line of `Type: message`. */
export function seen(...cells: string[]): string {
  const { stdout, result, error } = runAll(...cells);
  return stdout + (error === undefined ? (result?.repr ?? '') : `${error.type}: ${error.message.split('\n')[0]}`);
}
