/**
 * What cells computed, kept from cell to cell: each call that was made, and each version that a
 * tensor went through. It holds no tensor that the cells themselves have let go of: a value is known
 * by its dtype and shape, and by a copy of its elements where they are few.
 */
import { nodeOf } from '../autograd/node.ts';
import type { Call, Recorder } from '../autograd/recorder.ts';
import { findInPlace } from '../graph/in-place.ts';
import { copy } from '../kernels/copy.ts';
import type { OpDef } from '../ops/define.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import { heapAllocator, withAllocator } from '../tensor/storage.ts';
import { Tensor } from '../tensor/tensor.ts';

const NO_CALLS: readonly Call<OpDef>[] = [];
/** Up to so many elements are copied when a value is made. */
const SMALL = 64;

/** One version of a tensor. */
export interface CellValue {
  readonly dtype: DType;
  readonly shape: Shape;
  requiresGrad: boolean;
  gradFn: string | null;
  /** The variable that it was first bound to. */
  name: string | null;
  /** What was written over to make it, while its cell runs. */
  previous: CellValue | null;
  /** The call that made it; null for leaves, and where the call was forgotten. */
  maker: CellNode | null;
  /** A tensor with its elements, where there is one. */
  stand: Tensor | null;
  /** The number of the cell that it came up in, and its own among all values. */
  readonly cell: number;
  readonly serial: number;
}

/** One call, with values in the place of tensors. */
export interface CellNode {
  op: OpDef;
  readonly args: Record<string, unknown>;
  readonly outputs: CellValue[];
  gradFn: string | null;
  readonly cell: number;
  readonly first: number;
  readonly last: number;
  /** Calls inside a composite op, where they were listened to. */
  inner: readonly Call<OpDef>[];
}

/** A call of a backward pass, with the number of the gradient node whose rule made it. */
export interface PassCall {
  readonly call: Call<OpDef>;
  readonly rule: number | undefined;
}

/** Marks values among a call's arguments. */
export const isCellValue = (x: unknown): x is CellValue =>
  typeof x === 'object' && x !== null && 'maker' in x && 'stand' in x;

/** The values among a call's arguments, lists flattened. */
export function* valuesIn(args: Readonly<Record<string, unknown>>): Generator<CellValue> {
  for (const key in args) {
    const arg = args[key];
    if (isCellValue(arg)) yield arg;
    else if (Array.isArray(arg)) for (const item of arg) if (isCellValue(item)) yield item;
  }
}

/** What is kept of one cell. */
export interface Keeping {
  /** Whether values hold on to their tensors, however large. */
  readonly hold: boolean;
  /** Whether the backward passes are kept, and the calls inside composite ops. */
  readonly deep: boolean;
}

export interface RecordingOptions {
  /** Past so many calls the older half is forgotten. */
  readonly maxNodes: number;
  /** Called before that; it may throw. */
  readonly onFull?: () => void;
}

export class Recording implements Recorder {
  deep = false;
  /** Calls in order. */
  nodes: CellNode[] = [];
  /** Those of the current cell's backward passes. */
  passes: PassCall[] = [];
  /** Whether calls of the current cell were forgotten. */
  shortened = false;
  cell = 0;
  private serial = 0;
  private current = new WeakMap<Tensor, CellValue>();
  private inner: Call<OpDef>[] = [];
  private hold = false;
  /** Values that were taken for given and hold on to their tensors, the oldest first. */
  private readonly constants: { readonly value: CellValue; readonly elements: number }[] = [];
  private constantElements = 0;
  private readonly options: RecordingOptions;

  constructor(options: RecordingOptions) {
    this.options = options;
  }

  /** Begins the next cell. */
  begin({ hold, deep }: Keeping = { hold: false, deep: false }): void {
    this.cell++;
    this.shortened = false;
    this.inner = [];
    this.passes = [];
    this.hold = hold;
    this.deep = deep;
  }

  /** The calls of the current cell. */
  cellNodes(): CellNode[] {
    let start = this.nodes.length;
    while (start > 0 && this.nodes[start - 1].cell === this.cell) start--;
    return this.nodes.slice(start);
  }

  /** The version that a tensor stands for now. */
  valueOf(tensor: Tensor): CellValue | undefined {
    return this.current.get(tensor);
  }

  /** Notes that a variable was bound to a tensor. */
  bind(name: string, tensor: Tensor): void {
    const value = this.known(tensor);
    value.name ??= name;
  }

  /** Names what has been met of a tensor, where it has no name yet. */
  nameKnown(name: string, tensor: Tensor): void {
    for (let value = this.current.get(tensor) ?? null; value !== null; value = value.previous) value.name ??= name;
  }

  hear(call: Call, inner: boolean): void {
    const { op, args, outputs, first, last } = call as Call<OpDef>;
    if (inner) {
      this.inner.push(call as Call<OpDef>);
      return;
    }
    if (this.nodes.length >= this.options.maxNodes) {
      this.options.onFull?.();
      this.forget();
    }
    const node: CellNode = {
      op,
      args: this.mapped(args),
      outputs: [],
      gradFn: nodeName(outputs),
      cell: this.cell,
      first,
      last,
      // An empty list is not handed out: the next call's would be put in it.
      inner: this.inner.length > 0 ? this.inner : NO_CALLS,
    };
    if (this.inner.length > 0) this.inner = [];
    for (const tensor of outputs) node.outputs.push(this.valueFor(tensor, node, false));
    this.nodes.push(node);
  }

