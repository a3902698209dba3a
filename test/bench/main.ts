/**
 * `npm run bench`: us and the peers in turns. `npm run bench -- small chain` measures these rows
 * only; a run of all rows writes RESULTS.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { facts, type Machine, pinClient, prepare } from './machine.ts';
import type { Pace } from './measure.ts';
import { document, type Outcome, section } from './results.ts';
import { chain } from './rows/chain.ts';
import { kernels } from './rows/kernels.ts';
import { large } from './rows/large.ts';
import type { Row } from './rows/row.ts';
import { small } from './rows/small.ts';
import { start } from './rows/start.ts';

const ROWS: readonly Row[] = [small, large, chain, kernels, start];

const MISSING = {
  peers: 'a Python with torch, fastapi and uvicorn (Debian: python3-torch python3-fastapi uvicorn)',
  wrk: 'wrk',
} as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
});
const pace: Pace = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const unknown = positionals.filter((name) => !ROWS.some((row) => row.name === name));
if (unknown.length > 0 || !(pace.rounds >= 1 && pace.seconds > 0)) {
  console.error(`usage: npm run bench -- [${ROWS.map((row) => row.name).join('|')}]… [--rounds 5] [--seconds 3]`);
  process.exit(2);
}

async function measure(row: Row, machine: Machine): Promise<Outcome> {
  const missing = row.needs.filter((need) => !machine[need]);
  const leftOut = missing.map((need) => `this machine lacks ${MISSING[need]}`);
  if (missing.length > 0) return { row, measured: [], leftOut };
  return { row, measured: await row.run({ machine, pace, leaveOut: (reason) => leftOut.push(reason) }), leftOut };
}

const machine = prepare();
const known = facts(machine);
if (!machine.pinned) console.error('one core, or no taskset: the sides share a core with who calls them');
pinClient(machine);
console.log(known.map(([name, value]) => `${name}: ${value}`).join(' · '));

const outcomes: Outcome[] = [];
for (const row of ROWS) {
  if (positionals.length > 0 && !positionals.includes(row.name)) continue;
  const outcome = await measure(row, machine);
  console.log(`\n${section(outcome)}`);
  outcomes.push(outcome);
}
if (positionals.length === 0) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), document(outcomes, known, pace));
