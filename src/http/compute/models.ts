/** Requests that name a model where a graph may stand. */
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import type { ModelRecord } from '../../models/record.ts';
import { inputsFor, OpenModel } from '../../models/request.ts';

/** A model on its way to a thread, under the name that the request has for it. */
export interface SentModel {
  readonly reference: string;
  readonly record: ModelRecord;
}

/** The model that a request names, where this thread has it. */
export type FindModel = (reference: string) => OpenModel | undefined;

/** A request names a model that is not at hand here: who serves it has to look for it. */
export class ModelNeeded extends Error {
  readonly reference: string;
  constructor(reference: string) {
    super(`the model "${reference}" is not at hand`);
    this.reference = reference;
  }
}

/** As far as a model is concerned. */
interface Body {
  readonly model?: string;
  readonly inputs?: ReadonlyMap<string, TensorLiteral>;
  readonly grad?: { readonly inputs?: readonly string[] };
}

/** What stands beside the graph once it has taken the model's place. */
export interface Untold {
  readonly untold?: ReadonlySet<string>;
}

export const withUntold = <B>(body: B): B & Untold => body as B & Untold;

/** What `find` has for the model that a body names; undefined where it names none, or there is none. */
export function modelIn<B, F>(body: B, find: (reference: string) => F | undefined): F | undefined {
  const { model: reference } = body as Body;
  return reference === undefined ? undefined : find(reference);
}

/**
 * The body with the model's graph in its place.
 *
 * @throws ModelNeeded; EngineError where a parameter is sent in another shape or dtype
 */
export function withModel<B>(body: B, find: FindModel, { inDouble }: { readonly inDouble?: true } = {}): B {
  const { model: reference, inputs, grad } = body as Body;
  if (reference === undefined) return body;
  const found = find(reference);
  if (found === undefined) throw new ModelNeeded(reference);
  const model = inDouble ? new OpenModel(found.record, true) : found;
  const given = inputs && { inputs: inputsFor(model, { inputs, wanted: grad?.inputs ?? [] }) };
  return { ...body, graph: model.graph, ...given, untold: new Set(model.parameters.keys()) };
}
