/** Titles, labels, text and annotations. */
import type { Color } from '../../draw/color.ts';
import { type Arrow, type Frame, type Frill, type Place, WordsMark } from '../../draw/marks/words.ts';
import type { Axis, Title } from '../../draw/panel.ts';
import type { Label } from '../../draw/svg.ts';
import { valueError } from '../runtime/errors.ts';
import { Native } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyDict, PyInstance, type Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { defineClass, type Methods, make, plainRepr } from './define.ts';
import type { AxesNative } from './part.ts';
import { Keywords } from './properties.ts';
import { number, numberOr, pair } from './read.ts';
import { addMark, along } from './sheet.ts';
import { annotationClass, TextNative, textClass } from './texts.ts';

/** `fontdict` says what keywords of text may say. */
export function withDict(rest: ReadonlyMap<string, Value>, dict: Value | undefined): Map<string, Value> {
  const all = new Map<string, Value>();
  if (dict instanceof PyDict)
    for (const [key, value] of dict.entries.values()) if (typeof key === 'string') all.set(key, value);
  for (const [key, value] of rest) all.set(key, value);
  return all;
}

interface TextLook extends Omit<Label, 'text' | 'size' | 'color'> {
  readonly size: number | null;
  readonly color: Color | null;
}

const isBold = (weight: Value | undefined): boolean =>
  weight === 'bold' ||
  weight === 'heavy' ||
  weight === 'semibold' ||
  weight === 'black' ||
  (typeof weight === 'bigint' && weight >= 600n);

export function textLook(k: Keywords): TextLook {
  const across = k.text('horizontalalignment', 'ha');
  const along = k.text('verticalalignment', 'va');
  const rotation = k.take('rotation');
  const alpha = k.number('alpha');
  const shade = k.color('color', 'c') ?? null;
  const family = k.text('fontfamily', 'family', 'fontname', 'name');
  if (across !== undefined && !['left', 'center', 'right'].includes(across))
    throw valueError(`'${across}' is not a valid value for align; supported values are 'center', 'right', 'left'`);
  if (along !== undefined && !['top', 'center', 'baseline', 'bottom', 'center_baseline'].includes(along))
    throw valueError(
      `'${along}' is not a valid value for align; supported values are 'top', 'bottom', 'center', 'baseline', 'center_baseline'`,
    );
  const look: TextLook = {
    across: across as TextLook['across'],
    along: (along === 'center_baseline' ? 'center' : along) as TextLook['along'],
    rotation:
      rotation === 'vertical'
        ? 90
        : rotation === undefined || rotation === 'horizontal'
          ? 0
          : number(rotation, k.interpreter),
    size: k.size('fontsize', 'size') ?? null,
    color: shade === null || alpha === undefined ? shade : [shade[0], shade[1], shade[2], alpha],
    bold: isBold(k.take('fontweight', 'weight')),
    italic: ['italic', 'oblique'].includes(k.text('fontstyle', 'style') ?? ''),
    mono: family === 'monospace',
  };
  k.take(
    'wrap',
    'rotation_mode',
    'multialignment',
    'ma',
    'linespacing',
    'fontproperties',
    'usetex',
    'math_fontfamily',
    'backgroundcolor',
    'fontstretch',
    'fontvariant',
  );
  return look;
}

/** How a box around a text, or an arrow, looks: from a dict. */
const fromDict = (value: Value | undefined, interpreter: Interpreter): Keywords | null =>
  value instanceof PyDict ? new Keywords(withDict(new Map(), value), interpreter) : null;

function frillOf(value: Value | undefined, size: number, interpreter: Interpreter): Frill | null {
  const k = fromDict(value, interpreter);
  if (k === null) return null;
  const style = k.text('boxstyle') ?? 'square';
  const pad = /pad=([\d.]+)/.exec(style);
  const alpha = k.number('alpha');
  const both = k.color('color');
  const face = both ?? k.color('facecolor', 'fc') ?? k.settings.color('axes.facecolor');
  const edge = k.color('edgecolor', 'ec') ?? both ?? ([0, 0, 0, 1] as Color);
  const width = k.number('linewidth', 'lw') ?? 1;
  const shade = ([r, g, b, a]: Color): Color => [r, g, b, a === 0 ? 0 : (alpha ?? a)];
  return {
    face: shade(face),
    edge:
      edge[3] === 0 || width === 0 ? null : { color: shade(edge), width, dash: k.dash(width, 'linestyle', 'ls') ?? [] },
    round: style.startsWith('round'),
    pad: (k.number('pad') ?? (pad === null ? 0.4 : Number(pad[1]))) * size,
  };
}

