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
import type { DType } from '../tensor/dtype.ts';
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

/** Ops whose result is no larger than the largest of their operands. */
const SHRINKING =
  /^(sum|mean|prod|amax|amin|max|min|median|any|all|argmax|argmin|logsumexp|norm|std|var|nansum|nanmean|count_nonzero)$/;

/** The shape that all have when they are broadcast; undefined where they do not fit. */
function broadcast(shapes: readonly Shape[]): Shape | undefined {
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

/** The shape of an op's result that is elementwise; undefined where it is another op. */
export const elementwiseShape = (op: OpDef, shapes: readonly Shape[]): Shape | undefined =>
  ELEMENTWISE.has(op.category) && !op.composite ? broadcast(shapes) : undefined;

/** The shape of a product of matrices and vectors, without what batches and odd cases have of their own. */
function productShape({ name }: OpDef, shapes: readonly Shape[]): Shape | undefined {
  const [a, b] = shapes;
  if (a === undefined || b === undefined || a.length === 0 || a.at(-1) !== b[name === 'linear' ? 1 : 0])
    return undefined;
  switch (name) {
    case 'linear':
      return b.length === 2 && (shapes[2] === undefined || sameShape(shapes[2], [b[0]]))
        ? [...a.slice(0, -1), b[0]]
        : undefined;
    case 'matmul':
      return b.length <= 2 ? [...a.slice(0, -1), ...b.slice(1)] : undefined;
    case 'mm':
      return a.length === 2 && b.length === 2 ? [a[0], b[1]] : undefined;
    case 'mv':
      return a.length === 2 && b.length === 1 ? [a[0]] : undefined;
    case 'dot':
      return a.length === 1 && b.length === 1 ? [] : undefined;
  }
  return undefined;
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

/** A value's shape as far as it is known from other shapes: it is this one, or one of no more elements. */
interface Bound {
  readonly shape: Shape;
  readonly numel: number;
  readonly exact: boolean;
}

const boundOf = (shape: Shape, exact: boolean): Bound => ({ shape, numel: numelOf(shape), exact });

/** Ops of which the shape of the result is known without a run, by what is known of it. */
type Kind = 'elementwise' | 'shrinking' | 'loss' | 'other';
const kinds = new WeakMap<OpDef, Kind>();

function kindOf(op: OpDef): Kind {
  let kind = kinds.get(op);
  if (kind === undefined) {
    if (ELEMENTWISE.has(op.category) && !op.composite) kind = 'elementwise';
    else if (op.category === 'loss') kind = 'loss';
    else kind = SHRINKING.test(op.name) ? 'shrinking' : 'other';
    kinds.set(op, kind);
  }
  return kind;
}

/** What is known of an op's result without a run; undefined where that is nothing. */
function quickBound(op: OpDef, operands: readonly Bound[]): Bound | undefined {
  const kind = kindOf(op);
  if (kind === 'shrinking' && operands.length === 1) {
    const [one] = operands;
    return one.exact && one.numel === 1 && one.shape.length === 0 ? one : { ...one, exact: false };
  }
  if (kind === 'elementwise' && operands.length <= 2) {
    const [one, other = one] = operands;
    if (one.exact === other.exact && sameShape(one.shape, other.shape)) return one;
  }
  const shapes = operands.map((operand) => operand.shape);
  const exact = operands.every((operand) => operand.exact);
  let shape = elementwiseShape(op, shapes);
  if (shape !== undefined) return boundOf(shape, exact);
  shape = exact ? productShape(op, shapes) : undefined;
  if (shape !== undefined) return boundOf(shape, true);
  if (kind !== 'loss' && kind !== 'shrinking') return undefined;
  // Losses take a tensor of classes, too, or broadcast what they compare.
  const largest = operands.reduce((most, operand) => (operand.numel > most.numel ? operand : most));
  const common = broadcast(shapes);
  return common !== undefined && numelOf(common) > largest.numel
    ? boundOf(common, false)
    : { ...largest, exact: largest.numel === 1 && largest.shape.length === 0 };
}

interface QuickSurvey {
  readonly elements: number;
  readonly work: number;
  /** Whether the sizes are those, or larger ones. */
  readonly exact: boolean;
  readonly sizeOf: (slot: number) => number;
}

/** Where every op is one of the commonest, sizes are found without calling any. */
function quickSurvey(plan: Plan, literals: ReadonlyMap<string, TensorLiteral>): QuickSurvey | undefined {
  if (plan.backward.length > 0) return undefined;
  const bounds: (Bound | undefined)[] = [];
  let elements = 0;
  let work = 0;
  let exact = true;
  for (const [name, slot] of plan.slots) {
    const literal = literals.get(name);
    if (literal === undefined) continue;
    bounds[slot] = { shape: literal.shape, numel: literal.numel, exact: true };
    elements += literal.numel;
  }
  for (const node of plan.nodes) {
    if (node.outputs.length !== 1 || node.late !== undefined || node.control !== undefined) return undefined;
    const operands: Bound[] = [];
    let read = 0;
    for (const { slots } of node.references) {
      const bound = typeof slots === 'number' ? bounds[slots] : undefined;
      if (bound === undefined) return undefined;
      operands.push(bound);
      read += bound.numel;
    }
    if (operands.length === 0) return undefined;
    const bound = quickBound(node.op, operands);
    if (bound === undefined) return undefined;
    bounds[node.firstSlot] = bound;
    elements += bound.numel;
    work += workOf(node.op, read + bound.numel);
    exact &&= bound.exact;
  }
  return { elements, work, exact, sizeOf: (slot) => bounds[slot]?.numel ?? 0 };
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
  /** What a bare array becomes where no reader wants more. */
  readonly bare?: DType;
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
  { kept, differentiated, tick, maxElements, bare }: SurveySettings,
): Survey {
  const quick = quickSurvey(plan, literals);
  // So few are alive together whatever dies meanwhile.
  const sum = (sizeOf: (slot: number) => number): number =>
    kept.reduce((n, name) => n + sizeOf(plan.slots.get(name) ?? -1), 0);
  // What is not known to the element has to be little whatever it is; losses make some values more.
  const most = quick?.exact ? INLINE.elements * 10 : INLINE.written;
  if (quick !== undefined && quick.elements <= Math.min(maxElements, most)) {
    const { elements, work, sizeOf } = quick;
    return { elements, alive: elements, work, kept: sum(sizeOf), complete: true };
  }
  const counter = new Counter();
  const held = new Held();
  let alive = 0;
  let work = 0;
  let complete = true;
  const values = new Values(literals, plan, bare);
  const nodes = [...plan.nodes, ...plan.backward];
  // What the rules of functions make is not known before they run.
  if (differentiated && nodes.some((node) => node.op.name === 'function')) complete = false;
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
