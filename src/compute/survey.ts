/**
 * How much a computation will make, found from shapes alone before anything is computed: whether it may run
 * where others wait, how its memory is handled, and whether it is refused.
 */
import { noGrad } from '../autograd/mode.ts';
import { withRecorder } from '../autograd/recorder.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import type { Plan, PlanNode } from '../graph/plan.ts';
import { runNodes, Values } from '../graph/run.ts';
import type { OpDef } from '../ops/define.ts';
import { EngineError } from '../tensor/errors.ts';
import { broadcastShapes, numelOf, type Shape, sameShape } from '../tensor/shape.ts';
import { type Allocator, DataDependent, metaAllocator, type Storage, withAllocator } from '../tensor/storage.ts';
import type { Tensor } from '../tensor/tensor.ts';

export interface Survey {
  /** Elements of all values that are made or given. */
  readonly elements: number;
  /** Elements that are alive at one time, at the most. */
  readonly alive: number;
  /** Multiplications or so, beyond one for each element. */
  readonly work: number;
  /** Elements of the values that are read at the end. */
  readonly kept: number;
  /** False where sizes hang on values: the numbers above count what comes before. */
  readonly complete: boolean;
}

/** Of a thread that also serves all others: some tenths of a millisecond, a few where elements are dear. */
const INLINE = {
  /** The dearest ops take some 60 ns for an element, most less than 1 ns. */
  elements: 100_000,
  work: 4_000_000,
  /** Nodes of a graph, counted again for their gradients, and again where those are recorded: some 5 µs each. */
  nodes: 250,
  /** Elements written as text, each of which takes some 100 ns. */
  written: 10_000,
} as const;

/** What is known of a request before it is carried out. */
export interface Size extends Survey {
  /** Ops to call and to write down. */
  readonly nodes: number;
  /** Elements that are written as text. */
  readonly written: number;
}

/** Whether a request is carried out where it came in, on the thread that serves all others. */
export const isSmall = ({ elements, work, nodes, written, complete }: Size): boolean =>
  complete && elements <= INLINE.elements && work <= INLINE.work && nodes <= INLINE.nodes && written <= INLINE.written;

/** Ops whose result has the shape that their operands have when they are broadcast, or a smaller one. */
const ELEMENTWISE = new Set(['pointwise', 'activation', 'comparison']);

const PRODUCTS =
  /^(add)?(b|ba)?(mm|mv)$|^(addr|addbmm|bmm|dot|vdot|vecdot|inner|outer|kron|linear|matmul|einsum|tensordot|trace|vander|cross|linalg_(cross|vander|multi_dot|vector_norm|norm|matrix_norm))$/;
/** How often decompositions go through a matrix. */
const ITERATIONS = 20;

/** Multiplications that an op takes beyond its elements, at the most, to within a small factor. */
export function workOf({ name, category }: OpDef, elements: number): number {
  // Of two matrices of n elements the product takes n^1.5 multiplications; convolutions take no more.
  if (category === 'nn') return elements ** 1.5;
  if (category === 'linalg') return elements ** 1.5 * (PRODUCTS.test(name) ? 1 : ITERATIONS);
  return name === 'ctc_loss' ? elements * Math.sqrt(elements) : 0;
}

/** The size of an op's result that is elementwise, or no larger; undefined where only a run tells. */
export function elementwiseShape(op: OpDef, shapes: readonly Shape[]): Shape | undefined {
  if (!ELEMENTWISE.has(op.category) || op.composite) return undefined;
  let shape: Shape = [];
  for (const other of shapes) {
    if (other.length === 0) continue;
    if (shape.length > 0 && !sameShape(shape, other)) {
      try {
        shape = broadcastShapes(shape, other);
      } catch {
        // It is refused where it is run, with the node's name.
        return undefined;
      }
    } else shape = other;
  }
  return shape;
}

/** The last node that reads each value, by the value's number. */
export function lastReaders(nodes: readonly PlanNode[]): Map<number, number> {
  const last = new Map<number, number>();
  nodes.forEach(({ references }, i) => {
    for (const { slots } of references) {
      if (typeof slots === 'number') last.set(slots, i);
      else for (const slot of slots) last.set(slot, i);
    }
  });
  return last;
}

