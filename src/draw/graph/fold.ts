/**
 * Which nodes become one box: blocks that follow each other and do the same, as the layers of a network do, and,
 * where that does not help, chains. What the backward pass does for a block becomes one box as well.
 */
import { MANY_NODES, type PictureGraph } from './model.ts';

export interface Group {
  readonly nodes: readonly number[];
  /** How often there is what it shows. */
  readonly times: number;
  /** How many of the nodes are shown; those that follow repeat them. */
  readonly period: number;
}

/** Longer blocks are not looked for. */
const MOST_PERIOD = 1024;
/** Of the places where a block may begin again, so many are tried. */
const MOST_TRIES = 24;
/** Fewer repeats are as readable unfolded. */
const LEAST_TIMES = 3;
/** A chain that is shorter is shown. */
const LEAST_CHAIN = 4;

/** Compares nodes by what they do, and by where their inputs come from. */
class Likeness {
  private readonly graph: PictureGraph;
  /** The node that makes each value; −1 for a leaf. */
  readonly makers: Int32Array;
  /** A number for what each node does. */
  readonly kinds: Int32Array;

  constructor(graph: PictureGraph, from: number, to: number) {
    this.graph = graph;
    this.makers = new Int32Array(graph.values.length).fill(-1);
    this.kinds = new Int32Array(graph.nodes.length);
    const numbers = new Map<string, number>();
    for (let i = from; i < to; i++) {
      const { op, attrs, inputs, outputs } = graph.nodes[i];
      for (const value of outputs) this.makers[value] = i;
      const kind = `${op}\n${attrs}\n${inputs.length}\n${outputs.length}`;
      const known = numbers.get(kind) ?? numbers.size;
      numbers.set(kind, known);
      this.kinds[i] = known;
    }
  }

  /**
   * Whether node `b`, a whole number of blocks behind `a`, does with its surroundings what `a` does with its own.
   * What the first block, from `first` up to `second`, reads from before it may come from anywhere, where the block
   * behind it reads what the first has made.
   */
  alike(a: number, b: number, first: number, second: number): boolean {
    if (this.kinds[a] !== this.kinds[b]) return false;
    const { nodes } = this.graph;
    const [before, behind] = [nodes[a].inputs, nodes[b].inputs];
    for (let i = 0; i < before.length; i++) {
      if (before[i] === behind[i]) continue;
      const [from, other] = [this.makers[before[i]], this.makers[behind[i]]];
      if (a < second && from < first && other >= first && other < second) continue;
      if (from < 0 || other < 0 ? from !== other : other - from !== b - a) return false;
    }
    return true;
  }
}

/** The blocks of nodes between two places that repeat, one after the other. */
function repeatsOf(graph: PictureGraph, from: number, to: number, tick: () => void): Group[] {
  const likeness = new Likeness(graph, from, to);
  const { kinds } = likeness;
  const next = new Int32Array(to).fill(-1);
  const latest = new Map<number, number>();
  for (let i = to - 1; i >= from; i--) {
    next[i] = latest.get(kinds[i]) ?? -1;
    latest.set(kinds[i], i);
  }
  const groups: Group[] = [];
  for (let i = from; i < to; ) {
    let best = { period: 0, times: 0 };
    let tries = 0;
    for (let j = next[i]; j >= 0 && j - i <= MOST_PERIOD && tries < MOST_TRIES; j = next[j]) {
      tick();
      tries++;
      const period = j - i;
      let run = 0;
      while (j + run < to && likeness.alike(i + run, j + run, i, j)) run++;
      const times = 1 + Math.floor(run / period);
      if (times >= LEAST_TIMES && times * period > best.times * best.period) best = { period, times };
    }
    const { period, times } = best;
    if (times === 0) {
      i++;
      continue;
    }
    groups.push({ nodes: Array.from({ length: period * times }, (_, k) => i + k), times, period });
    i += period * times;
  }
  return groups;
}

