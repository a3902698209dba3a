import { compare, compareTimes, type Measured } from '../comparison.ts';
import { insidesOf, interleave, messageOf, type Side } from '../measure.ts';
import { type NpmPeers, npmPeers } from '../npm-peers.ts';
import { type Server, serveGradwire } from '../processes/servers.ts';
import { jaxWorker, tfjsWorker, torchWorker, type Worker } from '../processes/workers.ts';
import { NO_SERVER_TIMING } from '../server-timing.ts';
import { KERNELS, type Work } from '../work.ts';
import { checkSame, evaluateBody, evaluateSide, type Form, gradientOf, startChecked } from './evaluate.ts';
import { type Context, noteFailures, type Row } from './row.ts';

const FORMS: readonly Form[] = ['graph', 'code'];

/** The peers in JavaScript sum and space their numbers in float32 as they go. TensorFlow.js loses a tenth by it. */
const TOLERANCES = { jax: 1e-2, tfjs: 0.2 };

async function formSides(server: Server, work: Work, expected: number, { leaveOut }: Context): Promise<Side[]> {
  const sides: Side[] = [];
  for (const form of FORMS) {
    try {
      const body = evaluateBody(work, form);
      checkSame(await gradientOf(server, body), expected);
      sides.push(evaluateSide(form, server, body));
    } catch (error) {
      leaveOut(`${work.what}, as ${form}: ${messageOf(error)}`, work.target);
    }
  }
  return sides;
}

const SCRIPT_PEERS = [
  { name: 'jax-js', start: jaxWorker, tolerance: TOLERANCES.jax },
  { name: 'tfjs-wasm', start: tfjsWorker, tolerance: TOLERANCES.tfjs },
] as const;

/** They are told for comparison only: no target hangs on them. */
const SHORTER = 0.5;

async function scriptPeers(work: Work, npm: NpmPeers, expected: number, context: Context): Promise<Worker[]> {
  const started: Worker[] = [];
  for (const { name, start, tolerance } of SCRIPT_PEERS) {
    try {
      const worker = await startChecked(start(context.machine, npm, work), expected, tolerance);
      started.push({ ...worker, round: (seconds) => worker.round(SHORTER * seconds) });
    } catch (error) {
      context.leaveOut(`${work.what}, ${name}: ${messageOf(error)}`);
    }
  }
  return started;
}

async function kernel(work: Work, npm: NpmPeers | string, context: Context): Promise<Measured[]> {
  const { machine, pace, leaveOut } = context;
  const { what, target } = work;
  await using torch = await torchWorker(machine, work);
  await using server = await serveGradwire(machine);
  const forms = await formSides(server, work, torch.result, context);
  if (forms.length === 0) return [];
  const others = typeof npm === 'string' ? [] : await scriptPeers(work, npm, torch.result, context);
  try {
    const turns = await interleave([...forms, torch, ...others], pace);
    noteFailures(turns, what, context);
    const ours = turns.slice(0, forms.length);
    const [torchTurns, ...otherTurns] = turns.slice(forms.length);
    if (ours.some((form) => form.readings.length > 0 && insidesOf(form) === undefined)) leaveOut(NO_SERVER_TIMING);
    return [
      ...ours.flatMap((form) => compareTimes(`${what}, as ${form.side.name}`, form, torchTurns, target)),
      ...otherTurns
        .filter((other) => other.readings.length > 0)
        .flatMap((other) =>
          compare(`${what}, as ${ours[0].side.name}`, ours[0], other, { unit: 'ms', ratio: 'share' }),
        ),
    ];
  } finally {
    for (const other of others) await other[Symbol.asyncDispose]();
  }
}

export const kernels: Row = {
  name: 'kernels',
  title: 'Kernels, forward and backward',
  measures:
    'Ours: the whole `POST /v1/evaluate` as its client sees it, HTTP included; and its forward and backward alone, by Server-Timing. The peers: forward and backward in their own process, on one thread. Tensors are made by linspace on all sides and the gradient goes to one scalar, so that JSON plays no part. Every process on the same one core.',
  needs: ['peers'],
  async run(context) {
    const { machine, wants, leaveOut, progress } = context;
    const npm = npmPeers();
    if (typeof npm === 'string') leaveOut(`jax-js and tfjs-wasm cannot be installed: ${npm}`);
    const measured: Measured[] = [];
    for (const work of KERNELS.filter(({ kind }) => wants(kind))) {
      progress(work.what);
      if ((work.kind === 'matmul' || work.kind === 'mlp') && !machine.openblas) {
        leaveOut(`${work.what}: PyTorch has no OpenBLAS here, and is many times slower without`, work.target);
        continue;
      }
      try {
        measured.push(...(await kernel(work, npm, context)));
      } catch (error) {
        leaveOut(`${work.what}: ${messageOf(error)}`, work.target);
      }
    }
    return measured;
  },
};
