/** An SVG of ours as PNG: for files, which no browser draws. */
import { createRequire } from 'node:module';
import type * as ResvgLibrary from '@resvg/resvg-js';

const load = createRequire(import.meta.url);
let library: typeof ResvgLibrary | undefined;

/** Pixels along the longer side, and altogether. */
const MOST_LONG = 8192;
const MOST_PIXELS = 16_000_000;

/** Pixels for each point: as many as asked for, or as there may be. */
function fitting(width: number, height: number, scale: number): number {
  return Math.min(scale, MOST_LONG / Math.max(width, height), Math.sqrt(MOST_PIXELS / (width * height)));
}

export const pixelsAt = (width: number, height: number, scale: number): number =>
  Math.ceil(width * height * fitting(width, height, scale) ** 2);

/** `scale`: pixels for each point of the picture. */
export function pngOf(svg: string, width: number, height: number, scale: number): Buffer {
  library ??= load('@resvg/resvg-js') as typeof ResvgLibrary;
  const drawn = new library.Resvg(svg, {
    fitTo: { mode: 'width', value: Math.max(1, Math.round(width * fitting(width, height, scale))) },
    font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans' },
  }).render();
  return drawn.asPng();
}
