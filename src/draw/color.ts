/** Colours as matplotlib names them. */
import { colors } from './libraries.ts';

/** Red, green, blue and opacity, each from 0 to 1. */
export type Color = readonly [red: number, green: number, blue: number, alpha: number];

export const BLACK: Color = [0, 0, 0, 1];
export const WHITE: Color = [1, 1, 1, 1];
export const NO_COLOR: Color = [0, 0, 0, 0];

/** In which lines without a colour follow each other. */
export const CYCLE: readonly string[] = [
  '#1f77b4',
  '#ff7f0e',
  '#2ca02c',
  '#d62728',
  '#9467bd',
  '#8c564b',
  '#e377c2',
  '#7f7f7f',
  '#bcbd22',
  '#17becf',
];

const TABLEAU = ['blue', 'orange', 'green', 'red', 'purple', 'brown', 'pink', 'gray', 'olive', 'cyan'];

const LETTERS: Readonly<Record<string, Color>> = {
  b: [0, 0, 1, 1],
  g: [0, 0.5, 0, 1],
  r: [1, 0, 0, 1],
  c: [0, 0.75, 0.75, 1],
  m: [0.75, 0, 0.75, 1],
  y: [0.75, 0.75, 0, 1],
  k: BLACK,
  w: WHITE,
};

export const isColorLetter = (letter: string): boolean => Object.hasOwn(LETTERS, letter);

const HEX = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;

/** undefined where nothing is called so. */
export function namedColor(name: string, cycle: readonly string[] = CYCLE): Color | undefined {
  if (isColorLetter(name)) return LETTERS[name];
  if (name.toLowerCase() === 'none') return NO_COLOR;
  if (HEX.test(name)) return hexColor(name);
  const place = /^C(\d{1,4})$/.exec(name);
  if (place !== null) return namedColor(cycle[Number(place[1]) % cycle.length]);
  const tableau = /^tab:(\w+)$/.exec(name)?.[1].replace('grey', 'gray');
  if (tableau !== undefined) {
    const at = TABLEAU.indexOf(tableau);
    return at < 0 ? undefined : hexColor(CYCLE[at]);
  }
  if (/^(?:0?\.\d+|[01]\.?0*)$/.test(name)) {
    const grey = Number(name);
    return [grey, grey, grey, 1];
  }
  if (!/^[a-z]{3,24}$/i.test(name)) return undefined;
  const known = colors().color(name)?.rgb();
  if (known === undefined || name.toLowerCase() === 'transparent') return undefined;
  return [known.r / 255, known.g / 255, known.b / 255, 1];
}

function hexColor(text: string): Color {
  const short = text.length < 6;
  const digits = short ? [...text.slice(1)].map((c) => c + c).join('') : text.slice(1);
  const part = (i: number): number => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16) / 255;
  return [part(0), part(1), part(2), digits.length > 6 ? part(3) : 1];
}

const byte = (x: number): number => Math.round(255 * Math.min(1, Math.max(0, x)));

export const hex = ([r, g, b]: Color): string =>
  `#${((1 << 24) | (byte(r) << 16) | (byte(g) << 8) | byte(b)).toString(16).slice(1)}`;

export const withAlpha = ([r, g, b, a]: Color, alpha: number | null): Color => [r, g, b, alpha ?? a];
