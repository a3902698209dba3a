/** A computing request apart from how it is served: the same on the service's own thread and in a worker thread. */
import type { $ZodType } from 'zod/v4/core';
import type { Answer, AnswerType } from '../../answer/answer.ts';
import type { Slot } from '../../codec/json/reader.ts';
import { withLoans } from '../../codec/loans.ts';
import { type Parcel, pack, unpack } from '../../codec/parcel.ts';
import { type DocumentType, readBody } from '../../codec/read-body.ts';
import type { Limits } from '../../compute/limits.ts';
import type { Scope } from '../../compute/scope.ts';
import { validate } from '../validate.ts';
import { type FindModel, modelIn, withModel } from './models.ts';

/** A request that was read and checked, and that nothing was computed of. */
export interface Prepared {
  /** Whether it is carried out where it came in: else others would wait for it. */
  readonly small: boolean;
  readonly run: () => Answer;
}

/** `T` are the media types that it is asked for. */
export interface ComputeRoute<B = unknown, T extends string = AnswerType> {
  /** By which a worker thread finds it. */
  readonly key: string;
  /** Where the body has tensors. */
  readonly slot: Slot;
  readonly schema: $ZodType<B>;
  /** Refuses, by throwing, what is too much to be validated. */
  readonly screen?: (body: unknown, limits: Limits) => void;
  /** The forms of its answer, the first one by default; documents alone where it does not say. */
  readonly answers?: readonly T[];
  /** Whether the body may say which of them it is: then none of them need be among those that are accepted. */
  readonly saidByBody?: true;
  /** Whether a model is computed in float64, whatever it is at rest. */
  readonly inDouble?: true;
  /** `answerType` is the form that is accepted first; empty where none is. */
  readonly prepare: (body: B, answerType: T, scope: Scope) => Prepared;
}

/** Where no model is at hand. */
const noModel: FindModel = () => undefined;

/** A body as it came, no longer compressed. */
export interface Posted {
  readonly bytes: Uint8Array;
  readonly type: DocumentType;
}

/** A body that was posted, read and checked. */
export function read<B>(
  route: Pick<ComputeRoute<B>, 'slot' | 'schema' | 'screen'>,
  { bytes, type }: Posted,
  scope: Scope,
): B {
  const body = readBody(bytes, type, route.slot, { check: scope.clock.check });
  scope.clock.check();
  route.screen?.(body, scope.limits);
  return validate(route.schema, body) as B;
}

/**
 * From the bytes of a body to those of its answer.
 *
 * @throws JsonError, EngineError, TimeLimit; ModelNeeded
 */
export const carryOut = <B, T extends string>(
  route: ComputeRoute<B, T>,
  posted: Posted,
  answerType: T,
  scope: Scope,
  find = noModel,
): Answer =>
  withLoans(() => route.prepare(withModel(read(route, posted, scope), find, route), answerType, scope).run());

/**
 * The answer of a small request; of another one its body as it was read, for {@link carryOutParcel} in a worker
 * thread, as where its model is to be read `elsewhere`.
 *
 * @throws JsonError, EngineError, TimeLimit; ModelNeeded
 */
export const carryOutSmall = <B, T extends string>(
  route: ComputeRoute<B, T>,
  posted: Posted,
  answerType: T,
  scope: Scope,
  { find = noModel }: { readonly find?: (reference: string) => ReturnType<FindModel> | 'elsewhere' } = {},
): { readonly answer: Answer } | { readonly parcel: Parcel } =>
  withLoans(() => {
    const body = read(route, posted, scope);
    const found = modelIn(body, find);
    if (found === 'elsewhere') return { parcel: pack(body) };
    const prepared = route.prepare(
      withModel(body, () => found, route),
      answerType,
      scope,
    );
    return prepared.small ? { answer: prepared.run() } : { parcel: pack(body) };
  });

/** @throws JsonError, EngineError, TimeLimit */
export const carryOutParcel = <B, T extends string>(
  route: ComputeRoute<B, T>,
  parcel: Parcel,
  answerType: T,
  scope: Scope,
  find = noModel,
): Answer => withLoans(() => route.prepare(withModel(unpack(parcel) as B, find, route), answerType, scope).run());
