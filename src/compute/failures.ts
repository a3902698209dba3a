/** Errors of computations, and how they travel between threads: structured cloning would make them bare Errors. */
import { JsonError } from '../codec/json/json-error.ts';
import { EngineError, type ErrorCode } from '../tensor/errors.ts';
import { TimeLimit } from './clock.ts';

/** A name that a workspace does not have. */
export class NoSuchName extends Error {
  readonly suggestion: string | undefined;
  constructor(message: string, suggestion?: string) {
    super(message);
    this.name = 'NoSuchName';
    this.suggestion = suggestion;
  }
}

/** There is no memory left for a request, whatever it asks for: another time there may be. */
export class MemoryFull extends Error {
  constructor() {
    super('the memory of this service is nearly full');
    this.name = 'MemoryFull';
  }
}

/** What the code of a request raised. */
export interface RaisedByCode {
  readonly type: string;
  readonly message: string;
  readonly line?: number;
}

/** An exception of the code: a 422 that tells its type and its line. */
export class CodeError extends EngineError {
  readonly error: RaisedByCode;
  constructor(error: RaisedByCode) {
    super('code', `${error.type}: ${error.message}${error.line === undefined ? '' : ` (line ${error.line})`}`);
    this.error = error;
  }
}

export type Failure =
  | {
      readonly kind: 'engine';
      readonly code: ErrorCode;
      readonly message: string;
      readonly op?: string;
      readonly node?: string;
      readonly unsupported?: EngineError['unsupported'];
    }
  | { readonly kind: 'code'; readonly error: RaisedByCode }
  | { readonly kind: 'json'; readonly errors: JsonError['errors'] }
  | { readonly kind: 'time'; readonly limitMs: number }
  | { readonly kind: 'memory' }
  | { readonly kind: 'name'; readonly message: string; readonly suggestion?: string }
  | { readonly kind: 'other'; readonly message: string; readonly stack?: string };

export function packError(error: unknown): Failure {
  if (error instanceof CodeError) return { kind: 'code', error: error.error };
  if (error instanceof EngineError) {
    const { code, message, op, node, unsupported } = error;
    return { kind: 'engine', code, message, op, node, unsupported };
  }
  if (error instanceof JsonError) return { kind: 'json', errors: error.errors };
  if (error instanceof TimeLimit) return { kind: 'time', limitMs: error.limitMs };
  if (error instanceof MemoryFull) return { kind: 'memory' };
  if (error instanceof NoSuchName) return { kind: 'name', message: error.message, suggestion: error.suggestion };
  return error instanceof Error
    ? { kind: 'other', message: error.message, stack: error.stack }
    : { kind: 'other', message: String(error) };
}

/** Undoes {@link packError}. */
export function unpackError(data: unknown): Error {
  const failure = data as Failure;
  switch (failure.kind) {
    case 'code':
      return new CodeError(failure.error);
    case 'engine': {
      const { code, message, op, node, unsupported } = failure;
      return Object.assign(new EngineError(code, message), { op, node, unsupported });
    }
    case 'json':
      return new JsonError(failure.errors);
    case 'time':
      return new TimeLimit(failure.limitMs);
    case 'memory':
      return new MemoryFull();
    case 'name':
      return new NoSuchName(failure.message, failure.suggestion);
    case 'other': {
      const error = new Error(failure.message);
      error.stack = failure.stack;
      return error;
    }
  }
}
