/**
 * Where the elements lie that somebody can still read, found by a walk rather than by V8's collector: that
 * one goes through all code and tables of the thread, for tens of milliseconds, to find a few tensors dead.
 */
import { behind, type Room, type Storage } from '../tensor/storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Trace } from './trace.ts';

export interface Reached {
  readonly rooms: ReadonlySet<Room>;
  /** Also those that are only read to compute others. */
  readonly storages: ReadonlySet<Storage>;
}

/** Adds to what is held what that is computed from, and what a program keeps of its earlier versions. */
class Reach extends Trace {
  readonly rooms = new Set<Room>();

  protected override storage(at: Storage): void {
    this.visit(at.shown);
    behind(
      at,
      (room) => this.rooms.add(room),
      (other) => this.meet(other),
    );
  }

  protected override tensor(at: Tensor): void {
    super.tensor(at);
    this.visit(at.recorded);
  }
}

/** What is reached from the roots; undefined where that is more than `maxObjects`. */
export function reachOf(roots: Iterable<unknown>, maxObjects: number): Reached | undefined {
  const reach = new Reach(maxObjects);
  return reach.run(roots) ? reach : undefined;
}
