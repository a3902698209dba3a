/** Bytes on their way out, gathered in one buffer that grows. */
import { giveBack } from './loans.ts';

const TICK_BYTES = 64 * 1024;
const FIRST_BYTES = 16 * 1024;
/** Buffers that sinks begin with; most documents end in theirs. Allocating one costs as much as a small document. */
const spare: Buffer[] = [];
const MAX_SPARE = 4;

export class ByteSink {
  bytes: Buffer;
  pos = 0;
  private readonly onTick: (() => void) | undefined;
  private ticked = 0;
  /** Up to here nothing is to be done but writing. */
  private limit: number;
  /** Whether it still has the buffer that it began with. */
  private first = true;

  /** `onTick` is called for each 64 KiB or so that are written; it may throw to give up. */
  constructor(onTick?: () => void) {
    this.bytes = spare.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.onTick = onTick;
    this.limit = Math.min(FIRST_BYTES, TICK_BYTES);
  }

  /** Makes sure that `count` more bytes fit. */
  room(count: number): void {
    if (this.pos + count > this.limit) this.extend(count);
  }

  private extend(count: number): void {
    const end = this.pos + count;
    if (end > this.bytes.length) this.reach(Math.max(end, 2 * this.bytes.length));
    if (end > this.ticked + TICK_BYTES) {
      this.ticked = end;
      this.onTick?.();
    }
    this.limit = Math.min(this.bytes.length, this.ticked + TICK_BYTES);
  }

  /** That so many bytes are to come, at a guess: room is made for them once, rather than in steps. */
  expect(count: number): void {
    const end = this.pos + count;
    if (end <= this.bytes.length) return;
    // What was not foreseen at first tends to come again, as a gradient comes after an output.
    this.reach(this.ticked > TICK_BYTES ? Math.max(end, 2 * this.bytes.length) : end);
  }

  private reach(capacity: number): void {
    const { bytes } = this;
    const larger = Buffer.allocUnsafeSlow(capacity);
    larger.set(bytes.subarray(0, this.pos));
    this.bytes = larger;
    this.release(bytes);
  }

  private release(bytes: Buffer): void {
    if (!this.first) giveBack(bytes.buffer);
    else if (spare.length < MAX_SPARE) spare.push(bytes);
    this.first = false;
  }

  /** Appends a part of `bytes`. */
  append(bytes: Buffer, start: number, end: number): void {
    this.room(end - start);
    // `set` takes bytes of a shared memory one by one unless both sides are aligned alike. So does `copy` of a
    // whole Buffer, not of a part.
    this.pos += bytes.copy(this.bytes, this.pos, start, end);
  }

  /** Appends bytes that no other thread sees. */
  appendAll(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.pos);
    this.pos += bytes.length;
  }

  /** Appends a part of what it holds once more. */
  repeat(start: number, end: number): void {
    this.room(end - start);
    this.bytes.copyWithin(this.pos, start, end);
    this.pos += end - start;
  }

  /** Takes every such byte out of what was written from `start` on. */
  remove(byte: number, start: number): void {
    const { bytes, pos } = this;
    let to = bytes.subarray(0, pos).indexOf(byte, start);
    if (to < 0) return;
    for (let from = to; from < pos; from++) if (bytes[from] !== byte) bytes[to++] = bytes[from];
    this.pos = to;
  }

  appendText(text: string): void {
    this.room(Buffer.byteLength(text));
    this.pos += this.bytes.write(text, this.pos);
  }

  /** Whether all that was written is little: it fits the buffer that every sink begins with. */
  get small(): boolean {
    return this.first;
  }

  /** Gives up the buffer: nobody may look at it again. */
  end(): void {
    this.release(this.bytes);
  }

  /** All that was written, as text. Ends the sink. */
  finishText(): string {
    const text = this.bytes.toString('utf8', 0, this.pos);
    this.end();
    return text;
  }

  /** All that was written, in a buffer that nobody else holds and that is not much larger. Ends the sink. */
  finish(): Buffer {
    const { bytes } = this;
    const written = bytes.subarray(0, this.pos);
    if (!this.first && this.pos >= 0.75 * bytes.length) return written;
    const copy = Buffer.from(Uint8Array.prototype.slice.call(written).buffer);
    if (this.first) this.end();
    return copy;
  }
}
