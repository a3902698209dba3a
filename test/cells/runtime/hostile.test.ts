/** A cell ends soon after its time is up, whatever it does. */
import { describe, expect, test } from 'vitest';
import { CellSession } from '#src/cells/cell.ts';
import { workspaceModules } from '#src/cells/modules.ts';
import { TorchState, withState } from '#src/cells/torch/index.ts';
import { withPulse } from '#src/kernels/pulse.ts';
import { HOSTILE } from './hostile-cells.ts';

/** The cell's time, and what it may take beyond: milliseconds in which this thread runs. */
const LIMIT = 50;
const BEYOND = 2000;

class TimeIsUp extends Error {}

const now = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** Milliseconds that a cell took, and how it ended. */
function took(code: string): { time: number; end: string } {
  const start = now();
  const tick = (): void => {
    if (now() - start > LIMIT) throw new TimeIsUp();
  };
  const state = new TorchState();
  const session = new CellSession(
    {
      maxSteps: 1_000_000_000,
      maxDepth: 500,
      maxItems: 4_000_000,
      maxStringLength: 4_000_000,
      maxIntBits: 65_536,
      maxOutput: 1_000_000,
      tick,
    },
    new Map(),
    workspaceModules(state),
  );
  const whole = `import torch, math, itertools\nfrom torch import nn\n${code}`;
  let end: string;
  try {
    const { error } = withPulse(tick, () => withState(state, () => session.run(whole)));
    end = error === undefined ? 'done' : error.type;
  } catch (error) {
    if (!(error instanceof TimeIsUp)) throw error;
    end = 'time';
  }
  return { time: now() - start, end };
}

describe('a cell ends within two seconds of its limit', () => {
  test.each(HOSTILE)('%s', (_, code) => {
    const { time, end } = took(code);
    expect(time).toBeLessThan(LIMIT + BEYOND);
    expect(end).toMatch(/^(time|done|MemoryError|TypeError|ValueError|RecursionError|TimeoutError|RuntimeError)$/);
  });
});
