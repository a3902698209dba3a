/** The whole layout: which box stands where, and how the wires between them run. */
import type { Boxes } from './boxes.ts';
import { placesOf } from './columns.ts';
import { levelsOf } from './levels.ts';
import { type Sized, sizesOf } from './measure.ts';
import { type Route, routesOf } from './route.ts';
import { trunksOf } from './trunks.ts';

export interface Spot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly sizes: readonly Sized[];
  readonly spots: readonly Spot[];
  readonly routes: readonly Route[];
  readonly width: number;
  readonly height: number;
  /** Where the two passes stand that are side by side; undefined where there is one. */
  readonly sides: { readonly forward: number; readonly backward: number } | undefined;
}

/** The room that a trunk takes in a lane. */
const LANE = 7;
const MARGIN = 16;
const BETWEEN_COLUMNS = 72;
/** A gap between levels: at least, for each step to the side of what runs in it, and at most. */
const GAP = { least: 30, slope: 0.05, most: 110 };
/** A level on which nothing stands but trunks. */
const THIN = 10;

export function layOut(boxes: Boxes, tick: () => void): Layout {
  const sizes = sizesOf(boxes, tick);
  const levels = levelsOf(boxes, tick);
  const trunks = trunksOf(boxes, levels, tick);
  const { x, extents } = placesOf(boxes.boxes, sizes, levels, trunks, tick);
  const { lanes } = trunks;
  const shift = [MARGIN + lanes.wire * LANE - extents[0].left, 0];
  const forwardRight = shift[0] + extents[0].right;
  const middle = forwardRight + BETWEEN_COLUMNS / 2;
  shift[1] = forwardRight + BETWEEN_COLUMNS + lanes.saved * LANE - extents[1].left;
  const right = levels.sides ? shift[1] + extents[1].right : forwardRight;
  const count = boxes.boxes.length;
  for (let i = 0; i < x.length; i++) {
    const second =
      i < count ? levels.sides && boxes.boxes[i].back : trunks.trunks[trunks.placeTrunk[i - count]].column === 1;
    x[i] = Math.round(x[i] + shift[second ? 1 : 0]);
  }
  const laneX = {
    wire: (lane: number) => MARGIN + (lanes.wire - 1 - lane) * LANE,
    saved: (lane: number) => middle + (lane + 1) * LANE,
    back: (lane: number) => right + (lane + 2) * LANE,
  };

  const heights = new Float64Array(levels.count).fill(THIN);
  sizes.forEach(({ height }, i) => {
    heights[levels.level[i]] = Math.max(heights[levels.level[i]], height);
  });
  // How far the wires of each gap go to the side says how high it has to be.
  const wide = new Float64Array(levels.count + 1);
  const xOf = (trunk: (typeof trunks.trunks)[number], level: number): number =>
    trunk.lane >= 0 ? laneX[trunk.kind](trunk.lane) : x[count + trunk.place + level - trunk.first];
  for (const trunk of trunks.trunks) {
    tick();
    const near = (gap: number): number =>
      trunk.first === trunk.last ? x[trunk.from] : xOf(trunk, Math.min(Math.max(gap, trunk.first), trunk.last - 1));
    wide[trunk.exit] = Math.max(wide[trunk.exit], Math.abs(x[trunk.from] - near(trunk.exit)));
    for (const { box, gap } of trunk.readers) wide[gap] = Math.max(wide[gap], Math.abs(x[box] - near(gap)));
  }
  const tops = new Float64Array(levels.count);
  const bottoms = new Float64Array(levels.count);
  let y = MARGIN;
  for (let level = 0; level < levels.count; level++) {
    if (level > 0 || wide[0] > 0) y += Math.min(GAP.most, GAP.least + GAP.slope * wide[level]);
    tops[level] = Math.round(y);
    y = tops[level] + heights[level];
    bottoms[level] = y;
  }
  const end = wide[levels.count] > 0 ? Math.min(GAP.most, GAP.least + GAP.slope * wide[levels.count]) : 0;
  const spots = sizes.map(({ width, height }, i): Spot => {
    const level = levels.level[i];
    return { left: x[i] - width / 2, top: tops[level] + (heights[level] - height) / 2, width, height };
  });
  const gapTop = (gap: number): number => (gap === 0 ? MARGIN : bottoms[gap - 1]);
  const gapBottom = (gap: number): number => (gap === levels.count ? y + end : tops[gap]);
  const routes = routesOf(trunks, spots, { x, xOf, gapTop, gapBottom, tick });
  const { forward, backward } = { forward: shift[0] + extents[0].left, backward: shift[1] + extents[1].left };
  return {
    sizes,
    spots,
    routes,
    width: right + (lanes.back > 0 ? (lanes.back + 2) * LANE : 0) + MARGIN,
    height: y + end + MARGIN,
    sides: levels.sides ? { forward, backward } : undefined,
  };
}
