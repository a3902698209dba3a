import { jsonBody, post } from '../client.ts';
import { atMost, type Measured } from '../comparison.ts';
import { numbers, SMALL_INPUT } from '../numbers.ts';
import { residentMb, serveGradwire } from '../processes/servers.ts';
import { KERNELS } from '../work.ts';
import { evaluateBody } from './evaluate.ts';
import type { Context, Row } from './row.ts';

const REQUESTS = 10_000;
const LANES = 4;
/** Between two looks at the memory. */
const STRIDE = 50;
const FIFTHS = 5;
/** For a pace of a second; what is not sent by then is not sent at all. */
const LIMIT_S = 60;
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

export const memory: Row = {
  name: 'memory',
  title: 'Memory over 10,000 requests',
  measures: `Resident memory of the service while it answers ${REQUESTS.toLocaleString('en')} requests of mixed sizes, ${LANES} at a time: mostly 10 and 1,000 numbers, among them every 60th of 100,000, every 400th of 1e6, and evaluations of 1e6 elements and of an MLP. Two cores. The median of each fifth; growth is the last fifth over the second.`,
  needs: [],
  async run({ machine, pace, leaveOut, note, progress }: Context): Promise<Measured[]> {
    await using server = await serveGradwire(machine, 'two');
    const all = kinds();
    const idle = residentMb(server.pid);
    const samples: number[] = [];
    const end = performance.now() + LIMIT_S * pace.seconds * 1000;
    let sent = 0;
    const lane = async (): Promise<void> => {
      while (sent < REQUESTS && performance.now() < end) {
        const index = ++sent;
        const kind = all.find(({ every }) => index % every === 0) ?? all[all.length - 1];
        await post(server.origin + kind.path, kind.body);
        if (index % STRIDE === 0) samples.push(residentMb(server.pid));
        if (index % (REQUESTS / FIFTHS) === 0) progress(`${index} requests`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    if (sent < REQUESTS)
      leaveOut(`${REQUESTS - sent} of the ${REQUESTS} requests, which did not fit into ${LIMIT_S * pace.seconds} s`);
    const size = Math.floor(samples.length / FIFTHS);
    if (size === 0) return [];
    note(`The most that was seen: ${Math.max(...samples).toFixed(0)} MB`);
    const fifths = Array.from({ length: FIFTHS }, (_, i) => samples.slice(i * size, (i + 1) * size));
    const line = (what: string, ours: readonly number[]): Measured => ({
      what,
      unit: 'MB',
      ours,
      peer: null,
      ratio: 'share',
    });
    return [
      line('idle', [idle]),
      ...fifths.map((values, i) =>
        line(`requests ${((i * sent) / FIFTHS).toFixed(0)} to ${(((i + 1) * sent) / FIFTHS).toFixed(0)}`, values),
      ),
      {
        what: 'growth',
        unit: 'MB',
        ours: fifths[FIFTHS - 1].toSorted((a, b) => a - b),
        peer: { name: 'itself, second fifth', rounds: fifths[1].toSorted((a, b) => a - b) },
        ratio: 'share',
        // Said of all 10,000 only.
        target: sent < REQUESTS ? undefined : atMost(GROWTH),
      },
    ];
  },
};
