/** The strip of a colour bar. */
import type { View } from './mark.ts';
import { isFilledScale, type Panel } from './panel.ts';
import { dataUri } from './png.ts';
import { fillOf, type Svg } from './svg.ts';

const STEPS = 256;

export function drawBar(svg: Svg, panel: Panel, view: View): void {
  const bar = panel.bar!;
  const { mapping, upright } = bar;
  const { box } = view;
  const alpha = mapping.alpha ?? 1;
  if (isFilledScale(mapping)) {
    const levels = mapping.levels!;
    for (let i = 0; i + 1 < levels.length; i++) {
      const color = mapping.at((levels[i] + levels[i + 1]) / 2);
      const fill = fillOf([color[0], color[1], color[2], alpha]);
      const [from, to] = upright
        ? [view.y(levels[i]), view.y(levels[i + 1])]
        : [view.x(levels[i]), view.x(levels[i + 1])];
      if (upright) svg.leaf('rect', { x: box.left, y: to, width: view.width, height: from - to, ...fill });
      else svg.leaf('rect', { x: from, y: box.top, width: to - from, height: view.height, ...fill });
    }
    return;
  }
  const pixels = new Uint8Array(4 * STEPS);
  for (let i = 0; i < STEPS; i++) {
    const t = (i + 0.5) / STEPS;
    const color = mapping.cmap.at(upright ? 1 - t : t);
    pixels.set(
      [...color.slice(0, 3), alpha].map((part) => Math.round(255 * part)),
      4 * i,
    );
  }
  svg.leaf('image', {
    x: box.left,
    y: box.top,
    width: view.width,
    height: view.height,
    preserveAspectRatio: 'none',
    href: upright ? dataUri(1, STEPS, pixels) : dataUri(STEPS, 1, pixels),
  });
}
