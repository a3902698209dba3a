/** Requests whose body is a file, not a document: carried out in a worker thread, whatever their size. */
import type { Answer } from '../../answer/answer.ts';
import type { Scope } from '../../compute/scope.ts';
import { type ImportOptions, importAnswer } from '../../models/onnx/in/answer.ts';

export interface FileOptions extends ImportOptions {
  /** By which a worker thread finds what to do. */
  readonly key: 'import';
}

const ROUTES: Readonly<Record<FileOptions['key'], (bytes: Uint8Array, options: FileOptions, scope: Scope) => Answer>> =
  {
    import: importAnswer,
  };

/** @throws EngineError, TimeLimit */
export const carryOutFile = (bytes: Uint8Array, options: FileOptions, scope: Scope): Answer =>
  ROUTES[options.key](bytes, options, scope);
