/** What stands on levels: boxes, and the places of trunks that pass them; and what each of them is joined to. */
import type { Box } from './boxes.ts';
import type { Levels } from './levels.ts';
import type { Sized } from './measure.ts';
import type { Trunk, Trunks } from './trunks.ts';

const PLACE_WIDTH = 4;
/** How much what the backward pass reads pulls at who reads it. */
const SAVED_PULL = 1e-5;

/** What items are joined to on the levels above or below theirs: those of item `i` from `start[i]` on to `start[i + 1]`. */
export interface Joined {
  readonly start: Int32Array;
  readonly to: Int32Array;
  /** How much each counts when an item is put above or below what it is joined to. */
  readonly pull: Float64Array;
}

/** Boxes by their numbers, then the places of trunks. */
export interface Items {
  readonly level: Int32Array;
  readonly width: Float64Array;
  readonly column: Uint8Array;
  readonly above: Joined;
  readonly below: Joined;
}

/** Joins, an upper item with a lower one each, gathered before it is known how many each has. */
class Joins {
  private readonly uppers: number[] = [];
  private readonly lowers: number[] = [];
  private readonly pulls: number[] = [];

  add(upper: number, lower: number, pull: number): void {
    this.uppers.push(upper);
    this.lowers.push(lower);
    this.pulls.push(pull);
  }

  private by(own: readonly number[], others: readonly number[], count: number): Joined {
    const start = new Int32Array(count + 1);
    for (const item of own) start[item + 1]++;
    for (let i = 0; i < count; i++) start[i + 1] += start[i];
    const next = start.slice();
    const to = new Int32Array(own.length);
    const pull = new Float64Array(own.length);
    for (let k = 0; k < own.length; k++) {
      const at = next[own[k]]++;
      to[at] = others[k];
      pull[at] = this.pulls[k];
    }
    return { start, to, pull };
  }

  above(count: number): Joined {
    return this.by(this.lowers, this.uppers, count);
  }

  below(count: number): Joined {
    return this.by(this.uppers, this.lowers, count);
  }
}

/** Of each box, how long the longest way to it and from it is, within its column. */
function waysOf(boxes: readonly Box[], { level, sides }: Levels, trunks: readonly Trunk[]): [Int32Array, Int32Array] {
  const column = (box: number): boolean => sides && boxes[box].back;
  // Ways of the forward pass go down, those beside it up.
  const order = trunks.filter(({ kind }) => kind !== 'saved');
  const start = ({ from }: Trunk): number => (column(from) ? -level[from] : level[from]);
  order.sort((a, b) => start(a) - start(b));
  const to = new Int32Array(boxes.length);
  const from = new Int32Array(boxes.length);
  for (const { from: source, readers } of order) {
    for (const { box } of readers) if (to[box] <= to[source]) to[box] = to[source] + 1;
  }
  for (let i = order.length - 1; i >= 0; i--) {
    const { from: source, readers } = order[i];
    for (const { box } of readers) if (from[source] <= from[box]) from[source] = from[box] + 1;
  }
  return [to, from];
}

/** How much each reader of each trunk pulls: most on the longest way, so that this one is straight. */
function pullsOf(boxes: readonly Box[], levels: Levels, trunks: readonly Trunk[]): number[][] {
  const [to, from] = waysOf(boxes, levels, trunks);
  const longestTo = new Int32Array(boxes.length);
  const longestFrom = new Int32Array(boxes.length);
  for (const { from: source, readers } of trunks) {
    for (const { box } of readers) {
      longestTo[box] = Math.max(longestTo[box], to[source]);
      longestFrom[source] = Math.max(longestFrom[source], from[box]);
    }
  }
  return trunks.map(({ kind, from: source, readers }) =>
    readers.map(({ box }) => {
      if (kind === 'saved') return SAVED_PULL;
      const before = (1 + to[source]) / (1 + longestTo[box]);
      const behind = (1 + from[box]) / (1 + longestFrom[source]);
      return (before * behind) ** 2;
    }),
  );
}

export function itemsOf(boxes: readonly Box[], sizes: readonly Sized[], levels: Levels, given: Trunks): Items {
  const { trunks, placeLevel, placeTrunk } = given;
  const count = boxes.length + placeLevel.length;
  const level = new Int32Array(count);
  const width = new Float64Array(count).fill(PLACE_WIDTH);
  const column = new Uint8Array(count);
  boxes.forEach(({ back }, i) => {
    level[i] = levels.level[i];
    width[i] = sizes[i].width;
    column[i] = levels.sides && back ? 1 : 0;
  });
  placeLevel.forEach((at, i) => {
    level[boxes.length + i] = at;
    column[boxes.length + i] = trunks[placeTrunk[i]].column;
  });
  const joins = new Joins();
  const pulls = pullsOf(boxes, levels, trunks);
  trunks.forEach((trunk, i) => {
    if (trunk.lane >= 0) return;
    const most = pulls[i].reduce((a, b) => Math.max(a, b), 0);
    const place = (at: number): number => boxes.length + trunk.place + at - trunk.first;
    for (let at = trunk.first + 1; at < trunk.last; at++) joins.add(place(at - 1), place(at), most);
    const own = column[trunk.from] === trunk.column;
    /** Joins what stands on one side of a gap to the trunk's place on the other. */
    const meet = (gap: number, item: number, isAbove: boolean, pull: number): void => {
      if (isAbove && gap < trunk.last && gap >= trunk.first) joins.add(item, place(gap), pull);
      else if (!isAbove && gap > trunk.first) joins.add(place(gap - 1), item, pull);
    };
    if (own) meet(trunk.exit, trunk.from, trunk.down, most);
    trunk.readers.forEach(({ box, gap, above }, k) => {
      const pull = pulls[i][k];
      if (gap !== trunk.exit) meet(gap, box, !above, pull);
      else if (own && trunk.down === above) {
        if (above) joins.add(trunk.from, box, pull);
        else joins.add(box, trunk.from, pull);
      }
    });
  });
  return { level, width, column, above: joins.above(count), below: joins.below(count) };
}
