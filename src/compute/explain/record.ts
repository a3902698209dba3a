/**
 * What a backward pass passes on, edge by edge, noted while it runs. A composite op is one call to who reads: what
 * its parts pass to each other stays inside, and what leaves it is its step.
 */
import type { Edge, Node } from '../../autograd/node.ts';
import { nodeOf } from '../../autograd/node.ts';
import type { PassObserver } from '../../autograd/pass.ts';
import { primitives } from '../../autograd/primitives.ts';
import type { Document } from '../../graph/document.ts';
import type { DType } from '../../tensor/dtype.ts';
import type { Shape } from '../../tensor/shape.ts';
import type { Tensor, TensorMeta } from '../../tensor/tensor.ts';
import type { SpotNames } from './spot-names.ts';

/** A value that gradients come to. */
export class Spot {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Its place in the gradient graph: a result of a node, or a leaf. */
  readonly node: Node | null;
  readonly index: number;
  readonly leaf: Tensor | null;
  /** What has come, in the order of the pass. */
  readonly terms: Step[] = [];
  /** Their sum, and what goes on from there: another one where a hook has a say. */
  sum: Tensor | null = null;
  onward: Tensor | null = null;

  constructor(name: string, { shape, dtype }: TensorMeta, at: Pick<Spot, 'node' | 'index' | 'leaf'>) {
    this.name = name;
    this.shape = shape;
    this.dtype = dtype;
    this.node = at.node;
    this.index = at.index;
    this.leaf = at.leaf;
  }
}

export type StepKind = 'seed' | 'product' | 'pass' | 'reduce' | 'accumulate' | 'zero' | 'convention';

export interface Step {
  readonly id: number;
  kind: StepKind;
  /** The place of the forward call in the document; undefined where it is none of its calls. */
  readonly place: number | undefined;
  /** Of a call that is no composite: the node and its edge. */
  readonly node: Node | null;
  readonly edge: Edge | null;
  /** Results of the call that a gradient has come to. */
  readonly from: readonly Spot[];
  readonly to: Spot | null;
  /** Of a composite call: all values that gradients leave it for. */
  readonly beside: readonly Spot[];
  /** By the values of `from`; null once a middle step has let go of it. */
  upstream: readonly Tensor[] | null;
  /** As the rule gave it, and as it fits. */
  given: Tensor | null;
  result: Tensor | null;
}

/** What leaves a composite op. */
interface Group {
  readonly place: number;
  readonly from: Spot[];
  readonly leaving: { readonly spot: Spot; readonly given: Tensor; readonly result: Tensor }[];
}

const sameElements = (a: Tensor, b: Tensor): boolean =>
  a === b ||
  (a.storage === b.storage &&
    a.offset === b.offset &&
    a.ndim === b.ndim &&
    a.shape.every((size, d) => size === b.shape[d] && (size === 1 || a.strides[d] === b.strides[d])));

export class Recording implements PassObserver {
  readonly steps: Step[] = [];
  private readonly document: Document;
  private readonly names: SpotNames;
  private readonly byNode = new Map<Node, (Spot | undefined)[]>();
  private readonly byLeaf = new Map<Tensor, Spot>();
  /** Steps at either end that keep their tensors. */
  private readonly half: number;
  private from: Spot[] = [];
  private group: Group | null = null;
  /** Whether hooks had a say: then a gradient need not be what differences give. */
  hooked = false;

  constructor(document: Document, names: SpotNames, most: number) {
    this.document = document;
    this.names = names;
    this.half = Math.ceil(most / 2);
  }

  /** The place where gradients of a tensor come to. */
  spotOf(t: Tensor): Spot {
    const node = nodeOf(t);
    return node === null ? this.leaf(t) : this.result(node, t.outputIndex, t);
  }

  private leaf(t: Tensor): Spot {
    let spot = this.byLeaf.get(t);
    if (spot === undefined) {
      spot = new Spot(this.names.ofLeaf(t), t, { node: null, index: 0, leaf: t });
      this.byLeaf.set(t, spot);
    }
    return spot;
  }

  private result(node: Node, index: number, like: TensorMeta): Spot {
    let spots = this.byNode.get(node);
    if (spots === undefined) {
      spots = [];
      this.byNode.set(node, spots);
    }
    let spot = spots[index];
    if (spot === undefined) {
      spot = new Spot(this.names.ofResult(node, index), like, { node, index, leaf: null });
      spots[index] = spot;
    }
    return spot;
  }

