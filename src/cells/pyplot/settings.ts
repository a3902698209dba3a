/** rcParams: what figures look like until told otherwise. */
import { type Color, CYCLE, namedColor, WHITE } from '../../draw/color.ts';
import { PLAIN, type Style } from '../../draw/panel.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import type { Holder, Visit } from '../runtime/holding.ts';
import { PyList, type Value } from '../runtime/values.ts';
import { renamed, STYLES } from './styles.ts';

const DEFAULTS: readonly (readonly [string, Value | readonly Value[]])[] = [
  ['axes.axisbelow', 'line'],
  ['axes.edgecolor', 'black'],
  ['axes.facecolor', 'white'],
  ['axes.formatter.limits', [-5n, 6n]],
  ['axes.formatter.useoffset', true],
  ['axes.grid', false],
  ['axes.grid.axis', 'both'],
  ['axes.labelcolor', 'black'],
  ['axes.labelpad', 4.0],
  ['axes.labelsize', 'medium'],
  ['axes.labelweight', 'normal'],
  ['axes.linewidth', 0.8],
  ['axes.prop_cycle', null],
  ['axes.spines.bottom', true],
  ['axes.spines.left', true],
  ['axes.spines.right', true],
  ['axes.spines.top', true],
  ['axes.titlepad', 6.0],
  ['axes.titlesize', 'large'],
  ['axes.titleweight', 'normal'],
  ['axes.unicode_minus', true],
  ['axes.xmargin', 0.05],
  ['axes.ymargin', 0.05],
  ['figure.autolayout', false],
  ['figure.constrained_layout.use', false],
  ['figure.dpi', 100.0],
  ['figure.edgecolor', 'white'],
  ['figure.facecolor', 'white'],
  ['figure.figsize', [6.4, 4.8]],
  ['figure.max_open_warning', 20n],
  ['figure.titlesize', 'large'],
  ['font.family', ['sans-serif']],
  ['font.sans-serif', ['DejaVu Sans']],
  ['font.serif', ['DejaVu Serif']],
  ['font.size', 10.0],
  ['font.weight', 'normal'],
  ['grid.alpha', 1.0],
  ['grid.color', '#b0b0b0'],
  ['grid.linestyle', '-'],
  ['grid.linewidth', 0.8],
  ['hatch.linewidth', 1.0],
  ['hist.bins', 10n],
  ['image.aspect', 'equal'],
  ['image.cmap', 'viridis'],
  ['image.interpolation', 'antialiased'],
  ['image.origin', 'upper'],
  ['interactive', false],
  ['legend.edgecolor', '0.8'],
  ['legend.fancybox', true],
  ['legend.fontsize', 'medium'],
  ['legend.framealpha', 0.8],
  ['legend.frameon', true],
  ['legend.loc', 'best'],
  ['lines.linestyle', '-'],
  ['lines.linewidth', 1.5],
  ['lines.marker', 'None'],
  ['lines.markersize', 6.0],
  ['mathtext.fontset', 'dejavusans'],
  ['patch.edgecolor', 'black'],
  ['patch.linewidth', 1.0],
  ['pdf.fonttype', 3n],
  ['ps.fonttype', 3n],
  ['savefig.bbox', null],
  ['savefig.dpi', 'figure'],
  ['savefig.facecolor', 'auto'],
  ['savefig.format', 'png'],
  ['savefig.transparent', false],
  ['scatter.marker', 'o'],
  ['svg.fonttype', 'path'],
  ['text.color', 'black'],
  ['text.usetex', false],
  ['toolbar', 'toolbar2'],
  ['xtick.color', 'black'],
  ['xtick.direction', 'out'],
  ['xtick.labelsize', 'medium'],
  ['xtick.major.size', 3.5],
  ['xtick.major.width', 0.8],
  ['xtick.minor.visible', false],
  ['ytick.color', 'black'],
  ['ytick.direction', 'out'],
  ['ytick.labelsize', 'medium'],
  ['ytick.major.size', 3.5],
  ['ytick.major.width', 0.8],
  ['ytick.minor.visible', false],
];

/** Sizes of text by their names, in parts of the font's. */
const SIZES: Readonly<Record<string, number>> = {
  'xx-small': 0.579,
  'x-small': 0.694,
  small: 0.833,
  medium: 1,
  large: 1.2,
  'x-large': 1.44,
  'xx-large': 1.728,
  larger: 1.2,
  smaller: 0.833,
};

