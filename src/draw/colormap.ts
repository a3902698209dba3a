/** Numbers to colours: the colour maps, and how values are put on 0 to 1. */
import { type Color, NO_COLOR, namedColor } from './color.ts';
import { palettes } from './libraries.ts';

export class Colormap {
  readonly name: string;
  /** Evenly spaced. */
  readonly stops: readonly Color[];
  /** Whether colours between the stops are mixed. */
  readonly smooth: boolean;
  constructor(name: string, stops: readonly Color[], smooth: boolean) {
    this.name = name;
    this.stops = stops;
    this.smooth = smooth;
  }

  /** In how many steps the colours come. */
  get size(): number {
    return this.smooth ? 256 : this.stops.length;
  }

  at(t: number): Color {
    if (Number.isNaN(t)) return NO_COLOR;
    const { stops, size } = this;
    const step = Math.min(size - 1, Math.max(0, Math.floor(t * size)));
    if (!this.smooth) return stops[step];
    const place = (step / (size - 1)) * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(place));
    if (from < 0) return stops[0];
    const share = place - from;
    const [a, b] = [stops[from], stops[from + 1]];
    return [0, 1, 2, 3].map((i) => a[i] + share * (b[i] - a[i])) as unknown as Color;
  }

  reversed(): Colormap {
    return new Colormap(reversedName(this.name), this.stops.toReversed(), this.smooth);
  }
}

const reversedName = (name: string): string => (name.endsWith('_r') ? name.slice(0, -2) : `${name}_r`);

/** Colours that D3 has by its own names, in matplotlib's. */
const RAMPS = ['viridis', 'plasma', 'inferno', 'magma', 'cividis', 'turbo'] as const;
const BREWER = [
  ...['Blues', 'BrBG', 'BuGn', 'BuPu', 'GnBu', 'Greens', 'Greys', 'OrRd', 'Oranges', 'PRGn', 'PiYG', 'PuBu', 'PuBuGn'],
  ...['PuOr', 'PuRd', 'Purples', 'RdBu', 'RdGy', 'RdPu', 'RdYlBu', 'RdYlGn', 'Reds', 'Spectral', 'YlGn', 'YlGnBu'],
  ...['YlOrBr', 'YlOrRd'],
];
const LISTED = ['Accent', 'Dark2', 'Paired', 'Pastel1', 'Pastel2', 'Set1', 'Set2', 'Set3'];

/** Maps that are told by a few colours. */
const STOPS: Readonly<Record<string, string>> = {
  gray: '#000000 #ffffff',
  binary: '#ffffff #000000',
  hot: '#0b0000 #500000 #950000 #da0000 #ff2000 #ff6500 #ffaa00 #ffef00 #ffff4f #ffffb7 #ffffff',
  cool: '#00ffff #ff00ff',
  spring: '#ff00ff #ffff00',
  summer: '#008066 #ffff66',
  autumn: '#ff0000 #ffff00',
  winter: '#0000ff #00ff80',
  bone: '#000000 #16161e #2d2d3e #43435e #5a5a7d #717b91 #879ba8 #9ebbbf #bcd2d2 #dee9e9 #ffffff',
  copper: '#000000 #1f140d #3f281a #5e3c26 #7e5033 #9d643f #bd784c #dc8b59 #fb9f65 #ffb372 #ffc77f',
  pink: '#1e0000 #754949 #a36868 #c47e7e #cc9e91 #d3bba3 #dbd2b3 #e3e3c2 #eeeed7 #f7f7ec #ffffff',
  bwr: '#0000ff #ffffff #ff0000',
  seismic: '#00004c #0000ff #ffffff #ff0000 #800000',
  coolwarm: '#3b4cc0 #5977e3 #7b9ff9 #9ebeff #c0d4f5 #dddcdc #f2cbb7 #f7ac8e #ee8468 #d65244 #b40426',
  jet: '#000080 #0000f1 #004cff #00b0ff #29ffce #7dff7a #ceff29 #ffc400 #ff6800 #f10800 #800000',
  rainbow: '#8000ff #4c4ffc #1996f3 #18cde4 #4df3ce #80ffb4 #b2f396 #e6cd73 #ff964f #ff4f28 #ff0000',
  hsv: '#ff0000 #ffbf00 #80ff00 #00ff40 #00ffff #0040ff #8000ff #ff00bf #ff0018',
  terrain: '#333399 #0676d6 #00b28c #3cd878 #99ea85 #f8f395 #cfc08a #927373 #9f8c8c #cec5c5 #ffffff',
  twilight: '#e2d9e2 #9ebbc9 #6785be #5e43a5 #421257 #2f1436 #57135f #8e2c50 #b25e52 #c5a68f #e2d9e2',
};

