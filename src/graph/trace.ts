/** What was computed, with the names that its document will carry. */
import type { Node } from '../autograd/node.ts';
import type { Call, Recorder } from '../autograd/recorder.ts';
import type { OpDef } from '../ops/define.ts';
import { Tensor } from '../tensor/tensor.ts';

export interface TraceNode {
  readonly op: OpDef;
  readonly args: Readonly<Record<string, unknown>>;
  readonly outputs: readonly Tensor[];
  /** Of a backward node: the index of the forward node whose rule it carries out. */
  readonly of?: number;
}

/** The tensors among a call's arguments, lists flattened. */
export function* tensorsIn(args: Readonly<Record<string, unknown>>): Generator<Tensor> {
  for (const key in args) {
    const value = args[key];
    if (value instanceof Tensor) yield value;
    else if (Array.isArray(value)) for (const item of value) if (item instanceof Tensor) yield item;
  }
}

/**
 * The recording of a request: forward calls, and where asked for those of the backward pass, and
 * the names of values. Names are unique; those not given are made from the op's name.
 */
export class Trace {
  readonly inputs: string[] = [];
  readonly nodes: Call<OpDef>[] = [];
  /** Values that stand in the document though no node may read them. */
  readonly constants: Tensor[] = [];
  readonly backward: TraceNode[] = [];
  /** Gradients by the name of what they belong to. */
  readonly grads = new Map<string, Tensor>();
  private readonly names = new Map<Tensor, string>();
  /** Names that were given, gathered in `taken` when another one is made up. */
  private given: string[] = [];
  private taken: Set<string> | undefined;
  private counters: Map<string, number> | undefined;
  /** Calls inside composite ops, by result: the backward pass may need what they made. */
  private hidden: Map<Tensor, TraceNode> | undefined;
  private readonly inner: Call<OpDef>[] = [];
  /** Which node made what, filled in as far as `indexed` when it is asked for. */
  private makers: Map<Tensor, number> | undefined;
  private indexed = 0;
  private readonly deep: boolean;

  /** `deep`: the backward pass will be recorded, too. */
  constructor(deep: boolean) {
    this.deep = deep;
  }

  /** Gives a tensor its name; a later one does not replace the first. */
  name(tensor: Tensor, name: string): void {
    this.given.push(name);
    if (!this.names.has(tensor)) this.names.set(tensor, name);
  }

  private isTaken(name: string): boolean {
    this.taken ??= new Set();
    if (this.given.length > 0) {
      for (const known of this.given) this.taken.add(known);
      this.given = [];
    }
    return this.taken.has(name);
  }

  nameOf(tensor: Tensor): string | undefined {
    return this.names.get(tensor);
  }

  input(tensor: Tensor, name: string): void {
    this.inputs.push(name);
    this.name(tensor, name);
  }

  /** Names a tensor after `base`, with a number that is free. */
  nameAfter(tensor: Tensor, base: string): string {
    const known = this.names.get(tensor);
    if (known !== undefined) return known;
    this.counters ??= new Map();
    let n = this.counters.get(base) ?? 0;
    let name: string;
    do name = `${base}_${++n}`;
    while (this.isTaken(name));
    this.counters.set(base, n);
    this.name(tensor, name);
    return name;
  }

  /** Names a gradient `d_` and what it belongs to, unless it is a value that has a name. */
  nameGradient(tensor: Tensor, of: string): void {
    if (!this.names.has(tensor)) {
      const name = `d_${of}`;
      if (this.isTaken(name)) this.nameAfter(tensor, name);
      else this.name(tensor, name);
    }
    this.grads.set(of, tensor);
  }

  /** Listens to the forward part. */
  recorder(): Recorder {
    return {
      deep: this.deep,
      hear: (call, inner) => {
        if (inner) {
          this.inner.push(call as Call<OpDef>);
          return;
        }
        this.nodes.push(call as Call<OpDef>);
        if (this.inner.length > 0) this.hide(this.nodes.length - 1, call.outputs);
      },
    };
  }

  /** Keeps what a composite op has just called inside itself. */
  private hide(node: number, outputs: readonly Tensor[]): void {
    this.hidden ??= new Map();
    for (const call of this.inner) {
      // A result that the composite itself gave has its name already: taken up again, it gets another.
      const again = call.outputs.map((t) => (outputs.includes(t) ? t.alias() : t));
      const hidden = { op: call.op, args: call.args, outputs: again, of: node };
      for (const output of again) this.hidden.set(output, hidden);
    }
    this.inner.length = 0;
  }

  /** Listens to the backward part; `current` says whose rule is running. */
  backwardRecorder(current: () => number | undefined): Recorder {
    return {
      deep: false,
      hear: (call) => {
        const { op, args, outputs } = call as Call<OpDef>;
        for (const t of tensorsIn(args)) this.unfold(t);
        this.backward.push({ op, args, outputs, of: current() });
      },
    };
  }

  /** The forward node that a gradient node belongs to. */
  forwardOf(node: Pick<Node, 'seq'>): number | undefined {
    let low = 0;
    let high = this.nodes.length - 1;
    while (low <= high) {
      const mid = (low + high) >>> 1;
      const { first, last } = this.nodes[mid];
      if (node.seq < first) high = mid - 1;
      else if (node.seq >= last) low = mid + 1;
      else return mid;
    }
    return undefined;
  }

  /** The forward node that made a value. */
  makerOf(tensor: Tensor): number | undefined {
    this.makers ??= new Map();
    for (; this.indexed < this.nodes.length; this.indexed++) {
      for (const output of this.nodes[this.indexed].outputs) this.makers.set(output, this.indexed);
    }
    return this.makers.get(tensor);
  }

  /** Brings the hidden steps of a composite op, which a rule reads the result of, into the backward part. */
  private unfold(tensor: Tensor): void {
    const node = this.hidden?.get(tensor);
    if (node === undefined) return;
    for (const output of node.outputs) this.hidden?.delete(output);
    for (const t of tensorsIn(node.args)) this.unfold(t);
    this.backward.push(node);
  }
}
