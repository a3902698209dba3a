/** Processes that are measured, or that call what is measured, on the cores they are given. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Machine } from '../machine.ts';
import { within } from '../measure.ts';

export const ROOT = join(import.meta.dirname, '../../..');
export const PEER = join(import.meta.dirname, '../peer');

const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
const STOP_PATIENCE_MS = 5000;
const ANSWER_PATIENCE_MS = 120_000;

/** `one`: the first core, the client of the bench has the second. `two`: both, as on a machine of two. */
export type Cores = 'one' | 'two';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cores?: Cores;
}

export function start(
  machine: Machine,
  { command, args, env, cores }: Command,
  stdout: 'ignore' | 'pipe',
): ChildProcess {
  const list = cores === 'two' ? '0,1' : '0';
  const [file, rest] = machine.pinned ? ['taskset', ['-c', list, command, ...args]] : [command, args];
  return spawn(file, rest, {
    cwd: ROOT,
    env: { ...process.env, ...ONE_THREAD, ...env },
    stdio: [stdout === 'pipe' ? 'pipe' : 'ignore', stdout, 'inherit'],
  });
}

/** Ends a server by a signal, a worker by the end of its input. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.stdin === null) child.kill('SIGTERM');
  else child.stdin.end();
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
  await ended;
  clearTimeout(patience);
}

export type Line = Readonly<Record<string, number>>;

/** A process that is asked by a line on its stdin, and answers with a line of JSON. */
export interface Talker extends AsyncDisposable {
  /** What it said when it was ready. */
  readonly hello: Line;
  ask(line: string): Promise<Line>;
}

export async function talk(machine: Machine, name: string, command: Command): Promise<Talker> {
  const child = start(machine, command, 'pipe');
  if (child.stdin === null || child.stdout === null) throw new Error('no pipes');
  const { stdin } = child;
  // Its end is told by what it does not answer.
  stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Line> => {
    const line = await within(ANSWER_PATIENCE_MS, name, lines.next());
    if (line.done) throw new Error(`${name} ended before it answered`);
    const said = JSON.parse(line.value);
    if (typeof said.error === 'string') throw new Error(`${name}: ${said.error}`);
    return said;
  };
  try {
    return {
      hello: await answer(),
      ask(line) {
        stdin.write(`${line}\n`);
        return answer();
      },
      [Symbol.asyncDispose]: () => stop(child),
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}
