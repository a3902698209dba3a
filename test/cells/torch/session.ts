/** A session with the tables of torch, for tests. */
import { type CellResult, CellSession } from '../../../src/cells/cell.ts';
import { workspaceModules } from '../../../src/cells/modules.ts';
import { TorchState, withState } from '../../../src/cells/torch/index.ts';

export const LIMITS = {
  maxSteps: 1e6,
  maxDepth: 100,
  maxItems: 1e6,
  maxStringLength: 1e6,
  maxIntBits: 10_000,
  maxOutput: 1e5,
  tick: () => undefined,
};

/** Runs cells one after the other in a session of their own, `torch`, `nn` and `F` defined; the last one's answer. */
export function run(...cells: string[]): CellResult {
  const state = new TorchState();
  const session = new CellSession(LIMITS, new Map(), workspaceModules(state));
  const all = ['import torch\nfrom torch import nn\nfrom torch.nn import functional as F', ...cells];
  return all.map((code) => withState(state, () => session.run(code))).at(-1) as CellResult;
}

/** What a cell prints and answers; an error as `Type: message`. */
export function shown(...cells: string[]): string {
  const { stdout, result, error } = run(...cells);
  return stdout + (error === undefined ? (result?.repr ?? '') : `${error.type}: ${error.message}`);
}
