/** Text on its way out, gathered in one buffer that grows. */
import { giveBack } from '../loans.ts';

const TICK_BYTES = 64 * 1024;

export class ByteSink {
  bytes: Buffer;
  pos = 0;
  private readonly onTick: (() => void) | undefined;
  private ticked = 0;
  /** Up to here nothing is to be done but writing. */
  private limit: number;

  /** `onTick` is called for each 64 KiB or so that are written; it may throw to give up. */
  constructor(capacity: number, onTick?: () => void) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.onTick = onTick;
    this.limit = Math.min(capacity, TICK_BYTES);
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
    const larger = Buffer.allocUnsafeSlow(capacity);
    larger.set(this.bytes.subarray(0, this.pos));
    giveBack(this.bytes.buffer);
    this.bytes = larger;
  }

  /** Appends a part of `bytes`. */
  append(bytes: Buffer, start: number, end: number): void {
    this.room(end - start);
    // `set` takes bytes of a shared memory one by one unless both sides are aligned alike. So does `copy` of a
    // whole Buffer, not of a part.
    this.pos += bytes.copy(this.bytes, this.pos, start, end);
  }

  appendText(text: string): void {
    this.room(Buffer.byteLength(text));
    this.pos += this.bytes.write(text, this.pos);
  }

  /** All that was written, in a buffer that nobody else holds and that is not much larger. Ends the sink. */
  finish(): Buffer {
    const written = this.bytes.subarray(0, this.pos);
    return this.pos >= 0.75 * this.bytes.length
      ? written
      : Buffer.from(Uint8Array.prototype.slice.call(written).buffer);
  }
}
