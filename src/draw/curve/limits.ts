/** How high a panel is: all that is drawn in it, but for what runs away. */
import type { CurveSeries } from './picture.ts';

/** How many times what most of a curve spans may be shown of the rest. */
const BEYOND = 1.2;
const MARGIN = 0.07;
const STEEP = 1e4;

/** Values with how much of the axis each stands for. */
function weighted({ pieces }: CurveSeries, of: 'y' | 'dy'): { value: number; weight: number }[] {
  const out: { value: number; weight: number }[] = [];
  for (const piece of pieces) {
    const { x } = piece;
    piece[of].forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      const [left, right] = [x[Math.max(0, i - 1)], x[Math.min(x.length - 1, i + 1)]];
      out.push({ value, weight: (right - left) / 2 });
    });
  }
  return out.sort((a, b) => a.value - b.value);
}

function quantile(list: readonly { value: number; weight: number }[], part: number): number {
  const total = list.reduce((sum, { weight }) => sum + weight, 0);
  let seen = 0;
  for (const { value, weight } of list) {
    seen += weight;
    if (seen >= part * total) return value;
  }
  return list[list.length - 1].value;
}

/** What is to be seen of one series; undefined where it has no values. */
function shownOf(series: CurveSeries, of: 'y' | 'dy'): readonly [low: number, high: number] | undefined {
  const list = weighted(series, of);
  if (list.length === 0) return undefined;
  let [low, high] = [list[0].value, list[list.length - 1].value];
  const [less, more] = [quantile(list, 0.03), quantile(list, 0.97)];
  const most = more - less;
  if (most > 0 && high - low > 3 * most) {
    low = Math.max(low, less - BEYOND * most);
    high = Math.min(high, more + BEYOND * most);
  }
  // All but level, and somewhere steep beyond all measure.
  if (most === 0 && high - low > STEEP * Math.max(1, Math.abs(less))) low = high = less;
  return [low, high];
}

/** From where to where an axis goes that shows all series. */
export function limitsOf(series: readonly CurveSeries[], of: 'y' | 'dy'): [low: number, high: number] {
  const all = series.flatMap((one) => shownOf(one, of) ?? []);
  if (all.length === 0) return [-1, 1];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const span = high - low;
  // What is level stands in the middle, with zero in sight.
  if (!(span > 1e-12 * Math.max(Math.abs(low), Math.abs(high)))) {
    const room = Math.abs(low) > 0 ? 0.6 * Math.abs(low) : 1;
    return [low - room, high + room];
  }
  return [low - MARGIN * span, high + MARGIN * span];
}
