/** wrk, the load generator: small requests over 32 connections from one thread on the second core. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const CONNECTIONS = 32;

const run = promisify(execFile);

/** Requests a second. A single answer that is no 2xx, or a socket error, makes it throw. */
export function parseRate(output: string): number {
  const bad = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(output);
  if (bad !== null) throw new Error(`wrk: ${bad[0]}`);
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(output);
  if (rate === null) throw new Error(`wrk said nothing of requests a second:\n${output}`);
  return Number(rate[1]);
}

/** Sends the same JSON body again and again. */
export async function wrk(url: string, body: string, seconds: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'gradwire-wrk-'));
  try {
    const script = join(folder, 'post.lua');
    const lines = ['wrk.method = "POST"', 'wrk.headers["content-type"] = "application/json"', `wrk.body = '${body}'`];
    writeFileSync(script, lines.join('\n'));
    const { stdout } = await run('wrk', [
      '-t',
      '1',
      '-c',
      String(CONNECTIONS),
      '-d',
      `${Math.ceil(seconds)}s`,
      '-s',
      script,
      url,
    ]);
    return parseRate(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
