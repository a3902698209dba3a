/**
 * A graph's nodes as calls of ops on shapes alone, one after the other. What composite ops call inside is
 * heard, too: where a composite has no rule of its own, it is exported as what it consists of.
 */
import { noGrad } from '../../../autograd/mode.ts';
import { type Call, withRecorder } from '../../../autograd/recorder.ts';
import type { TensorLiteral } from '../../../codec/json/tensor-literal.ts';
import { bytesOfTensor } from '../../../codec/raw.ts';
import type { Plan, PlanNode } from '../../../graph/plan.ts';
import { runNodes, Values } from '../../../graph/run.ts';
import type { OpDef } from '../../../ops/define.ts';
import { isFloating } from '../../../tensor/dtype.ts';
import { EngineError } from '../../../tensor/errors.ts';
import { contiguousStrides, numelOf } from '../../../tensor/shape.ts';
import { allocate, DataDependent, heapAllocator, metaAllocator, withAllocator } from '../../../tensor/storage.ts';
import { fromStorage, Tensor } from '../../../tensor/tensor.ts';
import { Unsupported } from './builder.ts';

/** Constants of so many elements are computed while a graph is exported. */
const FOLDED = 2 ** 16;

export type OpCall = Call<OpDef>;

/** Nodes on more elements are not carried out to find what they make beside. */
const SAMPLED = 2 ** 22;

/** All tensors of a call, in an order of their own. */
const tensorsIn = ({ args, outputs }: OpCall): Tensor[] => [
  ...Object.values(args)
    .flat()
    .filter((arg) => arg instanceof Tensor),
  ...outputs,
];

function filled({ dtype, shape }: Tensor, value: number): Tensor {
  const storage = allocate(dtype, shape);
  storage.data.fill((dtype === 'int64' ? BigInt(value) : value) as never);
  return fromStorage(storage, shape);
}

/** Makes tensors of what a request holds: those with elements where it is a constant, else their shapes. */
export class Tracer {
  readonly values: Values;
  private readonly plan: Plan;
  private readonly literals: ReadonlyMap<string, TensorLiteral>;
  private readonly inputs: ReadonlySet<string>;
  private readonly tick: () => void;
  private readonly named = new Set<Tensor>();

  constructor(plan: Plan, literals: ReadonlyMap<string, TensorLiteral>, tick: () => void) {
    this.plan = plan;
    this.literals = literals;
    this.inputs = new Set(plan.inputs);
    this.values = new Values(literals, plan);
    this.tick = tick;
  }

  /** The tensor of what no node makes. */
  given(name: string): Tensor {
    const allocator = this.inputs.has(name) ? metaAllocator : heapAllocator;
    return this.note(withAllocator(allocator, () => this.values.get(name)));
  }

  private note(tensor: Tensor): Tensor {
    this.named.add(tensor);
    return tensor;
  }

  /** Whether a tensor is one that the document names. */
  isNamed(tensor: Tensor): boolean {
    return this.named.has(tensor);
  }

  /** The calls that a node consists of, the composite itself after its parts; none where it is a constant. */
  node(node: PlanNode): readonly OpCall[] {
    const operands = this.operands(node);
    const calls: OpCall[] = [];
    const run = (): void =>
      noGrad(() =>
        withRecorder({ deep: true, hear: (call) => calls.push(call as OpCall) }, () =>
          runNodes([node], this.values, this.tick),
        ),
      );
    const constant = operands.every((t) => !t.storage.meta) && operands.reduce((sum, t) => sum + t.numel, 0) <= FOLDED;
    try {
      withAllocator(metaAllocator, run);
    } catch (error) {
      if (!(error instanceof DataDependent)) throw error;
      if (!constant) return this.asRecorded(node);
    }
    const made = node.outputs.reduce((sum, _, i) => sum + (this.values.there(node.firstSlot + i)?.numel ?? 0), 0);
    if (constant && made <= FOLDED) {
      withAllocator(heapAllocator, run);
      return [];
    }
    return calls;
  }

