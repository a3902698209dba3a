/** Where ticks stand and what they say: matplotlib's MaxNLocator, LogLocator and their formatters. */
import { relaxed, type Scale, stretched } from './scale.ts';

export interface Ticks {
  readonly at: readonly number[];
  readonly labels: readonly string[];
  readonly minor: readonly number[];
  /** Stands at the end of the axis: what all labels are to be multiplied by or added to. */
  readonly offset: string;
}

const STEPS: readonly number[] = [1, 2, 2.5, 5, 10];
/** Of levels, which may stand closer to what was asked for. */
export const FINE_STEPS: readonly number[] = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
/** More are not drawn. */
export const MOST_TICKS = 1000;

/** Nice numbers that span from `low` to `high`, in at most `bins` steps; some may lie beside them. */
export function niceNumbers(low: number, high: number, bins: number, leads = STEPS, least = 2): number[] {
  const range = high - low;
  if (!(range > 0) || !Number.isFinite(range)) return [low];
  const middle = (low + high) / 2;
  const offset =
    Math.abs(middle) / range < 100 ? 0 : Math.sign(middle) * 10 ** Math.floor(Math.log10(Math.abs(middle)));
  const scale = 10 ** Math.floor(Math.log10(range / bins));
  const steps = [...leads.slice(0, -1).map((s) => s / 10), ...leads, 10 * leads[1]].map((s) => s * scale);
  const from = low - offset;
  const to = high - offset;
  const raw = range / bins;
  const first = steps.findIndex((step) => step >= raw * (1 - 1e-12));
  let ticks: number[] = [];
  for (let i = first < 0 ? steps.length - 1 : first; i >= 0; i--) {
    const step = steps[i];
    const start = Math.floor(from / step) * step;
    const below = Math.floor((from - start) / step + 1e-10);
    const most = Math.ceil((to - start) / step - 1e-10);
    if (!(most - below < MOST_TICKS)) break;
    ticks = Array.from({ length: most - below + 1 }, (_, k) => round((k + below) * step + start, step) + offset);
    if (ticks.filter((t) => t - offset >= from - 1e-10 * step && t - offset <= to + 1e-10 * step).length >= least)
      break;
  }
  return ticks;
}

/** Without the dust of its last digits. */
function round(x: number, step: number): number {
  const places = Math.min(100, Math.max(0, 2 - Math.floor(Math.log10(step))));
  return places > 20 ? x : Number(x.toFixed(places));
}

const within = (ticks: readonly number[], low: number, high: number): number[] => {
  const slack = 1e-10 * (high - low);
  return ticks.filter((t) => t >= low - slack && t <= high + slack);
};

/** Of an axis from `low` to `high` with room for so many. */
export function ticksOf(scale: Scale, low: number, high: number, room: number): Ticks {
  if (scale.kind === 'log') return logTicks(scale, low, high, room);
  if (scale.kind === 'symlog') return symlogTicks(scale, low, high);
  const at = within(niceNumbers(low, high, Math.min(9, Math.max(1, room))), low, high);
  return { at, ...plainLabels(at, low, high), minor: [] };
}

function power(base: number, exponent: number): string {
  return `$${base === Math.E ? 'e' : base}^{${exponent}}$`;
}

function logTicks(scale: Scale, low: number, high: number, room: number): Ticks {
  const { base } = scale;
  const first = Math.ceil(stretched(scale, low) - 1e-10);
  const last = Math.floor(stretched(scale, high) + 1e-10);
  const stride = Math.max(1, Math.ceil((last - first + 1) / (Math.min(9, Math.max(2, room)) + 1)));
  const at: number[] = [];
  for (let k = Math.ceil(first / stride) * stride; k <= last; k += stride) at.push(base ** k);
  const minor: number[] = [];
  if (last - first < 12 && base > 2 && base !== Math.E)
    for (let k = first - 1; k <= last; k++) for (let m = 2; m < base && m < 100; m++) minor.push(m * base ** k);
  const between = within(minor, low, high);
  const labels = at.map((x) => power(base, Math.round(stretched(scale, x))));
  if (at.length >= 2) return { at, labels, minor: between, offset: '' };
  // Less than a decade: what lies between the powers is told too.
  const told = between.length > 0 ? between : within(niceNumbers(low, high, 5), low, high);
  const all = [...new Set([...at, ...told])].sort((a, b) => a - b);
  return { at: all, labels: all.map((x) => scientific(x, base)), minor: [], offset: '' };
}

function scientific(x: number, base: number): string {
  const exponent = Math.floor(Math.log(x) / Math.log(base) + 1e-10);
  const mantissa = Number((x / base ** exponent).toPrecision(3));
  return mantissa === 1 ? power(base, exponent) : `$${mantissa} \\times ${base}^{${exponent}}$`;
}

