/**
 * `npm run bench`: us and the peers in turns. `npm run bench -- --rows small,kernels` measures these rows
 * only; a run of all rows writes RESULTS.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Target } from './comparison.ts';
import { facts, type Machine, pinClient, prepare } from './machine.ts';
import { messageOf, type Pace } from './measure.ts';
import { npmPeerFacts } from './npm-peers.ts';
import { document, type LeftOut, type Outcome, section, targets } from './results.ts';
import { chain } from './rows/chain.ts';
import { kernels } from './rows/kernels.ts';
import { large } from './rows/large.ts';
import { latency } from './rows/latency.ts';
import { memory } from './rows/memory.ts';
import type { Row } from './rows/row.ts';
import { small } from './rows/small.ts';
import { start } from './rows/start.ts';
import { workspaces } from './rows/workspaces.ts';
import { KERNELS } from './work.ts';

const ROWS: readonly Row[] = [small, large, kernels, workspaces, chain, latency, start, memory];

const MISSING = {
  peers: 'a Python with torch, fastapi and uvicorn (Debian: python3-torch python3-fastapi uvicorn)',
  wrk: 'wrk',
} as const;

const USAGE = `usage: npm run bench -- [--rows NAME,…] [--kernels NAME,…] [--rounds 5] [--seconds 1]
rows: ${ROWS.map((row) => row.name).join(' ')}
kernels: ${KERNELS.map(({ kind }) => kind).join(' ')}`;

function usage(problem: string): never {
  console.error(`${problem}\n${USAGE}`);
  process.exit(2);
}

/** The names that were asked for, or all. */
function chosen(option: string | undefined, names: readonly string[]): readonly string[] {
  const asked = option?.split(',').map((name) => name.trim()) ?? names;
  const unknown = asked.find((name) => !names.includes(name));
  return unknown === undefined ? asked : usage(`there is no ${unknown}`);
}

function options() {
  try {
    return parseArgs({
      options: {
        rows: { type: 'string' },
        kernels: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string', default: '1' },
      },
    }).values;
  } catch (error) {
    return usage(messageOf(error));
  }
}

const values = options();
const pace: Pace = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
if (!(Number.isInteger(pace.rounds) && pace.rounds >= 1)) usage('--rounds takes a whole number from 1');
if (!(pace.seconds > 0 && pace.seconds <= 60)) usage('--seconds takes a number above 0, at most 60');
const rows = chosen(
  values.rows,
  ROWS.map((row) => row.name),
);
const works = chosen(
  values.kernels,
  KERNELS.map(({ kind }) => kind),
);

async function measure(row: Row, machine: Machine): Promise<Outcome> {
  const missing = row.needs.filter((need) => !machine[need]);
  const leftOut: LeftOut[] = missing.map((need) => ({ reason: `all of it: this machine lacks ${MISSING[need]}` }));
  const notes: string[] = [];
  if (missing.length > 0) return { row, measured: [], leftOut, notes };
  const context = {
    machine,
    pace,
    wants: (kind: string) => works.includes(kind),
    leaveOut: (reason: string, target?: Target) => leftOut.push({ reason, target }),
    note: (text: string) => notes.push(text),
    progress: (what: string) => console.error(`… ${row.name}: ${what}`),
  };
  try {
    return { row, measured: await row.run(context), leftOut, notes };
  } catch (error) {
    return { row, measured: [], leftOut: [...leftOut, { reason: `the rest of it: ${messageOf(error)}` }], notes };
  }
}

const began = new Date();
const machine = prepare();
const known = facts(machine);
if (!machine.pinned) console.error('one core, or no taskset: the sides share cores with who calls them');
pinClient(machine);
console.log(known.map(([name, value]) => `${name}: ${value}`).join(' · '));

const outcomes: Outcome[] = [];
for (const row of ROWS) {
  if (!rows.includes(row.name)) continue;
  console.error(`… ${row.name}`);
  const outcome = await measure(row, machine);
  console.log(`\n${section(outcome)}`);
  outcomes.push(outcome);
}
console.log(`\n${targets(outcomes)}`);
const minutes = (Date.now() - began.getTime()) / 60_000;
if (rows.length === ROWS.length && works.length === KERNELS.length) {
  const file = join(import.meta.dirname, 'RESULTS.md');
  writeFileSync(file, document(outcomes, { facts: [...known, ...npmPeerFacts()], pace, began, minutes }));
  console.log(`\nwritten to ${file}`);
}
