/**
 * How many of PyTorch's docstring examples print what they should, each in a workspace of its own
 * over HTTP: `node test/conformance/report-docs.ts FILE.jsonl.gz [words in the id ...]`. The examples
 * are PyTorch's own text and are not kept here.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { appWith } from '../support/app.ts';

interface Example {
  id: string;
  cells: string[];
  expected: (string | null)[];
  meta?: ({ type: string; error?: string } | null)[];
}

const [file, ...words] = process.argv.slice(2);
if (file === undefined) throw new Error('which file?');

const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|\binf\b|\bnan\b/gi;
const squash = (text: string): string =>
  text
    .replace(/grad_fn=<[^>]*>/g, 'grad_fn=<>')
    .replace(NUMBER, '#')
    .replace(/\s+/g, '');

/** Alike but for white space and names of nodes, numbers within what four printed digits allow. */
function alike(got: string, want: string): boolean {
  if (squash(got) !== squash(want)) return false;
  const numbers = (text: string): number[] =>
    [...text.replace(/grad_fn=<[^>]*>/g, '').matchAll(NUMBER)].map(([n]) =>
      /nan/i.test(n) ? Number.NaN : /inf/i.test(n) ? (n.startsWith('-') ? -Infinity : Infinity) : Number(n),
    );
  const [g, w] = [numbers(got), numbers(want)];
  return g.every((x, i) => Object.is(x, w[i]) || x === w[i] || Math.abs(x - w[i]) <= 1e-4 + 1e-3 * Math.abs(w[i]));
}

const app = await appWith();
let passed = 0;
const failed: string[] = [];
const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
for (const example of lines.map((line) => JSON.parse(line) as Example)) {
  if (words.length > 0 && !words.some((word) => example.id.includes(word))) continue;
  const { id } = (await app.inject({ method: 'POST', url: '/v1/sessions' })).json();
  let bad: string | undefined;
  for (const [i, code] of example.cells.entries()) {
    const { stdout, result, error } = (
      await app.inject({ method: 'POST', url: `/v1/sessions/${id}/cells`, payload: { code } })
    ).json();
    const want = example.expected[i];
    const meta = example.meta?.[i];
    if (meta?.type === 'error') {
      if (error?.type !== meta.error) bad ??= `cell ${i}: want ${meta.error}, got ${error?.type}`;
    } else if (error !== undefined) bad ??= `cell ${i}: ${error.type}: ${error.message}`;
    else if (want !== null && want !== undefined) {
      const got = `${stdout}${result?.repr ?? ''}`;
      if (!alike(got, want)) bad ??= `cell ${i}: got ${got.slice(0, 200)}\n      want ${want.slice(0, 200)}`;
    }
  }
  await app.inject({ method: 'DELETE', url: `/v1/sessions/${id}` });
  if (bad === undefined) passed++;
  else failed.push(`${example.id}\n    ${bad}`);
}
console.log(failed.join('\n'));
console.log(`${passed} of ${passed + failed.length} examples print what PyTorch prints`);
await app.close();
process.exit(0);