  private operands({ references }: PlanNode): Tensor[] {
    return references.flatMap(({ param, names, slots }) => {
      const list = typeof names === 'string' ? [names] : names;
      return list.map((name, i) => {
        const slot = typeof slots === 'number' ? slots : slots[i];
        const known = this.values.there(slot);
        if (known !== undefined || slot < this.plan.made) return known as Tensor;
        const first = references[0].names;
        const wanted =
          param.wants ??
          param.wantsFor?.(
            typeof first === 'string' ? (this.values.shapeOf(first) ?? []) : [],
            this.values.shapeOf(name) ?? [],
          );
        const allocator = this.inputs.has(name) ? metaAllocator : heapAllocator;
        return this.note(withAllocator(allocator, () => this.values.get(name, wanted)));
      });
    });
  }

  /** A node whose results have shapes that hang on values: those that the graph was recorded with. */
  private asRecorded(node: PlanNode): readonly OpCall[] {
    const outputs = node.outputs.map((name, i) => {
      const literal = this.literals.get(name);
      if (literal?.dtype === undefined)
        throw new Unsupported('the shape of its result hangs on values, and no shape was recorded');
      const { dtype, shape } = literal;
      const tensor = new Tensor(metaAllocator.alloc(dtype, numelOf(shape)), shape, contiguousStrides(shape), 0);
      this.values.set(node.firstSlot + i, tensor);
      return tensor;
    });
    const args: Record<string, unknown> = {};
    node.op.params.forEach((param, place) => {
      args[param.key] = node.attrs[place] ?? param.default;
    });
    for (const { param, names, slots } of node.references) {
      args[param.key] =
        typeof names === 'string'
          ? this.values.there(slots as number)
          : (slots as readonly number[]).map((slot) => this.values.there(slot));
    }
    return [{ op: node.op, args, outputs, first: 0, last: 0 }];
  }

  /**
   * The elements of a tensor that a composite op made without calling another one, as an index of places: they
   * are found by carrying the node out twice, on other elements each time, and may not differ.
   *
   * @param calls those that {@link node} gave
   */
  constantIn(node: PlanNode, calls: readonly OpCall[], tensor: Tensor): Tensor | undefined {
    if (calls.reduce((sum, call) => sum + tensorsIn(call).reduce((own, t) => own + t.numel, 0), 0) > SAMPLED)
      return undefined;
    const [one, other] = [0.25, 0.75].map((value) => this.sample(node, value));
    if (one?.length !== calls.length || other?.length !== calls.length) return undefined;
    for (let i = 0; i < calls.length; i++) {
      const place = tensorsIn(calls[i]).indexOf(tensor);
      if (place < 0) continue;
      const [a, b] = [tensorsIn(one[i])[place], tensorsIn(other[i])[place]];
      if (a?.dtype !== tensor.dtype || b?.dtype !== tensor.dtype) return undefined;
      return Buffer.compare(bytesOfTensor(a), bytesOfTensor(b)) === 0 ? a : undefined;
    }
    return undefined;
  }

  /** The calls of a node on operands that all have one value. */
  private sample(node: PlanNode, value: number): OpCall[] | undefined {
    const values = new Values(this.literals, this.plan);
    let elements = 0;
    const calls: OpCall[] = [];
    try {
      withAllocator(heapAllocator, () => {
        for (const { slots } of node.references) {
          for (const slot of typeof slots === 'number' ? [slots] : slots) {
            const known = this.values.there(slot);
            if (known === undefined) continue;
            elements += known.numel;
            if (elements > SAMPLED) return;
            values.set(slot, known.storage.meta ? filled(known, isFloating(known.dtype) ? value : 0) : known);
          }
        }
        if (elements > SAMPLED) return;
        noGrad(() =>
          withRecorder({ deep: true, hear: (call) => calls.push(call as OpCall) }, () =>
            runNodes([node], values, this.tick),
          ),
        );
      });
    } catch (error) {
      if (error instanceof EngineError) return undefined;
      throw error;
    }
    return elements > SAMPLED ? undefined : calls;
  }

  /** What stands for the results of a node that was refused, so that those after it can be looked at; false where no shape is known. */
  pretend(node: PlanNode): boolean {
    for (let i = 0; i < node.outputs.length; i++) {
      if (this.values.there(node.firstSlot + i) !== undefined) continue;
      const literal = this.literals.get(node.outputs[i]);
      if (literal?.dtype === undefined) return false;
      const { dtype, shape } = literal;
      this.values.set(
        node.firstSlot + i,
        new Tensor(metaAllocator.alloc(dtype, numelOf(shape)), shape, contiguousStrides(shape), 0),
      );
    }
    return true;
  }
}