export class Settings implements Holder {
  private values = Settings.defaults();
  cycle: readonly string[] = CYCLE;
  /** What a property cycle says besides colours: line styles in turn. */
  styles: readonly string[] = [];

  private static defaults(): Map<string, Value> {
    return new Map(
      DEFAULTS.map(([key, value]) => [key, Array.isArray(value) ? new PyList([...value]) : (value as Value)]),
    );
  }

  reset(): void {
    this.values = Settings.defaults();
    this.cycle = CYCLE;
    this.styles = [];
  }

  keys(): string[] {
    return [...this.values.keys()];
  }

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  set(key: string, value: Value): void {
    if (!this.values.has(key))
      throw new PyError(
        'KeyError',
        `'${key} is not a valid rc parameter (see rcParams.keys() for a list of valid parameters)'`,
      );
    this.values.set(key, value);
  }

  use(name: string): void {
    const sheet = STYLES[renamed(name)];
    if (sheet === undefined || !Object.hasOwn(STYLES, renamed(name)))
      throw new PyError(
        'OSError',
        `'${name}' not found in the style library and input is not a valid URL or path; see \`style.available\` for list of available styles`,
      );
    if (name === 'default') this.reset();
    for (const [key, value] of Object.entries(sheet.values)) this.values.set(key, value);
    if (sheet.cycle !== undefined) this.cycle = sheet.cycle;
  }

  /** Everything, to go back to. */
  copy(): { values: Map<string, Value>; cycle: readonly string[]; styles: readonly string[] } {
    return { values: new Map(this.values), cycle: this.cycle, styles: this.styles };
  }

  restore(copy: ReturnType<Settings['copy']>): void {
    this.values = new Map(copy.values);
    this.cycle = copy.cycle;
    this.styles = copy.styles;
  }

  number(key: string): number {
    const value = this.values.get(key);
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return Number(value);
    throw valueError(`Key ${key}: Could not convert to float`);
  }

  flag(key: string): boolean {
    const value = this.values.get(key);
    return value === true || value === 'True' || value === 1n;
  }

  text(key: string): string {
    const value = this.values.get(key);
    return typeof value === 'string' ? value : '';
  }

  color(key: string): Color {
    const name = this.text(key);
    return namedColor(name === 'auto' ? 'white' : name, this.cycle) ?? WHITE;
  }

  /** Of text: a number of points, or a name that the font's size is behind. */
  size(key: string): number {
    const value = this.values.get(key);
    return sizeOf(value ?? 'medium', this.number('font.size')) ?? this.number('font.size');
  }

  style(): Style {
    const grid = this.color('grid.color');
    return {
      ...PLAIN,
      font: this.size('legend.fontsize'),
      titleSize: this.size('axes.titlesize'),
      labelSize: this.size('axes.labelsize'),
      tickSize: this.size('xtick.labelsize'),
      grid: {
        color: [grid[0], grid[1], grid[2], this.number('grid.alpha')],
        width: this.number('grid.linewidth'),
        dash: dashes(this.text('grid.linestyle'), this.number('grid.linewidth')) ?? [],
      },
      face: this.color('axes.facecolor'),
      edge: this.color('axes.edgecolor'),
      ink: this.color('text.color'),
    };
  }

  references(visit: Visit): void {
    visit(this.values);
  }
}

/** Points, from a number or a name; undefined where it is neither. */
export function sizeOf(value: Value, font: number): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && Object.hasOwn(SIZES, value) ? SIZES[value] * font : undefined;
}

const NAMED: Readonly<Record<string, string>> = { solid: '-', dashed: '--', dashdot: '-.', dotted: ':' };
const PATTERNS: Readonly<Record<string, readonly number[]>> = {
  '-': [],
  '--': [3.7, 1.6],
  '-.': [6.4, 1.6, 1, 1.6],
  ':': [1, 1.65],
};

/** Dashes of a line of this width; null for no line, undefined where nothing is called so. */
export function dashes(name: string, width: number): readonly number[] | null | undefined {
  if (name === '' || name === ' ' || name === 'None' || name === 'none') return null;
  const pattern = PATTERNS[NAMED[name] ?? name];
  return pattern?.map((length) => length * width);
}
