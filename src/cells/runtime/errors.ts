/** Exceptions of a cell, under Python's and PyTorch's own names. */

import type { Holder, Visit } from './holding.ts';
import type { Value } from './values.ts';

export type ErrorType =
  | 'RuntimeError'
  | 'IndexError'
  | 'TypeError'
  | 'ValueError'
  | 'NameError'
  | 'SyntaxError'
  | 'AttributeError'
  | 'KeyError'
  | 'ZeroDivisionError'
  | 'OverflowError'
  | 'NotImplementedError'
  | 'ImportError'
  | 'ModuleNotFoundError'
  | 'RecursionError'
  | 'MemoryError'
  | 'TimeoutError'
  | 'StopIteration'
  | 'AssertionError'
  | 'UnboundLocalError'
  | 'KeyboardInterrupt'
  | 'Exception'
  | 'IndentationError';

/** A name that was looked for in vain: in the names of a cell, in a module, behind the dot of a value. */
export interface Missing {
  readonly name: string;
  readonly where: 'names' | 'modules' | 'attributes';
  /** What was asked for the attribute. */
  readonly of?: Value;
}

export class PyError extends Error implements Holder {
  readonly type: string;
  /** Line in the cell, from 1; filled in by the interpreter where it is not known. */
  line?: number;
  /** Column from 0 and length, where a caret helps. */
  column?: number;
  length?: number;
  /** Of what was not found: what is near it is only looked up where nobody caught this. */
  missing?: Missing;
  constructor(type: ErrorType | (string & {}), message: string, line?: number, column?: number, length?: number) {
    super(message);
    this.name = 'PyError';
    this.type = type;
    this.line = line;
    this.column = column;
    this.length = length;
  }

  references(visit: Visit): void {
    visit(this.message);
    visit(this.missing?.of);
  }
}

export function notFound(type: ErrorType, message: string, missing: Missing): PyError {
  const error = new PyError(type, message);
  error.missing = missing;
  return error;
}

export const typeError = (message: string): PyError => new PyError('TypeError', message);
export const valueError = (message: string): PyError => new PyError('ValueError', message);
export const indexError = (message: string): PyError => new PyError('IndexError', message);
export const runtimeError = (message: string): PyError => new PyError('RuntimeError', message);
