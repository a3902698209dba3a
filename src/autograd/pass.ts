/**
 * One backward pass. All that it notes of nodes and leaves stands in arrays of its own, by their number in
 * the pass: a hook or a rule may start another pass over the same nodes while this one is under way.
 */
import { shapeMismatch, showShape } from '../tensor/errors.ts';
import { expandsTo, sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { showGradients } from './hooks.ts';
import { setGradEnabled } from './mode.ts';
import { type Edge, type Node, nodeOf } from './node.ts';
import { primitives } from './primitives.ts';
import { currentRecorder } from './recorder.ts';

/** Listens to a pass: which node's rule runs, and what it gave. */
export interface PassObserver {
  before?(node: Node): void;
  after?(node: Node, grads: readonly (Tensor | null)[]): void;
}

export interface PassOptions {
  /** Keep what nodes saved, so that the graph can be walked again. Default: `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the gradient's own computation, so that it can be differentiated. */
  readonly createGraph?: boolean;
  readonly observer?: PassObserver;
}

/** Where gradients are wanted. */
export interface Wanted {
  /** Leaves and results of nodes; null for every leaf that is met. */
  readonly inputs: readonly Tensor[] | null;
  /** Called for a leaf when all that adds to its gradient has run. */
  readonly arrived?: (leaf: Tensor, grad: Tensor) => void;
}

/** Every node below the roots, those made last in front. No recursion: chains may be long. */
function collect(roots: readonly Tensor[]): Node[] {
  const found: Node[] = [];
  // A slot is good only where it leads back to its node: it may be another collection's.
  const visit = (node: Node | null): void => {
    if (node === null || found[node.slot] === node) return;
    node.slot = found.length;
    found.push(node);
  };
  for (const root of roots) visit(nodeOf(root));
  for (let i = 0; i < found.length; i++) for (const edge of found[i].edges) visit(edge.node);
  // Of a chain they come up in order.
  let inOrder = true;
  for (let i = 1; i < found.length && inOrder; i++) inOrder = found[i].seq < found[i - 1].seq;
  if (inOrder) return found;
  found.sort((a, b) => b.seq - a.seq);
  for (let i = 0; i < found.length; i++) found[i].slot = i;
  return found;
}

/** Of a node with one edge, which would not be walked if that were not needed. */
const ONE_NEEDED: readonly boolean[] = [true];
const NEEDED = 1;
const ASKED = 2;

const sumOf = (sum: Tensor | null, grad: Tensor): Tensor => (sum === null ? grad : primitives().add(sum, grad));

/** Brings a gradient to its input's shape and dtype: what was broadcast is summed, what was promoted is cast. */
function fit(grad: Tensor, edge: Edge, node: Node): Tensor {
  let g = grad;
  if (!sameShape(g.shape, edge.shape)) {
    if (!expandsTo(edge.shape, g.shape)) {
      throw shapeMismatch(
        `Function ${node.name} returned an invalid gradient at index ${edge.param} - got ${showShape(g.shape)} but expected shape compatible with ${showShape(edge.shape)}`,
      );
    }
    g = primitives().sumToSize(g, edge.shape);
  }
  return g.dtype === edge.dtype ? g : primitives().to(g, edge.dtype);
}

/** Where no gradient is wanted. */
const NOWHERE = -(2 ** 31);

export class Pass {
  private readonly wanted: Wanted;
  private readonly nodes: readonly Node[];
  /** By node: whether its rule is to run, and whether a gradient of its results is asked for. */
  private readonly flags: number[];
  /** By node: the gradients that have come in, by result. */
  private readonly pending: ((Tensor | null)[] | null)[];
  /** By edge, node after node: the number of the node that it leads to, `-1 - n` for leaf n, or NOWHERE. */
  private readonly targets: number[];
  /** By node: where its edges begin among these. */
  private readonly starts: number[];
  /** By root, as by edge. */
  private readonly rootTargets: readonly number[];
  private readonly leaves: Tensor[] = [];
  private readonly leafGrads: (Tensor | null)[] = [];
  /** The numbers of leaves; -1 for one that is wanted and was not met. */
  private readonly leafNumbers = new Map<Tensor, number>();
  /** By node: the leaves that nothing adds to after it. */
  private readonly completed: (number[] | undefined)[];
  /** How many leaves nodes lead to: those after them are roots. */
  private readonly below: number;
  private results: Map<Node, Map<number, Tensor | null>> | null = null;

  constructor(roots: readonly Tensor[], wanted: Wanted) {
    this.wanted = wanted;
    for (const input of wanted.inputs ?? []) {
      const node = nodeOf(input);
      if (node === null) this.leafNumbers.set(input, -1);
      else {
        this.results ??= new Map();
        const indices = this.results.get(node) ?? new Map<number, Tensor | null>();
        this.results.set(node, indices.set(input.outputIndex, null));
      }
    }
    const nodes = collect(roots);
    this.nodes = nodes;
    const n = nodes.length;
    // Most passes are short: typed arrays are many times as dear to make.
    this.flags = new Array(n).fill(0);
    this.pending = new Array(n).fill(null);
    this.completed = new Array(n).fill(undefined);
    this.starts = [0];
    for (let k = 0; k < n; k++) this.starts.push(this.starts[k] + nodes[k].edges.length);
    this.targets = new Array(this.starts[n]).fill(NOWHERE);
    this.plan();
    this.below = this.leaves.length;
    this.rootTargets = roots.map((root) => {
      const node = nodeOf(root);
      return node === null ? this.leafTarget(root, -1) : node.slot;
    });
  }

  /** Finds out, from the oldest node on, what is needed. No hook and no rule runs meanwhile, so that slots are good. */
  private plan(): void {
    const { nodes, flags, targets, starts, results } = this;
    for (let k = nodes.length - 1; k >= 0; k--) {
      const node = nodes[k];
      const { edges } = node;
      let flag = results?.has(node) ? ASKED : 0;
      for (let e = 0, at = starts[k]; e < edges.length; e++, at++) {
        const { node: next, leaf } = edges[e];
        if (next === null) targets[at] = this.leafTarget(leaf as Tensor, k);
        else targets[at] = flags[next.slot] === 0 ? NOWHERE : next.slot;
        if (targets[at] !== NOWHERE) flag |= NEEDED;
      }
      flags[k] = flag;
    }
  }

  /** Where a leaf's gradient goes. If it was not met before, node `k` is the last to add to it. */
  private leafTarget(leaf: Tensor, k: number): number {
    if (!leaf.requiresGrad) return NOWHERE;
    let number = this.leafNumbers.get(leaf);
    if (number === undefined && this.wanted.inputs !== null) return NOWHERE;
    if (number === undefined || number < 0) {
      number = this.leaves.push(leaf) - 1;
      this.leafGrads.push(null);
      this.leafNumbers.set(leaf, number);
      if (k >= 0) {
        const known = this.completed[k];
        if (known === undefined) this.completed[k] = [number];
        else known.push(number);
      }
    }
    return -1 - number;
  }

  private give(target: number, index: number, grad: Tensor): void {
    if (target < 0) {
      const leaf = -1 - target;
      this.leafGrads[leaf] = sumOf(this.leafGrads[leaf], grad);
      return;
    }
    const grads = this.pending[target];
    if (grads === null && index === 0) this.pending[target] = [grad];
    else if (grads === null) {
      const list: (Tensor | null)[] = [];
      list[index] = grad;
      this.pending[target] = list;
    } else grads[index] = sumOf(grads[index] ?? null, grad);
  }

  /** Walks from the roots down and brings gradients to where they are wanted. */
  run(roots: readonly Tensor[], seeds: readonly Tensor[], options: PassOptions): void {
    const { nodes, flags } = this;
    const createGraph = options.createGraph ?? false;
    const retain = options.retainGraph ?? createGraph;
    const before = setGradEnabled(createGraph);
    try {
      roots.forEach((root, i) => {
        if (this.rootTargets[i] !== NOWHERE) this.give(this.rootTargets[i], root.outputIndex, seeds[i]);
      });
      for (let leaf = this.below; leaf < this.leaves.length; leaf++) this.arrive(leaf);
      for (let k = 0; k < nodes.length; k++) {
        const grads = this.pending[k];
        if (grads !== null) {
          this.pending[k] = null;
          if ((flags[k] & ASKED) !== 0) this.keepResults(nodes[k], grads);
          if (nodes[k].hooks !== null || nodes[k].retainers !== null) showGradients(nodes[k], grads);
          if ((flags[k] & NEEDED) !== 0) this.step(k, grads, retain, options.observer);
        }
        const leaves = this.completed[k];
        if (leaves !== undefined) for (const leaf of leaves) this.arrive(leaf);
      }
    } finally {
      setGradEnabled(before);
    }
  }

  private step(k: number, grads: (Tensor | null)[], retain: boolean, observer: PassObserver | undefined): void {
    const node = this.nodes[k];
    const { edges } = node;
    const { targets } = this;
    const start = this.starts[k];
    const needed = edges.length === 1 ? ONE_NEEDED : edges.map((_, e) => targets[start + e] !== NOWHERE);
    observer?.before?.(node);
    currentRecorder()?.rule?.(node.seq);
    const results = node.apply(grads, needed);
    for (let e = 0; e < needed.length; e++) {
      const grad = results[e];
      if (!needed[e] || grad == null) continue;
      this.give(targets[start + e], edges[e].index, fit(grad, edges[e], node));
    }
    observer?.after?.(node, results);
    if (!retain) node.free();
  }

  /** A leaf has all that comes to it. */
  private arrive(leaf: number): void {
    const grad = this.leafGrads[leaf];
    if (grad !== null) this.wanted.arrived?.(this.leaves[leaf], grad);
  }

  private keepResults(node: Node, grads: readonly (Tensor | null)[]): void {
    const asked = this.results?.get(node);
    for (const index of asked?.keys() ?? []) asked?.set(index, grads[index] ?? null);
  }

  /** What has come to one of the wanted inputs. */
  gradOf(input: Tensor): Tensor | null {
    const node = nodeOf(input);
    if (node !== null) return this.results?.get(node)?.get(input.outputIndex) ?? null;
    return this.leafGrads[this.leafNumbers.get(input) ?? -1] ?? null;
  }
}
