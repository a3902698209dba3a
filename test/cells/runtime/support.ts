/** Sessions without tensors, with limits that tests reach quickly. */
import { type CellLimits, type CellResult, CellSession } from '#src/cells/cell.ts';
import { stdlibModule, stdlibSource } from '#src/cells/stdlib/index.ts';

export const LIMITS: CellLimits = {
  maxSteps: 1_000_000,
  maxDepth: 400,
  maxItems: 100_000,
  maxStringLength: 100_000,
  maxIntBits: 20_000,
  maxOutput: 100_000,
  tick() {},
};

export const session = (limits: Partial<CellLimits> = {}): CellSession =>
  new CellSession({ ...LIMITS, ...limits }, new Map(), { import: stdlibModule, source: stdlibSource });

export const run = (code: string, limits: Partial<CellLimits> = {}): CellResult => session(limits).run(code);

/** What a cell printed, then its result or its error, as a notebook shows them. */
export function shown({ stdout, result, error }: CellResult): string {
  if (error !== undefined) return `${stdout}${error.type}: ${error.message}`;
  return stdout + (result?.repr ?? '');
}

/** A message without the name that it says was meant: CPython shows that one below the error. */
export const unhinted = (message: string): string =>
  message.replace(/\. Did you (?:mean: '\w+'|forget to '.*')\?$/, '');
