/** An arena that asks V8's collector about everything that is said to be dead. */
import { isInner } from '#src/autograd/recorder.ts';
import { CollectedArena, type Holder } from '#src/tensor/arena.ts';
import { collectGarbage } from '#src/tensor/collector.ts';
import type { Room } from '#src/tensor/storage.ts';

interface Entry {
  readonly ref: WeakRef<Room>;
  readonly holder: Holder;
  readonly ptr: number;
}

interface Dead {
  readonly ref: WeakRef<Room>;
  readonly shown: string;
}

const LOOKS = 20;

const areThere = (dead: readonly Dead[]): boolean => dead.some(({ ref }) => ref.deref() !== undefined);

export class CheckedArena extends CollectedArena {
  /** Rooms that were taken back. */
  reclaimed = 0;
  private suspects: Dead[] = [];

  constructor() {
    super(0, () => !isInner());
  }

  /** Rooms that were taken back since it was last asked, and that something of V8's heap still holds. */
  wrong(): string[] {
    const { suspects } = this;
    this.suspects = [];
    collectGarbage();
    // What V8 compiles in the background holds some objects until it is done.
    for (let look = 0; look < LOOKS && areThere(suspects); look++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, look * 2);
      collectGarbage();
    }
    return suspects.flatMap(({ ref, shown }) => (ref.deref() === undefined ? [] : [shown]));
  }

  override reclaim(holder: Holder, alive: ReadonlySet<Room>): void {
    this.suspect(holder, alive);
    super.reclaim(holder, alive);
  }

  /** In a function of its own: no variable may hold a room while the collector looks. */
  private suspect(holder: Holder, alive: ReadonlySet<Room>): void {
    const { tracked } = this as unknown as { tracked: readonly Entry[] };
    for (const entry of tracked) {
      const room = entry.ptr < 0 || entry.holder !== holder ? undefined : entry.ref.deref();
      if (room === undefined || alive.has(room)) continue;
      const shown = `${room.data.constructor.name} of ${room.data.length}: ${room.data.slice(0, 4)}`;
      this.suspects.push({ ref: entry.ref, shown });
      this.reclaimed++;
    }
  }
}
