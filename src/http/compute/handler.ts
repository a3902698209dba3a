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

export async function inThread(
  app: FastifyInstance,
  job: Travelling,
  { answerType, parseMs = 0 }: { answerType: string; parseMs?: number },
  reply: FastifyReply,
): Promise<FastifyReply> {
  admit(app, reply);
  const result = withWait(await app.pool.run<JobResult>(job, goneSignal(reply)));
  if (result.times !== undefined) result.times.parse += parseMs;
  if (result.refusal !== undefined) {
    if (result.times !== undefined) tellTimes(reply, result.times);
    throw new ProblemError(result.refusal as Problem);
  }
  const { body: answer } = result;
  if (typeof answer !== 'string') reply.raw.once('finish', () => free(answer));
  return sendAnswer(reply, result, answerType);
}

/** What is no document says what it is. */
const sendAnswer = (
  reply: FastifyReply,
  result: Sendable & { mediaType?: string },
  answerType: string,
): FastifyReply =>
  result.mediaType === undefined
    ? sendResult(reply, result, answerType as AnswerType)
    : sendBytes(reply, result, contentType(result.mediaType));

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

/**
 * Handles a computing route. Where it is carried out is decided once: a large body goes to a worker thread as
 * it came; a short one is read here, and what it will make is found before anything is computed.
 */
export function computeHandler<B, T extends string>(app: FastifyInstance, route: ComputeRoute<B, T>, limits: Limits) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> => {
    const posted = request.body as Posted | undefined;
    if (posted === undefined) throw noBody();
    const answerType = answerTypeOf(route, request, reply);
    const { bytes, type } = posted;
    if (bytes.length >= LARGE_BODY) {
      const job = computeJob({ route: route.key, answerType, form: { bytes: type } }, alone(bytes));
      return inThread(app, job, { answerType }, reply);
    }
    const scope = new Scope(limits);
    try {
      const done = carryOutSmall(route, posted, answerType, scope);
      if ('answer' in done) {
        return sendAnswer(reply, { ...done.answer, times: scope.timing }, answerType);
      }
      scope.timing.lap('parse');
      const job = computeJob({ route: route.key, answerType, form: { parcel: done.parcel } });
      return inThread(app, job, { answerType, parseMs: scope.timing.parse }, reply);
    } catch (error) {
      tellTimes(reply, scope.timing);
      throw error;
    }
  };
}
