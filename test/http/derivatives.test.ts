/** Derivatives of graphs and of code: as torch.autograd.functional gives them, and what is refused. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appWith, type Send, sender } from '../support/app.ts';

let app: FastifyInstance;
let post: Send;
beforeAll(async () => {
  app = await appWith();
  post = sender(app);
  // The thread that runs code takes its time to start.
  await post('/v1/evaluate', { inputs: {}, code: '1' });
}, 120_000);
afterAll(() => app.close());

interface Case {
  readonly code: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly v: { readonly of: unknown; readonly wrt: readonly unknown[] };
  readonly results: Readonly<Record<string, unknown>>;
  /** Of orders 1 and 2. */
  readonly checks: readonly (boolean | null)[];
}

const CASES = JSON.parse(readFileSync(new URL('data/derivatives.json', import.meta.url), 'utf8')) as Case[];

type Nested = { readonly data: unknown } | readonly Nested[];

/** Elements, nested as their tensors are. */
const data = (value: Nested): unknown => ('data' in value ? value.data : value.map(data));

function closeTo(got: unknown, want: unknown): void {
  if (Array.isArray(want)) {
    expect(got).toHaveLength(want.length);
    want.forEach((item, i) => {
      closeTo((got as unknown[])[i], item);
    });
    return;
  }
  expect(Math.abs((got as number) - (want as number))).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(want as number)));
}

const float64 = (inputs: Case['inputs']): Record<string, unknown> =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, { data: value, dtype: 'float64' }]));

/** The shape of nested arrays, as text. */
const shapeOf = (value: unknown): string => (Array.isArray(value) ? `${value.length} ${shapeOf(value[0])}` : '');

/** A graph, and what it calls `y`: a variable that was bound first has given its name. */
async function graphOf(code: string, inputs: unknown): Promise<{ graph: unknown; of: string }> {
  const { json, text, status } = await post('/v1/evaluate', { inputs, code, outputs: ['y'] });
  expect(status, text).toBe(200);
  return { graph: json.graph, of: json.graph.outputs[0] };
}

describe.each(CASES)('$code', ({ code, inputs: plain, v, results, checks }) => {
  const inputs = float64(plain);
  const wrt = Object.keys(plain);

  // A tuple has no name in a graph: its tensors have.
  const isTuple = /y = \(.*, .*\)$/.test(code) && Array.isArray(v.of) && new Set(v.of.map(shapeOf)).size > 1;
  let graph: ReturnType<typeof graphOf> | undefined;

  it.each(Object.keys(results))('%s', async (kind) => {
    const vector = kind === 'vjp' ? { v: v.of } : kind.endsWith('p') ? { v: v.wrt } : {};
    if (!isTuple) graph ??= graphOf(code, inputs);
    for (const program of [{ code, of: 'y' }, ...(graph === undefined ? [] : [await graph])]) {
      const { json, text, status } = await post(`/v1/${kind}`, { inputs, ...program, wrt, ...vector });
      expect(status, text).toBe(200);
      closeTo(data(json[kind]), results[kind]);
    }
  });

  it.each([1, 2])('gradcheck of order %i', async (order) => {
    if (!isTuple) graph ??= graphOf(code, inputs);
    for (const program of [{ code, of: 'y' }, ...(graph === undefined ? [] : [await graph])]) {
      const { json, text, status } = await post('/v1/gradcheck', { inputs: plain, ...program, order });
      expect(status, text).toBe(200);
      // Null where PyTorch lacks a derivative.
      expect(json.ok, text).toBe(checks[order - 1] ?? true);
    }
  });
});

const CUBE = { inputs: { x: [1, 2] }, code: 'y = (x ** 3).sum()' };

