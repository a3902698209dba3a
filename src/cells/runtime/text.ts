/** Long strings, gone through in pieces, so that the clock is looked at on the way. */
import type { CellBudget } from './budget.ts';
import { isPair } from './walks.ts';

/** Characters between two looks at the clock: a millisecond or less. */
export const PIECE = 2 ** 14;

/** As Python's str.isspace has it, for one character. */
export function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f);
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** The end of a piece that begins at `from` and cuts no character in two. */
function pieceEnd(text: string, from: number): number {
  const end = from + PIECE;
  if (end >= text.length) return text.length;
  return isPair(text, end - 1) ? end + 1 : end;
}

/** What `change` makes of a string, asked piece by piece. */
export function mapText(budget: CellBudget, text: string, change: (piece: string) => string): string {
  if (text.length <= PIECE) return change(text);
  const out: string[] = [];
  let length = 0;
  for (let from = 0; from < text.length; ) {
    const end = pieceEnd(text, from);
    const piece = change(text.slice(from, end));
    length += piece.length;
    if (length > budget.limits.maxStringLength) budget.characters(length);
    out.push(piece);
    budget.stretch();
    from = end;
  }
  return out.join('');
}

/** Whether `holds` says so of every piece. */
export function everyPiece(budget: CellBudget, text: string, holds: (piece: string) => boolean): boolean {
  if (text.length <= PIECE) return holds(text);
  for (let from = 0; from < text.length; ) {
    const end = pieceEnd(text, from);
    if (!holds(text.slice(from, end))) return false;
    budget.stretch();
    from = end;
  }
  return true;
}

/** `separator.join(parts)`; the length of the whole is checked by the caller or found to be too much here. */
export function joinText(budget: CellBudget, parts: readonly string[], separator: string): string {
  if (parts.length <= PIECE) return parts.join(separator);
  const out: string[] = [];
  for (let from = 0; from < parts.length; from += PIECE) {
    out.push(parts.slice(from, from + PIECE).join(separator));
    budget.stretch();
  }
  return out.join(separator);
}

/** Collects text, within what a string may be long. */
export class TextBuilder {
  private readonly budget: CellBudget;
  private readonly parts: string[] = [];
  private length = 0;
  private unseen = 0;
  constructor(budget: CellBudget) {
    this.budget = budget;
  }

  add(text: string): void {
    this.length += text.length;
    if (this.length > this.budget.limits.maxStringLength) this.budget.characters(this.length);
    this.parts.push(text);
    this.unseen += text.length + 16;
    if (this.unseen < PIECE) return;
    this.unseen = 0;
    this.budget.stretch();
  }

  toString(): string {
    return joinText(this.budget, this.parts, '');
  }
}

/** A string of this length shares no memory with what it was cut from. */
const SHARED_FROM = 13;
const LARGE = 2 ** 16;

/**
 * A part of a string. V8 lets a short one refer to the long one that it was cut from, which nothing
 * could count: such a part is copied.
 */
export function cut(text: string, from: number, to = text.length): string {
  const part = text.slice(from, to);
  if (text.length < LARGE || part.length < SHARED_FROM || part.length * 4 > text.length) return part;
  return ` ${part}`.slice(1);
}

const SURROGATE = /[\ud800-\udfff]/;
/** From this length on it is remembered of a string that each of its characters is one of JavaScript's. */
const LONG = 4096;
let plain = '';

/** Whether each character is one of JavaScript's, so that places in the string are its indices. */
export function isPlain(text: string, budget: CellBudget): boolean {
  if (text.length < LONG) return !SURROGATE.test(text);
  budget.step(text.length >> 16);
  if (text === plain) return true;
  budget.step(text.length >> 10);
  if (SURROGATE.test(text)) return false;
  plain = text;
  return true;
}

/** Forgets the string that was remembered, which may be large. */
export function forgetText(): void {
  plain = '';
}

/** How many characters Python counts. */
export function textLength(text: string, budget: CellBudget): number {
  if (isPlain(text, budget)) return text.length;
  let pairs = 0;
  for (let i = 0; i < text.length; i++) {
    if (!isPair(text, i)) continue;
    pairs++;
    i++;
  }
  return text.length - pairs;
}

/** Where the character number `count` begins, from `from` on. */
export function skip(text: string, from: number, count: number): number {
  let at = from;
  for (let i = 0; i < count && at < text.length; i++) at += isPair(text, at) ? 2 : 1;
  return at;
}

/** Where each of a string's characters begins. */
export function placesIn(text: string, size: number, budget: CellBudget): Int32Array {
  const places = new Int32Array(size);
  let at = 0;
  budget.inStretches(size, (from, to) => {
    for (let i = from; i < to; i++) {
      places[i] = at;
      at += isPair(text, at) ? 2 : 1;
    }
  });
  return places;
}
