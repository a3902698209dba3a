import { compareTimes, type Measured } from '../comparison.ts';
import { insidesOf, interleave, messageOf, type Side } from '../measure.ts';
import { serveGradwire } from '../processes/servers.ts';
import { engineWorker, torchWorker, type Worker } from '../processes/workers.ts';
import { NO_SERVER_TIMING } from '../server-timing.ts';
import { CHAIN } from '../work.ts';
import { checkSame, evaluateBody, evaluateSide, gradientOf, startChecked } from './evaluate.ts';
import { type Context, noteFailures, type Row } from './row.ts';

const FORMS = [
  { name: 'as graph, no graph answered', form: 'graph', answered: false },
  { name: 'as graph, graph answered', form: 'graph', answered: true },
  { name: 'as code, no graph answered', form: 'code', answered: false },
] as const;

async function engineSide(expected: number, { machine, leaveOut }: Context): Promise<Worker | undefined> {
  try {
    return await startChecked(engineWorker(machine), expected);
  } catch (error) {
    leaveOut(`our engine, in process: ${messageOf(error)}`);
    return undefined;
  }
}

export const chain: Row = {
  name: 'chain',
  title: 'A chain of 2,000 scalar ops, forward and backward',
  measures:
    'PyTorch: the time of forward and backward in its own process, on one thread. Ours: forward and backward by Server-Timing, which the target is about; the whole `POST /v1/evaluate` as its client sees it, HTTP, JSON and validation of 2,000 nodes included; and the same ops in a process of our own without HTTP. Every process on the same one core.',
  needs: ['peers'],
  async run(context): Promise<Measured[]> {
    const { machine, pace, leaveOut } = context;
    await using torch = await torchWorker(machine, CHAIN);
    await using server = await serveGradwire(machine);
    const sides: Side[] = [];
    for (const { name, form, answered } of FORMS) {
      try {
        const body = evaluateBody(CHAIN, form, answered);
        checkSame(await gradientOf(server, body), torch.result);
        sides.push(evaluateSide(name, server, body));
      } catch (error) {
        leaveOut(`${name}: ${messageOf(error)}`, CHAIN.target);
      }
    }
    const engine = await engineSide(torch.result, context);
    try {
      const turns = await interleave([torch, ...(engine === undefined ? [] : [engine]), ...sides], pace);
      noteFailures(turns, CHAIN.what, context);
      const [torchTurns, ...ours] = turns;
      const overHttp = ours.filter(({ side }) => side !== engine);
      if (overHttp.some((form) => insidesOf(form) === undefined)) leaveOut(NO_SERVER_TIMING, CHAIN.target);
      return ours.flatMap((form) => compareTimes(form.side.name, form, torchTurns, undefined, CHAIN.target));
    } finally {
      await engine?.[Symbol.asyncDispose]();
    }
  },
};