  overwrite(target: Tensor, before: Tensor | null, result: Tensor, name: string | null): void {
    const old = this.current.get(target);
    const made = this.current.get(result) ?? this.valueFor(result, null, true);
    // Only the last call can have been made for this write; the result may as well be older.
    const node = made.maker === this.nodes.at(-1) ? made.maker : null;
    if (old === undefined) {
      // The target was not met before: what stood in for it in the call is its first version.
      if (before !== null) this.known(before);
    } else {
      const stand = before === null ? undefined : this.current.get(before);
      if (stand !== undefined) {
        if (node !== null) swap(node.args, stand, old);
        this.dropConstant(stand);
      }
      if (old.stand === target) old.stand = before !== null && (this.hold || before.numel <= SMALL) ? before : null;
      made.name ??= old.name;
      made.previous = old;
    }
    if (node !== null) {
      // What was called in another way keeps its own name: so the graph replays.
      const inPlace = name === null ? undefined : findInPlace(name);
      if (inPlace?.call === node.op.call) node.op = inPlace;
      node.gradFn = nodeName([target]);
    }
    made.requiresGrad = target.requiresGrad;
    made.gradFn = target.gradFn?.name ?? null;
    // What no call made has the target's own elements, up to the next write.
    if (this.hold || (made.maker === null && made.stand === result)) made.stand = target;
    this.current.set(target, made);
  }

  /** Small values are copied as they are met, and of large ones only constants matter. */
  keeps(target: Tensor): boolean {
    const value = this.current.get(target);
    // What was computed can be computed again by who replays the graph.
    if (this.hold) return value === undefined || value.maker === null || target.numel <= SMALL;
    return target.numel > SMALL && (value === undefined || value.stand === target);
  }

  pass(createGraph: boolean): Recorder | null {
    // What can be differentiated again is a part of the graph as all else is.
    if (createGraph) return this;
    if (!this.deep) return null;
    let rule: number | undefined;
    return {
      deep: false,
      hear: (call) => {
        if (this.passes.length < this.options.maxNodes) this.passes.push({ call: call as Call<OpDef>, rule });
      },
      rule: (seq) => {
        rule = seq;
      },
    };
  }

  /** Forgets the older half of the calls: what they made is taken for given. */
  forget(keep = this.options.maxNodes >>> 1): void {
    const gone = this.nodes.splice(0, Math.max(0, this.nodes.length - keep));
    for (const node of gone) for (const value of node.outputs) value.maker = null;
    if (gone.at(-1)?.cell === this.cell) this.shortened = true;
  }

  /** Lets go of the cell's large values; of constants only beyond so many elements, the older ones first. */
  release(maxElements: number): void {
    this.passes = [];
    for (const node of this.cellNodes()) {
      node.inner = [];
      for (const value of node.outputs) {
        value.previous = null;
        if (this.hold && value.stand !== null && value.stand.storage.numel > SMALL) value.stand = null;
      }
    }
    while (this.constantElements > maxElements) {
      const oldest = this.constants.shift();
      if (oldest === undefined) break;
      this.constantElements -= oldest.elements;
      oldest.value.stand = null;
    }
  }

  /** Elements that are held here and perhaps nowhere else. */
  get size(): number {
    return this.nodes.length * SMALL + this.constantElements;
  }

  private mapped(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const key in args) {
      const arg = args[key];
      if (arg instanceof Tensor) out[key] = this.known(arg);
      else if (Array.isArray(arg) && arg.some((item) => item instanceof Tensor)) {
        out[key] = arg.map((item: unknown) => (item instanceof Tensor ? this.known(item) : item));
      } else out[key] = arg;
    }
    return out;
  }

  /** What was taken for given, and stands for a version that is known. */
  private dropConstant(value: CellValue): void {
    const last = this.constants.at(-1);
    if (last?.value !== value) return;
    this.constants.pop();
    this.constantElements -= last.elements;
  }

  /** The version of a tensor; one that was not met before is taken for given. */
  private known(tensor: Tensor): CellValue {
    return this.current.get(tensor) ?? this.valueFor(tensor, null, true);
  }

  private valueFor(tensor: Tensor, maker: CellNode | null, given: boolean): CellValue {
    const value: CellValue = {
      dtype: tensor.dtype,
      shape: tensor.shape,
      requiresGrad: tensor.requiresGrad,
      gradFn: tensor.gradFn?.name ?? null,
      name: null,
      previous: null,
      maker,
      stand: this.hold ? tensor : tensor.numel <= SMALL ? snapshot(tensor) : given ? tensor : null,
      cell: this.cell,
      serial: this.serial++,
    };
    this.current.set(tensor, value);
    if (given && value.stand === tensor) {
      const elements = tensor.storage.meta ? 0 : tensor.storage.numel;
      this.constants.push({ value, elements });
      this.constantElements += elements;
    }
    return value;
  }
}

const nodeName = (outputs: readonly Tensor[]): string | null => {
  for (const t of outputs) {
    const node = nodeOf(t);
    if (node !== null) return node.name;
  }
  return null;
};

/** A copy of the elements, outside of the request's budget and graph. */
const snapshot = (tensor: Tensor): Tensor | null =>
  tensor.storage.meta ? null : withAllocator(heapAllocator, () => copy(tensor));

function swap(args: Record<string, unknown>, from: CellValue, to: CellValue): void {
  for (const key in args) {
    const arg = args[key];
    if (arg === from) args[key] = to;
    else if (Array.isArray(arg) && arg.includes(from))
      args[key] = arg.map((item: unknown) => (item === from ? to : item));
  }
}