function symlogTicks(scale: Scale, low: number, high: number): Ticks {
  const { base, threshold } = scale;
  const at: number[] = [];
  const top = Math.max(Math.abs(low), Math.abs(high));
  const first = Math.ceil(Math.log(threshold) / Math.log(base) - 1e-10);
  const last = Math.floor(Math.log(Math.max(top, threshold)) / Math.log(base) + 1e-10);
  const stride = Math.max(1, Math.ceil((last - first + 1) / 5));
  for (let k = last - ((last - first) % stride); k >= first; k -= stride) at.push(-(base ** k));
  at.reverse();
  const above = at.map((x) => -x);
  const all = [...at.sort((a, b) => a - b), 0, ...above.sort((a, b) => a - b)];
  const shown = within(all, low, high);
  const label = (x: number): string =>
    x === 0 ? '$0$' : `$${x < 0 ? '-' : ''}${power(base, Math.round(Math.log(Math.abs(x)) / Math.log(base))).slice(1)}`;
  return { at: shown, labels: shown.map(label), minor: [], offset: '' };
}

/** Numbers with as many digits as tell them apart; what they share stands at the end of the axis. */
export function plainLabels(at: readonly number[], low: number, high: number): Pick<Ticks, 'labels' | 'offset'> {
  if (at.length === 0) return { labels: [], offset: '' };
  const offset = sharedOffset(at, low, high);
  const range = Math.max(high - low, 1e-300);
  const largest = offset !== 0 ? range : Math.max(...at.map(Math.abs));
  const order = largest === 0 ? 0 : Math.floor(Math.log10(offset !== 0 ? range : largest) + 1e-12);
  const exponent = order <= -5 || order >= 6 ? order : 0;
  const values = at.map((x) => (x - offset) / 10 ** exponent);
  const places = decimals([...values, (low - offset) / 10 ** exponent, (high - offset) / 10 ** exponent], values);
  const shared = [
    exponent === 0 ? '' : `1e${exponent}`,
    offset === 0 ? '' : `${offset > 0 ? '+' : ''}${shortText(offset)}`,
  ];
  return { labels: values.map((x) => numberText(x, places)), offset: shared.join('').replaceAll('-', '−') };
}

/** Such as 1.25e4. */
function shortText(x: number): string {
  const exponent = Math.floor(Math.log10(Math.abs(x)));
  const lead = Number((x / 10 ** exponent).toFixed(10));
  return exponent === 0 ? `${lead}` : `${lead}e${exponent}`;
}

export const numberText = (x: number, places: number): string => {
  const text = x.toFixed(places);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−');
};

function decimals(all: readonly number[], values: readonly number[]): number {
  const range = Math.max(...all) - Math.min(...all);
  const order = Math.floor(Math.log10(range === 0 ? Math.max(1e-12, Math.max(...all.map(Math.abs))) : range));
  const slack = 1e-3 * 10 ** order;
  let places = Math.min(12, Math.max(0, 3 - order));
  while (places > 0 && values.every((x) => Math.abs(x - Number(x.toFixed(places - 1))) < slack)) places--;
  return places;
}

/** The number that ticks have in common, where they differ only from the fifth digit on. */
function sharedOffset(at: readonly number[], low: number, high: number): number {
  const seen = at.filter((x) => x >= low && x <= high);
  if (seen.length === 0) return 0;
  const [least, most] = [Math.min(...seen), Math.max(...seen)];
  if (least === most || (least <= 0 && most >= 0)) return 0;
  const sign = Math.sign(least);
  const [small, large] = [Math.abs(least), Math.abs(most)].sort((a, b) => a - b);
  const order = Math.ceil(Math.log10(large));
  let shared = order + 1;
  for (let k = order; k > order - 18; k--) {
    if (Math.floor(small / 10 ** k) !== Math.floor(large / 10 ** k)) {
      shared = k + 1;
      break;
    }
  }
  if ((large - small) / 10 ** shared <= 1e-2) {
    for (let k = order; k > order - 18; k--) {
      if (Math.floor(large / 10 ** k) - Math.floor(small / 10 ** k) > 1) {
        shared = k + 1;
        break;
      }
    }
  }
  return Math.floor(large / 10 ** shared) >= 1000 ? sign * Math.floor(large / 10 ** shared) * 10 ** shared : 0;
}

/** Ticks at these places, in words of the axis. */
export const fixedTicks = (scale: Scale, at: readonly number[], low: number, high: number): Ticks =>
  scale.kind === 'log'
    ? { at, labels: at.map((x) => scientific(x, scale.base)), minor: [], offset: '' }
    : { at, ...plainLabels(at, low, high), minor: [] };

/** A little more than the data: by parts of their span as the scale stretches it. */
export function widened(scale: Scale, low: number, high: number, lower: number, upper: number): [number, number] {
  const [from, to] = [stretched(scale, low), stretched(scale, high)];
  const span = to - from;
  return [relaxed(scale, from - lower * span), relaxed(scale, to + upper * span)];
}
