/** Admission control: which large requests are let in, so that overload is turned away before memory runs out. */
import { totalmem } from 'node:os';
import { Overloaded } from './errors.ts';

/** Beyond this part of the memory no large request is let in beside those that are under way. */
const FULL = 0.85;
/** The part of the memory that bodies may take while they come in, wait and are read. */
const BODIES = 0.25;
/** Asking what is allocated takes some ten µs. */
const LOOK_MS = 50;

export interface AdmissionSettings {
  /** Bytes that the process may take. */
  readonly memoryLimit: number;
  /** The largest body: one that comes alone is always let in. */
  readonly bodyLimit: number;
  /** Bytes that the process has allocated. */
  readonly allocated: () => number;
  readonly now?: () => number;
}

/** The memory of the container, or of the machine where none says less. */
export function memoryThereIs(): number {
  const container = process.constrainedMemory();
  return container > 0 ? Math.min(container, totalmem()) : totalmem();
}

/** One large request on its way through. */
export class Ticket {
  private held = 0;
  private closed = false;
  private readonly admission: Admission;

  constructor(admission: Admission) {
    this.admission = admission;
  }

  /** @throws Overloaded where the bodies of all large requests together grow too large */
  take(bytes: number): void {
    // What goes on after the client has gone is over soon, and nobody would give it back.
    if (this.closed) return;
    this.admission.hold(bytes);
    this.held += bytes;
  }

  /** To be called when the request is over; a second time it does nothing. */
  close(): void {
    this.closed = true;
    if (this.admission.leave(this)) this.admission.hold(-this.held);
  }
}

export class Admission {
  private held = 0;
  private readonly tickets = new Set<Ticket>();
  private readonly limit: number;
  private readonly maxHeld: number;
  private readonly allocated: () => number;
  private readonly now: () => number;
  private seen = 0;
  private seenAt = Number.NEGATIVE_INFINITY;

  constructor({ memoryLimit, bodyLimit, allocated, now = () => performance.now() }: AdmissionSettings) {
    this.limit = memoryLimit;
    this.maxHeld = Math.max(this.limit * BODIES, bodyLimit);
    this.allocated = allocated;
    this.now = now;
  }

  /** Large requests under way. */
  get size(): number {
    return this.tickets.size;
  }

  /**
   * Lets a large request in, which announces a body of so many bytes. One that is alone is let in even
   * where memory is short: much of it may be garbage that only goes when somebody works.
   *
   * @throws Overloaded
   */
  open(announced = 0): Ticket {
    if (this.held + announced > this.maxHeld) throw tooMuch();
    if (this.tickets.size > 0 && this.used() > this.limit * FULL)
      throw new Overloaded('the memory of this service is nearly full');
    const ticket = new Ticket(this);
    this.tickets.add(ticket);
    return ticket;
  }

  hold(bytes: number): void {
    if (bytes > 0 && this.held + bytes > this.maxHeld) throw tooMuch();
    this.held += bytes;
  }

  leave(ticket: Ticket): boolean {
    return this.tickets.delete(ticket);
  }

  private used(): number {
    const now = this.now();
    if (now - this.seenAt >= LOOK_MS) {
      this.seenAt = now;
      this.seen = this.allocated();
    }
    return this.seen;
  }
}

const tooMuch = (): Overloaded => new Overloaded('too many large bodies are on their way');
