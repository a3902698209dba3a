/**
 * One backward pass. All that it notes of nodes and leaves stands in objects of its own, by their number in
 * the pass: a hook or a rule may start another pass over the same nodes while this one is under way.
 */
import { shapeMismatch, showShape } from '../tensor/errors.ts';
import { expandsTo, sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { anomalyMode, checkGradients, warnOf } from './anomaly.ts';
import { seenAfter, showGradients } from './hooks.ts';
import { setGradEnabled } from './mode.ts';
import { type Edge, type Node, nodeOf } from './node.ts';
import { primitives } from './primitives.ts';
import { currentProfile } from './profiler.ts';
import { currentRecorder } from './recorder.ts';

/** Listens to a pass: which node's rule runs, and what it gave. */
export interface PassObserver {
  /** `grads` are those that have come in, by result. */
  before?(node: Node, grads: readonly (Tensor | null)[]): void;
  /** What goes on along an edge: as the rule gave it, and as it fits what it goes to. */
  passed?(node: Node, edge: Edge, given: Tensor, fitted: Tensor): void;
  after?(node: Node, grads: readonly (Tensor | null)[]): void;
}

export interface PassOptions {
  /** Keep what nodes saved, so that the graph can be walked again. Default: `createGraph`. */
  readonly retainGraph?: boolean;
  /** Record the gradient's own computation, so that it can be differentiated. */
  readonly createGraph?: boolean;
  /** Whether wanted inputs are arguments of their own: what one of them was computed from hears nothing of it. */
  readonly stopAtInputs?: boolean;
  readonly observer?: PassObserver;
}

/** Where gradients are wanted. */
export interface Wanted {
  /** Leaves and results of nodes; null for every leaf that is met. */
  readonly inputs: readonly Tensor[] | null;
  /** Called for a leaf when all that adds to its gradient has run. */
  readonly arrived?: (leaf: Tensor, grad: Tensor) => void;
}

/** A node as one pass sees it. */
class Stop {
  readonly node: Node;
  /** By edge: the number of the node that it leads to, `-1 - n` for leaf n, or NOWHERE. */
  readonly targets: number[] = [];
  /** Whether its rule is to run, and whether a gradient of its results is asked for. */
  flags = 0;
  /** The gradients that have come in, by result. */
  pending: (Tensor | null)[] | null = null;
  /** The leaves that nothing adds to after it. */
  completed: number[] | null = null;

  constructor(node: Node) {
    this.node = node;
  }
}

/** Every node below the roots, those made last in front. No recursion: chains may be long. */
function collect(roots: readonly Tensor[]): Stop[] {
  const found: Stop[] = [];
  // A slot is good only where it leads back to its node: it may be another collection's.
  const visit = (node: Node | null): void => {
    if (node === null || found[node.slot]?.node === node) return;
    node.slot = found.length;
    found.push(new Stop(node));
  };
  for (const root of roots) visit(nodeOf(root));
  for (let i = 0; i < found.length; i++) for (const edge of found[i].node.edges) visit(edge.node);
  // Of a chain they come up in order.
  let inOrder = true;
  for (let i = 1; i < found.length && inOrder; i++) inOrder = found[i].node.seq < found[i - 1].node.seq;
  if (inOrder) return found;
  found.sort((a, b) => b.node.seq - a.node.seq);
  for (let i = 0; i < found.length; i++) found[i].node.slot = i;
  return found;
}

/** So many tensors are sooner compared one by one than looked up. */
const FEW = 8;

/** The number of a tensor among some; -1 where it is none of them. */
class Numbered {
  readonly tensors: Tensor[] = [];
  private numbers: Map<Tensor, number> | null = null;

  of(tensor: Tensor): number {
    const { tensors } = this;
    if (tensors.length <= FEW) return tensors.indexOf(tensor);
    if (this.numbers === null) {
      this.numbers = new Map();
      for (let i = tensors.length - 1; i >= 0; i--) this.numbers.set(tensors[i], i);
    }
    return this.numbers.get(tensor) ?? -1;
  }

  add(tensor: Tensor): number {
    const number = this.tensors.push(tensor) - 1;
    this.numbers?.set(tensor, number);
    return number;
  }
}

/** Of a node with one edge, which would not be walked if that were not needed. */
const ONE_NEEDED: readonly boolean[] = [true];
/** What the profiler calls the adding up of a leaf's gradient. */
const ACCUMULATE = 'torch::autograd::AccumulateGrad';

const NEEDED = 1;
const ASKED = 2;
/** A rule above has run and given nothing for it. */
const REACHED = 4;

const sumOf = (sum: Tensor | null, grad: Tensor): Tensor => (sum === null ? grad : primitives().add(sum, grad));

/** Brings a gradient to its input's shape and dtype: what was broadcast is summed, what was promoted is cast. */
export function fit(grad: Tensor, edge: Edge, node: Node): Tensor {
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

/** Runs a rule under anomaly detection. */
function watched(
  node: Node,
  grads: readonly (Tensor | null)[],
  needed: readonly boolean[],
): readonly (Tensor | null)[] {
  try {
    const results = node.apply(grads, needed);
    checkGradients(node, results);
    return results;
  } catch (error) {
    warnOf(node);
    throw error;
  }
}

let whole = true;
/** What runs at the end of the innermost pass under way; null where there is none. */
let callbacks: (() => void)[] | null = null;
const MOST_CALLBACKS = 10_000;

/** Has `run` called at the end of the innermost pass under way; false where there is none. */
export function queueCallback(run: () => void): boolean {
  if (callbacks === null || callbacks.length >= MOST_CALLBACKS) return false;
  callbacks.push(run);
  return true;
}

/** Whether the innermost pass under way goes to all leaves, not to inputs that were named. */
export const isWhole = (): boolean => whole;

/** The innermost pass under way. */
let current: Pass | null = null;

export const currentPass = (): Pass | null => current;

/** Where no gradient is wanted. */
const NOWHERE = -(2 ** 31);

export class Pass {
  private readonly wanted: Wanted;
  /** The leaves that gradients are wanted of; null for all. */
  private readonly inputs: Numbered | null;
  private readonly stops: readonly Stop[];
  /** By root, as by edge. */
  private readonly rootTargets: number[] = [];
  private readonly leaves = new Numbered();
  private readonly leafGrads: (Tensor | null)[] = [];
  /** How many leaves nodes lead to: those after them are roots. */
  private readonly below: number;
  private results: Map<Node, Map<number, Tensor | null>> | null = null;

  constructor(roots: readonly Tensor[], wanted: Wanted) {
    this.wanted = wanted;
    this.inputs = wanted.inputs === null ? null : new Numbered();
    for (const input of wanted.inputs ?? []) {
      const node = nodeOf(input);
      if (node === null) this.inputs?.add(input);
      else {
        this.results ??= new Map();
        const indices = this.results.get(node) ?? new Map<number, Tensor | null>();
        this.results.set(node, indices.set(input.outputIndex, null));
      }
    }
    this.stops = collect(roots);
    this.plan();
    this.below = this.leafGrads.length;
    for (const root of roots) {
      const node = nodeOf(root);
      this.rootTargets.push(node === null ? this.leafTarget(root, null) : node.slot);
    }
  }

  /** Finds out, from the oldest node on, what is needed. No hook and no rule runs meanwhile, so that slots are good. */
  private plan(): void {
    const { stops, results } = this;
    for (let k = stops.length - 1; k >= 0; k--) {
      const stop = stops[k];
      const { node, targets } = stop;
      let flags = results?.has(node) ? ASKED : 0;
      for (const { node: next, leaf } of node.edges) {
        let target = NOWHERE;
        if (next === null) target = this.leafTarget(leaf as Tensor, stop);
        else if (stops[next.slot].flags !== 0) target = next.slot;
        if (target !== NOWHERE) flags |= NEEDED;
        targets.push(target);
      }
      stop.flags = flags;
    }
  }

  /** Where a leaf's gradient goes. If it was not met before, the node at `stop` is the last to add to it. */
  private leafTarget(leaf: Tensor, stop: Stop | null): number {
    if (!leaf.requiresGrad) return NOWHERE;
    let number = this.leaves.of(leaf);
    if (number < 0) {
      if (this.inputs !== null && this.inputs.of(leaf) < 0) return NOWHERE;
      number = this.leaves.add(leaf);
      this.leafGrads.push(null);
      if (stop !== null) {
        if (stop.completed === null) stop.completed = [number];
        else stop.completed.push(number);
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
    const stop = this.stops[target];
    const { pending: grads } = stop;
    if (grads === null && index === 0) stop.pending = [grad];
    else if (grads === null) {
      const list: (Tensor | null)[] = [];
      list[index] = grad;
      stop.pending = list;
    } else grads[index] = sumOf(grads[index] ?? null, grad);
  }

  /** Walks from the roots down and brings gradients to where they are wanted. */
  run(roots: readonly Tensor[], seeds: readonly Tensor[], options: PassOptions): void {
    const createGraph = options.createGraph ?? false;
    const retain = options.retainGraph ?? createGraph;
    const before = setGradEnabled(createGraph);
    const outer = whole;
    const waiting = callbacks;
    const around = current;
    const own: (() => void)[] = [];
    callbacks = own;
    current = this;
    whole = this.inputs === null;
    try {
      for (let i = 0; i < roots.length; i++) {
        if (this.rootTargets[i] !== NOWHERE) this.give(this.rootTargets[i], roots[i].outputIndex, seeds[i]);
      }
      for (let leaf = this.below; leaf < this.leafGrads.length; leaf++) this.arrive(leaf);
      for (const stop of this.stops) {
        const { node, flags, pending: grads } = stop;
        if (grads !== null) {
          stop.pending = null;
          const goes = (flags & ASKED) === 0 || this.keepResults(node, grads, options.stopAtInputs ?? false);
          if (node.hooks !== null || node.retainers !== null || node.before !== null) showGradients(node, grads);
          if ((flags & NEEDED) !== 0 && goes) this.step(stop, grads, retain, options.observer);
        } else if ((flags & REACHED) !== 0) this.pass(stop, options, retain);
        if (stop.completed !== null) for (const leaf of stop.completed) this.arrive(leaf);
      }
      // One that runs may queue more.
      for (let i = 0; i < own.length; i++) own[i]();
    } finally {
      setGradEnabled(before);
      whole = outer;
      callbacks = waiting;
      current = around;
    }
  }

  /** Whether gradients are given back, not added to leaves. */
  get gives(): boolean {
    return this.wanted.arrived === undefined;
  }

  /** Whether the rule of a node runs in this pass, or something is added to a leaf. */
  executes(at: Node | Tensor): boolean {
    if ('storage' in at) return this.leaves.of(at) >= 0;
    const stop = this.stops.find(({ node }) => node === at);
    return stop !== undefined && stop.flags !== 0;
  }

  /** A node that was given nothing: its rule is asked where it can be, else those below it are given nothing. */
  private pass(stop: Stop, options: PassOptions, retain: boolean): void {
    const { node, targets, flags } = stop;
    if ((flags & NEEDED) === 0) return;
    if (node.takesNothing) {
      const none: (Tensor | null)[] = Array.from({ length: node.results }, () => null);
      if (node.hooks !== null || node.before !== null) showGradients(node, none);
      this.step(stop, none, retain, options.observer);
    } else for (const target of targets) if (target >= 0) this.stops[target].flags |= REACHED;
  }

  private step(
    { node, targets }: Stop,
    grads: (Tensor | null)[],
    retain: boolean,
    observer: PassObserver | undefined,
  ): void {
    const { edges } = node;
    const needed = edges.length === 1 ? ONE_NEEDED : targets.map((target) => target !== NOWHERE);
    observer?.before?.(node, grads);
    currentRecorder()?.rule?.(node.seq);
    const profile = currentProfile();
    const whole = profile?.begin(`autograd::engine::evaluate_function: ${node.name}`, 1, [], node.seq);
    const rule = profile?.begin(node.name, 1, [], node.seq);
    let results = anomalyMode().enabled ? watched(node, grads, needed) : node.apply(grads, needed);
    if (rule !== undefined) profile?.end(rule);
    if (node.after !== null) {
      const fitted = results.map((grad, e) => (needed[e] && grad != null ? fit(grad, edges[e], node) : grad));
      results = seenAfter(node, fitted, grads);
    }
    const passed = observer?.passed === undefined ? null : observer;
    for (let e = 0; e < needed.length; e++) {
      const grad = results[e];
      if (!needed[e]) continue;
      if (grad == null) {
        if (targets[e] >= 0) this.stops[targets[e]].flags |= REACHED;
        continue;
      }
      const fitted = fit(grad, edges[e], node);
      if (passed !== null) passed.passed?.(node, edges[e], grad, fitted);
      this.give(targets[e], edges[e].index, fitted);
    }
    observer?.after?.(node, results);
    if (!retain) node.free();
    if (whole !== undefined) profile?.end(whole);
  }

  /** A leaf has all that comes to it. */
  private arrive(leaf: number): void {
    const grad = this.leafGrads[leaf];
    const { arrived } = this.wanted;
    if (grad === null || arrived === undefined) return;
    const profile = currentProfile();
    const whole = profile?.begin(`autograd::engine::evaluate_function: ${ACCUMULATE}`, 1, []);
    const rule = profile?.begin(ACCUMULATE, 1, []);
    arrived(this.leaves.tensors[leaf], grad);
    if (rule !== undefined) profile?.end(rule);
    if (whole !== undefined) profile?.end(whole);
  }

  /** Keeps what was asked for, and gives whether anything goes on from there. */
  private keepResults(node: Node, grads: (Tensor | null)[], stop: boolean): boolean {
    const asked = this.results?.get(node);
    for (const index of asked?.keys() ?? []) {
      asked?.set(index, grads[index] ?? null);
      if (stop) grads[index] = null;
    }
    return !stop || grads.some((grad) => grad != null);
  }

  /** What has come to one of the wanted inputs. */
  gradOf(input: Tensor): Tensor | null {
    const node = nodeOf(input);
    if (node !== null) return this.results?.get(node)?.get(input.outputIndex) ?? null;
    return this.leafGrads[this.leaves.of(input)] ?? null;
  }
}
