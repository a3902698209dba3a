/** Clients in processes of their own, on the same two cores as the server they call. */
import { join } from 'node:path';
import type { Machine } from '../machine.ts';
import { PEER, type Talker, talk } from './process.ts';

const client = (machine: Machine, file: string, ...args: string[]): Promise<Talker> =>
  talk(machine, file, { command: process.execPath, args: [join(PEER, file), ...args], cores: 'two' });

/** Asked by seconds; answers `p99`, `p50` and `count`. */
export const smallClient = (machine: Machine, url: string, rate: number): Promise<Talker> =>
  client(machine, 'small-client.ts', url, String(rate));

/** Asked by seconds and how many at a time; answers `answered`. */
export const largeClient = (machine: Machine, url: string): Promise<Talker> => client(machine, 'large-client.ts', url);
