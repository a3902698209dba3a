/** Legends and colour bars. */
import { type LegendSpec, PLACES } from '../../draw/legend.ts';
import type { Key } from '../../draw/mark.ts';
import { type BarOfColors, isFilledScale, type Panel } from '../../draw/panel.ts';
import { PyError, runtimeError, typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyDict, PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { ArtistNative, mappingOfArtist } from './artists.ts';
import { defineClass, type Methods, make, plainRepr } from './define.ts';
import { AxesNative, type FigureNative } from './part.ts';
import { Keywords } from './properties.ts';
import { itemsOf, row, texts } from './read.ts';
import { setTicks } from './scales.ts';
import { newAxes } from './sheet.ts';

export class LegendNative extends Native {
  readonly owner: { legend: LegendSpec | null };
  constructor(owner: { legend: LegendSpec | null }) {
    super();
    this.owner = owner;
  }
  references(): void {}
}

const legendClass = defineClass(LegendNative, {
  name: 'Legend',
  module: 'legend',
  methods: {
    'set_title title prop='({ owner }, { given, interpreter }) {
      if (owner.legend !== null) owner.legend = { ...owner.legend, title: interpreter.str(given.title as Value) };
      return null;
    },
    remove({ owner }) {
      owner.legend = null;
      return null;
    },
    'set_visible b'({ owner }, { given, interpreter }) {
      if (!interpreter.truth(given.b as Value)) owner.legend = null;
      return null;
    },
    'set_frame_on b'({ owner }, { given, interpreter }) {
      if (owner.legend !== null) owner.legend = { ...owner.legend, frame: interpreter.truth(given.b as Value) };
      return null;
    },
    get_texts: () => new PyList([]),
    get_frame: (_, __, instance) => instance,
    'set_alpha a': () => null,
    'set_facecolor c': () => null,
    'set_linewidth w': () => null,
  },
});
legendClass.members.set('__repr__', plainRepr);

type Entry = LegendSpec['entries'][number];

/** How a handle that the cell holds is told: an artist, a container, or a list of them. */
function keyOf(handle: Value): { key: Key; label: string | null } | undefined {
  if (handle instanceof PyTuple || handle instanceof PyList)
    return handle.items.length === 0 ? undefined : keyOf(handle.items[0]);
  if (!(handle instanceof PyInstance) || !(handle.native instanceof ArtistNative)) return undefined;
  const { mark } = handle.native;
  const key = mark.key();
  return key === null ? undefined : { key, label: mark.label };
}

const told = (label: string | null): label is string => label !== null && label !== '' && !label.startsWith('_');

/** Everything of a panel that has a label. */
export function labelled(panel: Panel): Entry[] {
  const entries: Entry[] = [];
  for (const mark of panel.marks) {
    const key = told(mark.label) ? mark.key() : null;
    if (key !== null) entries.push({ label: mark.label as string, key });
  }
  return entries;
}

const MOST_ENTRIES = 500;

export function legend(panels: readonly Panel[], owner: { legend: LegendSpec | null }, call: Call): Value {
  const { more, interpreter } = call;
  const k = new Keywords(call.rest, interpreter);
  const { settings } = k;
  let handles = k.take('handles');
  let labels = k.take('labels');
  if (more.length === 1) {
    const [only] = more;
    if (texts(only, interpreter) !== undefined) labels = only;
    else handles = only;
  } else if (more.length > 1) [handles, labels] = more;
  let entries: Entry[];
  if (handles === undefined) {
    entries = panels.flatMap(labelled);
    if (labels !== undefined) {
      const names = texts(labels, interpreter) ?? [...interpreter.iterate(labels)].map((name) => interpreter.str(name));
      const all = panels.flatMap((panel) => panel.marks.map((mark) => mark.key()).filter((key) => key !== null));
      entries = names.slice(0, all.length).map((label, i) => ({ label, key: all[i] }));
    } else if (entries.length === 0)
      interpreter.warn(
        'UserWarning',
        'No artists with labels found to put in legend.  Note that artists whose label start with an underscore are ignored when legend() is called with no argument.',
      );
  } else {
    const names =
      labels === undefined
        ? null
        : (texts(labels, interpreter) ?? [...interpreter.iterate(labels)].map((name) => interpreter.str(name)));
    entries = [...interpreter.iterate(handles)].flatMap((handle, i): Entry[] => {
      const known = keyOf(handle);
      const label = names === null ? known?.label : names[i];
      return known === undefined || !told(label ?? null) ? [] : [{ key: known.key, label: label as string }];
    });
  }
  if (entries.length > MOST_ENTRIES) throw valueError(`a legend has at most ${MOST_ENTRIES} entries`);
  const spec: LegendSpec = {
    entries,
    loc: placeOf(k.take('loc'), settings.text('legend.loc'), interpreter),
    size: legendSize(k),
    title: k.text('title') ?? null,
    columns: k.number('ncol', 'ncols') ?? 1,
    frame: k.flag(settings.flag('legend.frameon'), 'frameon'),
    opacity: k.number('framealpha') ?? settings.number('legend.framealpha'),
    face: k.color('facecolor') ?? null,
    edge: k.color('edgecolor') ?? null,
    anchor: anchorOf(k.take('bbox_to_anchor'), interpreter),
    markerScale: k.number('markerscale') ?? 1,
  };
  k.take(
    'fancybox',
    'shadow',
    'numpoints',
    'scatterpoints',
    'borderpad',
    'labelspacing',
    'handlelength',
    'handleheight',
    'handletextpad',
    'borderaxespad',
    'columnspacing',
    'title_fontsize',
    'mode',
    'bbox_transform',
    'labelcolor',
    'markerfirst',
    'alignment',
    'draggable',
    'title_fontproperties',
    'handler_map',
    'scatteryoffsets',
  );
  k.finish('Legend');
  owner.legend = spec;
  return make(legendClass, new LegendNative(owner));
}

function legendSize(k: Keywords): number | null {
  const prop = k.take('prop');
  const size = k.size('fontsize');
  if (size !== undefined) return size;
  if (prop instanceof PyDict) {
    const entry = prop.entries.get('size');
    if (entry !== undefined) return new Keywords(new Map([['size', entry[1]]]), k.interpreter).size('size') ?? null;
  }
  return null;
}

function placeOf(loc: Value | undefined, fallback: string, interpreter: Interpreter): string {
  if (loc === undefined) return fallback;
  if (typeof loc === 'bigint' && loc >= 0n && loc < BigInt(PLACES.length)) return PLACES[Number(loc)];
  if (typeof loc === 'string' && (PLACES as readonly string[]).includes(loc)) return loc;
  if (typeof loc !== 'string' && typeof loc !== 'bigint' && itemsOf(loc, interpreter)?.length === 2)
    return 'lower left';
  throw valueError(
    `${interpreter.repr(loc)} is not a valid value for loc; supported values are ${PLACES.map((name) => `'${name}'`).join(', ')}`,
  );
}

function anchorOf(value: Value | undefined, interpreter: Interpreter): readonly number[] | null {
  if (value === undefined) return null;
  const parts = [...row(value, interpreter)];
  if (parts.length !== 2 && parts.length !== 4) throw valueError('bbox_to_anchor takes 2 or 4 numbers');
  return parts;
}

export class ColorbarNative extends Native {
  /** The panel of the strip. */
  readonly axes: PyInstance;
  readonly mappable: PyInstance;
  constructor(axes: PyInstance, mappable: PyInstance) {
    super();
    this.axes = axes;
    this.mappable = mappable;
  }
  get self(): AxesNative {
    return this.axes.native as AxesNative;
  }
  get way(): 'x' | 'y' {
    return this.self.panel.bar?.upright === false ? 'x' : 'y';
  }
  references(visit: Visit): void {
    visit(this.axes);
    visit(this.mappable);
  }
}

const colorbarClass = defineClass(ColorbarNative, {
  name: 'Colorbar',
  module: 'colorbar',
  methods: {
    'set_label label **'({ self, way }, { given, rest, interpreter }) {
      const axis = way === 'x' ? self.panel.xAxis : self.panel.yAxis;
      axis.label = interpreter.str(given.label as Value);
      const k = new Keywords(rest, interpreter);
      axis.labelSize = k.size('fontsize', 'size') ?? axis.labelSize;
      axis.labelPad = k.number('labelpad') ?? axis.labelPad;
      const rotation = k.number('rotation');
      if (rotation !== undefined) axis.labelRotation = rotation;
      return null;
    },
    'set_ticks ticks labels= | minor= **'({ self, way }, call) {
      setTicks(self, way, call);
      return null;
    },
    'set_ticklabels ticklabels | update_ticks= **'({ self, way }, call) {
      setTicks(self, way, { ...call, given: { labels: call.given.ticklabels } });
      return null;
    },
    'set_alpha alpha': () => null,
    minorticks_on: () => null,
    remove({ self, axes }) {
      const sheet = self.sheet;
      sheet.figure.panels.splice(sheet.figure.panels.indexOf(self.panel), 1);
      sheet.axes.splice(sheet.axes.indexOf(axes), 1);
      return null;
    },
  },
  properties: { ax: ({ axes }) => axes, mappable: ({ mappable }) => mappable },
});
colorbarClass.members.set('__repr__', plainRepr);

/** A strip beside one panel or several. */
export function colorbar(figure: PyInstance, call: Call): Value {
  const { given, interpreter } = call;
  const sheet = figure.native as FigureNative;
  const mappable = given.mappable === undefined || given.mappable === null ? sheet.image : given.mappable;
  if (mappable === null)
    throw runtimeError(
      'No mappable was found to use for colorbar creation. First define a mappable such as an image (with imshow) or a contour set (with contourf).',
    );
  const mapping =
    mappable instanceof PyInstance && mappable.native instanceof ArtistNative ? mappingOfArtist(mappable.native) : null;
  if (!(mappable instanceof PyInstance) || mapping === null)
    throw typeError('colorbar takes an image, a mesh, contours or points with colours');
  const k = new Keywords(call.rest, interpreter);
  const own = (mappable.native as ArtistNative).axes;
  const beside = axesOf(given.ax, interpreter) ?? (own === null ? [] : [own]);
  const inside = given.cax instanceof PyInstance && given.cax.native instanceof AxesNative ? given.cax : null;
  if (beside.length === 0 && inside === null) throw valueError('Unable to determine Axes to steal space for Colorbar.');
  const first = (beside[0] ?? inside) as PyInstance;
  const current = sheet.current;
  const axes = inside ?? newAxes(figure, first.cls, interpreter);
  sheet.current = inside === null ? current : sheet.current;
  const { panel } = axes.native as AxesNative;
  const upright =
    (k.text('orientation') ?? (/^(?:top|bottom)$/.test(k.text('location') ?? '') ? 'horizontal' : 'vertical')) ===
    'vertical';
  const bar: BarOfColors = {
    mapping,
    beside: inside === null ? beside.map((one) => (one.native as AxesNative).panel) : [],
    upright,
    fraction: k.number('fraction') ?? 0.15,
    pad: k.number('pad') ?? (upright ? 0.05 : 0.15),
    shrink: k.number('shrink') ?? 1,
    aspect: k.number('aspect') ?? 20,
  };
  panel.bar = bar;
  const range = upright ? panel.y : panel.x;
  const { norm } = mapping;
  [range.low, range.high] = [norm.low ?? 0, norm.high ?? 1];
  if (norm.log) range.scale = { kind: 'log', base: 10, threshold: 2 };
  const axis = upright ? panel.yAxis : panel.xAxis;
  axis.side = upright ? 'right' : 'bottom';
  const other = upright ? panel.xAxis : panel.yAxis;
  other.shown = false;
  axis.grid = other.grid = null;
  if (isFilledScale(mapping)) {
    const levels = mapping.levels as readonly number[];
    [range.low, range.high] = [levels[0], levels[levels.length - 1]];
    if (levels.length <= 12) axis.at = [...levels];
  }
  const bounds = norm.bounds;
  if (bounds !== null) {
    [range.low, range.high] = [bounds[0], bounds[bounds.length - 1]];
    mapping.levels = bounds;
    axis.at = [...bounds];
  }
  const native = new ColorbarNative(axes, mappable);
  const ticks = k.take('ticks');
  if (ticks !== undefined) setTicks(native.self, native.way, { ...call, given: { ticks }, rest: new Map() });
  const label = k.text('label');
  if (label !== undefined) axis.label = label;
  k.take(
    'extend',
    'format',
    'drawedges',
    'spacing',
    'use_gridspec',
    'anchor',
    'panchor',
    'extendfrac',
    'extendrect',
    'ticklocation',
    'location',
    'alpha',
  );
  k.finish('Colorbar');
  return make(colorbarClass, native);
}

/** One panel, a list or an array of panels. */
function axesOf(value: Value | undefined, interpreter: Interpreter): PyInstance[] | null {
  if (value === undefined || value === null) return null;
  if (value instanceof PyInstance && value.native instanceof AxesNative) return [value];
  const out: PyInstance[] = [];
  for (const item of interpreter.iterate(value)) out.push(...(axesOf(item, interpreter) ?? []));
  if (out.length === 0) throw new PyError('TypeError', 'ax takes panels');
  return out;
}

export const LEGENDS: Methods<AxesNative> = {
  'legend * **': ({ panel }, call) => {
    // What is drawn on a twin is told by the legend of that twin.
    return legend([panel], panel, call);
  },
  get_legend: ({ panel }) => (panel.legend === null ? null : make(legendClass, new LegendNative(panel))),
  'get_legend_handles_labels legend_handler_map='({ artists }) {
    const known = artists.filter((artist) => artist.native instanceof ArtistNative && told(artist.native.mark.label));
    return new PyTuple([
      new PyList([...known]),
      new PyList(known.map((artist) => (artist.native as ArtistNative).mark.label)),
    ]);
  },
};
