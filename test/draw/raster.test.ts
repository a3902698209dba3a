import { expect, it } from 'vitest';
import { Figure, svgOf } from '../../src/draw/figure.ts';
import { pngOf } from '../../src/draw/raster.ts';

it('a picture becomes a PNG of as many pixels as its scale says', () => {
  const figure = new Figure(2, 1);
  const svg = svgOf(figure, () => undefined, { whole: true });
  const png = pngOf(svg, figure.width, figure.height, 100 / 72);
  expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([200, 100]);
});
