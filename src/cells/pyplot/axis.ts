/** The axes of a panel as objects of their own: ax.xaxis and ax.yaxis. */
import type { Axis } from '../../draw/panel.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { PyInstance, Value } from '../runtime/values.ts';
import { defineClass, type Methods, make, plainRepr } from './define.ts';
import type { AxesNative } from './part.ts';
import { Keywords } from './properties.ts';
import { flag } from './read.ts';
import {
  axisOf,
  invert,
  labelsNow,
  setGrid,
  setTickLabels,
  setTicks,
  tickLook,
  tickParams,
  ticksNow,
  type Way,
} from './scales.ts';
import { placesOf, textsOf, writeTicks } from './ticker.ts';

export class AxisNative extends Native {
  readonly axes: PyInstance;
  readonly way: Way;
  constructor(axes: PyInstance, way: Way) {
    super();
    this.axes = axes;
    this.way = way;
  }
  get self(): AxesNative {
    return this.axes.native as AxesNative;
  }
  get axis(): Axis {
    return axisOf(this.self, this.way);
  }
  references(visit: Visit): void {
    visit(this.axes);
  }
}

const toSide = (native: AxisNative, side: Axis['side']): null => {
  native.axis.side = side;
  return null;
};

/** A format string is applied when it is set, to the ticks of then: nothing of the cell is kept. */
function applyFormat(native: AxisNative, template: string, interpreter: Interpreter): null {
  const { at } = ticksNow(native.self, native.way);
  native.axis.at = [...at];
  native.axis.labels = at.map((x) => {
    const percent = /^[^{}]*%/.test(template);
    if (percent) return interpreter.str(interpreter.call(interpreter.getAttribute(template, '__mod__'), [x]));
    return interpreter.str(
      interpreter.call(
        interpreter.getAttribute(template, 'format'),
        [],
        new Map<string, Value>([
          ['x', x],
          ['pos', 0n],
        ]),
      ),
    );
  });
  return null;
}

const axisMethods: Methods<AxisNative> = {
  'set_visible b': ({ axis }, { given, interpreter }) => {
    axis.shown = flag(given.b, true, interpreter);
    return null;
  },
  'set_ticks ticks labels= | minor= **': ({ self, way }, call) => {
    setTicks(self, way, call);
    return null;
  },
  'set_ticklabels ticklabels **': ({ axis }, { given, rest, interpreter }) => {
    setTickLabels(axis, given.ticklabels as Value, interpreter);
    tickLook(axis, new Keywords(rest, interpreter));
    return null;
  },
  'set_label_text label **': ({ axis }, { given, interpreter }) => {
    axis.label = interpreter.str(given.label as Value);
    return null;
  },
  'set_label_position position': (native, { given }) => toSide(native, given.position as Axis['side']),
  'set_ticks_position position': (native, { given }) =>
    given.position === 'both' || given.position === 'default' || given.position === 'none'
      ? null
      : toSide(native, given.position as Axis['side']),
  tick_top: (native) => toSide(native, 'top'),
  tick_bottom: (native) => toSide(native, 'bottom'),
  tick_left: (native) => toSide(native, 'left'),
  tick_right: (native) => toSide(native, 'right'),
  'grid visible= which= **': ({ self, way }, call) => {
    setGrid(self, { ...call, given: { ...call.given, axis: way } });
    return null;
  },
  'set_tick_params **': ({ axis }, { rest, interpreter }) => {
    tickParams(axis, new Keywords(rest, interpreter));
    return null;
  },
  'set_inverted b': ({ self, way }, { given, interpreter }) => {
    invert(self.panel[way], flag(given.b, true, interpreter));
    return null;
  },
  'set_major_formatter formatter'(native, { given, interpreter }) {
    const { formatter } = given;
    if (typeof formatter === 'string') return applyFormat(native, formatter, interpreter);
    const { at } = ticksNow(native.self, native.way);
    const texts = textsOf(formatter ?? null, at, interpreter);
    if (texts !== null) writeTicks(native.axis, at, texts);
    return null;
  },
  'set_major_locator locator'(native, { given, interpreter }) {
    const at = placesOf(given.locator ?? null, native.self.panel[native.way].limits(), interpreter);
    if (at !== null) writeTicks(native.axis, at, null);
    return null;
  },
  'set_minor_locator locator'(native, { given, interpreter }) {
    const at = placesOf(given.locator ?? null, native.self.panel[native.way].limits(), interpreter);
    if (at !== null) native.axis.minor = [...at];
    return null;
  },
  'set_minor_formatter formatter': () => null,
  get_ticklabels: (native) => labelsNow(native.self, native.axes, native.way),
};

export const axisClasses = {
  x: defineClass(AxisNative, { name: 'XAxis', module: 'axis', methods: axisMethods }),
  y: defineClass(AxisNative, { name: 'YAxis', module: 'axis', methods: axisMethods }),
};
for (const cls of Object.values(axisClasses)) cls.members.set('__repr__', plainRepr);

export const axisObject = (axes: PyInstance, way: Way): PyInstance => make(axisClasses[way], new AxisNative(axes, way));
