/** Servers that are measured: ours and the peers'. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../machine.ts';
import { type Command, type Cores, PEER, ROOT, start, stop } from './process.ts';

const START_PATIENCE_MS = 60_000;

export interface Server extends AsyncDisposable {
  readonly origin: string;
  readonly pid: number;
  /** From the start of the process to the first 200 of its probe. */
  readonly startMs: number;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** The status of a GET, or undefined where nothing answers. */
function probe(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const call = request(url, { agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    call.on('error', () => resolve(undefined));
    call.end();
  });
}

interface Probe {
  readonly path: string;
  readonly ready: (status: number) => boolean;
}

async function serve(machine: Machine, command: Command, port: number, { path, ready }: Probe): Promise<Server> {
  const began = performance.now();
  const child = start(machine, command, 'ignore');
  const origin = `http://127.0.0.1:${port}`;
  const isReady = async (): Promise<boolean> => {
    const status = await probe(origin + path);
    return status !== undefined && ready(status);
  };
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`${command.command} ended with ${child.exitCode} before it answered`);
    if (performance.now() - began > START_PATIENCE_MS) {
      await stop(child);
      throw new Error(`${command.command} does not answer`);
    }
    await sleep(2);
  }
  const startMs = performance.now() - began;
  return { origin, pid: child.pid as number, startMs, [Symbol.asyncDispose]: () => stop(child) };
}

/** What `npm start` sets, so that glibc gives memory back. */
function settingsOfStart(): Record<string, string> {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.fromEntries([...scripts.start.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));
}

/** Gradwire as `npm start` starts it, a line a request left out. WORKERS is its default: the cores it may use. */
export async function serveGradwire(
  machine: Machine,
  cores: Cores = 'one',
  settings: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort();
  const env = {
    ...settingsOfStart(),
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'warn',
    TIME_LIMIT_MS: '60000',
    ...settings,
  };
  const command = { command: process.execPath, args: [join(ROOT, 'src/main.ts')], env, cores };
  return serve(machine, command, port, { path: '/readyz', ready: (status) => status === 200 });
}

/** One of the Python servers, `plain` or `tuned`, likewise without a line a request. */
export async function servePeer(machine: Machine, name: 'plain' | 'tuned', cores: Cores = 'one'): Promise<Server> {
  const port = await freePort();
  const args = ['-m', 'uvicorn', `${name}:app`, '--app-dir', PEER, '--port', String(port), '--log-level', 'warning'];
  const command = { command: machine.python, args: [...args, '--no-access-log'], cores };
  // It has no probe: any answer shows that it is up.
  return serve(machine, command, port, { path: '/', ready: () => true });
}

/** Resident memory of a process, its threads included, in MB. */
export function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (kilobytes === null) throw new Error(`/proc does not say how much memory ${pid} has`);
  return (Number(kilobytes[1]) * 1024) / 1e6;
}
