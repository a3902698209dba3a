/**
 * What the objects made of a body will cost. Two bytes of CBOR name an array of 200 bytes, so that the length
 * of a body says little about the memory that reading it takes. Readers therefore count what they make, and
 * refuse before they make too much. Elements of tensors are exempt: they land in typed arrays.
 */
import { EngineError } from '../tensor/errors.ts';

/** Bytes of V8's heap, as measured for small ones of each kind. */
export const COST = {
  /** With the room that V8 keeps for elements to come. */
  array: 200,
  object: 128,
  /** A member with its name, where no other object has the same names. */
  member: 80,
  /** An element: its place, and the number object that it may be. */
  element: 32,
  /** A piece of a string or of bytes that is sent in several. */
  piece: 128,
  /** A tensor without its elements. */
  tensor: 800,
} as const;

/**
 * What all objects of a large body may cost: a quarter of a worker thread's heap, since the validation makes
 * each of them a second time. A graph of 200,000 usual nodes stays below.
 */
export const MAX_COST = 256 * 2 ** 20;

/** Between two looks at the clock: some ms of work. */
const LOOK_EVERY = 2 ** 20;

/** And so many elements of tensors, which cost nothing but time. */
const LOOK_EVERY_ELEMENTS = 2 ** 17;

/** Counts what a reader makes of one body, and looks at the clock as it goes. */
export class CostLimit {
  private left: number;
  /** What is left at the next look. */
  private lookAt: number;
  private elements = 0;
  private readonly limit: number;
  private readonly check: (() => void) | undefined;

  /** @param check throws where the time is up */
  constructor(limit: number, check?: () => void) {
    this.left = limit;
    this.limit = limit;
    this.check = check;
    this.lookAt = limit - LOOK_EVERY;
  }

  /** @throws EngineError where all of it together costs too much; what the check throws */
  add(cost: number): void {
    this.left -= cost;
    if (this.left < this.lookAt || this.left < 0) this.look();
  }

  /** That so many elements of a tensor, or arrays of them, were read. @throws what the check throws */
  pass(count: number): void {
    this.elements += count;
    if (this.elements < LOOK_EVERY_ELEMENTS) return;
    this.elements = 0;
    this.check?.();
  }

  private look(): void {
    if (this.left < 0) {
      throw new EngineError(
        'budget',
        `the values of the body would take more than ${this.limit} bytes of memory once they are read; send numbers as tensors, and less at a time`,
      );
    }
    this.lookAt = this.left - LOOK_EVERY;
    this.check?.();
  }
}
