/** The boxes of a picture and the wires between them: nodes, values that no node makes, and what was folded. */
import type { Group } from './fold.ts';
import type { PictureGraph } from './model.ts';

export type BoxKind = 'leaf' | 'node' | 'fold';

export interface Box {
  readonly kind: BoxKind;
  readonly back: boolean;
  /** The nodes that it stands for; none for a leaf. */
  readonly nodes: readonly number[];
  /** The values that are shown in it. */
  readonly values: readonly number[];
  /** Values that exist inside of it only. */
  readonly hidden: readonly number[];
  /** How often what it shows is there, and how many nodes that is each time. */
  readonly times: number;
  readonly period: number;
  /** The box of the forward pass that it belongs to; −1 where it is not known. */
  readonly of: number;
}

/** A value on its way to all the boxes that read it. */
export interface Wire {
  readonly value: number;
  readonly from: number;
  readonly to: readonly number[];
}

export interface Boxes {
  readonly graph: PictureGraph;
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
}

interface Open extends Box {
  values: number[];
  hidden: number[];
  of: number;
}

class Boxing {
  readonly boxes: Open[] = [];
  readonly wires: Wire[] = [];
  /** Of each node. */
  private readonly boxOf: Int32Array;
  /** Of each value, the boxes that read it. */
  private readonly readers: number[][];
  private readonly graph: PictureGraph;

  constructor(graph: PictureGraph) {
    this.graph = graph;
    this.boxOf = new Int32Array(graph.nodes.length).fill(-1);
    this.readers = graph.values.map(() => []);
  }

  nodes(groups: readonly Group[], tick: () => void): void {
    const { graph, boxes, boxOf } = this;
    const groupOf = new Map<number, Group>();
    for (const group of groups) for (const node of group.nodes) groupOf.set(node, group);
    for (let i = 0; i < boxOf.length; i++) {
      tick();
      if (boxOf[i] >= 0) continue;
      const group = groupOf.get(i);
      const { nodes, times, period } = group ?? { nodes: [i], times: 1, period: 1 };
      for (const node of nodes) boxOf[node] = boxes.length;
      const kind = group === undefined ? 'node' : 'fold';
      boxes.push({ kind, back: graph.nodes[i].back, nodes, values: [], hidden: [], times, period, of: -1 });
    }
    for (const box of boxes) {
      if (!box.back) continue;
      const of = box.nodes.map((node) => graph.nodes[node].of).find((place) => place >= 0 && place < boxOf.length);
      if (of !== undefined) box.of = boxOf[of];
    }
  }

  read(tick: () => void): void {
    const { graph, boxes, readers } = this;
    const last = new Int32Array(graph.values.length).fill(-1);
    boxes.forEach(({ nodes }, box) => {
      tick();
      for (const node of nodes) {
        for (const value of graph.nodes[node].inputs) {
          if (last[value] === box) continue;
          last[value] = box;
          readers[value].push(box);
        }
      }
    });
  }

  made(tick: () => void): void {
    const { graph, boxes, boxOf, readers } = this;
    // Of all that goes from a folded box to the same others, one wire stands for the rest.
    const bundles = new Set<string>();
    graph.nodes.forEach(({ outputs }, node) => {
      tick();
      const from = boxOf[node];
      const box = boxes[from];
      for (const value of outputs) {
        const to = readers[value].filter((reader) => reader !== from);
        const { output, gradOf } = graph.values[value];
        const bundle = box.kind === 'fold' && to.length > 0 ? `${from} ${to.join(' ')}` : undefined;
        const wired = to.length > 0 && (bundle === undefined || !bundles.has(bundle));
        if (wired) {
          if (bundle !== undefined) bundles.add(bundle);
          this.wires.push({ value, from, to });
        }
        const shown = box.kind === 'node' || wired || output || gradOf !== undefined;
        (shown ? box.values : box.hidden).push(value);
      }
    });
  }

  leaves(tick: () => void): void {
    const { graph, boxes, readers } = this;
    const inner = this.innerLeaves();
    graph.values.forEach((value, i) => {
      tick();
      if (value.role === 'made') return;
      const to = readers[i];
      const hiding = value.output || to.length !== 1 ? undefined : boxes[to[0]];
      if (hiding !== undefined && inner.has(i)) {
        hiding.hidden.push(i);
        return;
      }
      if (to.length > 0) this.wires.push({ value: i, from: boxes.length, to });
      const back = to.length > 0 && to.every((box) => boxes[box].back);
      boxes.push({ kind: 'leaf', back, nodes: [], values: [i], hidden: [], times: 1, period: 1, of: -1 });
    });
  }

  /** Leaves of folded boxes that are another in each of the repeats, or constants. */
  private innerLeaves(): Set<number> {
    const { graph, boxes } = this;
    const inner = new Set<number>();
    for (const { kind, nodes, period } of boxes) {
      if (kind !== 'fold') continue;
      const places = new Map<string, Set<number>>();
      nodes.forEach((node, k) => {
        graph.nodes[node].inputs.forEach((value, slot) => {
          const { role, requiresGrad } = graph.values[value];
          if (role === 'made') return;
          if (role === 'constant' || (period === nodes.length && requiresGrad)) inner.add(value);
          const place = `${k % period} ${slot}`;
          const there = places.get(place);
          if (there === undefined) places.set(place, new Set([value]));
          else there.add(value);
        });
      });
      for (const there of places.values()) if (there.size > 1) for (const value of there) inner.add(value);
    }
    return inner;
  }
}

/** Puts nodes, by what was folded, and values that no node makes into boxes. */
export function boxesOf(graph: PictureGraph, groups: readonly Group[], tick: () => void): Boxes {
  const boxing = new Boxing(graph);
  boxing.nodes(groups, tick);
  boxing.read(tick);
  boxing.made(tick);
  boxing.leaves(tick);
  return { graph, boxes: boxing.boxes, wires: boxing.wires };
}

/** What a folded box does, in the order in which it does it: `linear → relu`. */
export function summaryOf({ graph }: Boxes, { nodes, period }: Box, most: number): string {
  const ops = nodes.slice(0, period).map((node) => graph.nodes[node].op);
  if (ops.length <= most) return ops.join(' → ');
  if (new Set(ops).size === 1) return ops[0];
  return [...ops.slice(0, most - 1), '…', ops[ops.length - 1]].join(' → ');
}
