/** How many golden cases hold: `node test/conformance/report.ts [words in the id or family ...]`. */
import { loadCases } from './cases.ts';
import { check, opFor } from './execute.ts';

const words = process.argv.slice(2);
const tally = new Map<string, { passed: number; failed: number }>();
const missing = new Map<string, number>();
for (const c of loadCases()) {
  if (
    words.length > 0 &&
    !words.some((w) => c.family === w || c.id.startsWith(`${w}/`) || c.op === w || c.op === `nn.functional.${w}`)
  )
    continue;
  if (c.call === undefined) continue;
  if (opFor(c.call.fn) === undefined) {
    missing.set(c.op, (missing.get(c.op) ?? 0) + 1);
    continue;
  }
  let bad: string | null;
  try {
    bad = check(c);
  } catch (error) {
    bad =
      words.length > 0
        ? String((error as Error).stack)
            .split('\n')
            .slice(0, 4)
            .join(' ')
        : String(error);
  }
  const row = tally.get(c.family) ?? { passed: 0, failed: 0 };
  if (bad === null) row.passed++;
  else {
    row.failed++;
    console.log(`${c.id}  ${c.code}\n    ${bad}`);
  }
  tally.set(c.family, row);
}
console.table(Object.fromEntries(tally));
console.log('no op yet:', [...missing].map(([op, n]) => `${op} (${n})`).join(', '));