/** Where every op is elementwise, the sum of the sizes is found without calling any. */
function quickSurvey(
  plan: Plan,
  literals: ReadonlyMap<string, TensorLiteral>,
): { elements: number; sizeOf: (slot: number) => number } | undefined {
  if (plan.backward.length > 0) return undefined;
  const shapes: (Shape | undefined)[] = new Array(plan.slots.size).fill(undefined);
  let elements = 0;
  for (const [name, slot] of plan.slots) {
    const literal = literals.get(name);
    if (literal === undefined) continue;
    shapes[slot] = literal.shape;
    elements += literal.numel;
  }
  for (const node of plan.nodes) {
    if (node.outputs.length !== 1) return undefined;
    const operands: Shape[] = [];
    for (const { slots } of node.references) {
      const shape = typeof slots === 'number' ? shapes[slots] : undefined;
      if (shape === undefined) return undefined;
      operands.push(shape);
    }
    const shape = elementwiseShape(node.op, operands);
    if (shape === undefined) return undefined;
    shapes[node.firstSlot] = shape;
    elements += numelOf(shape);
  }
  return { elements, sizeOf: (slot) => numelOf(shapes[slot] ?? []) };
}

class Counter implements Allocator {
  made = 0;
  alloc(...[dtype, numel]: Parameters<Allocator['alloc']>): Storage {
    this.made += numel;
    return metaAllocator.alloc(dtype, numel);
  }
}

/** Elements of the storages that are held, each counted once. */
class Held {
  elements = 0;
  private readonly counts = new Map<Storage, number>();

  add({ storage }: Tensor): void {
    const count = this.counts.get(storage) ?? 0;
    if (count === 0) this.elements += storage.numel;
    this.counts.set(storage, count + 1);
  }

  drop({ storage }: Tensor): void {
    const count = (this.counts.get(storage) ?? 0) - 1;
    this.counts.set(storage, count);
    if (count === 0) this.elements -= storage.numel;
  }
}

export interface SurveySettings {
  /** Values that are read when all nodes have run. */
  readonly kept: readonly string[];
  /** Whether gradients are asked for: what rules may read lives until then. */
  readonly differentiated: boolean;
  readonly tick: () => void;
  /** More than so many elements alive at one time end the survey. */
  readonly maxElements: number;
}

/**
 * Finds every size without computing anything.
 *
 * @throws EngineError where a node refuses its operands' shapes; `budget` where a value alone is too much
 */
export function surveyGraph(
  plan: Plan,
  literals: ReadonlyMap<string, TensorLiteral>,
  { kept, differentiated, tick, maxElements }: SurveySettings,
): Survey {
  const quick = quickSurvey(plan, literals);
  // So few are alive together whatever dies meanwhile.
  const sum = (sizeOf: (slot: number) => number): number =>
    kept.reduce((n, name) => n + sizeOf(plan.slots.get(name) ?? -1), 0);
  if (quick !== undefined && quick.elements <= Math.min(maxElements, INLINE.elements * 10)) {
    const { elements, sizeOf } = quick;
    return { elements, alive: elements, work: 0, kept: sum(sizeOf), complete: true };
  }
  const counter = new Counter();
  const held = new Held();
  let alive = 0;
  let work = 0;
  let complete = true;
  const values = new Values(literals, plan);
  const nodes = [...plan.nodes, ...plan.backward];
  const last = lastReaders(nodes);
  const given = new Set<number>();
  const keptSlots = new Set(kept.map((name) => plan.slots.get(name)));
  const run = (node: PlanNode, i: number): void => {
    const before = counter.made;
    runNodes([node], values, tick);
    const operands: Tensor[] = [];
    const read: number[] = [];
    for (const { slots } of node.references) {
      for (const slot of typeof slots === 'number' ? [slots] : slots) {
        const tensor = values.there(slot);
        if (tensor === undefined) continue;
        operands.push(tensor);
        read.push(slot);
        if (slot >= plan.made && !given.has(slot)) {
          given.add(slot);
          held.add(tensor);
        }
      }
    }
    const made = counter.made - before;
    work += workOf(
      node.op,
      operands.reduce((n, t) => n + t.numel, made),
    );
    alive = Math.max(alive, held.elements + made);
    if (alive > maxElements)
      throw new EngineError(
        'budget',
        `at least ${alive} elements would be alive at one time; at most ${maxElements} are allowed`,
      );
    node.outputs.forEach((_, k) => {
      const tensor = values.there(node.firstSlot + k);
      if (tensor !== undefined) held.add(tensor);
    });
    if (differentiated) return;
    for (const slot of new Set([...read, ...node.outputs.map((_, k) => node.firstSlot + k)])) {
      const tensor = values.there(slot);
      if (tensor !== undefined && slot < plan.made && (last.get(slot) ?? i) === i && !keptSlots.has(slot))
        held.drop(tensor);
    }
  };
  withAllocator(counter, () =>
    withRecorder(null, () =>
      noGrad(() => {
        try {
          nodes.forEach(run);
        } catch (error) {
          // From here on sizes hang on values: they are counted as they come.
          if (!(error instanceof DataDependent)) throw error;
          complete = false;
        }
      }),
    ),
  );
  const sizeOf = (slot: number): number => values.there(slot)?.numel ?? 0;
  return { elements: counter.made, alive, work, kept: sum(sizeOf), complete };
}