const TABLEAU_20 =
  '#1f77b4 #aec7e8 #ff7f0e #ffbb78 #2ca02c #98df8a #d62728 #ff9896 #9467bd #c5b0d5 #8c564b #c49c94 #e377c2 #f7b6d2 #7f7f7f #c7c7c7 #bcbd22 #dbdb8d #17becf #9edae5';

const colorsOf = (text: readonly string[]): Color[] => text.map((one) => namedColor(one) as Color);

/** As 'rgb(68, 1, 84)' says. */
const rgbText = (text: string): Color => {
  if (text.startsWith('#')) return namedColor(text) as Color;
  const [r, g, b] = (text.match(/\d+/g) ?? []).map((part) => Number(part) / 255);
  return [r, g, b, 1];
};

function build(name: string): Colormap | undefined {
  const d3 = palettes() as unknown as Record<string, unknown>;
  if ((RAMPS as readonly string[]).includes(name)) {
    const ramp = d3[`interpolate${name[0].toUpperCase()}${name.slice(1)}`] as (t: number) => string;
    return new Colormap(
      name,
      Array.from({ length: 256 }, (_, i) => rgbText(ramp((i + 0.5) / 256))),
      true,
    );
  }
  if (BREWER.includes(name)) {
    const schemes = d3[`scheme${name}`] as readonly (readonly string[])[];
    return new Colormap(name, colorsOf(schemes[schemes.length - 1]), true);
  }
  if (LISTED.includes(name)) return new Colormap(name, colorsOf(d3[`scheme${name}`] as readonly string[]), false);
  if (name === 'tab20') return new Colormap(name, colorsOf(TABLEAU_20.split(' ')), false);
  if (name === 'tab10') return new Colormap(name, colorsOf(TABLEAU_20.split(' ').filter((_, i) => i % 2 === 0)), false);
  if (Object.hasOwn(STOPS, name)) return new Colormap(name, colorsOf(STOPS[name].split(' ')), true);
  return undefined;
}

const ALIASES: Readonly<Record<string, string>> = { grey: 'gray', gist_gray: 'gray', Grays: 'Greys' };

const made = new Map<string, Colormap>();

/** undefined where none is called so. */
export function colormap(name: string): Colormap | undefined {
  const known = made.get(name);
  if (known !== undefined) return known;
  const plain = name.endsWith('_r') ? name.slice(0, -2) : name;
  const base = build(ALIASES[plain] ?? plain);
  const found = base === undefined || plain === name ? base : base.reversed();
  if (found !== undefined) made.set(name, found);
  return found;
}

export const COLORMAPS: readonly string[] = [...RAMPS, ...BREWER, ...LISTED, 'tab10', 'tab20', ...Object.keys(STOPS)]
  .flatMap((name) => [name, `${name}_r`])
  .sort();

/** Puts values on 0 to 1; where an end is null the data say it. */
export class Norm {
  low: number | null;
  high: number | null;
  readonly log: boolean;
  /** Of values between two of these each has the same colour. */
  readonly bounds: readonly number[] | null;
  constructor(
    low: number | null = null,
    high: number | null = null,
    log = false,
    bounds: readonly number[] | null = null,
  ) {
    this.low = low;
    this.high = high;
    this.log = log;
    this.bounds = bounds;
  }

  fit(values: ArrayLike<number>): void {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!Number.isFinite(value) || (this.log && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) return;
    this.low ??= low;
    this.high ??= high;
  }

  at(value: number): number {
    const { bounds } = this;
    if (bounds !== null) {
      let band = 0;
      while (band < bounds.length - 2 && value >= bounds[band + 1]) band++;
      return bounds.length <= 2 ? 0 : band / (bounds.length - 2);
    }
    const low = this.low ?? 0;
    const high = this.high ?? 1;
    if (high === low) return Number.isNaN(value) ? value : 0;
    if (!this.log) return (value - low) / (high - low);
    if (value <= 0) return Number.NaN;
    return Math.log(value / low) / Math.log(high / low);
  }
}

/** What turns an artist's numbers into colours: it can be told by a colour bar. */
export class Mapping {
  cmap: Colormap;
  readonly norm: Norm;
  /** Of filled contours: where the bands end. */
  levels: readonly number[] | null = null;
  alpha: number | null = null;
  constructor(cmap: Colormap, norm: Norm) {
    this.cmap = cmap;
    this.norm = norm;
  }
  at(value: number): Color {
    return this.cmap.at(this.norm.at(value));
  }
}

/** Whether a map of this name mixes its colours. */
export const isSmooth = (name: string): boolean => {
  const plain = name.replace(/_r$/, '');
  return !LISTED.includes(plain) && plain !== 'tab10' && plain !== 'tab20';
};
