/** `POST /v1/evaluate` as a side of a comparison. */
import { jsonBody, post, timingOf } from '../client.ts';
import { type Side, sample } from '../measure.ts';
import type { Server } from '../processes/servers.ts';
import type { Worker } from '../processes/workers.ts';
import { computing } from '../server-timing.ts';
import type { Work } from '../work.ts';

export type Form = 'graph' | 'code';

/** Asks for the gradient of `out` to `s`; without `answered`, no graph is in the answer. */
export function evaluateBody({ at, nodes, code }: Work, form: Form, answered = false): Buffer {
  return jsonBody({
    inputs: { s: { data: at, requires_grad: true } },
    ...(form === 'code' ? { code } : { graph: { inputs: ['s'], nodes, outputs: ['out'] } }),
    outputs: ['out'],
    grad: { outputs: ['out'] },
    graph_scope: answered ? 'forward' : 'none',
  });
}

const urlOf = ({ origin }: Server): string => `${origin}/v1/evaluate`;

export const evaluateSide = (name: string, server: Server, body: Buffer): Side => ({
  name,
  round: (seconds) => sample(seconds, async () => computing(timingOf(await post(urlOf(server), body)))),
});

/** The gradient to `s`. */
export async function gradientOf(server: Server, body: Buffer): Promise<number> {
  const answer = JSON.parse((await post(urlOf(server), body)).body.toString());
  return answer.grads.s.data;
}

/** Sees that two sides computed the same thing. */
export function checkSame(ours: number, theirs: number, tolerance = 1e-3): void {
  if (Math.abs(ours - theirs) <= tolerance * Math.abs(theirs)) return;
  throw new Error(`the sides disagree: ${ours} here, ${theirs} there`);
}

/** A worker whose result is the expected one; one that gives another is ended. */
export async function startChecked(starting: Promise<Worker>, expected: number, tolerance?: number): Promise<Worker> {
  const worker = await starting;
  try {
    checkSame(worker.result, expected, tolerance);
    return worker;
  } catch (error) {
    await worker[Symbol.asyncDispose]();
    throw error;
  }
}
