/**
 * A client that keeps large requests in flight: `large-client.ts URL`. A line `seconds count` on stdin has it
 * send 1e6 numbers for so long, so many at a time; the answer is how many were answered.
 */
import { createInterface } from 'node:readline';
import { Pool } from 'undici';
import { messageOf } from '../measure.ts';
import { numbers } from '../numbers.ts';

const { origin, pathname } = new URL(process.argv[2]);
const pool = new Pool(origin, { headersTimeout: 60_000, bodyTimeout: 60_000 });
const body = JSON.stringify({ input: numbers(1_000_000) });

async function call(): Promise<void> {
  const answer = await pool.request({
    path: pathname,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  let bytes = 0;
  for await (const chunk of answer.body) bytes += chunk.length;
  if (answer.statusCode !== 200) throw new Error(`a large request was answered ${answer.statusCode}, ${bytes} bytes`);
}

async function run(seconds: number, atATime: number): Promise<number> {
  let answered = 0;
  const end = performance.now() + seconds * 1000;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      await call();
      answered++;
    }
  };
  await Promise.all(Array.from({ length: atATime }, lane));
  return answered;
}

console.log(JSON.stringify({ ready: 1 }));
for await (const line of createInterface({ input: process.stdin })) {
  const [seconds, atATime] = line.split(' ').map(Number);
  try {
    console.log(JSON.stringify({ answered: await run(seconds, atATime) }));
  } catch (error) {
    console.log(JSON.stringify({ error: messageOf(error) }));
  }
}
