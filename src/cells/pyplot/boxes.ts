/** Box plots. */

import type { Color } from '../../draw/color.ts';
import { fiveNumbers } from '../../draw/histogram.ts';
import { LineMark, SegmentsMark } from '../../draw/marks/line.ts';
import { PolygonsMark } from '../../draw/marks/polygons.ts';
import type { Stroke } from '../../draw/svg.ts';
import { PyDict, type PyInstance, PyList, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { lineClass, patchClass } from './artists.ts';
import type { Methods } from './define.ts';
import { columns, swap } from './histograms.ts';
import type { AxesNative } from './part.ts';
import { Keywords } from './properties.ts';
import { numberOr, texts } from './read.ts';
import { addArtist, spread } from './sheet.ts';

function boxplot(self: AxesNative, call: Call, axes: PyInstance): Value {
  const { given, interpreter } = call;
  const data = columns(given.x as Value, interpreter).map((part) => part.filter((x) => !Number.isNaN(x)));
  const k = new Keywords(call.rest, interpreter);
  const upright = k.flag(true, 'vert');
  const at = spread(k.take('positions'), data.length, 0, interpreter);
  if (!call.rest.has('positions'))
    at.forEach((_, i) => {
      at[i] = i + 1;
    });
  const widths = spread(k.take('widths'), data.length, Math.min(0.5, Math.max(0.15, 0.15 * data.length)), interpreter);
  const whis = k.take('whis');
  const reach = numberOr(whis, 1.5, interpreter);
  const filled = k.flag(false, 'patch_artist');
  const fliers = k.flag(true, 'showfliers') && k.text('sym') !== '';
  const means = k.flag(false, 'showmeans');
  const names = k.take('labels', 'tick_labels');
  k.take(
    'notch',
    'bootstrap',
    'usermedians',
    'meanline',
    'showcaps',
    'showbox',
    'manage_ticks',
    'autorange',
    'boxprops',
    'flierprops',
    'medianprops',
    'whiskerprops',
    'capprops',
    'meanprops',
    'zorder',
  );
  k.finish('boxplot');
  const turn = (points: number[]): Float64Array => Float64Array.from(upright ? points : swap(points));
  const black: Stroke = { color: [0, 0, 0, 1], width: 1 };
  const kinds: Record<string, Value[]> = { whiskers: [], caps: [], boxes: [], medians: [], fliers: [], means: [] };
  data.forEach((part, i) => {
    if (part.length === 0) return;
    const { low, q1, median, q3, high, mean, fliers: far } = fiveNumbers(part, reach);
    const [left, right] = [at[i] - widths[i] / 2, at[i] + widths[i] / 2];
    const [capLeft, capRight] = [at[i] - widths[i] / 4, at[i] + widths[i] / 4];
    const line = (points: number[], stroke: Stroke): Value =>
      addArtist(self, axes, new SegmentsMark(turn(points), [stroke]), lineClass, interpreter);
    const ring = turn([left, q1, right, q1, right, q3, left, q3]);
    const face: Color = filled ? [0x1f / 255, 0x77 / 255, 0xb4 / 255, 1] : [0, 0, 0, 0];
    kinds.boxes.push(addArtist(self, axes, new PolygonsMark([ring], [{ face, edge: black }]), patchClass, interpreter));
    kinds.whiskers.push(line([at[i], q1, at[i], low], black), line([at[i], q3, at[i], high], black));
    kinds.caps.push(line([capLeft, low, capRight, low], black), line([capLeft, high, capRight, high], black));
    kinds.medians.push(line([left, median, right, median], { color: [1, 0x7f / 255, 0x0e / 255, 1], width: 1 }));
    const dots = (values: readonly number[], shape: string, tint: Color): Value => {
      const points = turn(values.flatMap((y) => [at[i], y]));
      const mark = new LineMark(
        points.filter((_, j) => j % 2 === 0),
        points.filter((_, j) => j % 2 === 1),
        null,
        {
          shape,
          size: 6,
          face: shape === 'o' ? [0, 0, 0, 0] : tint,
          edge: { color: tint, width: 1 },
        },
      );
      return addArtist(self, axes, mark, lineClass, interpreter);
    };
    if (fliers) kinds.fliers.push(dots(far, 'o', [0, 0, 0, 1]));
    if (means) kinds.means.push(dots([mean], '^', [0x2c / 255, 0xa0 / 255, 0x2c / 255, 1]));
  });
  const axis = upright ? self.panel.xAxis : self.panel.yAxis;
  const range = upright ? self.panel.x : self.panel.y;
  axis.at = [...at];
  axis.labels =
    names === undefined
      ? [...at].map((x) => `${x}`)
      : (texts(names, interpreter) ?? [...interpreter.iterate(names)].map((name) => interpreter.str(name)));
  if (data.length > 0) {
    range.low = Math.min(...at) - 0.5;
    range.high = Math.max(...at) + 0.5;
  }
  const answer = new PyDict();
  for (const [name, items] of Object.entries(kinds)) answer.entries.set(name, [name, new PyList(items)]);
  return answer;
}

export const BOXES: Methods<AxesNative> = { 'boxplot x **': boxplot };
