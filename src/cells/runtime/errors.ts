/** Exceptions of a cell, under Python's and PyTorch's own names. */

import type { Holder, Visit } from './holding.ts';

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

export class PyError extends Error implements Holder {
  readonly type: string;
  /** Line in the cell, from 1; filled in by the interpreter where it is not known. */
  line?: number;
  /** Column from 0 and length, where a caret helps. */
  column?: number;
  length?: number;
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
  }
}

export const typeError = (message: string): PyError => new PyError('TypeError', message);
export const valueError = (message: string): PyError => new PyError('ValueError', message);
export const indexError = (message: string): PyError => new PyError('IndexError', message);
export const runtimeError = (message: string): PyError => new PyError('RuntimeError', message);
