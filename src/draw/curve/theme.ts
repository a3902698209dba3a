/** Colours of a curve, for a light and a dark reader, as the style of one picture. */

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly faint: string;
  readonly grid: string;
  readonly zero: string;
  readonly series: readonly string[];
}

const LIGHT: Palette = {
  paper: '#ffffff',
  ink: '#1f2328',
  faint: '#59636e',
  grid: '#e4e8ec',
  zero: '#9aa4ae',
  series: ['#0a5fc4', '#b3470a', '#1a7f37', '#a31d5f', '#6639ba', '#0f7b86', '#8a6100', '#57606a'],
};

const DARK: Palette = {
  paper: '#0d1117',
  ink: '#e6edf3',
  faint: '#9aa4ae',
  grid: '#242b34',
  zero: '#5f6a76',
  series: ['#58a6ff', '#f0883e', '#56d364', '#ff7bb0', '#bc8cff', '#39c5cf', '#e3b341', '#b1bac4'],
};

/** Colours of series; from there on they are dashed, and begin anew. */
export const COLORS = LIGHT.series.length;

function rules(scope: string, { paper, ink, faint, grid, zero, series }: Palette): string {
  const own = series.map((color, i) => `${scope} .s${i}{stroke:${color}}${scope} .t${i}{fill:${color}}`).join('');
  return `${scope} .paper{fill:${paper}}${scope} .ink{fill:${ink}}${scope} .faint{fill:${faint}}${scope} .grid{stroke:${grid}}${scope} .zero{stroke:${zero}}${scope} .line{stroke:${faint}}${own}`;
}

/** For the picture of this id alone: several may stand in one page. */
export function styleOf(id: string, theme: Theme): string {
  const scope = `#${id}`;
  if (theme === 'dark') return rules(scope, DARK);
  const light = rules(scope, LIGHT);
  return theme === 'light' ? light : `${light}@media (prefers-color-scheme:dark){${rules(scope, DARK)}}`;
}
