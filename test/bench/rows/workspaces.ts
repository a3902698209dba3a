import { jsonBody, post, timingOf } from '../client.ts';
import { atMost, compare, compareTimes, type Measured, type Target } from '../comparison.ts';
import { insidesOf, interleave, messageOf, type Side, sample } from '../measure.ts';
import { type Server, serveGradwire } from '../processes/servers.ts';
import { scriptWorker } from '../processes/workers.ts';
import { computing } from '../server-timing.ts';
import { KERNELS, type Work } from '../work.ts';
import { evaluateBody, evaluateSide } from './evaluate.ts';
import { type Context, noteFailures, type Row } from './row.ts';

/** A program in a cell, over the same program in `POST /v1/evaluate`. */
const AS_EVALUATE = atMost(1.3);

const SCRIPTS: readonly {
  readonly what: string;
  readonly setup: string;
  readonly code: string;
  readonly target: Target;
}[] = [
  {
    what: '200 × a[i] += 1 on 500×500',
    setup: 'a = torch.zeros(500, 500)',
    code: 'for i in range(200):\n    a[i] += 1',
    target: atMost(8),
  },
  {
    what: '200 × a[i, 3] += 1 on 500×500',
    setup: 'a = torch.zeros(500, 500)',
    code: 'for i in range(200):\n    a[i, 3] += 1',
    target: atMost(8),
  },
  {
    what: '20 × v += 1, v = a.view(-1) of 1e6',
    setup: 'a = torch.zeros(1000, 1000)\nv = a.view(-1)',
    code: 'for i in range(20):\n    v += 1',
    target: atMost(8),
  },
  {
    what: '20 × a.t().mul_(2) on 1e6',
    setup: 'a = torch.zeros(1000, 1000)',
    code: 'for i in range(20):\n    a.t().mul_(2)',
    target: atMost(8),
  },
  {
    what: 'two layers, batch 64, 1000→100→10, 500 steps',
    setup: 'x = torch.randn(64, 1000)\ny = torch.randn(64, 10)',
    code: `w1 = torch.randn(1000, 100, requires_grad=True)
w2 = torch.randn(100, 10, requires_grad=True)
for t in range(500):
    loss = (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        w1 -= 1e-6 * w1.grad
        w2 -= 1e-6 * w2.grad
        w1.grad.zero_()
        w2.grad.zero_()`,
    target: atMost(3),
  },
];

/** A workspace on the server, and what sends its cells. */
async function workspaceOn({ origin }: Server): Promise<(code: string) => Promise<number | undefined>> {
  const { body } = await post(`${origin}/v1/sessions`, jsonBody({}), undefined, 201);
  const cells = `${origin}/v1/sessions/${JSON.parse(body.toString()).id}/cells`;
  return async (code) => {
    const answer = await post(cells, jsonBody({ code, graph_scope: 'none' }));
    const { error } = JSON.parse(answer.body.toString());
    if (error !== undefined) throw new Error(`${error.type}: ${error.message}`);
    return computing(timingOf(answer));
  };
}

const cellSide = (name: string, run: () => Promise<number | undefined>): Side => ({
  name,
  round: (seconds) => sample(seconds, run),
});

async function asEvaluate(server: Server, work: Work, context: Context): Promise<Measured[]> {
  const cell = await workspaceOn(server);
  await cell('import torch\nimport torch.nn.functional as F');
  const program = `s = torch.tensor(${work.at}, requires_grad=True)\n${work.code}\nout.backward()`;
  const turns = await interleave(
    [cellSide('a cell', () => cell(program)), evaluateSide('evaluate', server, evaluateBody(work, 'code'))],
    context.pace,
  );
  noteFailures(turns, work.what, context);
  const insides = turns.map(insidesOf);
  if (insides[0] === undefined || insides[1] === undefined) return [];
  return [
    {
      what: `${work.what}, in a cell`,
      unit: 'ms',
      ours: insides[0],
      peer: { name: 'evaluate', rounds: insides[1] },
      ratio: 'share',
      target: AS_EVALUATE,
    },
    ...compare(`${work.what}, in a cell, as the client's clock has it`, turns[0], turns[1], {
      unit: 'ms',
      ratio: 'share',
    }),
  ];
}

async function againstTorch(server: Server, script: (typeof SCRIPTS)[number], context: Context): Promise<Measured[]> {
  await using torch = await scriptWorker(context.machine, script.setup, script.code);
  const cell = await workspaceOn(server);
  await cell(`import torch\n${script.setup}`);
  const turns = await interleave([cellSide('a cell', () => cell(script.code)), torch], context.pace);
  noteFailures(turns, script.what, context);
  return compareTimes(script.what, turns[0], turns[1], script.target);
}

export const workspaces: Row = {
  name: 'workspaces',
  title: 'Cells of a workspace',
  measures:
    'A program of 1e6 elements in a cell beside the same in `POST /v1/evaluate`, by Server-Timing and by the client’s clock. Writes through views, and a training loop, beside PyTorch on one thread. Every process on the same one core.',
  needs: ['peers'],
  async run(context) {
    const { machine, wants, leaveOut, progress } = context;
    const measured: Measured[] = [];
    await using server = await serveGradwire(machine);
    for (const work of KERNELS.filter(({ kind }) => wants(kind))) {
      progress(work.what);
      try {
        measured.push(...(await asEvaluate(server, work, context)));
      } catch (error) {
        leaveOut(`${work.what}: ${messageOf(error)}`, AS_EVALUATE);
      }
    }
    for (const script of SCRIPTS) {
      progress(script.what);
      try {
        measured.push(...(await againstTorch(server, script, context)));
      } catch (error) {
        leaveOut(`${script.what}: ${messageOf(error)}`, script.target);
      }
    }
    return measured;
  },
};