  seed(of: Tensor, seed: Tensor): void {
    this.add({ kind: 'seed', to: this.spotOf(of), given: seed, result: seed });
  }

  /** Notes a step that no rule gave. */
  add(step: Partial<Step> & Pick<Step, 'kind' | 'to'>): Step {
    const { steps, half } = this;
    const whole: Step = {
      id: steps.length,
      place: undefined,
      node: null,
      edge: null,
      from: [],
      beside: [],
      upstream: [],
      given: null,
      result: null,
      ...step,
    };
    steps.push(whole);
    if (whole.kind !== 'accumulate') whole.to?.terms.push(whole);
    const gone = whole.id - half;
    if (gone >= half) Object.assign(steps[gone], { upstream: null, given: null, result: null });
    return whole;
  }

  before(node: Node, grads: readonly (Tensor | null)[]): void {
    const place = this.compositeOf(node);
    if (this.group !== null && this.group.place !== place) this.flush();
    const spots = this.byNode.get(node) ?? [];
    const from: Spot[] = [];
    spots.forEach((spot, index) => {
      const grad = grads[index];
      if (spot === undefined || grad == null || spot.terms.length === 0) return;
      spot.onward = grad;
      // Hooks stand between what came and what goes on.
      const hooked = node.hooks !== null || node.before !== null;
      this.hooked ||= hooked;
      spot.sum = hooked ? this.total(spot) : grad;
      from.push(spot);
    });
    if (place === undefined) this.from = from;
    else {
      this.group ??= { place, from: [], leaving: [] };
      this.group.from.push(...from);
    }
  }

  passed(node: Node, edge: Edge, given: Tensor, result: Tensor): void {
    const target = edge.node;
    if (this.group === null) {
      const upstream = this.from.map((spot) => spot.onward as Tensor);
      const same = upstream.length === 1 && sameElements(given, upstream[0]);
      const kind = !same ? 'product' : given === result || sameElements(given, result) ? 'pass' : 'reduce';
      const place = this.document.forwardOf(node.seq);
      this.add({ kind, place, node, edge, from: this.from, to: this.targetOf(edge), upstream, given, result });
    } else if (target === null || this.document.forwardOf(target.seq) !== this.group.place)
      this.group.leaving.push({ spot: this.targetOf(edge), given, result });
  }

  private targetOf(edge: Edge): Spot {
    return edge.node === null ? this.leaf(edge.leaf as Tensor) : this.result(edge.node, edge.index, edge);
  }

  /** The place of the composite op that a node is a part of. */
  private compositeOf(node: Node): number | undefined {
    const place = this.document.forwardOf(node.seq);
    if (place === undefined) return undefined;
    const { op, first, last } = this.document.nodes[place];
    return op.composite || last - first > 1 ? place : undefined;
  }

  /** Ends what is under way. */
  flush(): void {
    const { group } = this;
    if (group === null) return;
    this.group = null;
    const { place, from, leaving } = group;
    const upstream = from.map((spot) => spot.onward as Tensor);
    const beside = [...new Set(leaving.map(({ spot }) => spot))];
    const step = (to: Spot, given: Tensor, result: Tensor): void => {
      this.add({ kind: 'product', place, from, to, beside, upstream, given, result });
    };
    const merged = new Map<Spot, Tensor>();
    for (const { spot, given, result } of leaving) {
      // What had come before is added first: then terms stay apart, so that they add up to the bit.
      if (spot.terms.length > 0 && !merged.has(spot)) step(spot, given, result);
      else {
        const sum = merged.get(spot);
        merged.set(spot, sum === undefined ? result : primitives().add(sum, result));
      }
    }
    for (const [spot, sum] of merged) step(spot, sum, sum);
  }

  /** All values that gradients came to, in the order in which they were met. */
  spots(): Spot[] {
    return [...this.byNode.values(), [...this.byLeaf.values()]]
      .flat()
      .filter((spot) => spot !== undefined && spot.terms.length > 0) as Spot[];
  }

  /** The sum of what has come, in the pass's own order. */
  total(spot: Spot): Tensor | null {
    let sum: Tensor | null = null;
    for (const { result } of spot.terms) {
      if (result === null) return null;
      sum = sum === null ? result : primitives().add(sum, result);
    }
    return sum;
  }
}
