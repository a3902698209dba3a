/** The names of one call, and how the statements of a block end. */
import type { UserFunction } from './objects.ts';
import type { Value } from './values.ts';

export class Frame {
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
