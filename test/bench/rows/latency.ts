import { setTimeout as sleep } from 'node:timers/promises';
import { atMostOrOwn, compare, type Measured } from '../comparison.ts';
import { interleave, median, messageOf, type Side } from '../measure.ts';
import { largeClient, smallClient } from '../processes/clients.ts';
import { type Server, serveGradwire, servePeer } from '../processes/servers.ts';
import { type Context, noteFailures, type Row } from './row.ts';

/** Small requests a second: few beside what a server can do. */
const RATE = 250;
/** Of a round, so that its 99th percentile has ten requests above it. */
const LONGER = 3;
/** Until the large requests are under way. */
const LEAD_S = 0.3;

interface Scene extends AsyncDisposable {
  /** Small requests alone, or while so many large ones are in flight. */
  side(name: string, atATime: number): Side;
  /** Large requests answered in all rounds, by how many were in flight. */
  readonly answered: Map<number, number[]>;
}

/** Fails when either fails, but not before both have ended. */
async function bothOf<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

/** Started one by one; all of them are ended, whichever fails. */
async function scene({ machine }: Context, starting: Promise<Server>, path: string): Promise<Scene> {
  const parts: AsyncDisposable[] = [];
  const dispose = async (): Promise<void> => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
  };
  const started = async <T extends AsyncDisposable>(promise: Promise<T>): Promise<T> => {
    try {
      const part = await promise;
      parts.push(part);
      return part;
    } catch (error) {
      await dispose();
      throw error;
    }
  };
  const { origin } = await started(starting);
  const small = await started(smallClient(machine, origin + path, RATE));
  const large = await started(largeClient(machine, origin + path));
  const answered = new Map<number, number[]>();
  return {
    answered,
    side: (name, atATime) => ({
      name,
      async round(seconds) {
        if (atATime === 0) return { value: (await small.ask(String(seconds))).p99 };
        const meanwhile = large.ask(`${seconds + LEAD_S} ${atATime}`);
        const measured = sleep(LEAD_S * 1000).then(() => small.ask(String(seconds)));
        // Both are waited for, or the next round would get this one's answer.
        const [{ p99 }, done] = await bothOf(measured, meanwhile);
        answered.set(atATime, [...(answered.get(atATime) ?? []), done.answered]);
        return { value: p99 };
      },
    }),
    [Symbol.asyncDispose]: dispose,
  };
}

async function plainScene(context: Context): Promise<Scene | undefined> {
  if (!context.machine.peers) {
    context.leaveOut('FastAPI + PyTorch, which is not installed');
    return undefined;
  }
  try {
    return await scene(context, servePeer(context.machine, 'plain', 'two'), '/sigmoid');
  } catch (error) {
    context.leaveOut(`FastAPI + PyTorch: ${messageOf(error)}`);
    return undefined;
  }
}

export const latency: Row = {
  name: 'latency',
  title: 'Small requests while large ones run',
  measures: `The 99th percentile of the time of small requests to sigmoid, ${RATE} a second in an open loop, each timed from when it was due: alone, and while requests of 1e6 numbers as JSON are in flight, one or two at a time. Server and clients share two cores; the small client has the higher priority, where the system allows it, so that the server's delays are measured and not its own.`,
  needs: [],
  async run(context): Promise<Measured[]> {
    const { machine, pace, note } = context;
    await using us = await scene(context, serveGradwire(machine, 'two'), '/v1/activations/sigmoid');
    const plain = await plainScene(context);
    try {
      const sides = [us.side('itself, idle', 0), us.side('one', 1), us.side('two', 2)];
      const peers = plain === undefined ? [] : [plain.side('FastAPI + PyTorch', 1)];
      const turns = await interleave([...sides, ...peers], { ...pace, seconds: LONGER * pace.seconds });
      noteFailures(turns, 'p99', context);
      for (const [atATime, counts] of us.answered)
        note(`${median(counts)} large requests were answered in a round, ${atATime} at a time`);
      const [idle, one, two, plainOne] = turns;
      const how = { unit: 'ms', ratio: 'share' } as const;
      const target = atMostOrOwn(5, 25, 'ms');
      return [
        ...compare('p99, one large request at a time', one, idle, { ...how, target }),
        ...compare('p99, two large requests at a time', two, idle, { ...how, target }),
        ...(plainOne === undefined ? [] : compare('p99, one large request at a time', one, plainOne, how)),
      ];
    } finally {
      await plain?.[Symbol.asyncDispose]();
    }
  },
};
