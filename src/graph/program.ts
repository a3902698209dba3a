/**
 * What was computed, as versioned values and the calls that made them, whoever asked for it: a route of one
 * op, a graph, code, or the cells of a workspace.
 */
import { isGradEnabled } from '../autograd/mode.ts';
import { nodeOf } from '../autograd/node.ts';
import { type Call, currentRecorder, type OwnListener, type Recorder, withRecorder } from '../autograd/recorder.ts';
import { baseOf } from '../autograd/windows.ts';
import { copy } from '../kernels/copy.ts';
import type { OpDef } from '../ops/define.ts';
import { findOp } from '../ops/registry.ts';
import { isFloating } from '../tensor/dtype.ts';
import { contiguousStrides, numelOf, sameShape } from '../tensor/shape.ts';
import { heapAllocator, metaAllocator, withAllocator } from '../tensor/storage.ts';
import { Tensor, type TensorMeta } from '../tensor/tensor.ts';
import { FunctionCall } from './function-call.ts';
import { findInPlace } from './in-place.ts';
import { covers, denseOrder, type Place, Shown, sameLayout, type Write } from './shown.ts';
import { type ProgramNode, Value } from './value.ts';

/** Rules within rules that are carried out only to be heard. */
const TRACED_DEPTH = 2;

/** Up to so many elements are copied when a value is made, and written into documents unasked. */
export const SMALL = 64;

/** Calls through which no gradient goes in any case. */
const CUTS: ReadonlySet<string> = new Set(['detach', 'with_data']);

/** In the place of `rule`: the call was made by a rule whose pass nobody else hears. */
const UNHEARD = -1;

export interface ProgramSettings {
  /** Past so many calls the older half is forgotten. */
  readonly maxNodes: number;
  /**
   * Whether no tensor is ever written over, as in a graph: then each is the only version of itself, and
   * calls are kept as they were made.
   */
  readonly functional?: boolean;
  /** Whether rules that never ran are carried out at the end, to be written down: see {@link Program.traceRules}. */
  readonly traces?: boolean;
}

/** What is kept of one part. */
export interface Keeping {
  /** Whether values hold on to their tensors, however large. */
  readonly hold: boolean;
  /** Whether the backward passes are kept, and the calls inside composite ops. */
  readonly deep: boolean;
}

export class Program implements Recorder {
  readonly owner = this;
  deep: boolean;
  /** Forward calls in order. */
  nodes: ProgramNode[] = [];
  /** Those of the current part's backward passes. */
  backward: ProgramNode[] = [];
  /** Whether calls of the current part were forgotten. */
  shortened = false;
  part = 0;
  /** Whether values of any part have held on to tensors however large; else only constants do. */
  hasHeld = false;
  /** Calls of rules that are written down as they run, the innermost last; how many there are of all rules. */
  private readonly rules: ProgramNode[][] = [];
  private ruleNodes = 0;
  private hold: boolean;
  private serial = 0;
  private families = 0;
  /** Calls inside a composite op that has not been heard yet, and all of the current part. */
  private inner: ProgramNode[] | null = null;
  /** The last call whose results were cut off, and where that is noted. */
  private cuts: { readonly node: ProgramNode; readonly at: number } | null = null;
  private hidden: ProgramNode[] | null = null;
  /** Values that were taken for given and hold on to their tensors, the oldest first. */
  private readonly constants: { readonly value: Value; readonly elements: number }[] = [];
  private constantElements = 0;
  private readonly settings: ProgramSettings;

  constructor(settings: ProgramSettings, { hold, deep }: Keeping) {
    this.settings = settings;
    this.hold = hold;
    this.hasHeld = hold;
    this.deep = deep;
  }

  /** Begins the next part. */
  begin({ hold, deep }: Keeping): void {
    this.part++;
    this.shortened = false;
    this.inner = null;
    this.hidden = null;
    this.backward = [];
    this.hold = hold;
    this.hasHeld ||= hold;
    this.deep = deep;
  }

  /** The calls of the current part. */
  partNodes(): ProgramNode[] {
    let start = this.nodes.length;
    while (start > 0 && this.nodes[start - 1].part === this.part) start--;
    return this.nodes.slice(start);
  }

  /** The version that a tensor stood for when it was met last. */
  valueOf(tensor: Tensor): Value | undefined {
    const value = tensor.recorded as Value | null;
    return value !== null && value.program === this ? value : undefined;
  }

