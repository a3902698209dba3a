import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith } from '../support/app.ts';
import { evaluateBody, type Form } from './rows/evaluate.ts';
import { CHAIN, KERNELS, type Work } from './work.ts';

let app: FastifyInstance;

beforeAll(async () => {
  app = await appWith({ WORKERS: '1', TIME_LIMIT_MS: '60000' });
});

afterAll(() => app.close());

interface Result {
  readonly output: number;
  readonly gradient: number;
}

async function evaluate(work: Work, form: Form): Promise<Result> {
  const headers = { 'content-type': 'application/json' };
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/evaluate',
    headers,
    payload: evaluateBody(work, form),
  });
  expect(answer.statusCode, answer.body.slice(0, 300)).toBe(200);
  const { outputs, grads } = answer.json();
  return { output: outputs.out.data, gradient: grads.s.data };
}

/** What PyTorch 1.13 gives for the code in float64, given here to six digits. */
const EXPECTED: Readonly<Record<string, Result>> = {
  sigmoid_sum: { output: 530115, gradient: 120370 },
  gelu_sum: { output: 1.06642e6, gradient: 531286 },
  tanh_chain: { output: 53256.6, gradient: 128317 },
  mse_loss: { output: 0.812502, gradient: -0.5 },
  cross_entropy: { output: 7.06919, gradient: 1.25214 },
  matmul: { output: 2.52095e7, gradient: 1.34218e8 },
  mlp: { output: 59.852, gradient: 410.098 },
  chain: { output: 18.5277, gradient: 2.71692 },
};

describe('a work says the same as graph and as code', () => {
  for (const work of [...KERNELS, CHAIN]) {
    it(work.what, { timeout: 60_000 }, async () => {
      const [graph, code] = [await evaluate(work, 'graph'), await evaluate(work, 'code')];
      const { output, gradient } = EXPECTED[work.kind];
      for (const result of [graph, code]) {
        expect(result.output / output).toBeCloseTo(1, 3);
        expect(result.gradient / gradient).toBeCloseTo(1, 3);
      }
    });
  }
});
