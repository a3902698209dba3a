/**
 * On which level each box stands. Forward nodes stand below all that they read, by longest path. What the backward
 * pass does for a node stands beside that node, in as many levels as it needs, and runs up.
 */
import type { Boxes } from './boxes.ts';

export interface Levels {
  /** Of each box, from the top. */
  readonly level: Int32Array;
  readonly count: number;
  /** Whether the two passes stand side by side; else all boxes are in one column. */
  readonly sides: boolean;
}

/** Boxes that may stand beside each other, for so many boxes in all. */
const widthFor = (count: number): number => Math.max(16, Math.ceil(1.5 * Math.sqrt(count)));

/** The boxes that others read and are read by. */
export interface Links {
  readonly before: readonly number[][];
  readonly after: readonly number[][];
}

export function linksOf({ boxes, wires }: Boxes): Links {
  const before: number[][] = boxes.map(() => []);
  const after: number[][] = boxes.map(() => []);
  for (const { from, to } of wires) {
    for (const target of to) {
      before[target].push(from);
      after[from].push(target);
    }
  }
  return { before, after };
}

/** Finds levels that have room left, from one on down. */
class Room {
  private readonly most: number;
  private readonly counts: number[] = [];
  private readonly next: number[] = [];

  constructor(most: number) {
    this.most = most;
  }

  /** Takes a place on the first level with room at or below `level`. */
  take(level: number): number {
    const found = this.find(level);
    this.counts[found] = (this.counts[found] ?? 0) + 1;
    if (this.counts[found] >= this.most) this.next[found] = found + 1;
    return found;
  }

  private find(level: number): number {
    let found = level;
    while (this.next[found] !== undefined) found = this.next[found];
    // Who comes later goes the short way.
    for (let at = level; at !== found; ) {
      const next = this.next[at];
      this.next[at] = found;
      at = next;
    }
    return found;
  }
}

class Levelling {
  readonly level: Int32Array;
  private readonly boxes: Boxes;
  private readonly links: Links;
  private readonly sides: boolean;
  private readonly most: number;

  constructor(boxes: Boxes, links: Links, sides: boolean) {
    this.boxes = boxes;
    this.links = links;
    this.sides = sides;
    this.level = new Int32Array(boxes.boxes.length).fill(-1);
    this.most = widthFor(boxes.boxes.length);
  }

  private isFirst(box: number): boolean {
    return !(this.sides && this.boxes.boxes[box].back);
  }

  private isLeaf(box: number): boolean {
    return this.boxes.boxes[box].kind === 'leaf';
  }

  /** The column that runs down; the number of its levels. */
  forward(tick: () => void): number {
    const { level, links } = this;
    const room = new Room(this.most);
    const { boxes } = this.boxes;
    const nodes: number[] = [];
    for (let i = 0; i < boxes.length; i++) {
      if (this.isLeaf(i) || !this.isFirst(i)) continue;
      tick();
      nodes.push(i);
      let least = 0;
      for (const from of links.before[i]) least = Math.max(least, this.isLeaf(from) ? 1 : level[from] + 1);
      level[i] = room.take(least);
    }
    for (let k = nodes.length - 1; k >= 0; k--) {
      tick();
      this.pullDown(nodes[k]);
    }
    for (let i = 0; i < boxes.length; i++) {
      if (!this.isLeaf(i) || !this.isFirst(i)) continue;
      const least = this.leastReader(i);
      level[i] = least === undefined ? 0 : Math.max(0, least - 1);
    }
    return level.reduce((most, one) => Math.max(most, one), 0) + 1;
  }

  private leastReader(box: number): number | undefined {
    let least: number | undefined;
    for (const to of this.links.after[box]) {
      if (this.isFirst(to) && (least === undefined || this.level[to] < least)) least = this.level[to];
    }
    return least;
  }

  /** Has a node stand right above the first that reads it, where that makes fewer wires longer than shorter. */
  private pullDown(box: number): void {
    const { level, links } = this;
    const least = this.leastReader(box);
    if (least === undefined || least - 1 <= level[box]) return;
    const longer = links.before[box].filter(
      (from) => !this.isLeaf(from) && links.after[from].every((to) => !this.isFirst(to) || level[to] <= level[box]),
    );
    if (new Set(longer).size === 0) level[box] = least - 1;
  }

  /** The column beside it, which runs up; spreads what is there to as many levels as that needs. */
  backward(bands: number, tick: () => void): number {
    const { level, links } = this;
    const { boxes } = this.boxes;
    const band = new Int32Array(boxes.length).fill(-1);
    const depth = new Int32Array(boxes.length);
    const rooms: Room[] = [];
    const roomOf = (at: number): Room => (rooms[at] ??= new Room(this.most));
    boxes.forEach(({ kind, of }, i) => {
      if (this.isFirst(i) || kind === 'leaf') return;
      tick();
      let least = bands - 1;
      for (const from of links.before[i]) if (band[from] >= 0) least = Math.min(least, band[from]);
      band[i] = of >= 0 && this.isFirst(of) ? level[of] : least;
      let deep = 0;
      for (const from of links.before[i]) {
        if (this.isLeaf(from) && !this.isFirst(from)) deep = Math.max(deep, 1);
        else if (band[from] === band[i] && from < i) deep = Math.max(deep, depth[from] + 1);
      }
      depth[i] = roomOf(band[i]).take(deep);
    });
    boxes.forEach(({ kind }, i) => {
      if (this.isFirst(i) || kind !== 'leaf') return;
      const first = links.after[i].reduce((best, to) => (band[to] > band[best] ? to : best), links.after[i][0]);
      band[i] = band[first];
      depth[i] = Math.max(
        0,
        Math.min(...links.after[i].filter((to) => band[to] === band[i]).map((to) => depth[to])) - 1,
      );
    });
    const rows = new Int32Array(bands).fill(1);
    for (let i = 0; i < boxes.length; i++) if (band[i] >= 0) rows[band[i]] = Math.max(rows[band[i]], depth[i] + 1);
    const start = new Int32Array(bands + 1);
    for (let i = 0; i < bands; i++) start[i + 1] = start[i] + rows[i];
    for (let i = 0; i < boxes.length; i++) {
      if (band[i] >= 0) level[i] = start[band[i]] + rows[band[i]] - 1 - depth[i];
      else level[i] = start[level[i]] + Math.floor((rows[level[i]] - 1) / 2);
    }
    return start[bands];
  }
}

export function levelsOf(boxes: Boxes, tick: () => void): Levels {
  const sides = boxes.boxes.some(({ back }) => back) && boxes.boxes.some(({ back, kind }) => !back && kind !== 'leaf');
  const levelling = new Levelling(boxes, linksOf(boxes), sides);
  const bands = levelling.forward(tick);
  return { level: levelling.level, count: sides ? levelling.backward(bands, tick) : bands, sides };
}