  /** The version that a tensor stands for now, writes through other tensors included. */
  current(tensor: Tensor): Value | undefined {
    const value = this.valueOf(tensor);
    return value !== undefined && this.isBehind(tensor) ? this.follow(tensor, value) : value;
  }

  /** Whether a tensor's elements were written to through another one since it was met last. */
  isBehind(tensor: Tensor): boolean {
    return Shown.of(tensor.storage, this)?.isBehind(tensor) ?? false;
  }

  /** The value that stands among a call's arguments; undefined where that is no tensor. */
  operand(arg: unknown): Value | undefined {
    if (arg instanceof Value) return arg;
    return arg instanceof Tensor ? this.known(arg) : undefined;
  }

  /** The values among a call's arguments, lists flattened. */
  operands(args: Readonly<Record<string, unknown>>): Value[] {
    const found: Value[] = [];
    for (const key in args) {
      const arg = args[key];
      const value = this.operand(arg);
      if (value !== undefined) found.push(value);
      else if (Array.isArray(arg)) {
        for (const item of arg) {
          const member = this.operand(item);
          if (member !== undefined) found.push(member);
        }
      }
    }
    return found;
  }

  /** The version of a tensor; one that was not met before is taken for given. */
  known(tensor: Tensor): Value {
    return this.current(tensor) ?? this.valueFor(tensor, null, true);
  }

  /** Notes that a variable was bound to a tensor, or that a request calls it so; a later name does not replace the first. */
  name(name: string, tensor: Tensor): void {
    this.known(tensor).name ??= name;
  }

  /** Names what has been met of a tensor, where it has no name yet. */
  nameKnown(name: string, tensor: Tensor): void {
    for (let value = this.valueOf(tensor) ?? null; value !== null; value = value.previous) value.name ??= name;
  }

  hear(call: Call, inner: boolean): void {
    if (!inner && this.nodes.length >= this.settings.maxNodes) this.forget();
    const node = this.nodeFor(call as Call<OpDef>);
    if (inner) {
      this.inner ??= [];
      this.inner.push(node);
      return;
    }
    if (this.inner !== null) {
      for (const part of this.inner) part.composite = node;
      this.hidden ??= [];
      for (const part of this.inner) this.hidden.push(part);
      this.inner = null;
    }
    this.nodes.push(node);
    this.noteInRules(node);
    if (!this.settings.functional && !isGradEnabled()) this.cut(node, (call as Call<OpDef>).outputs);
  }

  /**
   * Has the results of a call that was made without gradients, though its operands have some, be those of
   * `detach`: else whoever replays the document would let gradients through.
   */
  private cut(node: ProgramNode, outputs: readonly Tensor[]): void {
    this.cuts = null;
    if (!node.op.differentiable || CUTS.has(node.op.name)) return;
    if (!this.hangsOnGrad(node)) return;
    const { length } = this.nodes;
    for (const out of outputs) {
      const input = this.valueOf(out);
      if (input !== undefined && input.maker === node && isFloating(out.dtype)) this.call('detach', { input }, out);
    }
    if (this.nodes.length > length) this.cuts = { node, at: length };
  }

  private hangsOnGrad(node: ProgramNode): boolean {
    return this.operands(node.args).some((value) => value.requiresGrad);
  }

  /** Takes back what {@link cut} noted last, where the call turns out to be a write: who is written to keeps its history. */
  private uncut(result: Tensor): void {
    const { cuts } = this;
    this.cuts = null;
    if (cuts === null || this.nodes.length !== cuts.at + 1 || this.nodes[cuts.at - 1] !== cuts.node) return;
    const value = this.valueOf(result);
    if (value === undefined || value.maker !== this.nodes[cuts.at]) return;
    this.nodes.pop();
    result.recorded = cuts.node.outputs[0];
    result.recordedAt = cuts.node.outputs[0].serial;
  }

