/** An SVG of ours as PNG: for files, which no browser draws. */
import { createRequire } from 'node:module';
import type * as ResvgLibrary from '@resvg/resvg-js';

const load = createRequire(import.meta.url);
let library: typeof ResvgLibrary | undefined;

/** Pixels along the longer side. */
const MOST = 8192;

/** `scale`: pixels for each point of the picture. */
export function pngOf(svg: string, width: number, height: number, scale: number): Buffer {
  library ??= load('@resvg/resvg-js') as typeof ResvgLibrary;
  const fitting = Math.min(scale, MOST / Math.max(width, height));
  const drawn = new library.Resvg(svg, {
    fitTo: { mode: 'width', value: Math.max(1, Math.round(width * fitting)) },
    font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans' },
  }).render();
  return drawn.asPng();
}