describe('nesting', () => {
  it('has an array for each list of names', async () => {
    const nested = async (of: unknown, wrt: unknown): Promise<unknown> =>
      data((await post('/v1/jacobian', { inputs: { x: [1, 2] }, code: 'y = x * 2', of, wrt })).json.jacobian);
    const block = [
      [2, 0],
      [0, 2],
    ];
    expect(await nested('y', 'x')).toEqual(block);
    expect(await nested(['y'], 'x')).toEqual([block]);
    expect(await nested('y', ['x'])).toEqual([block]);
    expect(await nested(['y', 'x'], ['x'])).toEqual([
      [block],
      [
        [
          [1, 0],
          [0, 1],
        ],
      ],
    ]);
  });

  it('adds none to a Hessian for a list of one value', async () => {
    const { json } = await post('/v1/hessian', { ...CUBE, of: ['y'], wrt: 'x' });
    expect(data(json.hessian)).toEqual([
      [6, 0],
      [0, 12],
    ]);
  });

  it('has the tensors of a tuple as a list', async () => {
    const body = { inputs: { x: [1, 2] }, code: 'y = x * 2\nz = (x, (x * 3).sum())', of: ['y', 'z'], wrt: ['x'] };
    const v = [
      [1, 2],
      [[1, 1], 5],
    ];
    const { json, text } = await post('/v1/vjp', { ...body, v });
    expect(json?.vjp, text).toBeDefined();
    expect(data(json.vjp)).toEqual([[18, 20]]);
    expect(json.outputs.z).toHaveLength(2);
  });

  it('reads vectors of several shapes, as arrays and as tensors', async () => {
    const body = { inputs: { x: [1, 2], w: 3 }, code: 'y = x * w', of: 'y', wrt: ['x', 'w'] };
    for (const v of [
      [[1, 1], 2],
      [{ data: [1, 1] }, { data: 2, dtype: 'int64' }],
    ]) {
      const { json, text } = await post('/v1/jvp', { ...body, v });
      expect(json?.jvp, text).toBeDefined();
      expect(data(json.jvp)).toEqual([5, 7]);
    }
  });
});

describe('values that wrt names together', () => {
  const inputs = { x: [2] };
  const nodes = [
    { op: 'mul', inputs: ['x', 'x'], outputs: ['h'] },
    { op: 'mul', inputs: ['h', 'x'], outputs: ['y'] },
  ];
  it.each([
    ['code', { code: 'h = x * x\ny = h * x' }],
    ['a graph', { graph: { inputs: ['x'], nodes, outputs: ['y'] } }],
  ])('are independent arguments in %s', async (_, program) => {
    const body = { inputs, ...program, of: 'y', wrt: ['h', 'x'] };
    expect(data((await post('/v1/jacobian', body)).json.jacobian)).toEqual([[[2]], [[4]]]);
    expect(data((await post('/v1/hessian', body)).json.hessian)).toEqual([
      [[[0]], [[1]]],
      [[[1]], [[0]]],
    ]);
    const { json } = await post('/v1/gradcheck', body);
    expect(json.checks.map(({ of, wrt, ok }: Record<string, unknown>) => [of, wrt, ok])).toEqual([
      ['y', 'h', true],
      ['y', 'x', true],
    ]);
  });

  it('may be bound more than once', async () => {
    const code = 'h = x * 2\ng = h * 5\nh = h * 3\ny = h.sin() + g';
    const { json } = await post('/v1/gradcheck', { inputs: { x: [0.5] }, code, of: 'y', wrt: ['h'] });
    expect(json.ok).toBe(true);
  });
});