  /** Listens to a backward pass, or to the replay of one; `of` is the forward node that calls belong to until a rule is told. */
  backwardRecorder(of?: () => number | undefined): Recorder {
    let rule: number | undefined;
    const add = (node: ProgramNode): void => {
      this.backward.push(node);
      this.noteInRules(node);
    };
    const place = () => ({ rule, of: rule === undefined ? of?.() : undefined });
    return {
      owner: this,
      deep: false,
      hear: (call) => {
        if (this.backward.length >= this.settings.maxNodes) return;
        for (const value of this.operands(call.args)) this.unfold(value);
        add(this.nodeFor(call as Call<OpDef>, place()));
      },
      keeps: (target) => this.keeps(target),
      overwrite: (target, before, result, name) => {
        this.rewrite(this.backward.at(-1), target, before, result, name);
      },
      own: (args) => this.ownIn(args, place, add),
      rule: (seq) => {
        rule = seq;
      },
    };
  }

  /** Listens to a rule in a pass that nobody else hears, and notes the tensors that it met. */
  private unheardRecorder(met: Tensor[]): Recorder {
    const place = { rule: UNHEARD };
    let last: ProgramNode | undefined;
    const add = (node: ProgramNode): void => {
      last = node;
      this.noteInRules(node);
    };
    return {
      owner: this,
      deep: false,
      hear: (call) => {
        add(this.nodeFor(call as Call<OpDef>, place));
        for (const out of call.outputs) met.push(out);
      },
      keeps: () => false,
      overwrite: (target, before, result, name) => {
        this.rewrite(last, target, before, result, name);
        met.push(target);
      },
      own: (args) => this.ownIn(args, () => place, add),
    };
  }

  get traces(): boolean {
    return this.settings.traces === true;
  }

  own(args: readonly Tensor[]): OwnListener | null {
    return this.ownIn(
      args,
      () => ({}),
      (node) => {
        this.nodes.push(node);
        this.noteInRules(node);
      },
    );
  }

  private ownIn(
    args: readonly Tensor[],
    place: () => { readonly rule?: number; readonly of?: number },
    add: (node: ProgramNode) => void,
  ): OwnListener | null {
    // Without gradients it is what it calls, but for a rule that is to be differentiated once it is replayed.
    if (!isGradEnabled() && this.rules.length === 0) return null;
    if (this.ruleNodes >= this.settings.maxNodes) return null;
    const values = args.map((t) => this.known(t));
    return new FunctionCall(this, values, (call) => {
      if (this.nodes.length >= this.settings.maxNodes) this.forget();
      const node = this.nodeFor(call, place());
      add(node);
      return node;
    });
  }

  /** Writes down in `nodes` what a rule calls. `met` gets the tensors of a pass that nobody else hears. */
  hearRule<T>(nodes: ProgramNode[], met: Tensor[], body: () => T): T | undefined {
    const outer = currentRecorder();
    if (outer !== null && outer.owner !== this) return undefined;
    if (this.ruleNodes >= this.settings.maxNodes) return undefined;
    this.rules.push(nodes);
    try {
      return outer === null ? withRecorder(this.unheardRecorder(met), body) : body();
    } finally {
      this.rules.pop();
    }
  }

  private noteInRules(node: ProgramNode): void {
    for (const nodes of this.rules) nodes.push(node);
    this.ruleNodes += this.rules.length;
  }

  /** Values from here on have this number, or a higher one. */
  get nextSerial(): number {
    return this.serial;
  }

  /** What stands for a tensor that comes from outside of all that is written down; its elements are not kept. */
  standIn(tensor: Tensor): Value {
    const value = new Value(this, tensor, null, null, this.serial++);
    tensor.recorded = value;
    tensor.recordedAt = value.serial;
    return value;
  }

  /** A constant of the elements that a value holds; undefined where they are gone. */
  constantOf({ tensor }: Value): Value | undefined {
    return tensor === null || tensor.storage.meta ? undefined : this.valueFor(copy(tensor), null, true);
  }

  /**
   * Carries out the rules that were never heard, so that the document can tell them; of those within them some,
   * so that derivatives of derivatives can be taken.
   */
  traceRules(nodes: readonly ProgramNode[], depth = 0): void {
    if (!this.traces || depth > TRACED_DEPTH) return;
    for (const { own } of nodes) {
      if (own === null) continue;
      if (!own.isHeard) own.trace();
      this.traceRules(own.nodes, depth + 1);
    }
  }

  pass(createGraph: boolean): Recorder | null {
    // What can be differentiated again is a part of the graph as all else is.
    if (createGraph) return this;
    return this.deep ? this.backwardRecorder() : null;
  }

