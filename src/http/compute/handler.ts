/** Where computing requests run: small ones here, others in a worker thread. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AnswerType } from '../../answer/answer.ts';
import { computeJob, type JobResult, type Travelling, withWait } from '../../compute/jobs.ts';
import type { Limits } from '../../compute/limits.ts';
import { Scope } from '../../compute/scope.ts';
import { alone, free } from '../../threads/transfer.ts';
import { noBody, postedBody } from '../body.ts';
import { documentType, negotiate, vary, wantedType } from '../negotiate.ts';
import { admit, goneSignal } from '../plugins/workers.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { LARGE_BODY } from '../receive.ts';
import { contentType, type Sendable, sendBytes, sendResult, tellTimes } from '../send.ts';
import { ModelNeeded, type SentModel } from './models.ts';
import { type ComputeRoute, carryOutSmall, type Posted } from './route.ts';

export interface Computing {
  readonly limits: Limits;
  readonly bodyLimit: number;
}

/** Of every computing route: its body comes as bytes, which whoever carries it out reads and validates. */
export const computeOptions = ({ bodyLimit }: Pick<Computing, 'bodyLimit'>) => ({
  config: { body: postedBody(bodyLimit) },
  validatorCompiler: () => () => true,
});

/** What a thread gives for a job. @throws ProblemError where it refuses */
export async function resultOf(
  app: FastifyInstance,
  job: Travelling,
  reply: FastifyReply,
  parseMs = 0,
): Promise<JobResult> {
  admit(app, reply);
  const result = withWait(await app.pool.run<JobResult>(job, goneSignal(reply)));
  if (result.times !== undefined) result.times.parse += parseMs;
  if (result.refusal === undefined) return result;
  if (result.times !== undefined) tellTimes(reply, result.times);
  throw new ProblemError(result.refusal as Problem);
}

export async function inThread(
  app: FastifyInstance,
  job: Travelling,
  { answerType, parseMs }: { answerType: string; parseMs?: number },
  reply: FastifyReply,
): Promise<FastifyReply> {
  return sendFromThread(await resultOf(app, job, reply, parseMs), answerType, reply);
}

function sendFromThread(result: JobResult, answerType: string, reply: FastifyReply): FastifyReply {
  const { body: answer } = result;
  if (typeof answer !== 'string') reply.raw.once('finish', () => free(answer));
  return sendAnswer(reply, result, answerType);
}

/** What is no document says what it is. */
export const sendAnswer = (
  reply: FastifyReply,
  result: Sendable & Pick<JobResult, 'mediaType' | 'headers'>,
  answerType: string,
): FastifyReply => {
  const { mediaType, headers } = result;
  if (headers !== undefined) reply.headers(headers);
  return mediaType === undefined
    ? sendResult(reply, result, answerType as AnswerType)
    : sendBytes(reply, result, contentType(mediaType));
};

/** The form of the answer that is wanted most. */
function answerTypeOf<T extends string>(
  { answers, saidByBody }: Pick<ComputeRoute<never, T>, 'answers' | 'saidByBody'>,
  request: FastifyRequest,
  reply: FastifyReply,
): T {
  if (answers === undefined) return documentType(request, reply) as string as T;
  if (!saidByBody) return wantedType(request, reply, answers, 'an answer');
  vary(reply, 'Accept');
  return negotiate(request.headers.accept, answers) ?? ('' as T);
}

/** Bytes at either end of a large body. */
const NEAR = 1024;

/**
 * Handles a computing route. Where it is carried out is decided once: a large body goes to a worker thread as
 * it came; a short one is read here, and what it will make is found before anything is computed.
 */
export function computeHandler<B, T extends string>(app: FastifyInstance, route: ComputeRoute<B, T>, limits: Limits) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> => {
    const posted = request.body as Posted | undefined;
    if (posted === undefined) throw noBody();
    const answerType = answerTypeOf(route, request, reply);
    if (posted.bytes.length >= LARGE_BODY) return large(request, reply, posted, answerType);
    const peek = (reference: string): SentModel | undefined => {
      const record = app.models.peek(request, reference);
      return record && { reference, record };
    };
    try {
      return short(reply, posted, answerType, peek);
    } catch (error) {
      if (!(error instanceof ModelNeeded)) throw error;
      return modelFor(request, error.reference).then((model) => short(reply, posted, answerType, () => model));
    }
  };

  async function modelFor(request: FastifyRequest, reference: string): Promise<SentModel> {
    return { reference, record: await app.models.recordFor(request, reference) };
  }

  /** The model that a large body seems to name at its beginning or its end: most do, and are read once then. */
  async function guessed(request: FastifyRequest, bytes: Uint8Array): Promise<SentModel | undefined> {
    for (const part of [bytes.subarray(0, NEAR), bytes.subarray(-NEAR)]) {
      const reference = /"model"\s*:\s*"([^"\\]{1,150})"/.exec(Buffer.from(part).toString('latin1'))?.[1];
      const record = reference && (await app.models.lookFor(request, reference))?.record;
      if (reference && record) return { reference, record };
    }
    return undefined;
  }

  /** Of a large body it is not known here whether it names a model: the thread says so where it finds one. */
  async function large(
    request: FastifyRequest,
    reply: FastifyReply,
    { bytes, type }: Posted,
    answerType: T,
  ): Promise<FastifyReply> {
    const jobOf = (body: Uint8Array, model?: SentModel): Travelling =>
      computeJob({ route: route.key, answerType, model, form: { bytes: type } }, alone(body));
    const result = await resultOf(app, jobOf(bytes, await guessed(request, bytes)), reply);
    if (result.needs === undefined) return sendFromThread(result, answerType, reply);
    const model = await modelFor(request, result.needs);
    return inThread(app, jobOf(result.body as Uint8Array, model), { answerType }, reply);
  }

  function short(
    reply: FastifyReply,
    posted: Posted,
    answerType: T,
    look: (reference: string) => SentModel | undefined,
  ): FastifyReply | Promise<FastifyReply> {
    const scope = new Scope(limits);
    let model: SentModel | undefined;
    try {
      const done = carryOutSmall(route, posted, answerType, scope, {
        find(reference) {
          model = look(reference);
          // To read a large graph would make others wait.
          if (model !== undefined && model.record.graph.length >= LARGE_BODY) return 'elsewhere';
          return model && app.models.opened.open(model.record);
        },
      });
      if ('answer' in done) {
        return sendAnswer(reply, { ...done.answer, times: scope.timing }, answerType);
      }
      scope.timing.lap('parse');
      const job = computeJob({ route: route.key, answerType, model, form: { parcel: done.parcel } });
      return inThread(app, job, { answerType, parseMs: scope.timing.parse }, reply);
    } catch (error) {
      if (!(error instanceof ModelNeeded)) tellTimes(reply, scope.timing);
      throw error;
    }
  }
}
