import { jsonBody, post } from '../client.ts';
import { atMost, type Measured } from '../comparison.ts';
import { messageOf } from '../measure.ts';
import { numbers, SMALL_INPUT } from '../numbers.ts';
import { residentMb, type Server, serveGradwire } from '../processes/servers.ts';
import { KERNELS } from '../work.ts';
import { evaluateBody } from './evaluate.ts';
import type { Context, Row } from './row.ts';

const REQUESTS = 10_000;
const LANES = 4;
/** Between two looks at the memory. */
const STRIDE = 50;
const FIFTHS = 5;
/** What is not sent by then is not sent at all; a slower pace gives more. */
const LIMIT_S = 90;
/** Of resident memory, which breathes with V8's collector. */
const GROWTH = 1.1;

interface Kind {
  readonly path: string;
  readonly body: Buffer;
  /** Every so many requests, one of these. */
  readonly every: number;
}

/** The rarest first: a request is of the first kind whose turn it is. */
function kinds(): Kind[] {
  const sigmoid = (count: number, every: number): Kind => ({
    path: '/v1/activations/sigmoid',
    body: jsonBody({ input: count === SMALL_INPUT.length ? SMALL_INPUT : numbers(count) }),
    every,
  });
  const evaluate = (kind: string, every: number): Kind => {
    const work = KERNELS.find((kernel) => kernel.kind === kind);
    if (work === undefined) throw new Error(`there is no kernel ${kind}`);
    return { path: '/v1/evaluate', body: evaluateBody(work, 'graph'), every };
  };
  return [
    sigmoid(1_000_000, 400),
    evaluate('gelu_sum', 150),
    evaluate('mlp', 120),
    sigmoid(100_000, 60),
    sigmoid(1000, 3),
    sigmoid(SMALL_INPUT.length, 1),
  ];
}

interface Sent {
  readonly count: number;
  /** Resident memory in the order in which it was looked at. */
  readonly samples: readonly number[];
  readonly failure?: string;
}

/** Sends until all is sent, the time is over or one fails. */
async function sendAll(server: Server, seconds: number, progress: (what: string) => void): Promise<Sent> {
  const all = kinds();
  const samples: number[] = [];
  let count = 0;
  let failure: string | undefined;
  const end = performance.now() + seconds * 1000;
  const lane = async (): Promise<void> => {
    while (failure === undefined && count < REQUESTS && performance.now() < end) {
      const index = ++count;
      const kind = all.find(({ every }) => index % every === 0) ?? all[all.length - 1];
      try {
        await post(server.origin + kind.path, kind.body);
      } catch (error) {
        failure ??= messageOf(error);
      }
      if (index % STRIDE === 0) samples.push(residentMb(server.pid));
      if (index % (REQUESTS / FIFTHS) === 0) progress(`${index} requests`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { count, samples, failure };
}

const line = (what: string, ours: readonly number[]): Measured => ({
  what,
  unit: 'MB',
  ours,
  peer: null,
  ratio: 'share',
});

export const memory: Row = {
  name: 'memory',
  title: 'Memory over 10,000 requests',
  measures: `Resident memory of the service while it answers ${REQUESTS.toLocaleString('en')} requests of mixed sizes, ${LANES} at a time: mostly 10 and 1,000 numbers, among them every 60th of 100,000, every 400th of 1e6, and evaluations of 1e6 elements and of an MLP. Two cores. The median of each fifth; growth is the last fifth over the second.`,
  needs: [],
  async run({ machine, pace, leaveOut, note, progress }: Context): Promise<Measured[]> {
    await using server = await serveGradwire(machine, 'two');
    const idle = residentMb(server.pid);
    const limit = LIMIT_S * Math.max(1, pace.seconds);
    const { count, samples, failure } = await sendAll(server, limit, progress);
    // Growth is said of all requests.
    const target = atMost(GROWTH);
    const whole = failure === undefined && count === REQUESTS;
    if (failure !== undefined) leaveOut(`what came after request ${count}: ${failure}`, target);
    else if (!whole) leaveOut(`${REQUESTS - count} of the ${REQUESTS} requests: ${limit} s were over`, target);
    const size = Math.floor(samples.length / FIFTHS);
    if (size === 0) return [line('idle', [idle])];
    note(`The most that was seen: ${Math.max(...samples).toFixed(0)} MB`);
    const fifths = Array.from({ length: FIFTHS }, (_, i) => samples.slice(i * size, (i + 1) * size));
    const bound = (i: number): string => Math.round((i * count) / FIFTHS).toLocaleString('en');
    // Each in order of size: the halves of the collector's breath are not compared with each other.
    const [last, second] = [fifths[FIFTHS - 1], fifths[1]].map((values) => values.toSorted((a, b) => a - b));
    return [
      line('idle', [idle]),
      ...fifths.map((values, i) => line(`requests ${bound(i)} to ${bound(i + 1)}`, values)),
      {
        ...line('growth', last),
        peer: { name: 'itself, second fifth', rounds: second },
        target: whole ? target : undefined,
      },
    ];
  },
};
