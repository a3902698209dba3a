import { setTimeout as sleep } from 'node:timers/promises';
import { type Measured, ownAtMost } from '../comparison.ts';
import { messageOf } from '../measure.ts';
import { residentMb, type Server, serveGradwire, servePeer } from '../processes/servers.ts';
import type { Context, Row } from './row.ts';

const SETTLE_MS = 1000;

interface Started {
  readonly ms: number;
  readonly mb: number;
}

async function once(starting: Promise<Server>): Promise<Started> {
  await using server = await starting;
  await sleep(SETTLE_MS);
  return { ms: server.startMs, mb: residentMb(server.pid) };
}

export const start: Row = {
  name: 'start',
  title: 'Start and idle memory',
  measures:
    'From the start of the process, npm left out, to the first 200 of `/readyz` (of the peer: to its first answer at all); resident memory a second later, no request but the probe yet. Either server may use two cores.',
  needs: [],
  async run({ machine, pace, leaveOut, progress }: Context): Promise<Measured[]> {
    const ours: Started[] = [];
    const plain: Started[] = [];
    let { peers } = machine;
    if (!peers) leaveOut('FastAPI + PyTorch, which is not installed');
    for (let i = 0; i < pace.rounds; i++) {
      progress(`round ${i + 1}`);
      ours.push(await once(serveGradwire(machine, 'two')));
      try {
        if (peers) plain.push(await once(servePeer(machine, 'plain', 'two')));
      } catch (error) {
        leaveOut(`FastAPI + PyTorch: ${messageOf(error)}`);
        peers = false;
      }
    }
    const line = (what: string, unit: 'ms' | 'MB', key: keyof Started, bound: number): Measured => ({
      what,
      unit,
      ours: ours.map((r) => r[key]),
      peer: plain.length > 0 ? { name: 'FastAPI + PyTorch', rounds: plain.map((r) => r[key]) } : null,
      ratio: 'share',
      target: ownAtMost(bound, unit),
    });
    return [line('start to ready', 'ms', 'ms', 600), line('idle memory', 'MB', 'mb', 160)];
  },
};