describe('what does not depend', () => {
  const body = { inputs: { x: [1, 2], w: [3] }, code: 'y = (x * 2).sum()' };

  it('gives zeros', async () => {
    expect(data((await post('/v1/vjp', { ...body, of: 'y', wrt: ['x', 'w'] })).json.vjp)).toEqual([[2, 2], [0]]);
    expect(data((await post('/v1/hessian', { ...body, of: 'y', wrt: 'x' })).json.hessian)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it.each(['vjp', 'jacobian', 'hessian'])('is refused by a strict %s, both named', async (kind) => {
    const { status, json } = await post(`/v1/${kind}`, { ...body, of: 'y', wrt: ['x', 'w'], strict: true });
    expect(status).toBe(422);
    expect(json.type).toMatch(/no_grad_required$/);
    expect(json.detail).toMatch(/"y".*"(x|w)"/);
  });

  it('is refused where only the first derivative is constant', async () => {
    const { status, json } = await post('/v1/hvp', { ...body, of: 'y', wrt: 'x', v: [1, 1], strict: true });
    expect([status, json.detail]).toEqual([422, expect.stringContaining('first derivative of "y"')]);
  });
});

describe('gradcheck', () => {
  const STRAIGHT = `class Straight(torch.autograd.Function):
    @staticmethod
    def forward(ctx, t):
        return t * 3
    @staticmethod
    def backward(ctx, g):
        return g
y = Straight.apply(x)`;

  it('answers where a rule is wrong, with the worst place', async () => {
    const { status, json } = await post('/v1/gradcheck', { inputs: { x: [1] }, code: STRAIGHT });
    expect(status).toBe(200);
    expect(json.ok).toBe(false);
    const [check] = json.checks;
    expect(check).toMatchObject({
      of: 'y',
      wrt: 'x',
      ok: false,
      worst: { of_index: [0], wrt_index: [0], analytical: 1 },
    });
    expect(check.worst.numerical).toBeCloseTo(3, 6);
    expect(check.max_abs_error).toBeCloseTo(2, 6);
  });

  it.each([
    ['n * 2.5', { n: { data: [1], dtype: 'int64' } }, 'no input is floating'],
    ['n * 2', { n: { data: [1], dtype: 'int64' } }, 'no input is floating'],
    ['x > 1', { x: [1, 2] }, 'no output is floating'],
    ['None', { x: [1, 2] }, 'no output is floating'],
  ])('refuses %s, which has nothing to check', async (code, inputs, words) => {
    const { status, text, json } = await post('/v1/gradcheck', { inputs, code: `y = ${code}` });
    expect(status, text).toBe(422);
    expect(json.detail).toContain(words);
  });
});

it('records the backward part of a product', async () => {
  const { json } = await post('/v1/vjp', { ...CUBE, of: 'y', wrt: 'x', graph_scope: 'both' });
  expect(json.graph.backward.grads).toEqual({ x: 'd_x' });
});

describe('refusals', () => {
  it.each([
    ['an unknown name', { of: 'q', wrt: 'x' }, 400, '/of'],
    ['an unknown name in a list', { of: 'y', wrt: ['x', 'q'] }, 400, '/wrt/1'],
    ['no vector', { of: 'y', wrt: 'x', kind: 'jvp' }, 400, '/v'],
    ['a vector too few', { of: 'y', wrt: ['x'], v: [1, 2], kind: 'jvp' }, 400, '/v'],
    ['a list in place of a tensor', { of: 'y', wrt: 'x', v: [[1], [[2]]], kind: 'jvp' }, 400, '/v'],
    ['what is no tensor', { of: 'y', wrt: 'x', v: 'x', kind: 'jvp' }, 400, '/v'],
    ['no of', { wrt: 'x' }, 400, '/of'],
    ['an empty list', { of: [], wrt: 'x' }, 400, '/of'],
    ['an unknown field', { of: 'y', wrt: 'x', vs: 1 }, 400, '/vs'],
  ])('%s', async (_, { kind = 'jacobian', ...fields }: Record<string, unknown>, status, pointer) => {
    const answer = await post(`/v1/${kind}`, { ...CUBE, ...fields });
    expect(answer.status, answer.text).toBe(status);
    expect(answer.json.errors[0].pointer, answer.text).toBe(pointer);
  });

  it.each([
    ['a vector of another shape', { of: 'y', wrt: 'x', v: [1, 2, 3], kind: 'jvp' }, 'shape_mismatch'],
    ['a Hessian of several elements', { of: 'x', wrt: 'x', kind: 'hessian' }, 'shape_mismatch'],
    ['a Hessian of several values', { of: ['y', 'x'], wrt: 'x', kind: 'hessian' }, 'value_range'],
  ])('%s', async (_, { kind, ...fields }, code) => {
    const answer = await post(`/v1/${kind}`, { ...CUBE, ...fields });
    expect(answer.status, answer.text).toBe(422);
    expect(answer.json.type).toMatch(new RegExp(`${code}$`));
  });

  it.each(['of', 'wrt'])('integers in %s', async (field) => {
    const body = { inputs: { n: { data: [1], dtype: 'int64' }, x: 2 }, code: 'y = x * n' };
    const sides = field === 'of' ? { of: 'n', wrt: 'x' } : { of: 'y', wrt: 'n' };
    const { status, json } = await post('/v1/jacobian', { ...body, ...sides });
    expect([status, json.type, json.detail]).toEqual([
      422,
      expect.stringMatching(/dtype$/),
      expect.stringContaining('"n"'),
    ]);
  });

  it.each(['jacobian', 'hessian'])('a %s of more than there is room for, before it is begun', async (kind) => {
    const { status, json } = await post(`/v1/${kind}`, {
      inputs: { x: { data: new Array(40_000).fill(1) } },
      code: 'z = x * 2\ny = z.sum()',
      of: kind === 'jacobian' ? 'z' : 'y',
      wrt: 'x',
    });
    expect([status, json.type, json.detail]).toEqual([
      422,
      expect.stringMatching(/budget$/),
      expect.stringContaining('40000 × 40000'),
    ]);
  });
});

it('checks a value that wrt names twice', async () => {
  const { json } = await post('/v1/gradcheck', { inputs: { x: [1, 2] }, code: 'y = x * x', of: 'y', wrt: ['x', 'x'] });
  expect(json.ok).toBe(true);
});
