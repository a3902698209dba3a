/** D3's modules, loaded when the first picture needs them: drawing is synchronous, and most threads never draw. */
import { createRequire } from 'node:module';
import type * as ColorLibrary from 'd3-color';
import type * as ContourLibrary from 'd3-contour';
import type * as ChromaticLibrary from 'd3-scale-chromatic';
import type * as ShapeLibrary from 'd3-shape';

const load = createRequire(import.meta.url);

let color: typeof ColorLibrary | undefined;
let contour: typeof ContourLibrary | undefined;
let chromatic: typeof ChromaticLibrary | undefined;
let shape: typeof ShapeLibrary | undefined;

/** CSS names of colours. */
export function colors(): typeof ColorLibrary {
  color ??= load('d3-color') as typeof ColorLibrary;
  return color;
}

/** Marching squares. */
export function contours(): typeof ContourLibrary {
  contour ??= load('d3-contour') as typeof ContourLibrary;
  return contour;
}

/** ColorBrewer's palettes, and viridis with its kin. */
export function palettes(): typeof ChromaticLibrary {
  chromatic ??= load('d3-scale-chromatic') as typeof ChromaticLibrary;
  return chromatic;
}

/** Path strings of lines, areas and wedges. */
export function shapes(): typeof ShapeLibrary {
  shape ??= load('d3-shape') as typeof ShapeLibrary;
  return shape;
}
