/** What is said between the service's thread and those that run cells. */
import { JsonError } from '../codec/json/json-error.ts';
import type { DocumentType } from '../codec/read-body.ts';
import type { AnswerOptions } from '../compute/answer.ts';
import { type Limits, TimeLimit } from '../compute/limits.ts';
import type { Times } from '../compute/timing.ts';
import { EngineError, type ErrorCode } from '../tensor/errors.ts';

export const TENSOR_FORMS = ['json', 'npy', 'safetensors'] as const;
export type TensorForm = (typeof TENSOR_FORMS)[number];

export interface PutJob {
  readonly kind: 'put';
  readonly name: string;
  readonly body: Uint8Array;
  /** Null for the bytes of a .npy or .safetensors file, which tell themselves apart. */
  readonly type: DocumentType | null;
}

/** Something to be done in a workspace. */
export type WorkspaceJob =
  | { readonly kind: 'cell'; readonly code: string; readonly options: AnswerOptions }
  | { readonly kind: 'describe' }
  | { readonly kind: 'graph'; readonly of: string; readonly options: AnswerOptions }
  | { readonly kind: 'tensors'; readonly form: 'json' | 'safetensors' }
  | { readonly kind: 'get'; readonly name: string; readonly form: TensorForm; readonly options: AnswerOptions }
  | PutJob;

/** A stateless computing request as it came over the wire: reading, checking and answering it is the worker's. */
export interface ComputeJob {
  readonly kind: 'compute';
  /** Which request it is, in the words of who gives and who takes it. */
  readonly route: string;
  readonly body: Uint8Array;
  readonly type: DocumentType;
  readonly answerType: DocumentType;
}

export type Job =
  | ComputeJob
  | { readonly kind: 'drop'; readonly workspace: string }
  | { readonly kind: 'work'; readonly workspace: string; readonly job: WorkspaceJob };

/** What a job gives. */
export interface JobResult {
  readonly body: string | Uint8Array;
  readonly times?: Times;
  /** In place of a body: the error answer, in the words of who gave the job. */
  readonly refusal?: unknown;
  /** Elements that came in and that go out. */
  readonly elements: number;
  /** Elements that the workspace holds now. */
  readonly held?: number;
  /** Cells that the workspace has run. */
  readonly executions?: number;
  /** The filled part of the thread's heap. */
  readonly heap?: number;
}

/** A name that a workspace does not have. */
export class NoSuchName extends Error {
  readonly suggestion: string | undefined;
  constructor(message: string, suggestion?: string) {
    super(message);
    this.name = 'NoSuchName';
    this.suggestion = suggestion;
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

export interface ToWorker {
  readonly id: number;
  readonly job: Job;
}

export interface FromWorker {
  readonly id: number;
  readonly result?: JobResult;
  readonly failure?: Failure;
}

/** Places in the flags that both threads see: the job that is to stop. */
export const STOP_JOB = 0;

export interface WorkerData {
  readonly limits: Limits;
  readonly flags: Int32Array;
}

/** An error as it travels: structured cloning would make it a bare Error. */
export type Failure =
  | {
      readonly kind: 'engine';
      readonly code: ErrorCode;
      readonly message: string;
      readonly op?: string;
      readonly node?: string;
    }
  | { readonly kind: 'code'; readonly error: RaisedByCode }
  | { readonly kind: 'json'; readonly errors: JsonError['errors'] }
  | { readonly kind: 'time'; readonly limitMs: number }
  | { readonly kind: 'name'; readonly message: string; readonly suggestion?: string }
  | { readonly kind: 'other'; readonly message: string; readonly stack?: string };

export function packError(error: unknown): Failure {
  if (error instanceof CodeError) return { kind: 'code', error: error.error };
  if (error instanceof EngineError)
    return { kind: 'engine', code: error.code, message: error.message, op: error.op, node: error.node };
  if (error instanceof JsonError) return { kind: 'json', errors: error.errors };
  if (error instanceof TimeLimit) return { kind: 'time', limitMs: error.limitMs };
  if (error instanceof NoSuchName) return { kind: 'name', message: error.message, suggestion: error.suggestion };
  return error instanceof Error
    ? { kind: 'other', message: error.message, stack: error.stack }
    : { kind: 'other', message: String(error) };
}

export function unpackError(failure: Failure): Error {
  switch (failure.kind) {
    case 'code':
      return new CodeError(failure.error);
    case 'engine': {
      const error = new EngineError(failure.code, failure.message);
      error.op = failure.op;
      error.node = failure.node;
      return error;
    }
    case 'json':
      return new JsonError(failure.errors);
    case 'time':
      return new TimeLimit(failure.limitMs);
    case 'name':
      return new NoSuchName(failure.message, failure.suggestion);
    case 'other': {
      const error = new Error(failure.message);
      error.stack = failure.stack;
      return error;
    }
  }
}