function arrowOf(value: Value | undefined, interpreter: Interpreter): Arrow | null {
  const k = fromDict(value, interpreter);
  if (k === null) return null;
  const style = k.text('arrowstyle');
  const both = k.color('color');
  const face = k.color('facecolor', 'fc');
  const bend = /rad=(-?[\d.]+)/.exec(k.text('connectionstyle') ?? '');
  const shrink = k.number('shrinkB', 'shrink');
  const width = k.number('linewidth', 'lw') ?? (style === undefined ? (k.number('width') ?? 4) : 1);
  return {
    color:
      both ??
      (style === undefined
        ? (face ?? ([0x1f / 255, 0x77 / 255, 0xb4 / 255, 1] as Color))
        : (k.color('edgecolor', 'ec') ?? [0, 0, 0, 1])),
    width,
    style: style ?? 'fancy',
    bend: bend === null ? 0 : Number(bend[1]),
    shrink: style === undefined ? 0 : (shrink ?? 2),
  };
}

function wordsOf(text: string, place: Place, k: Keywords, box: Value | undefined): WordsMark {
  const look = textLook(k);
  const size = look.size ?? k.settings.number('font.size');
  const mark = new WordsMark(text, place, { ...look, size, color: look.color ?? k.settings.color('text.color') });
  mark.frill = frillOf(box, size, k.interpreter);
  mark.zorder = k.number('zorder') ?? 3;
  return mark;
}

const FRAMES: Readonly<Record<string, Frame>> = {
  data: 'data',
  'axes fraction': 'panel',
  'figure fraction': 'figure',
  'offset points': 'points',
  'axes pixels': 'points',
};

function frameOf(value: Value | undefined, fallback: Frame, interpreter: Interpreter): Frame {
  if (value === undefined || value === null) return fallback;
  const known = typeof value === 'string' ? FRAMES[value] : undefined;
  if (known === undefined) throw valueError(`${interpreter.repr(value)} is not a recognized coordinate`);
  return known;
}

/** ax.transAxes and fig.transFigure: what the numbers of a place count. */
export class TransformNative extends Native {
  readonly frame: Frame;
  constructor(frame: Frame) {
    super();
    this.frame = frame;
  }
  references(): void {}
}
export const transformClass = defineClass(TransformNative, { name: 'CompositeGenericTransform', module: 'transforms' });
transformClass.members.set('__repr__', plainRepr);
export const transform = (frame: Frame): PyInstance => make(transformClass, new TransformNative(frame));

export const frameGiven = (value: Value | undefined, fallback: Frame): Frame =>
  value instanceof PyInstance && value.native instanceof TransformNative ? value.native.frame : fallback;

export function titleOf(text: string, k: Keywords, pad: number): Title {
  const look = textLook(k);
  const title = {
    text,
    size: look.size,
    color: look.color,
    bold: look.bold === true,
    italic: look.italic === true,
    pad: k.number('pad') ?? pad,
  };
  k.take('x', 'y', 'loc', 'position', 'bbox');
  k.finish('Text');
  return title;
}

function setLabel(
  self: AxesNative,
  axes: PyInstance,
  axis: Axis,
  words: Value,
  { given, rest, interpreter }: Call,
): Value {
  const k = new Keywords(withDict(rest, given.fontdict), interpreter);
  const look = textLook(k);
  axis.label = interpreter.str(words);
  axis.labelSize = look.size ?? axis.labelSize;
  axis.labelColor = look.color ?? axis.labelColor;
  axis.labelBold = look.bold === true;
  axis.labelPad = numberOr(given.labelpad, axis.labelPad, interpreter);
  if (rest.has('rotation')) axis.labelRotation = look.rotation ?? null;
  k.take('loc', 'position', 'x', 'y');
  k.finish('Text');
  return make(
    textClass,
    new TextNative(
      { axis, tick: null },
      axes,
      axis === self.panel.xAxis ? 0.5 : 0n,
      axis === self.panel.xAxis ? 0n : 0.5,
    ),
  );
}

