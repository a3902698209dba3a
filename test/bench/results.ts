/** The tables of what was measured, as Markdown that also reads well in a terminal. */
import { type Measured, ratioOf, type Target } from './comparison.ts';
import { median, type Pace } from './measure.ts';
import type { Row } from './rows/row.ts';

/** What was not measured, and why. */
export interface LeftOut {
  readonly reason: string;
  readonly target?: Target;
}

export interface Outcome {
  readonly row: Row;
  readonly measured: readonly Measured[];
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
}

export function show(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** In words that say which way is better. */
function showRatio(measured: Measured): string {
  const spread = ratioOf(measured);
  if (spread === undefined) return '';
  const range = `(${show(spread.low)}–${show(spread.high)})`;
  return `${show(spread.median)}× ${measured.ratio === 'faster' ? 'as fast' : measured.unit === 'MB' ? 'the memory' : 'the time'} ${range}`;
}

const verdict = (measured: Measured): string =>
  measured.target === undefined ? '' : measured.target.met(measured) ? 'met' : 'not met';

const HEADER = ['what', 'Gradwire', 'peer', '', 'ratio, median (range)', 'target', ''];

function line(measured: Measured): string[] {
  const { what, unit, ours, peer, target } = measured;
  return [
    what,
    `${show(median(ours))} ${unit}`,
    peer?.name ?? '',
    peer === null ? '' : `${show(median(peer.rounds))} ${unit}`,
    showRatio(measured),
    target?.text ?? '',
    verdict(measured),
  ];
}

/** Columns that are empty throughout are left out. */
function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const columns = header.map((_, i) => i).filter((i) => lines.some((cells) => cells[i] !== ''));
  const all = [header, ...lines].map((cells) => columns.map((i) => cells[i]));
  const widths = columns.map((_, i) => Math.max(3, ...all.map((cells) => cells[i].length)));
  const write = (cells: readonly string[]): string => `| ${cells.map((c, i) => c.padEnd(widths[i])).join(' | ')} |`;
  const [head, ...body] = all.map(write);
  return [head, `| ${widths.map((w) => '-'.repeat(w)).join(' | ')} |`, ...body].join('\n');
}

const bullets = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

export function section({ row, measured, leftOut, notes }: Outcome): string {
  const said = measured.length > 0 ? table(HEADER, measured.map(line)) : '';
  const reasons = new Set(leftOut.map(({ reason }) => reason));
  const missing = leftOut.length > 0 ? `Left out:\n\n${bullets([...reasons])}` : '';
  return [`## ${row.title}`, row.measures, said, bullets(notes), missing].filter((part) => part !== '').join('\n\n');
}

const LONGEST = 80;

const shortened = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** Each line that is held to a target, and each target that could not be measured. */
function heldLines({ row, measured, leftOut }: Outcome): string[][] {
  const held = measured
    .filter(({ target }) => target !== undefined)
    .map((one) => {
      const [what, mine, peer, , ratio, text, met] = line(one);
      return [row.name, what, mine, peer, ratio, text, met];
    });
  const unmeasured = leftOut.flatMap(({ reason, target }) =>
    target === undefined ? [] : [[row.name, shortened(reason), '', '', '', target.text, 'not measured']],
  );
  return [...held, ...unmeasured];
}

/** All targets of a run, and how many are met. */
export function targets(outcomes: readonly Outcome[]): string {
  const lines = outcomes.flatMap(heldLines);
  if (lines.length === 0) return '';
  const met = lines.filter((cells) => cells.at(-1) === 'met').length;
  const header = ['row', 'what', 'Gradwire', 'peer', 'ratio, median (range)', 'target', ''];
  return [`## Targets: ${met} of ${lines.length} met`, table(header, lines)].join('\n\n');
}

export interface Run {
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly pace: Pace;
  readonly began: Date;
  readonly minutes: number;
}

export function document(outcomes: readonly Outcome[], { facts, pace, began, minutes }: Run): string {
  const intro = `Measured by \`npm run bench\` on ${began.toISOString().slice(0, 10)} in ${minutes.toFixed(0)} minutes. The sides take turns, ${pace.rounds} rounds of ${pace.seconds} s each, or longer where a row needs it; a round gives a rate, a median or a percentile, and a ratio is that of neighbouring rounds. Of requests a second, and of times as fast, more is better; of all else less.`;
  const machine = bullets(facts.map(([name, value]) => `${name}: ${value}`));
  const parts = ['# Speed, side by side', intro, machine, targets(outcomes), ...outcomes.map(section)];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
