/** The table of what was measured, as Markdown that also reads well in a terminal. */
import { type Measured, median, type Pace, type Ratio, ratioOf } from './measure.ts';
import type { Row } from './rows/row.ts';

export interface Outcome {
  readonly row: Row;
  readonly measured: readonly Measured[];
  /** What was not, and why. */
  readonly leftOut: readonly string[];
}

const HEADER = ['what', 'Gradwire', 'peer', '', 'ours ÷ peer, median (range)'];

function show(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const showRatio = (r: Ratio): string => `${show(r.median)}× (${show(r.low)}–${show(r.high)})`;

function line({ what, unit, ours, peer }: Measured): string[] {
  const mine = `${show(median(ours))} ${unit}`;
  if (peer === null) return [what, mine, '', '', ''];
  return [what, mine, peer.name, `${show(median(peer.rounds))} ${unit}`, showRatio(ratioOf(ours, peer.rounds))];
}

function table(lines: readonly (readonly string[])[]): string {
  const widths = HEADER.map((_, i) => Math.max(3, ...lines.map((cells) => cells[i].length)));
  const write = (cells: readonly string[]): string => `| ${cells.map((c, i) => c.padEnd(widths[i])).join(' | ')} |`;
  const [head, ...body] = lines.map(write);
  return [head, `| ${widths.map((w) => '-'.repeat(w)).join(' | ')} |`, ...body].join('\n');
}

export function section({ row, measured, leftOut }: Outcome): string {
  const said = measured.length > 0 ? table([HEADER, ...measured.map(line)]) : '';
  const missing = leftOut.map((reason) => `Left out: ${reason}.`);
  return [`## ${row.title}`, row.measures, said, ...missing].filter((part) => part !== '').join('\n\n');
}

export function document(
  outcomes: readonly Outcome[],
  facts: readonly (readonly [string, string])[],
  pace: Pace,
): string {
  const date = new Date().toISOString().slice(0, 10);
  const intro = `Measured by \`npm run bench\` on ${date}. The sides take turns, ${pace.rounds} rounds of ${pace.seconds} s each; a round gives a rate or a median, and the ratio is that of neighbouring rounds. Of requests a second more is better, of all else less.`;
  const machine = facts.map(([name, value]) => `- ${name}: ${value}`).join('\n');
  return `${['# Speed, side by side', intro, machine, ...outcomes.map(section)].join('\n\n')}\n`;
}