export const WORDS: Methods<AxesNative> = {
  'set_title label fontdict= loc= pad= | y= **'({ panel }, { given, rest, interpreter }, axes) {
    const loc = given.loc ?? 'center';
    if (loc !== 'left' && loc !== 'center' && loc !== 'right')
      throw valueError(
        `${interpreter.repr(loc)} is not a valid value for loc; supported values are 'left', 'center', 'right'`,
      );
    const k = new Keywords(withDict(rest, given.fontdict), interpreter);
    const title = titleOf(
      interpreter.str(given.label as Value),
      k,
      numberOr(given.pad, k.settings.number('axes.titlepad'), interpreter),
    );
    if (!rest.has('fontweight') && !rest.has('weight')) title.bold = k.settings.text('axes.titleweight') === 'bold';
    panel.titles[loc] = title;
    return make(textClass, new TextNative(title, axes, { left: 0, center: 0.5, right: 1 }[loc], 1));
  },
  get_title: ({ panel }) => panel.titles.center?.text ?? '',
  'set_xlabel xlabel fontdict= labelpad= **': (self, call, axes) =>
    setLabel(self, axes, self.panel.xAxis, call.given.xlabel as Value, call),
  'set_ylabel ylabel fontdict= labelpad= **': (self, call, axes) =>
    setLabel(self, axes, self.panel.yAxis, call.given.ylabel as Value, call),
  get_xlabel: ({ panel }) => panel.xAxis.label,
  get_ylabel: ({ panel }) => panel.yAxis.label,
  'text x y s fontdict= | transform= bbox= **'(self, { given, rest, interpreter }, axes) {
    const { panel } = self;
    const frame = frameGiven(given.transform, 'data');
    const [x] = along(panel.x, given.x as Value, interpreter);
    const [y] = along(panel.y, given.y as Value, interpreter);
    const k = new Keywords(withDict(rest, given.fontdict), interpreter);
    const mark = wordsOf(interpreter.str(given.s as Value), { x, y, frame }, k, given.bbox);
    k.finish('Text');
    addMark(self, mark, interpreter);
    return make(textClass, new TextNative(mark, axes, given.x as Value, given.y as Value));
  },
  'annotate text xy xytext= xycoords= textcoords= arrowprops= | bbox= annotation_clip= **'(self, call, axes) {
    const { given, rest, interpreter } = call;
    const { panel } = self;
    const place = (value: Value, frame: Frame): Place => {
      if (frame !== 'data') {
        const [x, y] = pair(value, interpreter);
        return { x, y, frame };
      }
      const [first, second, ...more] = [...interpreter.iterate(value)];
      if (second === undefined || more.length > 0) throw valueError('xy must be a tuple of two numbers');
      return { x: along(panel.x, first, interpreter)[0], y: along(panel.y, second, interpreter)[0], frame };
    };
    const frame = frameOf(given.xycoords, 'data', interpreter);
    const target = place(given.xy as Value, frame);
    const k = new Keywords(rest, interpreter);
    const moved = given.xytext !== undefined && given.xytext !== null;
    const at = moved ? place(given.xytext as Value, frameOf(given.textcoords, frame, interpreter)) : target;
    const mark = wordsOf(interpreter.str(given.text as Value), at, k, given.bbox);
    k.finish('Text');
    mark.target = target;
    mark.arrow = arrowOf(given.arrowprops, interpreter);
    addMark(self, mark, interpreter);
    return make(annotationClass, new TextNative(mark, axes, at.x, at.y));
  },
  'arrow x y dx dy **'(self, { given, rest, interpreter }, axes) {
    const [x, y, dx, dy] = ['x', 'y', 'dx', 'dy'].map((name) => number(given[name] as Value, interpreter));
    const k = new Keywords(rest, interpreter);
    const shade =
      k.color('color', 'c') ?? k.color('facecolor', 'fc') ?? k.color('edgecolor', 'ec') ?? ([0, 0, 0, 1] as Color);
    const mark = new WordsMark(
      '',
      { x, y, frame: 'data' },
      { size: 1, color: shade, across: 'center', along: 'center' },
    );
    mark.target = { x: x + dx, y: y + dy, frame: 'data' };
    mark.arrow = { color: shade, width: k.number('linewidth', 'lw') ?? 1, style: '-|>', bend: 0, shrink: 0 };
    k.take(
      'width',
      'head_width',
      'head_length',
      'length_includes_head',
      'alpha',
      'zorder',
      'shape',
      'overhang',
      'edgecolor',
      'ec',
      'facecolor',
      'fc',
      'label',
    );
    k.finish('FancyArrow');
    addMark(self, mark, interpreter);
    return make(annotationClass, new TextNative(mark, axes, x, y));
  },
};

/** A text some points away from a place of the data. */
export function addWords(
  self: AxesNative,
  axes: PyInstance,
  words: string,
  { x, y }: { x: number; y: number },
  [right, up]: readonly number[],
  rest: ReadonlyMap<string, Value>,
  interpreter: Interpreter,
): PyInstance {
  const k = new Keywords(rest, interpreter);
  const mark = wordsOf(words, { x: right, y: up, frame: 'points' }, k, undefined);
  k.finish('Text');
  mark.target = { x, y, frame: 'data' };
  const across = right === 0 ? 'center' : right < 0 ? 'right' : 'left';
  mark.look = { ...mark.look, across, along: up === 0 ? 'center' : up < 0 ? 'top' : 'bottom' };
  addMark(self, mark, interpreter);
  return make(annotationClass, new TextNative(mark, axes, x, y));
}

/** Text on the sheet rather than in a panel. */
export function figureText(
  x: Value,
  y: Value,
  s: Value,
  rest: ReadonlyMap<string, Value>,
  interpreter: Interpreter,
): WordsMark {
  const k = new Keywords(rest, interpreter);
  const mark = wordsOf(
    interpreter.str(s),
    { x: number(x, interpreter), y: number(y, interpreter), frame: 'figure' },
    k,
    k.take('bbox'),
  );
  k.take('transform');
  k.finish('Text');
  return mark;
}
