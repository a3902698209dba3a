/**
 * Where boxes, and the places of trunks that pass them, stand from left to right: in an order by barycentres, which
 * leaves few crossings, and then as straight above each other as their widths allow.
 */
import type { Box } from './boxes.ts';
import { type Items, itemsOf, type Joined } from './items.ts';
import type { Levels } from './levels.ts';
import type { Sized } from './measure.ts';
import type { Trunks } from './trunks.ts';

const SWEEPS = 6;
/** Of a picture of many boxes. */
const FEW_SWEEPS = 2;
const MANY_BOXES = 10_000;
const BETWEEN_BOXES = 26;
const BETWEEN_PLACES = 12;
/** How much more a trunk is to be straight than a box to stand above its readers. */
const STRAIGHT = 3;
/** Of a place that nothing pulls in the direction at hand. */
const IDLE = 1e-7;

class Column {
  readonly x: Float64Array;
  private readonly items: Items;
  private readonly rows: number[][];
  private readonly sweeps: number;
  private readonly tick: () => void;
  private readonly at: Float64Array;
  private readonly wanted: Float64Array;

  constructor(items: Items, rows: number[][], x: Float64Array, tick: () => void) {
    this.items = items;
    this.rows = rows;
    this.x = x;
    this.sweeps = x.length > MANY_BOXES ? FEW_SWEEPS : SWEEPS;
    this.tick = tick;
    this.at = new Float64Array(x.length);
    this.wanted = new Float64Array(x.length);
    for (const row of rows) this.number(row);
  }

  private number(row: readonly number[]): void {
    row.forEach((item, i) => {
      this.at[item] = (i + 0.5) / row.length;
    });
  }

  /** Orders each level by where what it is joined to stands on the one before. */
  order(): void {
    const { items, rows } = this;
    for (let sweep = 0; sweep < this.sweeps; sweep++) {
      const down = sweep % 2 === 0;
      for (let k = 0; k < rows.length; k++) {
        const row = rows[down ? k : rows.length - 1 - k];
        if (row.length < 2) continue;
        this.sort(row, down ? items.above : items.below);
      }
    }
  }

  private sort(row: number[], { start, to }: Joined): void {
    const { at, wanted } = this;
    this.tick();
    for (const item of row) {
      let sum = 0;
      for (let k = start[item]; k < start[item + 1]; k++) sum += at[to[k]];
      const count = start[item + 1] - start[item];
      wanted[item] = count === 0 ? at[item] : sum / count;
    }
    row.sort((a, b) => wanted[a] - wanted[b] || at[a] - at[b] || a - b);
    this.number(row);
  }

  private between(left: number, right: number, boxes: number): number {
    const { width } = this.items;
    const gap = left < boxes && right < boxes ? BETWEEN_BOXES : BETWEEN_PLACES;
    return (width[left] + width[right]) / 2 + gap;
  }

  /** Puts each item as near as possible to the middle of what it is joined to, without changing the order. */
  place(boxes: number): void {
    const { items, rows, x } = this;
    for (const row of rows) {
      let at = 0;
      row.forEach((item, i) => {
        at += i === 0 ? 0 : this.between(row[i - 1], item, boxes);
        x[item] = at;
      });
      for (const item of row) x[item] -= at / 2;
    }
    for (let sweep = 0; sweep < this.sweeps + 2; sweep++) {
      const down = sweep % 2 === 0;
      for (let k = 0; k < rows.length; k++) {
        const row = rows[down ? k : rows.length - 1 - k];
        if (row.length > 0) this.settle(row, [down ? items.above : items.below], boxes);
      }
    }
    for (const row of rows) if (row.length > 0) this.settle(row, [items.above, items.below], boxes);
  }

  /** The nearest places to the wanted ones that keep the distances: blocks of those that push each other share one. */
  private settle(row: readonly number[], sides: readonly Joined[], boxes: number): void {
    const { x } = this;
    const shift: number[] = [];
    const means: number[] = [];
    const weights: number[] = [];
    const sizes: number[] = [];
    let offset = 0;
    this.tick();
    row.forEach((item, i) => {
      if (i > 0) offset += this.between(row[i - 1], item, boxes);
      shift.push(offset);
      let [sum, pulls, most] = [0, 0, 0];
      for (const side of sides) {
        const { start, to, pull } = side;
        for (let k = start[item]; k < start[item + 1]; k++) {
          sum += pull[k] * x[to[k]];
          pulls += pull[k];
          most = Math.max(most, pull[k]);
        }
      }
      let weight = IDLE + (item < boxes ? most : STRAIGHT * most);
      let mean = (pulls === 0 ? x[item] : sum / pulls) - offset;
      let size = 1;
      while (means.length > 0 && means[means.length - 1] > mean) {
        const [before, w] = [means.pop() as number, weights.pop() as number];
        mean = (before * w + mean * weight) / (w + weight);
        weight += w;
        size += sizes.pop() as number;
      }
      means.push(mean);
      weights.push(weight);
      sizes.push(size);
    });
    let at = 0;
    means.forEach((mean, block) => {
      for (let i = 0; i < sizes[block]; i++, at++) x[row[at]] = mean + shift[at];
    });
  }
}

