/** The signs that stand at points. */
import { digits } from './svg.ts';

/** Corners of closed shapes, in parts of the size, from the middle; the second axis points up. */
const polygon = (sides: number, turn: number, inner?: number): number[][] =>
  Array.from({ length: inner === undefined ? sides : 2 * sides }, (_, i) => {
    const angle = ((inner === undefined ? i / sides : i / (2 * sides)) * 2 + turn) * Math.PI;
    const radius = inner !== undefined && i % 2 === 1 ? inner / 2 : 0.5;
    return [radius * Math.sin(angle), radius * Math.cos(angle)];
  });

const CLOSED: Readonly<Record<string, readonly (readonly number[])[]>> = {
  s: [
    [-0.5, -0.5],
    [0.5, -0.5],
    [0.5, 0.5],
    [-0.5, 0.5],
  ],
  D: [
    [0, -0.7],
    [0.7, 0],
    [0, 0.7],
    [-0.7, 0],
  ],
  d: [
    [0, -0.7],
    [0.424, 0],
    [0, 0.7],
    [-0.424, 0],
  ],
  '^': [
    [0, 0.5],
    [0.5, -0.5],
    [-0.5, -0.5],
  ],
  v: [
    [0, -0.5],
    [0.5, 0.5],
    [-0.5, 0.5],
  ],
  '<': [
    [-0.5, 0],
    [0.5, 0.5],
    [0.5, -0.5],
  ],
  '>': [
    [0.5, 0],
    [-0.5, 0.5],
    [-0.5, -0.5],
  ],
  p: polygon(5, 0),
  h: polygon(6, 0),
  H: polygon(6, 1 / 6),
  8: polygon(8, 1 / 8),
  '*': polygon(5, 0, 0.382),
  P: [
    [-0.17, -0.5],
    [0.17, -0.5],
    [0.17, -0.17],
    [0.5, -0.17],
    [0.5, 0.17],
    [0.17, 0.17],
    [0.17, 0.5],
    [-0.17, 0.5],
    [-0.17, 0.17],
    [-0.5, 0.17],
    [-0.5, -0.17],
    [-0.17, -0.17],
  ],
  X: [
    [-0.25, -0.5],
    [0, -0.25],
    [0.25, -0.5],
    [0.5, -0.25],
    [0.25, 0],
    [0.5, 0.25],
    [0.25, 0.5],
    [0, 0.25],
    [-0.25, 0.5],
    [-0.5, 0.25],
    [-0.25, 0],
    [-0.5, -0.25],
  ],
};

/** Strokes of signs that have no inside. */
const OPEN: Readonly<Record<string, readonly (readonly number[])[]>> = {
  x: [
    [-0.5, -0.5, 0.5, 0.5],
    [-0.5, 0.5, 0.5, -0.5],
  ],
  '+': [
    [-0.5, 0, 0.5, 0],
    [0, -0.5, 0, 0.5],
  ],
  '|': [[0, -0.5, 0, 0.5]],
  _: [[-0.5, 0, 0.5, 0]],
  1: [
    [0, 0, 0, -0.5],
    [0, 0, 0.4, 0.25],
    [0, 0, -0.4, 0.25],
  ],
  2: [
    [0, 0, 0, 0.5],
    [0, 0, 0.4, -0.25],
    [0, 0, -0.4, -0.25],
  ],
  3: [
    [0, 0, -0.5, 0],
    [0, 0, 0.25, 0.4],
    [0, 0, 0.25, -0.4],
  ],
  4: [
    [0, 0, 0.5, 0],
    [0, 0, -0.25, 0.4],
    [0, 0, -0.25, -0.4],
  ],
};

export const isMarker = (name: string): boolean => isRound(name) || Object.hasOwn(CLOSED, name) || isOpen(name);
export const isRound = (name: string): boolean => name === 'o' || name === '.' || name === ',';
export const isOpen = (name: string): boolean => Object.hasOwn(OPEN, name);

/** A dot is half as large as a circle, a pixel is a pixel. */
export const roundSize = (name: string, size: number): number => (name === '.' ? size / 2 : name === ',' ? 0.72 : size);

/** As a path at a place. Circles are none: draw them as circles. */
export function markerPath(name: string, size: number, x: number, y: number): string {
  if (isOpen(name))
    return OPEN[name]
      .map(
        ([a, b, c, d]) =>
          `M${digits(x + a * size)} ${digits(y - b * size)}L${digits(x + c * size)} ${digits(y - d * size)}`,
      )
      .join('');
  const corners = CLOSED[name] ?? CLOSED.s;
  return `M${corners.map(([u, v]) => `${digits(x + u * size)} ${digits(y - v * size)}`).join('L')}Z`;
}
