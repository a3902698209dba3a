/** Cells of torch.nn and torch.optim answer as PyTorch 1.13 does; cells.txt has what it printed. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CellSession } from '#src/cells/cell.ts';
import { workspaceModules } from '#src/cells/modules.ts';
import { TorchState, withState } from '#src/cells/torch/index.ts';

const IMPORTS = 'import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport torch.optim as optim\n';
const limits = {
  maxSteps: 10_000_000,
  maxDepth: 200,
  maxItems: 1_000_000,
  maxStringLength: 1_000_000,
  maxIntBits: 100_000,
  maxOutput: 1_000_000,
  tick(): void {},
};

function printed(code: string): string {
  const state = new TorchState();
  const session = new CellSession(limits, new Map(), workspaceModules(state));
  const { stdout, result, error } = withState(state, () => session.run(IMPORTS + code));
  if (error !== undefined) return `${stdout}${error.type}: ${error.message} (line ${(error.line ?? 4) - 4})\n`;
  return result === undefined || !/\n$/.test(code) ? stdout : `${stdout}${result.repr}\n`;
}

const sections = readFileSync(new URL('cells.txt', import.meta.url), 'utf8')
  .split('\n=== ')
  .slice(1);

describe('cells of torch.nn', () => {
  for (const section of sections) {
    const [, name, code, output] = /^([^\n]*)\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(section) ?? [];
    test(name, () => {
      expect(printed(code).trimEnd().split('\n')).toEqual(output.trimEnd().split('\n'));
    });
  }
});
