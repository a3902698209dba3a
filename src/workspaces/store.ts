/** Where it is written down which workspaces there are. What they hold lives in the threads that run cells. */

export interface SessionRecord {
  readonly id: string;
  /** Whoever made it, as far as limits are concerned. */
  readonly owner: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Elements that it held when it was last used. */
  readonly held: number;
  /** Cells that it has run. */
  readonly executions: number;
}

/** Another store than the one below would let several instances of the service know of each other's workspaces. */
export interface SessionStore {
  readonly size: number;
  get(id: string): SessionRecord | undefined;
  /** Adds a record, or puts it in the place of the one with its id; it counts as the last used one. */
  put(record: SessionRecord): void;
  delete(id: string): boolean;
  /** All of them, the longest idle first; those that are not reached yet may be deleted meanwhile. */
  byIdleness(): Iterable<SessionRecord>;
}

/** In this process's memory: a Map keeps its entries in the order in which they were put. */
export class MemoryStore implements SessionStore {
  private readonly records = new Map<string, SessionRecord>();

  get size(): number {
    return this.records.size;
  }

  get(id: string): SessionRecord | undefined {
    return this.records.get(id);
  }

  put(record: SessionRecord): void {
    this.records.delete(record.id);
    this.records.set(record.id, record);
  }

  delete(id: string): boolean {
    return this.records.delete(id);
  }

  byIdleness(): Iterable<SessionRecord> {
    return this.records.values();
  }
}
