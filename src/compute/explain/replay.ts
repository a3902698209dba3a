/** What was computed, carried out again in float64 from other values of some of its leaves. */

import type { Document } from '../../graph/document.ts';
import { historyOf } from '../../graph/document.ts';
import { type ProgramNode, Value } from '../../graph/value.ts';
import { cast, copy } from '../../kernels/copy.ts';
import { type DType, isFloating } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { isThere } from './numbers.ts';

const wide = (t: Tensor): Tensor => (isFloating(t.dtype) && t.dtype !== 'float64' ? cast(t, 'float64') : t);

/** A dtype that an argument names, where computing in float64 asks for another one. */
const widened = (arg: unknown, key: string): unknown =>
  key === 'dtype' && typeof arg === 'string' && isFloating(arg as DType) ? 'float64' : arg;

export class Replay {
  /** What moves, where it is. */
  readonly start: Tensor;
  private readonly document: Document;
  private readonly root: Value;
  private readonly moved: Value;
  /** Calls that lead from what moves to the root. */
  private readonly nodes: readonly ProgramNode[];
  /** All that stays, in float64. */
  private readonly fixed = new Map<Value, Tensor>();

  private constructor(
    document: Document,
    { root, moved }: { root: Value; moved: Value },
    start: Tensor,
    nodes: readonly ProgramNode[],
  ) {
    this.document = document;
    this.root = root;
    this.moved = moved;
    this.start = start;
    this.nodes = nodes;
  }

  /** Has the root stay as it is, where nothing that moves leads to it. */
  private still(): boolean {
    const tensor = this.document.tensorOf(this.root);
    if (!isThere(tensor)) return false;
    this.fixed.set(this.root, wide(tensor.detach()));
    return true;
  }

  /** @returns undefined where the document does not have what it takes */
  static of(document: Document, root: Tensor, moving: Tensor): Replay | undefined {
    const { program } = document;
    const end = program.current(root);
    const moved = program.current(moving);
    const first = moved && document.tensorOf(moved);
    if (end === undefined || moved === undefined || !isThere(first)) return undefined;
    const reached = new Set([moved]);
    const nodes: ProgramNode[] = [];
    for (const node of historyOf(end, document.nodes)) {
      // What no gradient goes through stays as it was, as a pass takes it to do.
      if (!program.operands(node.args).some((value) => reached.has(value))) continue;
      let carries = false;
      for (const value of node.outputs) {
        if (value === moved || value.gradNode < 0) continue;
        reached.add(value);
        carries = true;
      }
      if (carries) nodes.push(node);
    }
    const replay = new Replay(document, { root: end, moved }, copy(wide(first.detach())), nodes);
    if (!reached.has(end)) return replay.still() ? replay : undefined;
    for (const node of nodes) {
      for (const value of program.operands(node.args)) {
        if (reached.has(value) || replay.fixed.has(value)) continue;
        const tensor = document.tensorOf(value);
        if (!isThere(tensor)) return undefined;
        replay.fixed.set(value, wide(tensor.detach()));
      }
    }
    return replay;
  }

  /** Calls that one run makes. */
  get length(): number {
    return this.nodes.length;
  }

  /** The root, with this in the place of what moves. */
  run(point: Tensor): Tensor {
    const { document, fixed } = this;
    const { program } = document;
    const values = new Map<Value, Tensor>([[this.moved, point]]);
    const find = (value: Value): Tensor => values.get(value) ?? (fixed.get(value) as Tensor);
    const argument = (arg: unknown, key: string): unknown => {
      const value = program.operand(arg);
      if (value !== undefined) return find(value);
      if (Array.isArray(arg))
        return arg.map((item) => {
          const member = item instanceof Tensor || item instanceof Value ? program.operand(item) : undefined;
          return member === undefined ? item : find(member);
        });
      return widened(arg, key);
    };
    for (const { op, args, outputs } of this.nodes) {
      const called: Record<string, unknown> = {};
      for (const key in args) called[key] = argument(args[key], key);
      const made = op.call(called);
      const list = made instanceof Tensor ? [made] : made;
      outputs.forEach((value, i) => {
        if (!values.has(value)) values.set(value, list[i]);
      });
    }
    return find(this.root);
  }
}
