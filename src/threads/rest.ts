/** Notices when something rests. */

/** Calls `rest` once when nothing was done for a while: between one and two times so long. */
export class Rest {
  private readonly afterMs: number;
  private readonly rest: () => void;
  private touched = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(afterMs: number, rest: () => void) {
    this.afterMs = afterMs;
    this.rest = rest;
  }

  /** Something is done. It costs next to nothing. */
  touch(): void {
    this.touched = true;
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.look(), this.afterMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private look(): void {
    if (this.touched) {
      this.touched = false;
      return;
    }
    this.stop();
    this.rest();
  }
}
