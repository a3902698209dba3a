/** What tables of ours may ask of the interpreter that calls them. */
import type { WarningCategory } from '../../tensor/warnings.ts';
import type { Displays } from './displays.ts';
import type { Parts } from './parts.ts';
import type { Kwargs, Value } from './values.ts';

/** The budget of a cell, counted down as it runs. */
export interface Budget {
  /** Counts work; throws a TimeoutError (PyError) or ends the cell where too much was done. */
  step(cost?: number): void;
  /** Refuses objects that would be too large before they are made: elements of lists, characters of strings. */
  room(size: number): void;
}

export interface Interpreter {
  readonly budget: Budget;
  /** The names of the cell. */
  readonly globals: ReadonlyMap<string, Value>;
  /** What modules keep for the workspace from cell to cell. */
  readonly parts: Parts;
  /** What this cell shows besides text. */
  readonly displays: Displays;
  /** Calls any callable value. */
  call(callable: Value, args: readonly Value[], kwargs?: Kwargs): Value;
  getAttribute(value: Value, name: string): Value;
  setAttribute(value: Value, name: string, to: Value): void;
  /** Walks any iterable, tensors along their first dimension. */
  iterate(value: Value): Iterable<Value>;
  truth(value: Value): boolean;
  repr(value: Value): string;
  str(value: Value): string;
  /** Appends to the cell's stdout. */
  print(text: string): void;
  /** Appends to the cell's stderr. */
  printError(text: string): void;
  /** A line on stderr that is written anew until the cell ends: a progress bar. */
  errorLine(): { text: string };
  /** Gives a warning, as the cell's filters say: on stderr, to who records them, or as an exception. */
  warn(category: WarningCategory, message: string): void;
}
