/** What an op leaves behind for its backward pass: the call's arguments, and the rules that read them. */
import { isGradEnabled } from '../autograd/mode.ts';
import { type BackwardRule, type Edge, type Node, type Step, tensorOf } from '../autograd/node.ts';
import { primitives } from '../autograd/primitives.ts';
import { Packed } from '../autograd/saved.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Param } from './params.ts';

type Result = Tensor | readonly Tensor[];

/**
 * The arguments of a call by name. What the call gave is kept beside them, for the rules to read as
 * `result`; it is no argument, and does not come up when these are enumerated.
 */
export class CallArgs {
  [key: string]: unknown;
  #result: Result | undefined = undefined;

  get result(): Result | undefined {
    return this.#result;
  }

  set result(value: Result | undefined) {
    this.#result = value;
  }
}

/** By the names that it reads, a rule gives the gradient of one parameter. */
export type LooseRule = (saved: unknown, grad: unknown) => Tensor | readonly (Tensor | null)[] | null;

/** What is known of an op's part of PyTorch's graph. */
interface GraphShape {
  /** The differentiable parameters, and all. */
  readonly params: readonly Pick<Param, 'key' | 'kind'>[];
  readonly all: readonly Pick<Param, 'key' | 'name'>[];
  /** Whether a number in the place of a tensor is one to PyTorch. */
  readonly wraps: boolean;
  readonly theirs?: (edge: (key: string) => Edge | null, node: string) => readonly Step[];
  /** The op's definition, from when that is made. */
  op: object | null;
}

let under = 0;

/** Whether what is called here is part of a rule that is recorded. */
export const isInRule = (): boolean => under > 0;

/** The rules of an op, in the order of its differentiable parameters. One serves all calls of the op. */
export class OpRule implements BackwardRule {
  private readonly rules: readonly LooseRule[];
  private readonly single: boolean;
  private readonly hangsOn: readonly (readonly number[])[] | null;

  private readonly graph: GraphShape;
  private named: ReadonlyMap<string, string> | null = null;

  /** `single`: the call gave one tensor, not a list. `hangsOn`: see the definition of an op. */
  constructor(
    rules: readonly LooseRule[],
    single: boolean,
    hangsOn: readonly (readonly number[])[] | null,
    graph: GraphShape,
  ) {
    this.rules = rules;
    this.single = single;
    this.hangsOn = hangsOn;
    this.graph = graph;
  }

  get op(): object | null {
    return this.graph.op;
  }

  get names(): ReadonlyMap<string, string> {
    this.named ??= new Map([
      ...this.graph.all.map(({ key, name }): [string, string] => [name === 'input' ? 'self' : name, key]),
      ['result', 'result'],
    ]);
    return this.named;
  }

  steps(node: Node, state: object): readonly Step[] | null {
    const { params, wraps, theirs } = this.graph;
    // Most often each parameter has its edge, in this order.
    if (theirs === undefined && node.edges.length === params.length && node.edges.every((e) => e.item < 0)) return null;
    const edge = (param: number, item: number): Edge | null =>
      node.edges.find((e) => e.param === param && e.item === item) ?? null;
    if (theirs !== undefined) {
      const named = (key: string): Edge | null => edge(params.map((p) => p.key).indexOf(key), -1);
      return theirs(named, node.name);
    }
    return params.flatMap(({ key, kind }, param) => {
      const value = (state as Readonly<Record<string, unknown>>)[key];
      if (Array.isArray(value)) return value.map((_, item) => edge(param, item));
      // An argument that is absent is a tensor to PyTorch, too.
      const isTensor = value instanceof Tensor || value instanceof Packed || wraps;
      return isTensor || (value === undefined && kind === 'tensor') ? [edge(param, -1)] : [];
    });
  }

  apply(node: Node, grads: readonly (Tensor | null)[], needed: readonly boolean[]): readonly (Tensor | null)[] {
    if (!isGradEnabled()) return this.run(node, grads, needed);
    under++;
    try {
      return this.run(node, grads, needed);
    } finally {
      under--;
    }
  }

  private run(node: Node, grads: readonly (Tensor | null)[], needed: readonly boolean[]): readonly (Tensor | null)[] {
    const saved = node.unpack<{ readonly result: readonly Tensor[] }>();
    // Results that were overwritten are locked, and only counted here.
    const grad = this.single ? grads[0] : Array.from({ length: saved.result.length }, (_, i) => grads[i] ?? null);
    const { edges } = node;
    const found = new Array<Tensor | null>(edges.length);
    let lists: Map<number, readonly (Tensor | null)[]> | undefined;
    for (let k = 0; k < edges.length; k++) {
      const { param, item } = edges[k];
      if (!needed[k]) found[k] = null;
      else if (item < 0) found[k] = this.rules[param](saved, grad) as Tensor | null;
      else {
        lists ??= new Map();
        let list = lists.get(param);
        if (list === undefined) {
          list = (this.rules[param](saved, grad) ?? []) as readonly (Tensor | null)[];
          lists.set(param, list);
        }
        found[k] = list[item] ?? null;
      }
    }
    if (this.hangsOn !== null && isGradEnabled()) this.hang(found, edges, saved);
    return found;
  }

  /** Makes gradients hang on parameters in which their derivative is zero. */
  private hang(grads: (Tensor | null)[], edges: readonly Edge[], saved: unknown): void {
    for (let k = 0; k < edges.length; k++) {
      for (const param of this.hangsOn?.[edges[k].param] ?? []) {
        const edge = edges.find((e) => e.param === param);
        const grad = grads[k];
        if (edge !== undefined && grad !== null)
          grads[k] = primitives().piecewise(grad, tensorOf(edge, saved as object));
      }
    }
  }
}
