/** Properties of what is drawn, by all of their names. */
import { type Color, withAlpha } from '../../draw/color.ts';
import type { Mark, MarkerLook } from '../../draw/mark.ts';
import { isMarker, isOpen } from '../../draw/markers.ts';
import type { DrawStyle } from '../../draw/marks/line.ts';
import type { Stroke } from '../../draw/svg.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyTuple, type Value } from '../runtime/values.ts';
import { color, colorOf } from './colors.ts';
import { figuresOf } from './part.ts';
import { flag, integer, number, row, text } from './read.ts';
import { dashes, type Settings, sizeOf } from './settings.ts';

/** Taken, and of no consequence in a picture like ours. */
const QUIET: ReadonlySet<string> = new Set([
  'aa',
  'animated',
  'antialiased',
  'antialiaseds',
  'capstyle',
  'clip_box',
  'clip_on',
  'clip_path',
  'dash_capstyle',
  'dash_joinstyle',
  'fillstyle',
  'gid',
  'in_layout',
  'joinstyle',
  'picker',
  'pickradius',
  'rasterized',
  'sketch_params',
  'snap',
  'solid_capstyle',
  'solid_joinstyle',
  'url',
]);

/** Keywords of a call, taken one by one; what is left over is refused. */
export class Keywords {
  private readonly rest: Map<string, Value>;
  readonly interpreter: Interpreter;
  readonly settings: Settings;
  constructor(rest: ReadonlyMap<string, Value>, interpreter: Interpreter) {
    this.rest = new Map(rest);
    this.interpreter = interpreter;
    this.settings = figuresOf(interpreter).settings;
  }

  /** By any of its names; None is as good as nothing. */
  take(...names: string[]): Value | undefined {
    let found: Value | undefined;
    for (const name of names) {
      const value = this.rest.get(name);
      if (value === undefined) continue;
      this.rest.delete(name);
      if (found !== undefined && found !== null)
        throw new PyError('TypeError', `Got both '${names[0]}' and '${name}', which are aliases of one another`);
      found = value;
    }
    return found === null ? undefined : found;
  }

  has(...names: string[]): boolean {
    return names.some((name) => this.rest.has(name));
  }

  number(...names: string[]): number | undefined {
    const value = this.take(...names);
    return value === undefined ? undefined : number(value, this.interpreter);
  }

  text(...names: string[]): string | undefined {
    return text(this.take(...names), this.interpreter) ?? undefined;
  }

  flag(fallback: boolean, ...names: string[]): boolean {
    return flag(this.take(...names), fallback, this.interpreter);
  }

  color(...names: string[]): Color | undefined {
    const value = this.take(...names);
    return value === undefined ? undefined : color(value, this.interpreter, names[0], this.settings.cycle);
  }

  /** Of text, in points. */
  size(...names: string[]): number | undefined {
    const value = this.take(...names);
    if (value === undefined) return undefined;
    return sizeOf(value, this.settings.number('font.size')) ?? number(value, this.interpreter);
  }

  /** Gaps of a line: null for no line at all. */
  dash(width: number, ...names: string[]): readonly number[] | null | undefined {
    const value = this.take(...names);
    return value === undefined ? undefined : dashOf(value, width, this.interpreter);
  }

  /** Refuses what nobody has taken. */
  finish(owner: string): void {
    for (const name of this.rest.keys()) {
      if (!QUIET.has(name))
        throw new PyError('AttributeError', `${owner}.set() got an unexpected keyword argument '${name}'`);
    }
  }
}

export function dashOf(value: Value, width: number, interpreter: Interpreter): readonly number[] | null {
  if (typeof value === 'string') {
    const known = dashes(value, width);
    if (known !== undefined) return known;
  } else if (value instanceof PyTuple && value.items.length === 2) {
    const pattern = value.items[1] === null ? [] : [...row(value.items[1], interpreter)];
    return pattern.map((length) => length * width);
  }
  throw valueError(
    `${interpreter.repr(value)} is not a valid value for ls; supported values are '-', '--', '-.', ':', 'None', ' ', '', 'solid', 'dashed', 'dashdot', 'dotted'`,
  );
}

export function markerOf(value: Value, interpreter: Interpreter): string | null {
  const name = typeof value === 'bigint' ? `${value}` : value;
  if (name === null || name === '' || name === ' ' || name === 'None' || name === 'none') return null;
  if (typeof name === 'string' && isMarker(name)) return name;
  // TeX in place of a sign, and the caret signs: a dot stands for them.
  if (typeof name === 'string' && /^\$.+\$$/.test(name)) return 'o';
  throw valueError(`Unrecognized marker style ${interpreter.repr(value)}`);
}

export interface LineLook {
  readonly stroke: Stroke | null;
  readonly marker: MarkerLook | null;
  readonly label: string | null;
  readonly drawStyle: DrawStyle;
  readonly every: number;
  readonly zorder: number | undefined;
  readonly visible: boolean;
}

/** What a format such as 'ro--' says. */
export interface Format {
  readonly color?: string;
  readonly marker?: string;
  readonly line?: string;
}

