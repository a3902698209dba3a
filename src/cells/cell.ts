/** The door to cells: text in, what Python would have printed and answered out. */

import { withPlaces } from '../autograd/anomaly.ts';
import { withWarnings } from '../tensor/warnings.ts';
import { NOTEBOOK_NAMES } from './ipython/index.ts';
import type { CellLimits } from './limits.ts';
import { BUILTINS } from './runtime/builtins/index.ts';
import { runCell, runModule } from './runtime/compile/cell.ts';
import type { Display } from './runtime/displays.ts';
import { asPyError } from './runtime/exceptions.ts';
import { hintFor } from './runtime/hints.ts';
import { richForm } from './runtime/rich.ts';
import { type GivenWarning, Runtime } from './runtime/runtime.ts';
import { writeError } from './runtime/streams.ts';
import type { ModuleTable } from './runtime/tensor-protocol.ts';
import type { Value } from './runtime/values.ts';

export type { CellLimits } from './limits.ts';
export type { ModuleTable, ObjectProtocol, TensorProtocol } from './runtime/tensor-protocol.ts';

/** Python's own names, and those that a notebook has besides. */
const NAMES: ReadonlyMap<string, Value> = new Map([...BUILTINS, ...NOTEBOOK_NAMES]);

export interface CellError {
  readonly type: string;
  readonly message: string;
  /** From 1. */
  readonly line?: number;
  /** From 0, with the length of what is at fault. */
  readonly column?: number;
  readonly length?: number;
}

export interface CellResult {
  readonly stdout: string;
  /** What it said besides: warnings. */
  readonly stderr: string;
  readonly displays: readonly Display[];
  /** Of PyTorch's own, those that its filters let through. */
  readonly warnings: readonly GivenWarning[];
  /** Of the last statement, where it is an expression that is not None. */
  readonly result?: { readonly value: Value; readonly repr: string };
  readonly error?: CellError;
}

/**
 * Names live on from cell to cell.
 *
 *     const session = new CellSession(limits, new Map(), workspaceModules(new TorchState()));
 *     session.run('x = 2 ** 10');
 *     session.run('x + 1'); // { stdout: '', …, result: { value: 1025n, repr: '1025' } }
 *
 * A cell that fails answers with its error and keeps what it had done until then. What `tick` throws
 * comes back as an error of the cell where it is a PyError, and is thrown on where it is not.
 */
export class CellSession {
  readonly globals: Map<string, Value>;
  readonly #runtime: Runtime;

  constructor(limits: CellLimits, globals: Map<string, Value>, modules: ModuleTable) {
    this.globals = globals;
    this.#runtime = new Runtime(limits, globals, modules, NAMES);
    this.#runtime.runModule = runModule;
  }

  /** What tables of ours may be called with outside of a cell. */
  get interpreter(): Runtime {
    return this.#runtime;
  }

  run(code: string): CellResult {
    const runtime = this.#runtime;
    runtime.begin();
    try {
      const heard = (...[category, message]: Parameters<Runtime['warn']>): void => runtime.warn(category, message);
      const place = (): string => `  File "<cell>", line ${runtime.line}`;
      const unheard = (error: unknown): void => {
        const known = asPyError(error);
        if (known === undefined) throw error;
        writeError(runtime, `${known.type}: ${known.message}\n`);
      };
      return withWarnings(heard, () => {
        const value = withPlaces(place, () => runCell(runtime, code), unheard);
        const result = value === null ? {} : { result: { value, repr: runtime.repr(value) } };
        this.show(value);
        runtime.parts.cellEnds(runtime);
        return { ...this.said(), ...result };
      });
    } catch (error) {
      const known = asPyError(error);
      if (known === undefined) throw error;
      this.endInVain();
      const line = known.line ?? (runtime.line > 0 ? runtime.line : undefined);
      const place = known.column === undefined ? {} : { column: known.column, length: known.length };
      return {
        ...this.said(),
        error: { type: known.type, message: known.message + hintFor(runtime, known), line, ...place },
      };
    }
  }

  /** A value that has a richer form than text is shown in it, beside its repr. */
  private show(value: Value): void {
    const rich = richForm(this.#runtime, value);
    if (rich !== undefined) this.#runtime.displays.add(rich.mime, rich.data);
  }

  /** What modules show at the end of a cell is shown of one that failed too, as far as it can be. */
  private endInVain(): void {
    const runtime = this.#runtime;
    if (runtime.budget.ended !== null) return;
    try {
      runtime.parts.cellEnds(runtime);
    } catch (error) {
      if (asPyError(error) === undefined) throw error;
    }
  }

  /** What the cell has said until now. */
  said(): Pick<CellResult, 'stdout' | 'stderr' | 'displays' | 'warnings'> {
    const { output: stdout, errors: stderr, displays, warned: warnings } = this.#runtime;
    return { stdout, stderr, displays: displays.shown, warnings };
  }
}