  overwrite(target: Tensor, before: Tensor | null, result: Tensor, name: string | null): void {
    this.uncut(result);
    this.rewrite(this.nodes.at(-1), target, before, result, name);
  }

  /** `last` is the call before the write, which may have been made for it. */
  private rewrite(
    last: ProgramNode | undefined,
    target: Tensor,
    before: Tensor | null,
    result: Tensor,
    name: string | null,
  ): void {
    const isBack = last !== undefined && last !== this.nodes.at(-1);
    const old = this.valueOf(target);
    let made = this.valueOf(result) ?? this.valueFor(result, null, true);
    // Only the last call can have been made for this write; the result may as well be older.
    const node = made.maker !== null && made.maker === last ? made.maker : null;
    if (old === undefined) {
      // The target was not met before: what stood in for it in the call is its first version.
      if (before !== null) this.known(before);
    } else {
      const stand = before === null ? undefined : this.valueOf(before);
      if (stand !== undefined) {
        if (node !== null) swap(node.args as Record<string, unknown>, stand, old);
        this.dropConstant(stand);
      }
      if (old.tensor === target) old.tensor = before !== null && (this.hold || before.numel <= SMALL) ? before : null;
      made.name ??= old.name;
      // What was written over itself goes back to what was before it, not to itself.
      if (made !== old) made.previous = old;
    }
    if (node !== null) {
      // What was called in another way keeps its own name: so the graph replays.
      const inPlace = name === null ? undefined : findInPlace(name);
      if (inPlace?.call === node.op.call) node.op = inPlace;
      node.gradFn = nodeName([target]);
      if (!isBack && !isGradEnabled() && !target.requiresGrad && isFloating(made.dtype) && this.hangsOnGrad(node)) {
        const written = made;
        made = this.call('detach', { input: written }, result);
        made.name = written.name;
        made.previous = written;
      }
    }
    made.requiresGrad = target.requiresGrad;
    made.hangOn(target);
    // What no call made has the target's own elements, up to the next write.
    const unheard = last?.rule === UNHEARD;
    if ((this.hold && !unheard) || (made.maker === null && made.tensor === result)) this.lend(made, target);
    target.recorded = made;
    target.recordedAt = this.serial++;
    // A write through a window is told of its base as well; what nobody hears is not told of others.
    if (!target.storage.meta && baseOf(target) === null && !unheard) {
      if (target.family === 0) target.family = ++this.families;
      Shown.for(target.storage, this).write(target, made, target.family, target.recordedAt);
    }
  }

  /** Small values are copied as they are met, and of large ones only constants matter. */
  keeps(target: Tensor): boolean {
    const value = this.current(target);
    for (const other of Shown.of(target.storage, this)?.reached(target) ?? []) {
      this.letGo(other);
    }
    // What was computed can be computed again by who replays the graph.
    if (this.hold) return value === undefined || value.maker === null || target.numel <= SMALL;
    return value === undefined || (target.numel > SMALL && value.tensor === target);
  }

  /** The values that keep more than a few elements, or lead to others that do. */
  *values(): Generator<Value> {
    for (const { value } of this.constants) yield value;
    if (!this.hasHeld) return;
    for (const list of [this.nodes, this.backward, this.inner ?? [], this.hidden ?? []])
      for (const node of withRules(list)) yield* node.outputs;
  }

  show(target: Tensor, before: Tensor, other: Tensor): void {
    target.family = 0;
    const old = this.valueOf(target);
    if (old === undefined && this.valueOf(other) === undefined) return;
    if (old?.tensor === target) old.tensor = before;
    this.next(target, old, this.known(other));
  }

  /** Forgets the older half of the calls: what they made is taken for given. */
  forget(keep = this.settings.maxNodes >>> 1): void {
    const gone = this.nodes.splice(0, Math.max(0, this.nodes.length - keep));
    for (const node of gone) {
      for (const value of node.outputs) value.maker = null;
      this.ruleNodes -= node.own?.forget() ?? 0;
    }
    if (gone.at(-1)?.part === this.part) this.shortened = true;
  }