/** Nodes each of which has its one made input from the one before, which nothing else reads. */
function chainsOf(graph: PictureGraph, from: number, to: number, taken: ReadonlySet<number>): Group[] {
  const { nodes, values } = graph;
  const makers = new Int32Array(values.length).fill(-1);
  const readers = new Int32Array(nodes.length);
  for (let i = from; i < to; i++) for (const value of nodes[i].outputs) makers[value] = i;
  const before = new Int32Array(nodes.length).fill(-1);
  nodes.forEach((node, i) => {
    const makersOf = new Set(node.inputs.map((value) => makers[value]).filter((maker) => maker >= 0));
    // What the backward pass saves of a chain does not keep it from being one.
    if (!node.back || nodes[from]?.back) for (const maker of makersOf) readers[maker]++;
    if (i >= from && i < to && makersOf.size === 1) before[i] = [...makersOf][0];
  });
  const open = new Map<number, number[]>();
  const chains: number[][] = [];
  for (let i = from; i < to; i++) {
    if (taken.has(i)) continue;
    const known = before[i] < 0 || readers[before[i]] !== 1 ? undefined : open.get(before[i]);
    const chain = known ?? [];
    if (known === undefined) chains.push(chain);
    else open.delete(before[i]);
    chain.push(i);
    open.set(i, chain);
  }
  return chains
    .filter((chain) => chain.length >= LEAST_CHAIN)
    .map((chain) => ({ nodes: chain, times: chain.length, period: chain.length }));
}

const countOf = (groups: readonly Group[]): number => groups.reduce((count, { nodes }) => count + nodes.length - 1, 0);

/** Folds the nodes from one place to another, if they are many. */
function foldPart(graph: PictureGraph, from: number, to: number, tick: () => void): Group[] {
  const repeats = repeatsOf(graph, from, to, tick);
  if (to - from - countOf(repeats) <= MANY_NODES) return repeats;
  const taken = new Set(repeats.flatMap(({ nodes }) => nodes));
  return [...repeats, ...chainsOf(graph, from, to, taken)];
}

/**
 * What the backward pass does for the nodes of one group; sums of gradients, which belong to no node, with what they
 * add.
 */
function mirrored({ nodes, values }: PictureGraph, groups: readonly Group[]): Group[] {
  const groupOf = new Map<number, Group>();
  for (const group of groups) for (const node of group.nodes) groupOf.set(node, group);
  const makers = new Int32Array(values.length).fill(-1);
  const found = new Map<Group, number[]>();
  const belongs: (Group | undefined)[] = [];
  nodes.forEach(({ back, of, inputs, outputs }, i) => {
    if (!back) return;
    const added = inputs.flatMap((value) => (makers[value] < 0 ? [] : [belongs[makers[value]]]));
    const group = of >= 0 ? groupOf.get(of) : added.every((one) => one === added[0]) ? added[0] : undefined;
    belongs[i] = group;
    for (const value of outputs) makers[value] = i;
    if (group === undefined) return;
    const list = found.get(group);
    if (list === undefined) found.set(group, [i]);
    else list.push(i);
  });
  return [...found]
    .filter(([, list]) => list.length > 1)
    .map(([{ times, period }, list]) => {
      // Of a chain, or where repeats have not all the same, the number of nodes is told.
      const even = times > 1 && times < list.length && list.length % times === 0;
      if (even && period < list.length) return { nodes: list, times, period: list.length / times };
      return { nodes: list, times: list.length, period: list.length };
    });
}

/** All groups of a graph that has many nodes; none of another. */
export function fold(graph: PictureGraph, tick: () => void): Group[] {
  const { nodes } = graph;
  if (nodes.length <= MANY_NODES) return [];
  const firstBack = nodes.findIndex(({ back }) => back);
  const forward = firstBack < 0 ? nodes.length : firstBack;
  if (forward === 0) return foldPart(graph, 0, nodes.length, tick);
  const groups = foldPart(graph, 0, forward, tick);
  return [...groups, ...mirrored(graph, groups)];
}
