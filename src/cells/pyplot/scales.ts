/** Scales, limits, ticks and grids of a panel. */

import { axisTicks } from '../../draw/frame.ts';
import type { Axis, Range } from '../../draw/panel.ts';
import { LINEAR, SCALES, type ScaleKind } from '../../draw/scale.ts';
import type { Stroke } from '../../draw/svg.ts';
import { typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import type { Methods } from './define.ts';
import { type AxesNative, figuresOf } from './part.ts';
import { Keywords } from './properties.ts';
import { arrayOf, flag, itemsOf, number, numberOr } from './read.ts';
import { along } from './sheet.ts';
import { tickLabel } from './texts.ts';

export type Way = 'x' | 'y';
export const axisOf = ({ panel }: AxesNative, way: Way): Axis => (way === 'x' ? panel.xAxis : panel.yAxis);

export function setScale(range: Range, value: Value, { rest, interpreter }: Pick<Call, 'rest' | 'interpreter'>): void {
  if (!SCALES.includes(value as ScaleKind))
    throw valueError(
      `${interpreter.repr(value)} is not a valid value for scale; supported values are 'linear', 'log', 'symlog'`,
    );
  const base = numberOr(rest.get('base'), 10, interpreter);
  const threshold = numberOr(rest.get('linthresh'), 2, interpreter);
  if (!(base > 1)) throw valueError('The base of a logarithm must be larger than one');
  range.scale = value === 'linear' ? LINEAR : { kind: value as ScaleKind, base, threshold };
}

export function limitsOf(range: Range): PyTuple {
  return new PyTuple([...range.limits()]);
}

function setLimits(self: AxesNative, way: Way, { given, interpreter }: Call): Value {
  const range = self.panel[way];
  let [low, high] = [given.low, given.high];
  for (const [key, place] of [
    [`${way}min`, 0],
    [`${way}max`, 1],
    [way === 'x' ? 'left' : 'bottom', 0],
    [way === 'x' ? 'right' : 'top', 1],
  ] as const) {
    const value = given[key];
    if (value === undefined || value === null) continue;
    if (place === 0) low = value;
    else high = value;
  }
  if ((high === undefined || high === null) && low !== undefined && low !== null) {
    const items = itemsOf(low, interpreter);
    if (items !== undefined) {
      if (items.length !== 2) throw valueError(`not enough values to unpack (expected 2, got ${items.length})`);
      [low, high] = items;
    }
  }
  const [from, to] = range.limits();
  const next = [numberOr(low, from, interpreter), numberOr(high, to, interpreter)];
  if (!next.every(Number.isFinite)) throw valueError('Axis limits cannot be NaN or Inf');
  if (range.scale.kind === 'log' && next.some((x) => x <= 0)) {
    interpreter.warn('UserWarning', `Attempt to set non-positive ${way}lim on a log-scaled axis will be ignored.`);
    return limitsOf(range);
  }
  if (next[0] === next[1]) {
    interpreter.warn(
      'UserWarning',
      `Attempting to set identical low and high ${way}lims makes transformation singular; automatically expanding.`,
    );
    const gap = Math.abs(next[0]) * 0.05 || 0.05;
    next[0] -= gap;
    next[1] += gap;
  }
  [range.low, range.high] = next;
  range.inverted = next[0] > next[1];
  return limitsOf(range);
}

export function setTicks(self: AxesNative, way: Way, call: Call): void {
  const { given, rest, interpreter } = call;
  const axis = axisOf(self, way);
  const { ticks, labels, minor } = given;
  if (ticks !== undefined && ticks !== null) {
    const at = along(self.panel[way], ticks, interpreter);
    if (flag(minor, false, interpreter)) {
      axis.minor = [...at];
      return;
    }
    axis.at = [...at];
    axis.labels = null;
    // An axis reaches as far as its ticks.
    const range = self.panel[way];
    const [low, high] = range.limits();
    if (at.length > 0) {
      const [least, most] = [Math.min(...at), Math.max(...at)];
      if (low <= high) {
        if (least < low) range.low = least;
        if (most > high) range.high = most;
      }
    }
  }
  if (labels !== undefined && labels !== null) setTickLabels(axis, labels, interpreter);
  tickLook(axis, new Keywords(rest, interpreter));
}

export function setTickLabels(axis: Axis, labels: Value, interpreter: Interpreter): void {
  const items = itemsOf(labels, interpreter);
  if (items === undefined) throw typeError(`'${interpreter.repr(labels)}' object is not iterable`);
  const written = items.map((item) => (typeof item === 'string' ? item : interpreter.str(item)));
  if (axis.at !== null && axis.at.length !== written.length && written.length > 0)
    throw valueError(
      `The number of FixedLocator locations (${axis.at.length}), usually from a call to set_ticks, does not match the number of ticklabels (${written.length}).`,
    );
  if (axis.at !== null && written.length === 0) axis.labelsShown = false;
  axis.labels = written;
}

/** How tick labels look. */
export function tickLook(axis: Axis, k: Keywords): void {
  const rotation = k.take('rotation');
  if (rotation !== undefined)
    axis.rotation = rotation === 'vertical' ? 90 : rotation === 'horizontal' ? 0 : number(rotation, k.interpreter);
  const across = k.text('ha', 'horizontalalignment');
  if (across === 'left' || across === 'center' || across === 'right') axis.across = across;
  axis.tickSize = k.size('fontsize', 'size') ?? axis.tickSize;
  axis.tickTextColor = k.color('color', 'c') ?? axis.tickTextColor;
  k.take('va', 'verticalalignment', 'rotation_mode', 'fontweight', 'weight', 'fontfamily', 'family', 'fontdict');
  k.finish('Text');
}

export function ticksNow(self: AxesNative, way: Way): ReturnType<typeof axisTicks> {
  const { figure } = self.sheet;
  const length =
    (way === 'x' ? 0.775 * figure.width : 0.77 * figure.height) / Math.max(1, Math.sqrt(figure.panels.length));
  const range = self.panel[way];
  return axisTicks(axisOf(self, way), range.scale, range.limits(), length, figure.style, range.categories);
}

export const labelsNow = (self: AxesNative, axes: PyInstance, way: Way): PyList =>
  new PyList(
    ticksNow(self, way).labels.map((label, i) =>
      tickLabel(axes, axisOf(self, way), ticksNow(self, way).at[i], label, way),
    ),
  );

/** `plt.xticks()` and its like: sets what is given, answers what is there. */
export function ticksCall(self: AxesNative, axes: PyInstance, way: Way, call: Call): Value {
  setTicks(self, way, call);
  const { at } = ticksNow(self, way);
  return new PyTuple([arrayOf(at, call.interpreter), labelsNow(self, axes, way)]);
}

export function setGrid(self: AxesNative, { given, rest, interpreter }: Call): void {
  const k = new Keywords(rest, interpreter);
  const { grid } = figuresOf(interpreter).settings.style();
  const styled = rest.size > 0;
  const color = k.color('color', 'c') ?? grid.color;
  const width = k.number('linewidth', 'lw') ?? grid.width;
  const alpha = k.number('alpha');
  const stroke: Stroke = {
    color: alpha === undefined ? color : [color[0], color[1], color[2], alpha],
    width,
    dash: k.dash(width, 'linestyle', 'ls') ?? grid.dash ?? [],
  };
  k.take('zorder');
  k.finish('Line2D');
  const which = given.which ?? 'major';
  const chosen = given.axis ?? 'both';
  for (const way of ['x', 'y'] as const) {
    if (chosen !== 'both' && chosen !== way) continue;
    const axis = axisOf(self, way);
    for (const part of ['grid', 'minorGrid'] as const) {
      if (which !== 'both' && which !== (part === 'grid' ? 'major' : 'minor')) continue;
      const on =
        given.visible === undefined || given.visible === null
          ? styled || axis[part] === null
          : interpreter.truth(given.visible);
      axis[part] = on ? stroke : null;
    }
  }
}

export function tickParams(axis: Axis, k: Keywords): void {
  const { interpreter } = k;
  const sides = { left: k.take('left'), right: k.take('right'), bottom: k.take('bottom'), top: k.take('top') };
  const labelled = {
    left: k.take('labelleft'),
    right: k.take('labelright'),
    bottom: k.take('labelbottom'),
    top: k.take('labeltop'),
  };
  const on = sides[axis.side];
  if (on !== undefined) axis.ticksShown = interpreter.truth(on);
  const told = labelled[axis.side];
  if (told !== undefined) axis.labelsShown = interpreter.truth(told);
  const opposite = { left: 'right', right: 'left', bottom: 'top', top: 'bottom' } as const;
  const other = opposite[axis.side];
  if (sides[other] !== undefined && interpreter.truth(sides[other]) && on !== undefined && !interpreter.truth(on)) {
    axis.side = other;
    axis.ticksShown = true;
  }
  const otherTold = labelled[other];
  if (otherTold !== undefined && interpreter.truth(otherTold)) {
    axis.side = other;
    axis.labelsShown = true;
  }
  axis.tickSize = k.size('labelsize') ?? axis.tickSize;
  axis.rotation = k.number('labelrotation', 'rotation') ?? axis.rotation;
  axis.tickLength = k.number('length', 'size') ?? axis.tickLength;
  axis.tickWidth = k.number('width') ?? axis.tickWidth;
  axis.tickPad = k.number('pad') ?? axis.tickPad;
  const both = k.color('colors');
  axis.tickColor = k.color('color') ?? both ?? axis.tickColor;
  axis.tickTextColor = k.color('labelcolor') ?? both ?? axis.tickTextColor;
  const direction = k.text('direction');
  if (direction === 'in' || direction === 'out' || direction === 'inout') axis.direction = direction;
  k.take('zorder', 'reset', 'grid_color', 'grid_alpha', 'grid_linewidth', 'grid_linestyle');
  k.finish('Tick');
}

export function invert(range: Range, on = !range.inverted): void {
  if (on === range.inverted) return;
  range.inverted = on;
  [range.low, range.high] = [range.high, range.low];
}

const both: Record<string, Methods<AxesNative>[string]> = {};
for (const way of ['x', 'y'] as const) {
  const ends = way === 'x' ? 'left= right=' : 'bottom= top=';
  both[`set_${way}lim low= high= | ${ends} ${way}min= ${way}max= emit= auto=`] = (self, call) =>
    setLimits(self, way, call);
  both[`get_${way}lim`] = ({ panel }) => limitsOf(panel[way]);
  both[`set_${way}bound low= high=`] = (self, call) => setLimits(self, way, call);
  both[`get_${way}bound`] = ({ panel }) => limitsOf(panel[way]);
  both[`set_${way}scale value **`] = ({ panel }, call) => {
    setScale(panel[way], call.given.value as Value, call);
    return null;
  };
  both[`get_${way}scale`] = ({ panel }) => panel[way].scale.kind;
  both[`set_${way}ticks ticks labels= | minor= **`] = (self, call) => {
    setTicks(self, way, call);
    return null;
  };
  both[`get_${way}ticks`] = (self, { interpreter }) => arrayOf(ticksNow(self, way).at, interpreter);
  both[`set_${way}ticklabels labels | minor= **`] = (self, { given, rest, interpreter }) => {
    const axis = axisOf(self, way);
    setTickLabels(axis, given.labels as Value, interpreter);
    tickLook(axis, new Keywords(rest, interpreter));
    return null;
  };
  both[`get_${way}ticklabels`] = (self, _, axes) => labelsNow(self, axes, way);
  both[`invert_${way}axis`] = ({ panel }) => {
    invert(panel[way]);
    return null;
  };
  both[`${way}axis_inverted`] = ({ panel }) => panel[way].inverted;
  both[`set_${way}margin m`] = ({ panel }, { given, interpreter }) => {
    panel[way].margin = number(given.m as Value, interpreter);
    return null;
  };
}

export const SCALES_AND_TICKS: Methods<AxesNative> = {
  ...both,
  'grid visible= which= axis= **': (self, call) => {
    setGrid(self, call);
    return null;
  },
  'set_axisbelow b': ({ panel }, { given, interpreter }) => {
    panel.gridBelow = given.b === 'line' ? 'line' : flag(given.b, true, interpreter);
    return null;
  },
  'tick_params axis= | which= **'(self, { given, rest, interpreter }) {
    for (const way of ['x', 'y'] as const) {
      if (given.axis === undefined || given.axis === null || given.axis === 'both' || given.axis === way) {
        if (given.which !== 'minor') tickParams(axisOf(self, way), new Keywords(rest, interpreter));
      }
    }
    return null;
  },
  minorticks_on: ({ panel }) => {
    panel.xAxis.minorOn = panel.yAxis.minorOn = true;
    return null;
  },
  minorticks_off: ({ panel }) => {
    panel.xAxis.minorOn = panel.yAxis.minorOn = false;
    return null;
  },
  'margins * | x= y= tight='({ panel }, { given, more, interpreter }) {
    const [first, second] = more;
    const x = given.x ?? first;
    const y = given.y ?? second ?? first;
    panel.x.margin = numberOr(x, panel.x.margin, interpreter);
    panel.y.margin = numberOr(y, panel.y.margin, interpreter);
    return null;
  },
  'ticklabel_format | axis= style= scilimits= useOffset= useLocale= useMathText=': () => null,
  'locator_params axis= tight= **': () => null,
  'autoscale enable= axis= tight='({ panel }, { given, interpreter }) {
    for (const way of ['x', 'y'] as const) {
      if (given.axis !== undefined && given.axis !== 'both' && given.axis !== way) continue;
      const range = panel[way];
      range.low = range.high = null;
      range.tight = flag(given.tight, range.tight, interpreter);
    }
    return null;
  },
  'autoscale_view tight= scalex= scaley=': () => null,
  'relim visible_only=': () => null,
};

/** `plt.xlim()`: sets what is given, answers what there is. */
export function limitsCall(self: AxesNative, way: Way, call: Call): Value {
  return call.given.low === undefined && Object.values(call.given).every((value) => value === undefined)
    ? limitsOf(self.panel[way])
    : setLimits(self, way, call);
}
