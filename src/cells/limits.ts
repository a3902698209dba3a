/** How much a cell may do. */

export interface CellLimits {
  /** Statements, iterations, calls and elements touched by the language itself. */
  maxSteps: number;
  /** Calls within calls. */
  maxDepth: number;
  /** Of one list, tuple, dict or set. */
  maxItems: number;
  maxStringLength: number;
  maxIntBits: number;
  /** Characters that a cell may print. */
  maxOutput: number;
  /** Of the thread that cells run in, where it is not Node's 984: what recursion may take is a part of it. */
  stackKiB?: number;
  /** Called every thousand steps or so; throws where time is up or the cell was interrupted. */
  tick(): void;
}