  /** Lets go of the part's large values; of constants only beyond so many elements, the older ones first. */
  release(maxElements: number): void {
    this.backward = [];
    for (const node of this.hidden ?? []) {
      for (const value of node.outputs) {
        value.maker = null;
        value.tensor = null;
      }
    }
    this.hidden = null;
    for (const node of withRules(this.partNodes())) {
      for (const value of node.outputs) {
        value.previous = null;
        if (this.hold && value.tensor !== null && value.tensor.storage.numel > SMALL) value.tensor = null;
      }
    }
    while (this.constantElements > maxElements) {
      const oldest = this.constants.shift();
      if (oldest === undefined) break;
      this.constantElements -= oldest.elements;
      oldest.value.tensor = null;
    }
  }

  /** Where in `nodes`, by default all, a gradient node comes from. */
  static forwardOf(nodes: readonly ProgramNode[], seq: number): number | undefined {
    let low = 0;
    let high = nodes.length - 1;
    while (low <= high) {
      const mid = (low + high) >>> 1;
      const { first, last } = nodes[mid];
      if (seq < first) high = mid - 1;
      else if (seq >= last) low = mid + 1;
      else return mid;
    }
    return undefined;
  }

  private nodeFor(
    { op, args, outputs, first, last }: Call<OpDef>,
    { rule, of }: { readonly rule?: number; readonly of?: number } = {},
  ): ProgramNode {
    const values: Value[] = [];
    const node: ProgramNode = {
      op,
      args: this.settings.functional && this.rules.length === 0 ? args : this.mapped(args),
      outputs: values,
      gradFn: nodeName(outputs),
      part: this.part,
      first,
      last,
      rule,
      of,
      composite: null,
      unfolded: false,
      own: null,
    };
    for (let i = 0; i < outputs.length; i++) values.push(this.valueFor(outputs[i], node, false));
    return node;
  }

  /** Brings the hidden steps of a composite op, which a rule reads the result of, into the backward part. */
  private unfold(value: Value): void {
    const node = value.maker;
    if (node === null || node.composite === null || node.unfolded) return;
    node.unfolded = true;
    for (const operand of this.operands(node.args)) this.unfold(operand);
    this.backward.push(node);
  }

  /** What was taken for given, and stands for a version that is known. */
  private dropConstant(value: Value): void {
    const last = this.constants.at(-1);
    if (last?.value !== value) return;
    this.constants.pop();
    this.constantElements -= last.elements;
  }

  /** The next version of a tensor whose elements were written to through others. */
  private follow(tensor: Tensor, old: Value): Value {
    // Where no element has changed, as after a base was given other ones, it holds on to the tensor still.
    if (old.tensor === tensor) this.letGo(old);
    const data = this.afterWrites(tensor, old) ?? this.inOwner(tensor);
    if (data !== undefined) return this.next(tensor, old, data);
    // How the elements came about cannot be told in calls: they are taken for given.
    const value = this.valueFor(tensor, null, true);
    value.name = old.name;
    value.previous = old;
    return value;
  }

  /** The elements of a tensor after the writes that it missed; undefined where calls cannot tell of them. */
  private afterWrites(tensor: Tensor, old: Value): Value | undefined {
    let data: Value | undefined = old;
    for (const write of Shown.of(tensor.storage, this)?.missed(tensor) ?? [undefined])
      data = data && write && this.written(data, tensor, write);
    return data;
  }

  /** The elements of a window as those of what it is a window on; undefined where it is none. */
  private inOwner(tensor: Tensor): Value | undefined {
    const base = baseOf(tensor);
    if (base === null || !covers(base, tensor)) return undefined;
    return this.windowOf(this.known(base), base, tensor);
  }

  /** The elements of a tensor, of `value`, which are those of a place that covers it. */
  private windowOf(value: Value, place: Place, tensor: Tensor): Value {
    const { shape: size, strides: stride } = tensor;
    const input = this.permuted(value, denseOrder(place));
    const args = { input, size, stride, storageOffset: tensor.offset - place.offset };
    return this.call('strided_window', args, shapeOnly(tensor));
  }

  private permuted(input: Value, dims: readonly number[] = []): Value {
    if (dims.every((d, i) => d === i)) return input;
    const shape = dims.map((d) => input.shape[d]);
    return this.call('permute', { input, dims }, shapeOnly({ dtype: input.dtype, shape }));
  }

