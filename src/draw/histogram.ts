/** How numbers spread: bins as numpy's, and the five numbers of a box plot. */

/** Edges of bins over the numbers; `count` of them, or what a rule of numpy's says. */
export function binEdges(
  values: Float64Array,
  count: number | string,
  range: readonly [number, number] | null,
): Float64Array | undefined {
  let [low, high] = range ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  if (range === null) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) [low, high] = [0, 1];
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const bins = typeof count === 'number' ? count : ruleOf(count, values, low, high);
  if (bins === undefined) return undefined;
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + (i * (high - low)) / bins));
}

function ruleOf(rule: string, values: Float64Array, low: number, high: number): number | undefined {
  const n = values.length;
  if (n === 0) return 1;
  const sturges = (high - low) / (Math.log2(n) + 1);
  const sorted = Float64Array.from(values).sort();
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
  const diaconis = (2 * (quantile(sorted, 0.75) - quantile(sorted, 0.25))) / n ** (1 / 3);
  const widths: Readonly<Record<string, number>> = {
    auto: diaconis === 0 ? sturges : Math.min(diaconis, sturges),
    fd: diaconis,
    sturges,
    scott: ((24 * Math.sqrt(Math.PI)) / n) ** (1 / 3) * deviation,
    rice: (high - low) / (2 * n ** (1 / 3)),
    sqrt: (high - low) / Math.sqrt(n),
  };
  if (!Object.hasOwn(widths, rule)) return undefined;
  const width = widths[rule];
  return width > 0 ? Math.min(10_000, Math.ceil((high - low) / width)) : 1;
}

/** How many, or how much weight, lies in each bin; the last one holds its upper end. */
export function counted(values: Float64Array, edges: Float64Array, weights: Float64Array | null): Float64Array {
  const bins = edges.length - 1;
  const out = new Float64Array(bins);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(value >= edges[0] && value <= edges[bins])) continue;
    let from = 0;
    let to = bins;
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (edges[middle] <= value) from = middle;
      else to = middle;
    }
    out[from] += weights === null ? 1 : weights[i];
  }
  return out;
}

/** Between the numbers where it falls between them. */
export function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

export interface FiveNumbers {
  readonly low: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly high: number;
  readonly mean: number;
  /** What lies beyond the whiskers. */
  readonly fliers: readonly number[];
}

/** With whiskers as far as the last number within so many times the box. */
export function fiveNumbers(values: Float64Array, reach: number): FiveNumbers {
  const sorted = Float64Array.from(values).sort();
  const [q1, median, q3] = [0.25, 0.5, 0.75].map((q) => quantile(sorted, q));
  const [least, most] = [q1 - reach * (q3 - q1), q3 + reach * (q3 - q1)];
  const inside = sorted.filter((x) => x >= least && x <= most);
  return {
    low: Math.min(inside[0] ?? q1, q1),
    q1,
    median,
    q3,
    high: Math.max(inside.at(-1) ?? q3, q3),
    mean: values.reduce((sum, x) => sum + x, 0) / values.length,
    fliers: [...sorted.filter((x) => x < least || x > most)],
  };
}
