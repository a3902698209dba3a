/** Requests of the Open Inference Protocol from their bytes to those of the answer, in any thread. */
import type { Answer } from '../../answer/answer.ts';
import { withLoans } from '../../codec/loans.ts';
import type { Scope } from '../../compute/scope.ts';
import type { OpenModel } from '../request.ts';
import { type InferOptions, prepareInference } from './infer.ts';
import { opModel } from './op-model.ts';
import type { ServedModel } from './served.ts';
import { StoredServed } from './stored-model.ts';

/** A request beside its body, as it travels to a thread. */
export interface InferJob extends InferOptions {
  readonly model: string;
}

function modelOf({ model: name, version }: InferJob, stored: OpenModel | undefined): ServedModel {
  if (stored !== undefined) return new StoredServed(name, [version], stored.record.info, () => stored);
  const model = opModel(name);
  if (model === undefined) throw new Error(`there is no model ${name}`);
  return model;
}

/**
 * @param stored the model, where it is none of the ops
 * @throws JsonError, EngineError, TimeLimit
 */
export const inferAnswer = (bytes: Uint8Array, job: InferJob, scope: Scope, stored?: OpenModel): Answer =>
  withLoans(() => prepareInference(modelOf(job, stored), bytes, job, scope).run());

/**
 * The answer of a request that is small; nothing of another one.
 *
 * @throws JsonError, EngineError, TimeLimit
 */
export const inferSmall = (
  model: ServedModel,
  bytes: Uint8Array,
  options: InferOptions,
  scope: Scope,
): Answer | undefined =>
  withLoans(() => {
    const prepared = prepareInference(model, bytes, options, scope);
    return prepared.small ? prepared.run() : undefined;
  });
