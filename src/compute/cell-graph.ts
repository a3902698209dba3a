/** The graph document of what cells recorded: of one cell, or of all that a value hangs on. */

import type { Call } from '../autograd/recorder.ts';
import { Trace } from '../graph/trace.ts';
import type { OpDef } from '../ops/define.ts';
import { numelOf } from '../tensor/shape.ts';
import { metaAllocator } from '../tensor/storage.ts';
import type { GradFn } from '../tensor/tensor.ts';
import { fromStorage, type Tensor } from '../tensor/tensor.ts';
import { type CellNode, type CellValue, isCellValue, type PassCall, valuesIn } from './recording.ts';

export interface CellGraph {
  readonly trace: Trace;
  /** Values that the graph needs and does not compute, and that have to be given. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly string[];
}

export interface GraphRequest {
  readonly nodes: readonly CellNode[];
  /** What the document is to answer. */
  readonly outputs: readonly CellValue[];
  /** The tensor that a value is now, where the cells still have it. */
  readonly live: (value: CellValue) => Tensor | undefined;
  /** Whether a value from outside of `nodes` is an input; else it is a constant. */
  readonly isInput: (value: CellValue) => boolean;
  /** Names that values have by right: a request's inputs. */
  readonly fixed?: ReadonlyMap<CellValue, string>;
  /** Calls of backward passes, where the document is to have them. */
  readonly passes?: readonly PassCall[];
}

/** Stands in a document for a value whose tensor may be gone. */
function standIn(value: CellValue, live: Tensor | undefined): Tensor {
  const source = live ?? value.stand;
  let t: Tensor;
  if (source === null) {
    t = fromStorage(metaAllocator.alloc(value.dtype, numelOf(value.shape)), value.shape);
  } else {
    t = source.alias();
  }
  t.requiresGrad = live?.requiresGrad ?? value.requiresGrad;
  if (value.gradFn !== null) t.gradFn = { name: value.gradFn } as GradFn;
  return t;
}

/** The values that `nodes` make, and those that they or the outputs need besides, in the order in which they came up. */
function valuesOf(nodes: readonly CellNode[], outputs: readonly CellValue[]): { given: CellValue[]; all: CellValue[] } {
  const made = new Set<CellValue>();
  for (const node of nodes) for (const value of node.outputs) made.add(value);
  const given = new Set<CellValue>();
  for (const node of nodes) for (const value of valuesIn(node.args)) if (!made.has(value)) given.add(value);
  for (const value of outputs) if (!made.has(value)) given.add(value);
  return { given: [...given], all: [...given, ...made].sort((a, b) => a.serial - b.serial) };
}

/** Names of versions: `x`, then `x#1`, in the order in which they come up. */
class Names {
  private readonly next = new Map<string, number>();
  private readonly taken = new Set<string>();

  reserve(name: string): void {
    this.taken.add(name);
  }

  version(base: string): string {
    let n = this.next.get(base) ?? 0;
    let name: string;
    do {
      name = n === 0 ? base : `${base}#${n}`;
      n++;
    } while (this.taken.has(name));
    this.next.set(base, n);
    this.taken.add(name);
    return name;
  }
}

/**
 * Makes the trace that is written as the document.
 *
 * @param hold where the values hold their own tensors, these stand for themselves
 */
export function graphOf(request: GraphRequest, hold = false): CellGraph {
  const { nodes, live, fixed } = request;
  const trace = new Trace(request.passes !== undefined);
  const names = new Names();
  const stands = new Map<CellValue, Tensor>();
  for (const name of fixed?.values() ?? []) names.reserve(name);

  const stand = (value: CellValue): Tensor => {
    let t = stands.get(value);
    if (t === undefined) {
      t = hold && value.stand !== null ? value.stand : standIn(value, live(value));
      stands.set(value, t);
      const given = fixed?.get(value);
      if (given !== undefined) trace.name(t, given);
      else if (value.name !== null) trace.name(t, names.version(value.name));
    }
    return t;
  };

  const inputs: Tensor[] = [];
  for (const value of fixed?.keys() ?? []) {
    const t = stand(value);
    trace.input(t, fixed?.get(value) as string);
    inputs.push(t);
  }
  const { given, all } = valuesOf(nodes, request.outputs);
  for (const value of all) stand(value);
  for (const value of given) {
    if (fixed?.has(value)) continue;
    const t = stand(value);
    if (!request.isInput(value) && !t.storage.meta) {
      trace.constants.push(t);
      continue;
    }
    const name = trace.nameOf(t) ?? trace.nameAfter(t, 'value');
    trace.input(t, name);
    inputs.push(t);
  }

  const recorder = trace.recorder();
  const known = new Set(stands.values());
  // What a hidden call made may have been written over since, and stand for a later version.
  const apart = (call: Call<OpDef>): Call<OpDef> =>
    call.outputs.some((t) => known.has(t))
      ? { ...call, outputs: call.outputs.map((t) => (known.has(t) ? t.alias() : t)) }
      : call;
  for (const node of nodes) {
    const args: Record<string, unknown> = {};
    for (const key in node.args) {
      const arg = node.args[key];
      if (isCellValue(arg)) args[key] = stand(arg);
      else if (Array.isArray(arg)) args[key] = arg.map((item: unknown) => (isCellValue(item) ? stand(item) : item));
      else args[key] = arg;
    }
    const outputs = node.outputs.map(stand);
    // The name of the gradient node is read from a result that has one.
    if (!hold && node.gradFn !== null && outputs.every((t) => t.gradFn === null))
      outputs[0].gradFn = { name: node.gradFn };
    for (const call of node.inner) recorder.hear(apart(call), true);
    recorder.hear({ op: node.op, args, outputs, first: node.first, last: node.last }, false);
  }
  for (const { call, rule } of request.passes ?? []) {
    const of = rule === undefined ? undefined : trace.forwardOf({ seq: rule });
    trace.backwardRecorder(() => of).hear(call, false);
  }
  const outputs = request.outputs.map((value) => {
    const t = stand(value);
    return trace.nameOf(t) ?? trace.nameAfter(t, value.maker?.op.name ?? 'value');
  });
  for (const [value, t] of stands) {
    const grad = value.gradFn === null ? live(value)?.grad : null;
    const name = trace.nameOf(t);
    if (grad != null && name !== undefined) trace.nameGradient(grad, name);
  }
  return { trace, inputs, outputs };
}

/** The calls that a value hangs on, in order. */
export function historyOf(value: CellValue, nodes: readonly CellNode[]): CellNode[] {
  const wanted = new Set<CellNode>();
  const pending = [value];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { maker } = at;
    if (maker === null || wanted.has(maker)) continue;
    wanted.add(maker);
    pending.push(...valuesIn(maker.args));
  }
  return nodes.filter((node) => wanted.has(node));
}
