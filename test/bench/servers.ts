/** Processes that are measured: ours and the peers', each alone on the first core. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from './machine.ts';
import type { Side } from './measure.ts';

const ROOT = join(import.meta.dirname, '../..');
const PEER = join(import.meta.dirname, 'peer');
const START_PATIENCE_MS = 60_000;
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

export interface Server extends AsyncDisposable {
  readonly origin: string;
  readonly pid: number;
  /** From the start of the process to the first 200 of its probe. */
  readonly startMs: number;
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function start(machine: Machine, { command, args, env }: Command, stdout: 'ignore' | 'pipe'): ChildProcess {
  const [file, rest] = machine.pinned ? ['taskset', ['-c', '0', command, ...args]] : [command, args];
  return spawn(file, rest, {
    cwd: ROOT,
    env: { ...process.env, ...ONE_THREAD, ...env },
    stdio: [stdout === 'pipe' ? 'pipe' : 'ignore', stdout, 'inherit'],
  });
}

/** Ends a server by a signal, a worker by the end of its input. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (child.stdin === null) child.kill('SIGTERM');
  else child.stdin.end();
  const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
  await once(child, 'exit');
  clearTimeout(patience);
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

async function serve(machine: Machine, command: Command, port: number, path: string): Promise<Server> {
  const began = performance.now();
  const child = start(machine, command, 'ignore');
  const origin = `http://127.0.0.1:${port}`;
  while ((await probe(origin + path)) === undefined) {
    if (child.exitCode !== null) throw new Error(`${command.command} ended with ${child.exitCode} before it answered`);
    if (performance.now() - began > START_PATIENCE_MS) throw new Error(`${command.command} does not answer`);
    await sleep(2);
  }
  const startMs = performance.now() - began;
  return { origin, pid: child.pid as number, startMs, [Symbol.asyncDispose]: () => stop(child) };
}

/** Gradwire as `npm start` starts it, a line a request left out unless `log` says otherwise. */
export async function serveGradwire(machine: Machine, env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const port = await freePort();
  const settings = { HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'warn', TIME_LIMIT_MS: '60000', ...env };
  return serve(
    machine,
    { command: process.execPath, args: [join(ROOT, 'src/main.ts')], env: settings },
    port,
    '/readyz',
  );
}

/** One of the Python servers, `plain` or `tuned`, likewise without a line a request. */
export async function servePeer(machine: Machine, name: 'plain' | 'tuned'): Promise<Server> {
  const port = await freePort();
  const args = ['-m', 'uvicorn', `${name}:app`, '--app-dir', PEER, '--port', String(port), '--log-level', 'warning'];
  return serve(machine, { command: machine.python, args: [...args, '--no-access-log'] }, port, '/');
}

/** A process that measures itself: a line with seconds goes in, a line with a median in ms comes out. */
export interface Worker extends Side, AsyncDisposable {
  /** What its work gives, to see that all sides do the same. */
  readonly result: number;
}

async function work(machine: Machine, name: string, command: Command): Promise<Worker> {
  const child = start(machine, command, 'pipe');
  if (child.stdin === null || child.stdout === null) throw new Error('no pipes');
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, number>> => {
    const line = await lines.next();
    if (line.done)
      throw new Error(`${name} ended before it answered (${child.exitCode ?? child.signalCode ?? 'still running'})`);
    return JSON.parse(line.value);
  };
  const { result } = await answer();
  return {
    name,
    result,
    async round(seconds) {
      stdin.write(`${seconds}\n`);
      return (await answer()).ms;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** PyTorch on one thread; `peer/work.py` names the kinds of work. */
export const torchWorker = (machine: Machine, kind: string): Promise<Worker> =>
  work(machine, 'PyTorch, 1 thread', { command: machine.python, args: [join(PEER, 'work.py'), kind] });

/** Our engine without HTTP. */
export const engineWorker = (machine: Machine): Promise<Worker> =>
  work(machine, 'engine, in process', { command: process.execPath, args: [join(PEER, 'engine.ts')] });