/** Has a trunk run straight wherever what stands beside its places leaves room for that. */
function straighten({ trunks }: Trunks, items: Items, rows: readonly number[][], x: Float64Array, boxes: number): void {
  const index = new Int32Array(x.length);
  for (const row of rows) {
    row.forEach((item, i) => {
      index[item] = i;
    });
  }
  const { width, level, column } = items;
  const room = (a: number, b: number): number =>
    (width[a] + width[b]) / 2 + (a < boxes || b < boxes ? BETWEEN_PLACES : BETWEEN_PLACES / 2);
  for (const trunk of trunks) {
    const count = trunk.last - trunk.first;
    const first = boxes + trunk.place;
    if (trunk.place < 0 || rows[trunk.first][index[first]] !== first) continue;
    let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let item = first; item < first + count; item++) {
      const row = rows[level[item]];
      const [before, behind] = [row[index[item] - 1], row[index[item] + 1]];
      if (before !== undefined) least = Math.max(least, x[before] + room(before, item));
      if (behind !== undefined) most = Math.min(most, x[behind] - room(item, behind));
    }
    if (least > most) continue;
    const [reader] = trunk.readers;
    const wanted = column[trunk.from] === trunk.column ? x[trunk.from] : x[reader.box];
    const at = Math.min(Math.max(wanted, least), most);
    for (let item = first; item < first + count; item++) x[item] = at;
  }
}

export interface Places {
  /** The middle of each box, and after them of each place of a trunk. */
  readonly x: Float64Array;
  /** How far each of the two columns goes to the left and to the right. */
  readonly extents: readonly { readonly left: number; readonly right: number }[];
}

/** The rows of one column, in the order of their keys. */
function rowsOf(items: Items, column: number, count: number, keyOf: (item: number) => number): number[][] {
  const rows: number[][] = Array.from({ length: count }, () => []);
  const keys = new Float64Array(items.level.length);
  for (let item = 0; item < items.level.length; item++) {
    if (items.column[item] !== column) continue;
    keys[item] = keyOf(item);
    rows[items.level[item]].push(item);
  }
  for (const row of rows) row.sort((a, b) => keys[a] - keys[b] || a - b);
  return rows;
}

export function placesOf(
  boxes: readonly Box[],
  sizes: readonly Sized[],
  levels: Levels,
  trunks: Trunks,
  tick: () => void,
): Places {
  const items = itemsOf(boxes, sizes, levels, trunks);
  const x = new Float64Array(items.level.length);
  const own = (item: number): number =>
    item < boxes.length ? item : trunks.trunks[trunks.placeTrunk[item - boxes.length]].from;
  // A leaf is listed behind all nodes: it stands by the first that reads it.
  const forward = rowsOf(items, 0, levels.count, (item) => {
    const box = own(item);
    const { start, to } = items.below;
    const reader = boxes[box].kind === 'leaf' && start[box] < start[box + 1] ? to[start[box]] : undefined;
    return reader === undefined ? box : own(reader);
  });
  const first = new Column(items, forward, x, tick);
  first.order();
  first.place(boxes.length);
  straighten(trunks, items, forward, x, boxes.length);
  if (levels.sides) {
    const beside = (item: number): number => {
      const box = own(item);
      if (!boxes[box].back) return Number.NEGATIVE_INFINITY;
      return boxes[box].of >= 0 ? x[boxes[box].of] : 0;
    };
    const backward = rowsOf(items, 1, levels.count, beside);
    const second = new Column(items, backward, x, tick);
    second.order();
    second.place(boxes.length);
    straighten(trunks, items, backward, x, boxes.length);
  }
  const extents = [0, 1].map((column) => {
    let [left, right] = [0, 0];
    let any = false;
    for (let item = 0; item < x.length; item++) {
      if (items.column[item] !== column) continue;
      const [from, to] = [x[item] - items.width[item] / 2, x[item] + items.width[item] / 2];
      left = any ? Math.min(left, from) : from;
      right = any ? Math.max(right, to) : to;
      any = true;
    }
    return { left, right };
  });
  return { x, extents };
}
