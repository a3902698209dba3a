import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, AnswerOptions } from '../../src/answer/answer.ts';
import { readJson, type Slot } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { DOCUMENT_TYPES } from '../../src/codec/read-body.ts';
import { runOperation } from '../../src/compute/op.ts';
import { Scope } from '../../src/compute/scope.ts';
import type { OpDef } from '../../src/ops/define.ts';
import { Refusal } from '../../src/ops/params.ts';
import { findOp, opsOf } from '../../src/ops/registry.ts';

const LIMITS = { maxElements: 2 ** 20, maxNodes: 1000, timeLimitMs: 60_000 };

/** What the route answers to a body; `all` values in the graph are, of small tensors, the same as `small`. */
function answer(
  op: OpDef,
  body: Readonly<Record<string, unknown>>,
  graphValues: 'small' | 'all',
  options: Partial<AnswerOptions> = {},
): Answer {
  const names = op.params.flatMap((p) => (p.kind === 'attr' ? [] : [p.name as string]));
  const fields: Record<string, Slot> = { grad_output: 'tensor' };
  for (const name of names) fields[name] = 'tensor';
  const text = JSON.stringify(body, (_, value) => (Object.is(value, -0) ? 0 : value));
  const read = readJson(Buffer.from(text), { fields }) as Record<string, unknown>;
  const tensors = new Map<string, TensorLiteral>();
  for (const name of names) if (read[name] != null) tensors.set(name, read[name] as TensorLiteral);
  const attrs: Record<string, unknown> = {};
  for (const { kind, key, name, attr } of op.params) {
    if (kind !== 'attr' || read[name] === undefined) continue;
    attrs[key] = attr?.read(read[name]);
    if (attrs[key] instanceof Refusal) throw new Error(`${op.name} refuses ${name}`);
  }
  const gradOutput = read.grad_output as TensorLiteral | undefined;
  return runOperation(
    op,
    { tensors, attrs, gradOutput },
    { tensorFormat: 'nested', graphScope: 'forward', anomaly: false, graphValues, ...options },
    new Scope(LIMITS),
  );
}

const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: -20, max: 20 });

/** Nested arrays of one of a few shapes, so that shapes come again. */
const nested = fc
  .constantFrom([], [1], [3], [2, 3], [1, 1, 2], [0], [2, 0], [64], [65])
  .chain((shape) =>
    shape.reduceRight<fc.Arbitrary<unknown>>(
      (item, size) => fc.array(item, { minLength: size, maxLength: size }),
      finite,
    ),
  );

const tensor = fc.oneof(
  nested,
  fc.record(
    { data: nested, dtype: fc.constantFrom('float32', 'float64'), requires_grad: fc.boolean() },
    { requiredKeys: ['data'] },
  ),
);

const options: fc.Arbitrary<Partial<AnswerOptions>> = fc.record({
  tensorFormat: fc.constantFrom('nested', 'flat', 'base64'),
  graphScope: fc.constantFrom('forward', 'forward', 'both', 'none'),
  anomaly: fc.constantFrom(false, false, true),
  mediaType: fc.constantFrom(undefined, 'application/cbor'),
});

/** Bodies that differ in all that the text may hang on. */
const BODIES: Readonly<Record<string, fc.Arbitrary<Record<string, unknown>>>> = {
  sigmoid: fc.record({ input: tensor }),
  softplus: fc.record(
    { input: tensor, beta: fc.constantFrom(1, 2, 0.5), threshold: fc.constantFrom(20, 1) },
    { requiredKeys: ['input'] },
  ),
  elu: fc.record({ input: tensor, alpha: fc.constantFrom(1, 2) }, { requiredKeys: ['input'] }),
  softmax: fc.record({ input: fc.array(finite, { minLength: 2, maxLength: 4 }), dim: fc.constantFrom(0, -1) }),
  mse_loss: tensor.chain((input) =>
    fc.record(
      {
        input: fc.constant(input),
        target: fc.boolean().map((requires_grad) => ({
          ...(Array.isArray(input) || typeof input === 'number' ? { data: input } : (input as object)),
          requires_grad,
        })),
        reduction: fc.constantFrom('none', 'mean', 'sum'),
      },
      { requiredKeys: ['input', 'target'] },
    ),
  ),
};

describe('the answer of one op', () => {
  it('is, from what was kept, what the ordinary writer writes', () => {
    const requests = fc.oneof(
      ...Object.entries(BODIES).map(([name, body]) => fc.tuple(fc.constant(name), body, options)),
    );
    fc.assert(
      fc.property(fc.array(requests, { minLength: 1, maxLength: 30 }), (sent) => {
        for (const [name, body, asked] of sent) {
          const op = findOp(name) as OpDef;
          // The graph alone would hold more than small values.
          const large = JSON.stringify(body).split(',').length > 64;
          if (large) continue;
          expect(answer(op, body, 'small', asked)).toEqual(answer(op, body, 'all', asked));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('leaves large values out of the graph, whatever was kept before', () => {
    const op = findOp('relu') as OpDef;
    const run = (n: number) => JSON.parse(answer(op, { input: Array(n).fill(1) }, 'small').body.toString());
    for (const n of [64, 65, 64, 65]) expect('data' in run(n).graph.values.input, `${n}`).toBe(n === 64);
  });

  describe.each([...opsOf('activation'), ...opsOf('loss')].map((op) => [op.name, op] as const))('%s', (_, op) => {
    it.each(op.examples.map((example, i) => [i + 1, example] as const))('of example %i', (_, example) => {
      for (let times = 0; times < 2; times++) {
        for (const mediaType of DOCUMENT_TYPES)
          expect(answer(op, example, 'small', { mediaType })).toEqual(answer(op, example, 'all', { mediaType }));
      }
    });
  });
});
