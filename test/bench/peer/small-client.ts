/**
 * A client of small requests at a steady rate: `small-client.ts URL RATE`. For each line with seconds on
 * stdin, the 99th percentile of their times in ms. It is an open loop: a request's time counts from when it
 * was due, whether or not others are still waiting, so that a stall is seen by all who would have met it.
 */
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { messageOf, quantile } from '../measure.ts';
import { SMALL_INPUT } from '../numbers.ts';

const [url, rate] = process.argv.slice(2);
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections: 64 });
const body = JSON.stringify({ input: SMALL_INPUT });

try {
  // The server's delays are asked for, not those of a client that waits for a core.
  setPriority(-10);
} catch {
  // Only root may.
}

async function call(due: number): Promise<number> {
  const answer = await pool.request({
    path: pathname,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`a small request was answered ${answer.statusCode}: ${text}`);
  return performance.now() - due;
}

async function run(seconds: number): Promise<number[]> {
  const calls: Promise<number>[] = [];
  const began = performance.now();
  const gap = 1000 / Number(rate);
  for (let due = began; due < began + seconds * 1000; due += gap) {
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    const one = call(due);
    // All are looked at below.
    one.catch(() => {});
    calls.push(one);
  }
  return Promise.all(calls);
}

console.log(JSON.stringify({ ready: 1 }));
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const times = await run(Number(line));
    console.log(JSON.stringify({ p99: quantile(times, 0.99), p50: quantile(times, 0.5), count: times.length }));
  } catch (error) {
    console.log(JSON.stringify({ error: messageOf(error) }));
  }
}
