/**
 * Where one string stands in another, in a time that grows with their lengths and not with their
 * product. V8's own search is used where even at its slowest it takes a few milliseconds; it cannot be
 * interrupted, not even by ending the thread.
 */
import type { CellBudget } from './budget.ts';
import { PIECE } from './text.ts';

/** Comparisons of characters that V8 may at worst make at once. */
const NATIVE = 2 ** 22;

/** Looks for one string in another, again and again: Knuth, Morris and Pratt's search, in either direction. */
export class Search {
  private readonly budget: CellBudget;
  private readonly text: string;
  private readonly part: string;
  private readonly native: boolean;
  /** For each beginning of the part how long the longest is that also ends it; of the mirrored part backward. */
  private forward: Int32Array | null = null;
  private backward: Int32Array | null = null;

  constructor(budget: CellBudget, text: string, part: string) {
    this.budget = budget;
    this.text = text;
    this.part = part;
    this.native = text.length * part.length <= NATIVE;
  }

  /** The first place from `from` on where the part stands and ends by `to`; -1 where there is none. */
  first(from = 0, to = this.text.length): number {
    const { part, text } = this;
    if (to - from < part.length) return -1;
    if (this.native) {
      const at = text.indexOf(part, from);
      return at < 0 || at + part.length > to ? -1 : at;
    }
    this.forward ??= this.table(0, 1);
    const end = this.scan(this.forward, from, to - from, 1, 0);
    return end < 0 ? -1 : from + end - part.length;
  }

  /** The last place at or after `from` where the part stands and ends by `to`. */
  last(from = 0, to = this.text.length): number {
    const { part, text } = this;
    if (to - from < part.length) return -1;
    if (this.native) {
      const at = text.lastIndexOf(part, to - part.length);
      return at < from ? -1 : at;
    }
    this.backward ??= this.table(part.length - 1, -1);
    const end = this.scan(this.backward, to - 1, to - from, -1, part.length - 1);
    return end < 0 ? -1 : to - end;
  }

  private table(start: number, step: 1 | -1): Int32Array {
    const { part, budget } = this;
    const table = new Int32Array(part.length);
    for (let i = 1, k = 0; i < part.length; i++) {
      const code = part.charCodeAt(start + step * i);
      while (k > 0 && part.charCodeAt(start + step * k) !== code) k = table[k - 1];
      if (part.charCodeAt(start + step * k) === code) k++;
      table[i] = k;
      if (i % PIECE === 0) budget.stretch();
    }
    return table;
  }

  /** Goes through `length` characters of the text; answers after how many the part has been met. */
  private scan(table: Int32Array, at: number, length: number, step: 1 | -1, start: number): number {
    const { text, part, budget } = this;
    const size = part.length;
    for (let i = 0, k = 0; i < length; i++) {
      const code = text.charCodeAt(at + step * i);
      while (k > 0 && part.charCodeAt(start + step * k) !== code) k = table[k - 1];
      if (part.charCodeAt(start + step * k) === code) k++;
      if (k === size) return i + 1;
      if (i % PIECE === PIECE - 1) budget.stretch();
    }
    return -1;
  }
}

/** Places from left to right that do not overlap, at most so many. The part is not empty. */
export function* places(budget: CellBudget, text: string, part: string, most = Number.POSITIVE_INFINITY) {
  const search = new Search(budget, text, part);
  let from = 0;
  for (let n = 0; n < most; n++) {
    budget.step();
    const at = search.first(from);
    if (at < 0) return;
    yield at;
    from = at + part.length;
  }
}

/** Places from right to left that do not overlap, at most so many. */
export function* placesFromRight(budget: CellBudget, text: string, part: string, most = Number.POSITIVE_INFINITY) {
  const search = new Search(budget, text, part);
  let to = text.length;
  for (let n = 0; n < most; n++) {
    budget.step();
    const at = search.last(0, to);
    if (at < 0) return;
    yield at;
    to = at;
  }
}
