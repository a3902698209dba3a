/** Who listens to the ops that are called: the graph document is written from what a recorder heard. */
import type { Tensor } from '../tensor/tensor.ts';

/** One op call as a client would see it. */
export interface Call<Op = unknown> {
  readonly op: Op;
  /** By parameter, in camelCase, defaults filled in. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Tensor[];
  /** Gradient nodes numbered from `first` up to, without, `last` came from this call. */
  readonly first: number;
  readonly last: number;
}

/** A call of a function that brings its own gradient rule, as torch.autograd.Function makes them. */
export interface OwnCall {
  readonly name: string;
  /** Of each tensor among the arguments: whether the rule is asked for its gradient. */
  readonly needs: readonly boolean[];
  /** What gradients flow from: as the function made it, and as it was given to the caller. */
  readonly results: readonly { readonly made: Tensor; readonly given: Tensor }[];
  /** Whether the rule's own computation can be differentiated no further. */
  readonly once: boolean;
  /** The call's gradient node is numbered from `first` up to, without, `last`. */
  readonly first: number;
  readonly last: number;
  /** Carries the rule out for gradients of ones, only to be heard. */
  trace(): void;
}

/** Hears how a rule computes: its calls, from the gradients of the results to those of the arguments. */
export interface RuleListener {
  run(grads: readonly (Tensor | null)[], body: () => readonly (Tensor | null)[]): readonly (Tensor | null)[];
}

/** Hears of a call with its own rule: told before what it does, and when it is done. */
export interface OwnListener {
  done(call: OwnCall): RuleListener;
}

export interface Recorder {
  /** Who writes down what is heard. */
  readonly owner?: object;
  /** A function with its own gradient rule is called: what its arguments are is noted before it writes to them. */
  own?(args: readonly Tensor[]): OwnListener | null;
  /** Whether the calls that a composite op makes inside itself are heard, too. */
  readonly deep: boolean;
  /** `inner` is true for a call inside a composite op. It is heard before the composite itself. */
  hear(call: Call, inner: boolean): void;
  /**
   * An in-place write: from here on `target` stands for `result`, what the last call gave. `before`
   * holds the elements that were written over, null where none were kept. `name` is PyTorch's name of
   * the write (`add_`), null where the call keeps its own name.
   */
  overwrite?(target: Tensor, before: Tensor | null, result: Tensor, name: string | null): void;
  /**
   * Asked before a write, while the elements are still there: whether those that it goes over are to be
   * kept for `overwrite`. Absent means yes.
   */
  keeps?(target: Tensor): boolean;
  /** `target`, which looked as `before`, shows the elements of `other` from here on. */
  show?(target: Tensor, before: Tensor, other: Tensor): void;
  /** Who hears the calls of a backward pass that begins here; the recorder itself where this is absent. */
  pass?(createGraph: boolean): Recorder | null;
  /** In a backward pass: the rule of the node with this number runs next. */
  rule?(seq: number): void;
}

let recorder: Recorder | null = null;
let depth = 0;
/** What is done between ops: looks may end the computation, and what failed may be tried again. */
export interface Between {
  /** Called before each op that no other op calls. */
  look(): void;
  /** Whether an op that failed so may go well if it is called again. */
  retry(error: unknown): boolean;
}

let between: Between | null = null;

/** Runs `body` with somebody being asked between its ops, when nothing is half done. */
export function withBetween<T>(next: Between, body: () => T): T {
  const before = between;
  between = next;
  try {
    return body();
  } finally {
    between = before;
  }
}

/** Whether anybody is asked between ops. */
export const hasBetween = (): boolean => between !== null;

/** Whether an op that no other op called, and that failed with `error`, is to be called again. */
export const isRetried = (error: unknown): boolean => depth === 0 && between !== null && between.retry(error);

export function withRecorder<T>(next: Recorder | null, body: () => T): T {
  const before = recorder;
  const level = depth;
  recorder = next;
  depth = 0;
  try {
    return body();
  } finally {
    recorder = before;
    depth = level;
  }
}

/** Runs a backward pass, heard by whom the recorder names for it. */
export function inPass<T>(createGraph: boolean, body: () => T): T {
  return recorder?.pass === undefined ? body() : withRecorder(recorder.pass(createGraph), body);
}

/** Begins an op's own work: what it calls inside is heard by deep recorders only, and of composites only. */
export function enter(composite: boolean): Recorder | null {
  if (depth === 0 && between !== null) between.look();
  const outer = recorder;
  if (outer !== null && !(composite && outer.deep)) recorder = null;
  depth++;
  return outer;
}

/** Ends it. */
export function leave(outer: Recorder | null): void {
  recorder = outer;
  depth--;
}

/** Who listens to the calls that are made here. */
export const currentRecorder = (): Recorder | null => recorder;

export const isInner = (): boolean => depth > 0;
