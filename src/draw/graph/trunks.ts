/**
 * How a value gets from the box that makes it to those that read it. Between two levels is a gap; gap `g` lies above
 * level `g`. A trunk leaves its box by one gap and is met by readers in others; the levels between are passed beside
 * the boxes that stand there: where they are few by a place of its own among the boxes, else in a lane at the side.
 */
import type { Boxes } from './boxes.ts';
import type { Levels } from './levels.ts';

export interface Reader {
  readonly box: number;
  readonly gap: number;
  /** Whether it is entered from above. */
  readonly above: boolean;
}

export interface Trunk {
  readonly value: number;
  readonly from: number;
  readonly kind: 'wire' | 'saved' | 'back';
  /** The column that it runs in: 0, or 1 for the backward pass beside it. */
  readonly column: 0 | 1;
  readonly exit: number;
  /** Whether it leaves its box at the bottom. */
  readonly down: boolean;
  readonly readers: readonly Reader[];
  /** The levels that it passes: from this one up to, but not with, that one. */
  readonly first: number;
  readonly last: number;
  /** The first of its places, one a level; −1 where it runs in a lane. */
  place: number;
  lane: number;
}

/** A trunk that passes more levels runs at the side; among many boxes nobody follows it from place to place. */
const MOST_PASSED = 12;
const MOST_AMONG_MANY = 3;
const MANY_BOXES = 2000;
/** Lanes beside each other; further trunks share them. */
const MOST_LANES = 400;

export interface Trunks {
  readonly trunks: readonly Trunk[];
  /** The level and the trunk of each place, in order. */
  readonly placeLevel: readonly number[];
  readonly placeTrunk: readonly number[];
  /** How many lanes there are, by kind. */
  readonly lanes: Readonly<Record<Trunk['kind'], number>>;
}

function trunksOfWires({ boxes, wires }: Boxes, { level, sides }: Levels): Trunk[] {
  const trunks: Trunk[] = [];
  for (const { value, from, to } of wires) {
    const rising = sides && boxes[from].back;
    const exit = rising ? level[from] : level[from] + 1;
    for (const column of [0, 1] as const) {
      const inColumn = to.filter((box) => (sides && boxes[box].back ? 1 : 0) === column);
      if (inColumn.length === 0) continue;
      const readers = inColumn.map((box): Reader => {
        const above = column === 0 || (!rising && level[box] > level[from]);
        return { box, gap: above ? level[box] : level[box] + 1, above };
      });
      let [first, last] = [exit, exit];
      for (const { gap } of readers) {
        first = Math.min(first, gap);
        last = Math.max(last, gap);
      }
      const kind = column === 0 ? 'wire' : rising ? 'back' : 'saved';
      trunks.push({ value, from, kind, column, exit, down: !rising, readers, first, last, place: -1, lane: -1 });
    }
  }
  return trunks;
}

/** Gives trunks lanes of which no two that share one pass the same level, as long as there are lanes. */
function layLanes(trunks: readonly Trunk[], kind: Trunk['kind'], most: number, tick: () => void): number {
  const ends: number[] = [];
  const long = trunks.filter((trunk) => trunk.kind === kind && trunk.last - trunk.first > most);
  long.sort((a, b) => a.first - b.first);
  long.forEach((trunk, i) => {
    tick();
    let lane = ends.findIndex((end) => end <= trunk.first);
    if (lane < 0) lane = ends.length < MOST_LANES ? ends.length : i % MOST_LANES;
    ends[lane] = Math.max(ends[lane] ?? 0, trunk.last + 1);
    trunk.lane = lane;
  });
  return ends.length;
}

export function trunksOf(boxes: Boxes, levels: Levels, tick: () => void): Trunks {
  const trunks = trunksOfWires(boxes, levels);
  const most = boxes.boxes.length > MANY_BOXES ? MOST_AMONG_MANY : MOST_PASSED;
  const lanes = {
    wire: layLanes(trunks, 'wire', most, tick),
    saved: layLanes(trunks, 'saved', most, tick),
    back: layLanes(trunks, 'back', most, tick),
  };
  const placeLevel: number[] = [];
  const placeTrunk: number[] = [];
  trunks.forEach((trunk, i) => {
    if (trunk.lane >= 0 || trunk.first === trunk.last) return;
    tick();
    trunk.place = placeLevel.length;
    for (let level = trunk.first; level < trunk.last; level++) {
      placeLevel.push(level);
      placeTrunk.push(i);
    }
  });
  return { trunks, placeLevel, placeTrunk, lanes };
}
