/** Requests whose body is a file, or that are of a model: carried out in a worker thread, whatever their size. */
import type { z } from 'zod';
import type { Slot } from '../../codec/json/reader.ts';
import { withLoans } from '../../codec/loans.ts';
import { type DocumentType, readBody } from '../../codec/read-body.ts';
import type { Carried } from '../../compute/carrier.ts';
import type { Scope } from '../../compute/scope.ts';
import { type GraphAnswerOptions, graphAnswer, onnxAnswer } from '../../models/answers.ts';
import { type MakeSettings, modelOfGraph } from '../../models/make.ts';
import { modelOfOnnx } from '../../models/make-onnx.ts';
import { type InferJob, inferAnswer } from '../../models/oip/carry-out.ts';
import { type ImportOptions, importAnswer } from '../../models/onnx/in/answer.ts';
import { patchedByFile, patchedByTensors } from '../../models/patch.ts';
import type { ModelRecord } from '../../models/record.ts';
import type { OpenModel } from '../../models/request.ts';
import { MODEL_SLOT, modelBody, PATCH_SLOT, patchBody } from '../routes/models-schemas.ts';
import { validate } from '../validate.ts';
import { screen } from './evaluate.ts';

/** By `key` a worker thread finds what to do. A body that is a document has its type, any other one is a file. */
export type FileOptions =
  | ({ readonly key: 'import' } & ImportOptions)
  | ({ readonly key: 'infer' } & InferJob)
  | ({ readonly key: 'model/put'; readonly type: DocumentType | undefined } & MakeSettings)
  | { readonly key: 'model/patch'; readonly type: DocumentType | undefined }
  | ({ readonly key: 'model/graph' } & GraphAnswerOptions)
  | { readonly key: 'model/onnx' };

function read<T>(bytes: Uint8Array, type: DocumentType, slot: Slot, schema: z.ZodType<T>, scope: Scope): T {
  const body = readBody(bytes, type, slot, { check: scope.clock.check });
  screen(body, scope.limits);
  return validate(schema, body) as T;
}

/** Reads a model, or finds it among those that this thread has read. */
type Open = (record: ModelRecord) => OpenModel;

/** @throws JsonError, EngineError, TimeLimit */
export function carryOutFile(
  bytes: Uint8Array,
  options: FileOptions,
  scope: Scope,
  record?: ModelRecord,
  open?: Open,
): Carried {
  if (options.key === 'import') return importAnswer(bytes, options, scope);
  if (options.key === 'infer') return inferAnswer(bytes, options, scope, record && open?.(record));
  return withLoans(() => ofModel(bytes, options, scope, record));
}

function ofModel(
  bytes: Uint8Array,
  options: Exclude<FileOptions, { key: 'import' | 'infer' }>,
  scope: Scope,
  record: ModelRecord | undefined,
): Carried {
  const given = (value: unknown): Carried => ({ body: '', elements: 0, value });
  if (options.key === 'model/put') {
    const { type } = options;
    if (type === undefined) return given(modelOfOnnx(bytes, options, scope));
    return given(modelOfGraph(read(bytes, type, MODEL_SLOT, modelBody, scope).graph, options, scope));
  }
  if (record === undefined) throw new Error('no model came with what is asked of it');
  switch (options.key) {
    case 'model/patch': {
      const { type } = options;
      if (type === undefined) return given(patchedByFile(record, bytes));
      return given(patchedByTensors(record, read(bytes, type, PATCH_SLOT, patchBody, scope).parameters));
    }
    case 'model/graph':
      return graphAnswer(record, options, scope);
    case 'model/onnx':
      return onnxAnswer(record, scope);
  }
}
