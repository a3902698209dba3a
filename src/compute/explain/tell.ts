/** A derivation told whole: as LaTeX, as plain text, as Markdown. */
import type { Explanation } from './explain.ts';
import { latexName } from './names.ts';
import { tensorLatex, tensorText } from './numbers.ts';
import { plain } from './plain.ts';

const slope = ({ quantity }: Explanation, name: string): string =>
  String.raw`\frac{\partial ${quantity}}{\partial ${latexName(name)}}`;

/** The sums of several terms, in LaTeX. */
function sumLines(e: Explanation): string[] {
  return e.sums
    .filter(({ spot }) => spot.terms.length > 1)
    .map(({ spot, sum }) => {
      const terms = spot.terms.map(({ from }) => {
        const way = from.map(({ name }) => latexName(name)).join(', ');
        return String.raw`${slope(e, spot.name)}\Big|_{${way === '' ? latexName(spot.name) : way}}`;
      });
      return `${slope(e, spot.name)} = ${terms.length > 6 ? String.raw`\text{the sum of ${terms.length} terms}` : terms.join(' + ')} = ${tensorLatex(sum, e.settings)}`;
    });
}

interface Parts {
  readonly forward: readonly string[];
  readonly backward: readonly string[];
  readonly sums: readonly string[];
  readonly closed: readonly string[];
  readonly result: readonly string[];
}

function partsOf(e: Explanation): Parts {
  return {
    forward: e.forward.map(({ rule, numbers }) => `${rule} = ${numbers.slice(numbers.indexOf(' = ') + 3)}`),
    backward: e.steps.map(({ telling: { rule, numbers } }) => {
      if (numbers === rule) return rule;
      return `${rule} ${numbers.includes(String.raw`\mapsto`) ? String.raw`:\; ` : '= '}${numbers}`;
    }),
    sums: sumLines(e),
    closed: [...e.closed].map(([name, { latex, numbers }]) => `${slope(e, name)} = ${latex} = ${numbers}`),
    result: [...e.result].map(([name, t]) => `${slope(e, name)} = ${tensorLatex(t, e.settings)}`),
  };
}

/** The whole derivation as one display of LaTeX. */
export function wholeLatex(e: Explanation): string {
  const { forward, backward, sums, closed, result } = partsOf(e);
  const lines = [...forward, ...backward, ...sums, ...closed, ...result];
  return String.raw`\begin{gathered} ${lines.join(String.raw` \\ `)} \end{gathered}`;
}

const omittedText = ({ omitted }: Explanation): string =>
  omitted === 0 ? '' : `${omitted} steps in between are not told.`;

function checkText({ check }: Explanation): string {
  if (check === undefined) return '';
  const how = check.method === 'central_difference' ? 'element by element' : 'along 16 random directions';
  return `Compared with central differences in float64, ${how}: the largest difference is ${check.maxAbsError.toExponential(1)}.`;
}

/** The whole derivation in plain text. */
export function wholeText(e: Explanation): string {
  const quantity = plain(e.quantity);
  const lines = [`The gradient of ${quantity} with respect to ${e.wrt.join(', ')}`, ''];
  if (e.forward.length > 0) lines.push('Forward:', ...e.forward.map(({ text }) => `  ${text}`), '');
  lines.push('Backward:', ...e.steps.map(({ step, telling }) => `  (${step.id}) ${telling.text}`));
  if (e.omitted > 0) lines.push(`  ${omittedText(e)}`);
  const sums = e.sums.filter(({ spot }) => spot.terms.length > 1);
  if (sums.length > 0) {
    lines.push('', 'Sums of terms:');
    for (const { spot, sum } of sums)
      lines.push(
        `  ∂${quantity}/∂${spot.name} = ${spot.terms.map(({ id }) => `(${id})`).join(' + ')} = ${tensorText(sum, e.settings)}`,
      );
  }
  lines.push('', 'Result:');
  for (const [name, t] of e.result) {
    const closed = e.closed.get(name);
    const formula = closed === undefined ? '' : `${plain(closed.latex)} = ${put(plain(closed.numbers))}`;
    lines.push(`  ∂${quantity}/∂${name} = ${formula}${tensorText(t, e.settings)}`);
  }
  if (e.element !== undefined) lines.push(`  its element [${e.element.index.join(', ')}] is ${e.element.value}`);
  const check = checkText(e);
  if (check !== '') lines.push('', check);
  return `${lines.join('\n')}\n`;
}

/** What the numbers were put into: what it comes to, which stands behind the last sign of equality, follows as it is shaped. */
const put = (numbers: string): string => numbers.slice(0, Math.max(0, numbers.lastIndexOf(' = ') + 3));

const display = (latex: string): string => `$$\n${latex}\n$$\n`;

/** The whole derivation as Markdown with LaTeX. */
export function wholeMarkdown(e: Explanation): string {
  const { forward, sums, closed, result } = partsOf(e);
  const out = [
    `# The gradient of $${e.quantity}$ with respect to ${e.wrt.map((name) => `$${latexName(name)}$`).join(', ')}\n`,
  ];
  if (forward.length > 0) out.push('## Forward\n', ...forward.map(display));
  out.push('## Backward\n');
  for (const { step, telling } of e.steps) {
    out.push(`**Step ${step.id}** (${step.kind})\n`, display(telling.rule));
    if (telling.numbers !== telling.rule) out.push(display(telling.numbers));
    const words = /\((.*)\)$/s.exec(telling.text)?.[1];
    if (words !== undefined && /[a-z]{3} [a-z]/.test(words)) out.push(`${words}\n`);
  }
  if (e.omitted > 0) out.push(`${omittedText(e)}\n`);
  if (sums.length > 0) out.push('## Sums of terms\n', ...sums.map(display));
  out.push('## Result\n', ...closed.map(display), ...result.map(display));
  const check = checkText(e);
  if (check !== '') out.push(`${check}\n`);
  return out.join('\n');
}
