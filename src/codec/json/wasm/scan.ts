/** Long arrays of numbers, scanned in WebAssembly: a window of the body at a time is copied into the memory. */
import { linked } from '../../../kernels/wasm/link.ts';
import { mark, memoryBytes, reserve, rewind } from '../../../tensor/memory.ts';
import { SCAN_STATE, SCAN_STATE_BYTES, scanModule } from './scan-kernel.ts';

const kernels = linked(scanModule);

/** Windows grow up to this: together with its numbers one stays in the second-level cache. */
const MAX_WINDOW = 64 * 1024;
const FIRST_WINDOW = 8 * 1024;
/** So near to the end of a window a token may be cut off, and the next one is to begin. */
const EDGE = 64;
/** Zeros behind a window, where every loop of the kernel ends. */
const PADDING = 64;

export class WindowScan {
  /** After {@link scan}: where it stopped, how many arrays are open there, and whether an element comes next. */
  pos = 0;
  depth = 0;
  beforeElement = false;
  /** The numbers read, to be copied before anything else is done. */
  found: Float64Array = new Float64Array(0);

  private readonly body: Buffer;
  private readonly counts: number[];
  private readonly shape: number[];
  private readonly rank: number;
  private readonly base = mark();
  private readonly state = reserve(SCAN_STATE_BYTES);
  private readonly room = mark();
  private window = 0;
  private values = 0;
  private capacity = 0;
  /** Which bytes of the body stand in the window. */
  private from = 0;
  private to = 0;

  /** `counts` and `shape` are the caller's own, and kept up to date. */
  constructor(body: Buffer, counts: number[], shape: number[], rank: number) {
    this.body = body;
    this.counts = counts;
    this.shape = shape;
    this.rank = rank;
  }

  /** Gives the room in the memory back. */
  end(): void {
    rewind(this.base);
  }

  /** Scans on from the element at `pos`, `rank` deep. True where the same can be done at once in the next window. */
  scan(pos: number): boolean {
    if (pos < this.from || (pos >= this.to - EDGE && this.to < this.body.length)) this.load(pos);
    this.exchange(false);
    const { from, to, window, values, state } = this;
    this.pos = kernels().scan(window + pos - from, window + to - from, values, state, this.rank) - window + from;
    this.exchange(true);
    const { body, rank } = this;
    return this.beforeElement && this.depth === rank && this.pos > pos && this.pos >= to - EDGE && to < body.length;
  }

  private load(pos: number): void {
    if (this.capacity < MAX_WINDOW) {
      this.capacity = this.capacity === 0 ? FIRST_WINDOW : Math.min(4 * this.capacity, MAX_WINDOW);
      rewind(this.room);
      this.window = reserve(this.capacity + PADDING);
      // A number and its comma are two bytes at least.
      this.values = reserve(8 * (this.capacity / 2 + 1));
    }
    this.from = pos;
    this.to = Math.min(pos + this.capacity, this.body.length);
    const memory = memoryBytes();
    const end = this.window + this.to - pos;
    // Unlike `set`, which copies to a shared memory byte by byte unless both sides are aligned alike.
    this.body.copy(memory, this.window, pos, this.to);
    memory.fill(0, end, end + PADDING);
  }

  /** Counts and sizes, to the kernel or back from it. */
  private exchange(back: boolean): void {
    const { buffer } = memoryBytes();
    const words = new Int32Array(buffer, this.state, SCAN_STATE_BYTES / 4);
    const counts = SCAN_STATE.counts / 4;
    const shape = SCAN_STATE.shape / 4;
    for (let i = 0; i < this.rank; i++) {
      if (back) {
        this.counts[i] = words[counts + i];
        this.shape[i] = words[shape + i];
      } else {
        words[counts + i] = this.counts[i];
        words[shape + i] = this.shape[i];
      }
    }
    if (!back) return;
    this.depth = words[SCAN_STATE.depth / 4];
    this.beforeElement = words[SCAN_STATE.beforeElement / 4] === 1;
    this.found = new Float64Array(buffer, this.values, (words[SCAN_STATE.out / 4] - this.values) / 8);
  }
}
