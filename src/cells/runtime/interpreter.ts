/** What tables of ours may ask of the interpreter that calls them. */
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
}
