/** The backward pass: torch.autograd.grad and torch.autograd.backward. */
import { copy } from '../kernels/copy.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError, shapeMismatch, showShape } from '../tensor/errors.ts';
import { expandsTo, sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { setGradEnabled } from './mode.ts';
import { type Edge, type Node, nodeOf } from './node.ts';
import { primitives } from './primitives.ts';
import { currentRecorder, inPass } from './recorder.ts';

/** Listens to a pass: which node's rule runs, and what it gave. */
export interface PassObserver {
  before?(node: Node): void;
  after?(node: Node, grads: readonly (Tensor | null)[]): void;
}

export interface GradOptions {
  /** Keep what nodes saved, so that the graph can be walked again. Default: `createGraph`. */
  retainGraph?: boolean;
  /** Record the gradient's own computation, so that it can be differentiated. */
  createGraph?: boolean;
  /** Give null, not an error, for an input that the outputs do not hang on. */
  allowUnused?: boolean;
  observer?: PassObserver;
}

type Hook = (grad: Tensor) => Tensor | null;

const leafHooks = new WeakMap<Tensor, Hook[]>();

/** What listens to a leaf's gradient. */
export const hooksOf = (leaf: Tensor): readonly Hook[] => leafHooks.get(leaf) ?? [];

/** `Tensor.register_hook`: `see` is shown the tensor's gradient, and may give another one in its place. */
export function addHook(t: Tensor, see: Hook): () => void {
  const node = nodeOf(t);
  if (node === null) {
    leafHooks.set(t, [...(leafHooks.get(t) ?? []), see]);
    return () =>
      leafHooks.set(
        t,
        (leafHooks.get(t) ?? []).filter((hook) => hook !== see),
      );
  }
  const entry = { index: t.outputIndex, see };
  node.hooks = [...(node.hooks ?? []), entry];
  return () => {
    node.hooks = (node.hooks ?? []).filter((hook) => hook !== entry);
  };
}

let epoch = 0;

/** Every node below the roots, those made first in front. No recursion: chains may be long. */
function collect(roots: readonly Tensor[]): Node[] {
  const mark = ++epoch;
  const found: Node[] = [];
  const visit = (node: Node | null): void => {
    if (node === null || node.mark === mark) return;
    node.mark = mark;
    node.needed = false;
    node.pending = null;
    found.push(node);
  };
  for (const root of roots) visit(nodeOf(root));
  for (let i = 0; i < found.length; i++) for (const edge of found[i].edges) visit(edge.node);
  // Of a chain they come up in order.
  for (let i = 1; i < found.length; i++)
    if (found[i].seq > found[i - 1].seq) return found.sort((a, b) => a.seq - b.seq);
  return found.reverse();
}

/** Of a node with one edge, which would not be walked if that were not needed. */
const ONE_NEEDED: readonly boolean[] = [true];

/** Where gradients are wanted: leaves, and results of nodes. */
class Sinks {
  private readonly leaves = new Map<Tensor, Tensor | null>();
  private results: Map<Node, Map<number, Tensor | null>> | null = null;
  private readonly anyLeaf: boolean;

  /** Without `inputs`, every leaf that is met. */
  constructor(inputs: readonly Tensor[] | null) {
    this.anyLeaf = inputs === null;
    for (const input of inputs ?? []) {
      const node = nodeOf(input);
      if (node === null) this.leaves.set(input, null);
      else {
        this.results ??= new Map();
        const indices = this.results.get(node) ?? new Map<number, Tensor | null>();
        this.results.set(node, indices.set(input.outputIndex, null));
      }
    }
  }

  wantsLeaf(leaf: Tensor): boolean {
    return leaf.requiresGrad && (this.anyLeaf || this.leaves.has(leaf));
  }

  wantsResultOf(node: Node): boolean {
    return this.results?.has(node) === true;
  }

  addToLeaf(leaf: Tensor, grad: Tensor): void {
    if (this.wantsLeaf(leaf)) this.leaves.set(leaf, accumulate(this.leaves.get(leaf) ?? null, grad));
  }

  keepResults(node: Node, grads: readonly (Tensor | null)[]): void {
    const wanted = this.results?.get(node);
    if (wanted === undefined) return;
    for (const index of wanted.keys()) wanted.set(index, grads[index] ?? null);
  }

  gradOf(input: Tensor): Tensor | null {
    const node = nodeOf(input);
    return (node === null ? this.leaves.get(input) : this.results?.get(node)?.get(input.outputIndex)) ?? null;
  }

  leafGrads(): Iterable<Tensor> {
    return this.leaves.keys();
  }
}

const accumulate = (sum: Tensor | null, grad: Tensor): Tensor => (sum === null ? grad : primitives().add(sum, grad));

/** Brings a gradient to its input's shape and dtype: what was broadcast is summed, what was promoted is cast. */
function fit(grad: Tensor, edge: Edge, node: Node): Tensor {
  let g = grad;
  if (!sameShape(g.shape, edge.shape)) {
    if (!expandsTo(edge.shape, g.shape)) {
      throw new Error(
        `${node.name} gave a gradient of shape ${showShape(g.shape)} for an input of shape ${showShape(edge.shape)}`,
      );
    }
    g = primitives().sumToSize(g, edge.shape);
  }
  return g.dtype === edge.dtype ? g : primitives().to(g, edge.dtype);
}

/** Walks the graph from the roots down and brings gradients to the sinks. */
function run(roots: readonly Tensor[], seeds: readonly Tensor[], sinks: Sinks, options: GradOptions): void {
  const createGraph = options.createGraph ?? false;
  const retain = options.retainGraph ?? createGraph;
  const order = collect(roots);
  const isNeeded = ({ node, leaf }: Edge): boolean =>
    node === null ? sinks.wantsLeaf(leaf as Tensor) : node.needed || sinks.wantsResultOf(node);
  for (const node of order) {
    for (const edge of node.edges) {
      if (!isNeeded(edge)) continue;
      node.needed = true;
      break;
    }
  }
  const give = (node: Node | null, leaf: Tensor | null, index: number, grad: Tensor): void => {
    if (node === null) sinks.addToLeaf(leaf as Tensor, grad);
    else if (node.pending === null && index === 0) node.pending = [grad];
    else {
      node.pending ??= [];
      node.pending[index] = accumulate(node.pending[index] ?? null, grad);
    }
  };
  const before = setGradEnabled(createGraph);
  try {
    roots.forEach((root, i) => {
      const node = nodeOf(root);
      give(node, node === null ? root : null, root.outputIndex, seeds[i]);
    });
    for (let i = order.length - 1; i >= 0; i--) {
      const node = order[i];
      const grads = node.pending;
      if (grads === null) continue;
      node.pending = null;
      for (const { index, see } of node.hooks ?? []) {
        const grad = grads[index] ?? null;
        if (grad !== null) grads[index] = see(grad) ?? grad;
      }
      sinks.keepResults(node, grads);
      if (!node.needed) continue;
      const { edges } = node;
      const needed = edges.length === 1 ? ONE_NEEDED : edges.map(isNeeded);
      options.observer?.before?.(node);
      currentRecorder()?.rule?.(node.seq);
      const results = node.apply(grads, needed);
      for (let k = 0; k < needed.length; k++) {
        const grad = results[k];
        if (!needed[k] || grad == null) continue;
        const edge = edges[k];
        give(edge.node, edge.leaf, edge.index, fit(grad, edge, node));
      }
      options.observer?.after?.(node, results);
      if (!retain) node.free();
    }
  } finally {
    setGradEnabled(before);
    for (const node of order) node.pending = null;
  }
}

/** The gradients to start from: those sent, or ones for scalars. */
function seedsFor(outputs: readonly Tensor[], gradOutputs: readonly (Tensor | null)[] | undefined): Tensor[] {
  if (gradOutputs !== undefined && gradOutputs.length !== outputs.length) {
    throw new EngineError(
      'shape_mismatch',
      `grad_outputs has ${gradOutputs.length} entries for ${outputs.length} outputs`,
    );
  }
  return outputs.map((output, i) => {
    if (!output.requiresGrad) {
      throw new EngineError(
        'no_grad_required',
        `element ${i} of tensors does not require grad and does not have a grad_fn`,
      );
    }
    const seed = gradOutputs?.[i] ?? null;
    if (seed === null) {
      if (output.numel !== 1) {
        throw new EngineError(
          'non_scalar_backward',
          `grad can be implicitly created only for scalar outputs, but output ${i} has shape ${showShape(output.shape)}; send grad_outputs`,
        );
      }
      return primitives().onesLike(output);
    }
    if (!sameShape(seed.shape, output.shape)) {
      throw shapeMismatch(
        `Mismatch in shape: grad_output[${i}] has a shape of ${showShape(seed.shape)} and output[${i}] has a shape of ${showShape(output.shape)}`,
      );
    }
    if (!isFloating(seed.dtype)) {
      throw new EngineError(
        'dtype',
        `grad_output[${i}] is ${seed.dtype}, expected a floating dtype as the output's ${output.dtype}`,
      );
    }
    return seed.dtype === output.dtype ? seed : primitives().to(seed, output.dtype);
  });
}

/**
 * `torch.autograd.grad`: the sum of the gradients of `outputs`, weighted by `gradOutputs`, with
 * respect to each of `inputs`, shaped and typed as that input.
 *
 * @throws EngineError `no_grad_required`, `non_scalar_backward`, `shape_mismatch`, `graph_freed`
 */
export function grad(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  gradOutputs?: readonly (Tensor | null)[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const createGraph = options.createGraph ?? false;
  const seeds = inPass(createGraph, () => seedsFor(outputs, gradOutputs));
  inputs.forEach((input, i) => {
    if (!input.requiresGrad && !options.allowUnused) {
      throw new EngineError('no_grad_required', `input ${i} does not require grad`);
    }
  });
  const sinks = new Sinks(inputs);
  inPass(createGraph, () => run(outputs, seeds, sinks, options));
  return inputs.map((input, i) => {
    const g = sinks.gradOf(input);
    if (g === null && !options.allowUnused) {
      throw new EngineError(
        'no_grad_required',
        `One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior. (input ${i})`,
      );
    }
    return g;
  });
}

/** `torch.autograd.backward`: adds to `.grad` of every leaf that requires one, or of `inputs` only. */
export function backward(
  outputs: readonly Tensor[],
  gradOutputs?: readonly (Tensor | null)[],
  options: GradOptions & { inputs?: readonly Tensor[] } = {},
): void {
  const createGraph = options.createGraph ?? false;
  inPass(createGraph, () => accumulateGrads(outputs, seedsFor(outputs, gradOutputs), { ...options, createGraph }));
}

function accumulateGrads(
  outputs: readonly Tensor[],
  seeds: readonly Tensor[],
  options: GradOptions & { inputs?: readonly Tensor[] },
): void {
  const sinks = new Sinks(options.inputs ?? null);
  run(outputs, seeds, sinks, options);
  const targets = options.inputs ?? sinks.leafGrads();
  for (const leaf of targets) {
    const g = sinks.gradOf(leaf);
    if (g === null) continue;
    const before = setGradEnabled(options.createGraph ?? false);
    try {
      const seen = (leafHooks.get(leaf) ?? []).reduce((grad, see) => see(grad) ?? grad, g);
      if (leaf.grad !== null) leaf.grad = primitives().add(leaf.grad, seen);
      // Its own elements: the gradient may be another leaf's, too, or an expanded window, and be written to.
      else leaf.grad = options.createGraph ? seen : copy(seen);
    } finally {
      setGradEnabled(before);
    }
  }
}
