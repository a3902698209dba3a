import { atMost, type Measured, ownAtMost, type Target } from '../comparison.ts';
import { messageOf } from '../measure.ts';
import { residentMb, type Server, serveGradwire } from '../processes/servers.ts';
import { sendLargest } from './largest.ts';
import { CELLS_EACH, requestsTo, type Sender, workspacesOn } from './mixture.ts';
import type { Context, Row } from './row.ts';

const REQUESTS = 10_000;
const CELLS = 2000;
const LANES = 4;
/** Between two looks at the memory. */
const LOOK_MS = 100;
const FIFTHS = 5;
/** What is not sent by then is not sent at all; a slower pace gives more. */
const LIMIT_S = 240;
/** Of what was left after the first half. */
const GROWTH = 1.1;
/** After the largest requests; and what is to be left of them then. */
const REST_MS = 10_000;
const RESTING_MB = 300;
/** Of the service: some cells never end. */
const TIME_LIMIT_MS = '10000';

interface Sent {
  readonly count: number;
  /** Resident memory in the order in which it was looked at. */
  readonly samples: readonly number[];
  readonly failure?: string;
}

/** Sends until all is sent, the time is over or one fails. */
async function sendAll(server: Server, send: Sender, total: number, seconds: number): Promise<Sent> {
  const samples: number[] = [];
  let count = 0;
  let failure: string | undefined;
  const end = performance.now() + seconds * 1000;
  const lane = async (): Promise<void> => {
    while (failure === undefined && count < total && performance.now() < end) {
      try {
        await send(++count);
      } catch (error) {
        failure ??= messageOf(error);
      }
    }
  };
  const looking = setInterval(() => samples.push(residentMb(server.pid)), LOOK_MS);
  await Promise.all(Array.from({ length: LANES }, lane));
  clearInterval(looking);
  return { count, samples, failure };
}

const line = (what: string, ours: readonly number[]): Measured => ({
  what,
  unit: 'MB',
  ours,
  peer: null,
  ratio: 'share',
});

interface Part {
  readonly what: string;
  readonly send: Sender;
  readonly total: number;
  /** How many of `what` one that is sent stands for. */
  readonly each: number;
}

const resting = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, REST_MS));

/** Sends them all twice, and looks at what each time leaves when the service has rested: V8 compiles at first. */
async function flatness(server: Server, { what, send, total, each }: Part, context: Context): Promise<Measured[]> {
  const { pace, leaveOut, note, progress } = context;
  progress(`${total * each} ${what}`);
  const limit = LIMIT_S * Math.max(1, pace.seconds);
  const target = atMost(GROWTH);
  const samples: number[] = [];
  const left: number[] = [];
  let sent = 0;
  for (let time = 0; time < 2; time++) {
    const { count, samples: seen, failure } = await sendAll(server, send, total, limit);
    sent += count;
    samples.push(...seen);
    if (failure !== undefined || count < total) {
      const why = failure ?? `${limit} s were over`;
      leaveOut(`${(2 * total - sent) * each} of the ${2 * total * each} ${what}: ${why}`, target);
      break;
    }
    await resting();
    left.push(residentMb(server.pid));
  }
  const size = Math.floor(samples.length / FIFTHS);
  if (size === 0) return [];
  note(`The most that was seen with ${what}: ${Math.max(...samples).toFixed(0)} MB`);
  const bound = (i: number): string => Math.round((i * sent * each) / FIFTHS).toLocaleString('en');
  const fifths = Array.from({ length: FIFTHS }, (_, i) =>
    line(`${what} ${bound(i)} to ${bound(i + 1)}`, samples.slice(i * size, (i + 1) * size)),
  );
  // While it works, memory rises and falls by a third between collections: growth is what is left of the work.
  if (left.length < 2) return fifths;
  return [
    ...fifths,
    {
      ...line(`left of ${2 * total * each} ${what}, after ${REST_MS / 1000} s`, [left[1]]),
      peer: { name: 'itself, after the first half', rounds: [left[0]] },
      target,
    },
  ];
}

async function afterLargest(server: Server, what: string, context: Context, target?: Target): Promise<Measured[]> {
  const { leaveOut, progress } = context;
  try {
    await sendLargest(server, progress);
  } catch (error) {
    leaveOut(`what is left of the largest requests, ${what}: ${messageOf(error)}`, target);
    return [];
  }
  const full = residentMb(server.pid);
  await resting();
  return [
    line(`after the largest requests, ${what}`, [full]),
    { ...line(`${REST_MS / 1000} s later`, [residentMb(server.pid)]), target },
  ];
}

export const memory: Row = {
  name: 'memory',
  title: 'Memory over 10,000 requests and 2,000 cells, twice',
  measures: `Resident memory of the service while it answers ${REQUESTS.toLocaleString('en')} requests, ${LANES} at a time: mostly 10 and 1,000 numbers, among them bodies of 1e5 and 1e6 as JSON, base64 and CBOR, graphs, code and every kind of error; then ${CELLS.toLocaleString('en')} cells of workspaces that come and go: training loops, writes through views, text, errors, some of which never end. Two cores. The median of each fifth of the time; then what is left after ${REST_MS / 1000} s of rest, of twice as many and of those alone. Then the largest requests that the defaults let in, and ${REST_MS / 1000} s without any: to a service that has just started, and to the one that had all of the above, whose compiled code and heaps of three threads stay.`,
  needs: [],
  async run(context: Context): Promise<Measured[]> {
    const start = (): Promise<Server> => serveGradwire(context.machine, 'two', { TIME_LIMIT_MS, WORKERS: '2' });
    const measured: Measured[] = [];
    {
      await using fresh = await start();
      measured.push(line('idle', [residentMb(fresh.pid)]));
      measured.push(...(await afterLargest(fresh, 'freshly started', context, ownAtMost(RESTING_MB, 'MB'))));
    }
    await using server = await start();
    const parts: Part[] = [
      { what: 'requests', send: requestsTo(server), total: REQUESTS, each: 1 },
      { what: 'cells', send: workspacesOn(server), total: CELLS / CELLS_EACH, each: CELLS_EACH },
    ];
    for (const part of parts) measured.push(...(await flatness(server, part, context)));
    return [...measured, ...(await afterLargest(server, 'and all that came before', context))];
  },
};