export function formatOf(format: string, interpreter: Interpreter): Format {
  if (colorOf(format, interpreter) !== undefined && !/^\d$/.test(format)) return { color: format };
  let [color, marker, line]: (string | undefined)[] = [];
  const fail = (why: string): never => {
    throw valueError(`${interpreter.repr(format)} is not a valid format string (${why})`);
  };
  for (let i = 0; i < format.length; i++) {
    const c = format[i];
    const two = format.slice(i, i + 2);
    if (two === '--' || two === '-.') {
      if (line !== undefined) fail('two linestyle symbols');
      line = two;
      i++;
    } else if (c === '-' || c === ':' || c === ' ') {
      if (line !== undefined) fail('two linestyle symbols');
      line = c;
    } else if (c === 'C' && /\d/.test(format[i + 1] ?? '')) {
      color = two;
      i++;
    } else if ('bgrcmykw'.includes(c)) {
      if (color !== undefined) fail('two color symbols');
      color = c;
    } else if (isMarker(c)) {
      if (marker !== undefined) fail('two marker symbols');
      marker = c;
    } else fail(`unrecognized character ${interpreter.repr(c)}`);
  }
  return { color, marker, line };
}

/** Of a Line2D. `next` gives the colour where none is named. */
export function lineLook(k: Keywords, format: Format, next: () => Color, owner = 'Line2D'): LineLook {
  const { settings, interpreter } = k;
  const alpha = k.number('alpha') ?? null;
  const named =
    k.color('color', 'c') ??
    (format.color === undefined ? undefined : color(format.color, interpreter, 'color', settings.cycle));
  const base = withAlpha(named ?? next(), alpha);
  const width = k.number('linewidth', 'lw') ?? settings.number('lines.linewidth');
  const written = k.dash(width, 'linestyle', 'ls', 'dashes');
  const markerName = k.take('marker');
  const shape =
    markerName !== undefined
      ? markerOf(markerName, interpreter)
      : (format.marker ?? markerOf(settings.text('lines.marker'), interpreter));
  // A format with a sign and no line means no line.
  const fromFormat = format.line ?? (format.marker !== undefined ? '' : settings.text('lines.linestyle'));
  const dash = written !== undefined ? written : (dashes(fromFormat, width) ?? null);
  const size = k.number('markersize', 'ms') ?? settings.number('lines.markersize');
  const face = withAlpha(k.color('markerfacecolor', 'mfc') ?? base, alpha);
  const edgeColor = withAlpha(k.color('markeredgecolor', 'mec') ?? base, alpha);
  const edgeWidth = k.number('markeredgewidth', 'mew') ?? 1;
  const every = k.take('markevery');
  const look: LineLook = {
    stroke:
      dash === null || width === 0 ? null : { color: base, width, dash, cap: dash.length === 0 ? 'round' : 'butt' },
    marker:
      shape === null
        ? null
        : {
            shape,
            size,
            face,
            edge:
              edgeColor[3] === 0 || edgeWidth === 0
                ? null
                : { color: edgeColor, width: isOpen(shape) ? Math.max(1, edgeWidth) : edgeWidth },
          },
    label: k.text('label') ?? null,
    drawStyle: (k.text('drawstyle', 'ds') ?? 'default') as DrawStyle,
    every: every === undefined ? 1 : Math.max(1, integer(every, interpreter)),
    zorder: k.number('zorder'),
    visible: k.flag(true, 'visible'),
  };
  k.take('transform', 'scalex', 'scaley');
  k.finish(owner);
  return look;
}

export interface PatchLook {
  readonly face: Color;
  readonly edge: Stroke | null;
  readonly alpha: number | null;
  readonly label: string | null;
  readonly zorder: number | undefined;
  readonly hatch: boolean;
}

/** Of a patch or a filled area. `edged`: whether there is an edge when nothing is said of it. */
export function patchLook(k: Keywords, next: () => Color, owner: string, edged = false): PatchLook {
  const alpha = k.number('alpha') ?? null;
  const both = k.color('color', 'c');
  const own = k.color('facecolor', 'fc', 'facecolors');
  const edgeColor = k.color('edgecolor', 'ec', 'edgecolors');
  const filled = k.flag(true, 'fill');
  const width = k.number('linewidth', 'lw', 'linewidths') ?? 1;
  const dash = k.dash(width, 'linestyle', 'ls', 'linestyles') ?? [];
  const face = withAlpha(own ?? both ?? next(), alpha);
  const rim = edgeColor ?? both ?? (edged ? k.settings.color('patch.edgecolor') : undefined);
  const hatch = k.text('hatch') !== undefined;
  const look: PatchLook = {
    face: filled ? face : [0, 0, 0, 0],
    edge: rim === undefined || rim[3] === 0 || width === 0 ? null : { color: withAlpha(rim, alpha), width, dash },
    alpha,
    label: k.text('label') ?? null,
    zorder: k.number('zorder'),
    hatch,
  };
  k.take('transform', 'visible');
  k.finish(owner);
  return look;
}

export function dress(
  mark: Mark,
  { label, zorder, visible }: { label: string | null; zorder?: number | undefined; visible?: boolean },
): void {
  mark.label = label;
  if (zorder !== undefined) mark.zorder = zorder;
  if (visible !== undefined) mark.visible = visible;
}
