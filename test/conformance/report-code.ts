/** How many spellings of the golden cases hold: `node test/conformance/report-code.ts [words in the id or family ...]`. */
import { loadCases } from './cases.ts';
import { type CodeCase, checkCode, spellings } from './code.ts';

const words = process.argv.slice(2);
const tally = new Map<string, { passed: number; failed: number }>();
const absent = new Map<string, number>();
for (const c of loadCases() as CodeCase[]) {
  if (
    words.length > 0 &&
    !words.some((w) => c.family === w || c.id.startsWith(`${w}/`) || c.op === w || c.op === `nn.functional.${w}`)
  )
    continue;
  for (const code of spellings(c)) {
    let bad: string | null;
    try {
      bad = checkCode(c, code);
    } catch (error) {
      bad =
        words.length > 0
          ? String((error as Error).stack)
              .split('\n')
              .slice(0, 4)
              .join(' ')
          : String(error);
    }
    const missing = /^raised AttributeError: module '\S+' has no attribute '(\w+)'/.exec(bad ?? '')?.[1];
    if (missing !== undefined) {
      absent.set(missing, (absent.get(missing) ?? 0) + 1);
      continue;
    }
    const row = tally.get(c.family) ?? { passed: 0, failed: 0 };
    if (bad === null) row.passed++;
    else {
      row.failed++;
      console.log(`${c.id}  ${code}\n    ${bad}`);
    }
    tally.set(c.family, row);
  }
}
console.table(Object.fromEntries(tally));
console.log('not there yet:', [...absent].map(([name, n]) => `${name} (${n})`).join(', '));
