import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measured } from '../measure.ts';
import { type Server, serveGradwire, servePeer } from '../servers.ts';
import type { Context, Row } from './row.ts';

const SETTLE_MS = 1000;

/** Resident memory of a process, in MB. */
function rss(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (kilobytes === null) throw new Error(`/proc does not say how much memory ${pid} has`);
  return (Number(kilobytes[1]) * 1024) / 1e6;
}

interface Started {
  readonly ms: number;
  readonly mb: number;
}

async function once(starting: Promise<Server>): Promise<Started> {
  await using server = await starting;
  await sleep(SETTLE_MS);
  return { ms: server.startMs, mb: rss(server.pid) };
}

export const start: Row = {
  name: 'start',
  title: 'Start and idle memory',
  measures:
    'From the start of the process to the first answer of `/readyz` (of the peer: to its first answer at all); resident memory a second later, no request but the probe yet.',
  needs: [],
  async run({ machine, pace }: Context): Promise<Measured[]> {
    const ours: Started[] = [];
    const plain: Started[] = [];
    for (let i = 0; i < pace.rounds; i++) {
      ours.push(await once(serveGradwire(machine)));
      if (machine.peers) plain.push(await once(servePeer(machine, 'plain')));
    }
    const of = (what: string, unit: 'ms' | 'MB', key: keyof Started): Measured => ({
      what,
      unit,
      ours: ours.map((r) => r[key]),
      peer: machine.peers ? { name: 'FastAPI + PyTorch', rounds: plain.map((r) => r[key]) } : null,
    });
    return [of('start to ready', 'ms', 'ms'), of('idle memory', 'MB', 'mb')];
  },
};