  /** `data`, which are the elements of a tensor, after a write; undefined where neither is a window on the other. */
  private written(data: Value, tensor: Tensor, { value, place }: Write): Value | undefined {
    if (sameLayout(place, tensor)) return value;
    if (covers(place, tensor)) return this.windowOf(value, place, tensor);
    if (!covers(tensor, place)) return undefined;
    const { shape: size, strides: stride } = place;
    const order = denseOrder(tensor) as number[];
    const input = this.permuted(data, order);
    const args = { input, src: value, size, stride, storageOffset: place.offset - tensor.offset };
    const whole = this.call('strided_window_scatter', args, shapeOnly(input));
    return this.permuted(
      whole,
      order.map((_, d) => order.indexOf(d)),
    );
  }

  /** The next version of a tensor: elements that came about elsewhere, and the history that it has. */
  private next(tensor: Tensor, old: Value | undefined, data: Value): Value {
    const hangs =
      old !== undefined && tensor.requiresGrad && old.dtype === data.dtype && sameShape(old.shape, data.shape);
    const value = hangs
      ? this.call('with_data', { input: old, data }, tensor)
      : this.call('detach', { input: data }, tensor);
    if (old !== undefined) {
      // That may have been asked for after the tensor was made.
      old.requiresGrad = tensor.requiresGrad;
      value.name = old.name;
      value.previous = old;
    }
    return value;
  }

  /** Notes a call that nobody made, of which `out` is to be the result. */
  private call(name: string, args: Readonly<Record<string, unknown>>, out: Tensor): Value {
    if (this.nodes.length >= this.settings.maxNodes) this.forget();
    const at = this.nodes.at(-1)?.last ?? 0;
    const node = this.nodeFor({ op: findOp(name) as OpDef, args, outputs: [out], first: at, last: at });
    this.nodes.push(node);
    this.noteInRules(node);
    return node.outputs[0];
  }

  /** Has a value let go of the tensor that it holds on to, before others write to it. */
  private letGo(value: Value): void {
    const tensor = value.tensor as Tensor;
    value.tensor = (this.hold && value.maker === null) || tensor.numel <= SMALL ? copy(tensor) : null;
  }

  /** Has a value hold on to a tensor that may be written over. */
  private lend(value: Value, tensor: Tensor): void {
    value.tensor = tensor;
    if (!tensor.storage.meta) Shown.for(tensor.storage, this).hold(value);
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

  private valueFor(tensor: Tensor, maker: ProgramNode | null, given: boolean): Value {
    const unheard = maker?.rule === UNHEARD;
    const hold = this.hold && !unheard;
    const kept = unheard ? null : hold ? tensor : tensor.numel <= SMALL ? snapshot(tensor) : given ? tensor : null;
    const value = new Value(this, tensor, maker, kept, this.serial++);
    tensor.recorded = value;
    tensor.recordedAt = value.serial;
    if (kept === tensor && !this.settings.functional) this.lend(value, tensor);
    if (given && !hold && kept === tensor) {
      const elements = tensor.storage.meta ? 0 : tensor.storage.numel;
      this.constants.push({ value, elements });
      this.constantElements += elements;
    }
    return value;
  }
}

/** Calls, each followed by those that its own rule was heard to make. */
function* withRules(nodes: readonly ProgramNode[]): Generator<ProgramNode> {
  for (const node of nodes) {
    yield node;
    if (node.own !== null) yield* withRules(node.own.nodes);
  }
}

/** The name of the gradient node of a call's results. */
function nodeName(outputs: readonly Tensor[]): string | null {
  for (let i = 0; i < outputs.length; i++) {
    const node = nodeOf(outputs[i]);
    if (node !== null) return node.name;
  }
  return null;
}

/** A tensor of the same shape and dtype whose elements nobody wants. */
const shapeOnly = ({ dtype, shape }: TensorMeta): Tensor =>
  new Tensor(metaAllocator.alloc(dtype, numelOf(shape)), shape, contiguousStrides(shape), 0);

/** A copy of the elements, outside of the request's budget and graph. */
const snapshot = (tensor: Tensor): Tensor | null =>
  tensor.storage.meta ? null : withAllocator(heapAllocator, () => copy(tensor));

function swap(args: Record<string, unknown>, from: Value, to: Value): void {
  for (const key in args) {
    const arg = args[key];
    if (arg === from) args[key] = to;
    else if (Array.isArray(arg) && arg.includes(from))
      args[key] = arg.map((item: unknown) => (item === from ? to : item));
  }
}
