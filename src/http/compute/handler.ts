/** Where computing requests run: small ones here, large ones in a worker. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentType } from '../../codec/read-body.ts';
import { computeJob, type JobResult, withWait } from '../../compute/jobs.ts';
import type { Limits } from '../../compute/limits.ts';
import { HandOff, Run } from '../../compute/scope.ts';
import { alone, free } from '../../threads/transfer.ts';
import { noBody, postedBody } from '../body.ts';
import { documentType } from '../negotiate.ts';
import { admit, goneSignal } from '../plugins/workers.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { LARGE_BODY } from '../receive.ts';
import { sendResult, tellTimes } from '../send.ts';
import { type ComputeRoute, carryOut, type Posted } from './route.ts';

export interface Computing {
  readonly limits: Limits;
  readonly bodyLimit: number;
}

/** Of every computing route: its body comes as bytes, which whoever carries it out reads and validates. */
export const computeOptions = ({ bodyLimit }: Pick<Computing, 'bodyLimit'>) => ({
  config: { body: postedBody(bodyLimit) },
  validatorCompiler: () => () => true,
});

async function inWorker(
  app: FastifyInstance,
  route: string,
  { bytes, type }: Posted,
  answerType: DocumentType,
  reply: FastifyReply,
): Promise<FastifyReply> {
  admit(app, reply);
  // What was read inline may be anybody's; what was gathered is ours, and moves.
  const body = bytes.length < LARGE_BODY ? Uint8Array.from(bytes) : alone(bytes);
  const job = computeJob({ route, type, answerType }, body);
  const result = withWait(await app.pool.run<JobResult>(job, goneSignal(reply)));
  if (result.refusal !== undefined) {
    if (result.times !== undefined) tellTimes(reply, result.times);
    throw new ProblemError(result.refusal as Problem);
  }
  const { body: answer } = result;
  if (typeof answer !== 'string') reply.raw.once('finish', () => free(answer));
  return sendResult(reply, result, answerType);
}

/** Handles a computing route. Its result does not depend on where it runs. */
export function computeHandler<B>(app: FastifyInstance, route: ComputeRoute<B>, limits: Limits) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply | Promise<FastifyReply> => {
    const posted = request.body as Posted | undefined;
    if (posted === undefined) throw noBody();
    const answerType = documentType(request, reply);
    if (posted.bytes.length < LARGE_BODY) {
      const run = Run.inline(limits);
      try {
        const { body, elements } = carryOut(route, posted, answerType, run);
        return sendResult(reply, { body, elements, times: run.timing }, answerType);
      } catch (error) {
        if (!(error instanceof HandOff)) {
          tellTimes(reply, run.timing);
          throw error;
        }
      }
    }
    return inWorker(app, route.key, posted, answerType, reply);
  };
}
