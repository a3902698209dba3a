/** The names of one call, and how the statements of a block end. */
import type { Holder, Visit } from './holding.ts';
import type { UserFunction } from './objects.ts';
import type { Value } from './values.ts';

export class Frame implements Holder {
  readonly slots: (Value | undefined)[];
  /** The frame that the function was defined in. */
  readonly parent: Frame | null;
  readonly fn: UserFunction | null;
  /** The names of a class body, which its functions do not see. */
  readonly names: Map<string, Value> | null;
  /** What `return` left. */
  result: Value = null;
  /** The functions that a class body defined, decorated or not. */
  methods: UserFunction[] | null = null;
  /** What statements that were left in the middle, by `yield`, go on with: iterators, contexts, errors. */
  suspended: unknown[] | null = null;
  constructor(
    slots: (Value | undefined)[],
    parent: Frame | null,
    fn: UserFunction | null = null,
    names: Map<string, Value> | null = null,
  ) {
    this.slots = slots;
    this.parent = parent;
    this.fn = fn;
    this.names = names;
  }

  /** Notes what a statement of a generator holds from one `yield` to the next. */
  hold(what: unknown): void {
    this.suspended ??= [];
    this.suspended.push(what);
  }

  /** Lets go of what was held last. */
  release(): void {
    this.suspended?.pop();
  }

  references(visit: Visit): void {
    visit(this.slots);
    visit(this.parent);
    visit(this.fn);
    visit(this.names);
    visit(this.result);
    visit(this.methods);
    visit(this.suspended);
  }
}

export const NEXT = 0;
export const BREAK = 1;
export const CONTINUE = 2;
export const RETURN = 3;
export type Signal = typeof NEXT | typeof BREAK | typeof CONTINUE | typeof RETURN;

/** An expression, ready to run. */
export type Code = (frame: Frame) => Value;
/** A statement, ready to run. */
export type Step = (frame: Frame) => Signal;
/** A statement of a generator. */
export type GeneratorStep = (frame: Frame) => Generator<Value, Signal, Value>;
