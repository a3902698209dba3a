/** Graphs as ONNX models: what onnxruntime computes of them are the numbers that we compute. */

import type { TensorLiteral } from '../../../codec/json/tensor-literal.ts';
import { bytesOfTensor } from '../../../codec/raw.ts';
import { type Plan, type PlanNode, planOf } from '../../../graph/plan.ts';
import type { GraphDocument } from '../../../graph/schema.ts';
import { EngineError } from '../../../tensor/errors.ts';
import { sameShape } from '../../../tensor/shape.ts';
import { Tensor, type TensorMeta } from '../../../tensor/tensor.ts';
import { writeModel } from '../proto/write.ts';
import { GraphBuilder, Ref, Unsupported, type ValueMessage, valueMessage } from './builder.ts';
import { Call, computed } from './call.ts';
import { rulesOf, whyNot } from './rules.ts';
import { type OpCall, Tracer } from './trace.ts';

/** Opset versions that are written; the first of IR version 8 is the last of them. */
export const OPSETS = { least: 13, most: 17 } as const;

export interface ExportSettings {
  /** Whether outputs are the graph's own, the gradients of its backward part, or both. */
  readonly scope: 'forward' | 'backward' | 'both';
  readonly opset: number;
  readonly maxNodes: number;
  /** Called between nodes: a deadline may throw here. */
  readonly tick: () => void;
  /** Tensors that the request names beside the graph. */
  readonly given?: ReadonlyMap<string, TensorLiteral>;
}

/** A node that cannot be exported. */
export interface UnsupportedNode {
  /** The name of its first result. */
  readonly node: string;
  readonly op: string;
  readonly why: string;
}

/** Names every node that stands in the way. */
export class UnsupportedNodes extends EngineError {
  override readonly unsupported: readonly UnsupportedNode[];
  constructor(unsupported: readonly UnsupportedNode[]) {
    const told = unsupported.slice(0, 5).map(({ node, op, why }) => `${op} (${node}): ${why}`);
    const more = unsupported.length > told.length ? `; and ${unsupported.length - told.length} more` : '';
    super('invalid_graph', `not in ONNX: ${told.join('; ')}${more}`);
    this.unsupported = unsupported;
    this.node = unsupported[0]?.node;
  }
}

/**
 * @throws EngineError invalid_graph: an input without a shape, an unknown opset; {@link UnsupportedNodes} with all
 * nodes that have no counterpart; and whatever the graph's own ops refuse
 *
 * @example
 * exportOnnx(document, { scope: 'both', opset: 17, maxNodes: 10_000, tick: () => {} }) // bytes of model.onnx
 */
export function exportOnnx(document: GraphDocument, settings: ExportSettings): Uint8Array<ArrayBuffer> {
  return new Exporter(document, settings).export();
}

function checkName(name: string): void {
  if (name === '')
    throw new EngineError('invalid_graph', 'an input or output has an empty name, which in ONNX stands for none');
}

class Exporter {
  private readonly settings: ExportSettings;
  private readonly plan: Plan;
  private readonly builder: GraphBuilder;
  private readonly literals: Map<string, TensorLiteral>;
  private readonly tracer: Tracer;
  private readonly refs = new Map<Tensor, Ref>();
  /** Calls by what they made, those of composites last. */
  private readonly makers = new Map<Tensor, OpCall[]>();
  private readonly unsupported: UnsupportedNode[] = [];
  /** The node that is at hand. */
  private current: { readonly node: PlanNode; readonly calls: readonly OpCall[] } | undefined;

  constructor(document: GraphDocument, settings: ExportSettings) {
    const { opset, scope, maxNodes, given, tick } = settings;
    if (!Number.isInteger(opset) || opset < OPSETS.least || opset > OPSETS.most)
      throw new EngineError(
        'invalid_graph',
        `opset ${opset}: those from ${OPSETS.least} to ${OPSETS.most} are written`,
      );
    this.settings = settings;
    this.plan = planOf(document, given?.keys() ?? [], maxNodes);
    if (scope !== 'forward' && this.plan.grads.size === 0)
      throw new EngineError('invalid_graph', `the graph has no backward part, which scope "${scope}" asks for`);
    this.builder = new GraphBuilder(opset);
    this.literals = new Map([...(document.values ?? []), ...(given ?? [])]);
    this.tracer = new Tracer(this.plan, this.literals, tick);
  }

  export(): Uint8Array<ArrayBuffer> {
    const { plan, builder, settings } = this;
    const names = this.outputNames();
    const nodes = this.wanted(names);
    const inputs = [...new Set(plan.inputs)].map((name) => this.input(name));
    for (const node of nodes) this.node(node);
    if (this.unsupported.length > 0) throw new UnsupportedNodes(this.unsupported);
    const taken = new Set([...plan.slots.keys(), '']);
    const outputs = names.map((name) => this.output(name));
    const shown = this.shown(nodes, new Set(names));
    const { nodes: messages, initializers, made } = builder.finish(outputs, taken);
    return writeModel({
      irVersion: 8n,
      producerName: 'gradwire',
      opsetImport: [{ domain: '', version: BigInt(settings.opset) }],
      graph: {
        name: 'gradwire',
        node: messages,
        initializer: initializers,
        input: inputs,
        output: outputs.map((ref) => valueMessage(ref.name as string, ref.dtype, ref.shape)),
        valueInfo: shown.filter(({ name }) => made.has(name as string)),
      },
      metadataProps: [...builder.casts].sort().map((cast, i) => ({ key: `gradwire.cast.${i}`, value: cast })),
    });
  }

  private outputNames(): string[] {
    const { scope } = this.settings;
    const { outputs, grads } = this.plan;
    const names = [...(scope === 'backward' ? [] : outputs), ...(scope === 'forward' ? [] : grads.values())];
    if (names.length === 0) throw new EngineError('invalid_graph', 'the graph has no outputs');
    names.forEach(checkName);
    return [...new Set(names)];
  }

  /** The nodes that the outputs hang on, in order. */
  private wanted(names: readonly string[]): PlanNode[] {
    const { plan } = this;
    const slots = new Set(names.map((name) => plan.slots.get(name) as number));
    const kept: PlanNode[] = [];
    const all = [...plan.nodes, ...plan.backward];
    for (let i = all.length - 1; i >= 0; i--) {
      const node = all[i];
      if (!node.outputs.some((_, k) => slots.has(node.firstSlot + k))) continue;
      for (const reference of node.references)
        for (const slot of typeof reference.slots === 'number' ? [reference.slots] : reference.slots) slots.add(slot);
      kept.push(node);
    }
    return kept.reverse();
  }

  private input(name: string): ValueMessage {
    checkName(name);
    if (!this.literals.has(name))
      throw new EngineError(
        'invalid_graph',
        `the input "${name}" has no shape: put {"dtype": …, "shape": …} under its name in the graph's values`,
      );
    const tensor = this.tracer.given(name);
    this.refs.set(tensor, new Ref(tensor.dtype, tensor.shape, name));
    return valueMessage(name, tensor.dtype, tensor.shape);
  }

  private node(node: PlanNode): void {
    const refused = this.unsupported.length;
    const mark = this.builder.mark();
    try {
      const calls = this.tracer.node(node);
      this.current = { node, calls };
      for (const call of calls) {
        for (const out of call.outputs) {
          const makers = this.makers.get(out);
          if (makers === undefined) this.makers.set(out, [call]);
          else if (!makers.includes(call)) makers.push(call);
        }
      }
      node.outputs.forEach((_, i) => {
        const tensor = this.tracer.values.there(node.firstSlot + i);
        if (tensor !== undefined) this.refOf(tensor);
      });
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.builder.rewind(mark);
      this.unsupported.push({ node: node.outputs[0], op: node.op.name, why: error.message });
    } finally {
      this.makers.clear();
    }
    if (this.unsupported.length === refused) return;
    // Those after it are looked at, too, as far as shapes are known.
    if (!this.tracer.pretend(node)) throw new UnsupportedNodes(this.unsupported);
    node.outputs.forEach((_, i) => {
      const tensor = this.tracer.values.there(node.firstSlot + i) as Tensor;
      if (!this.refs.has(tensor)) this.refs.set(tensor, new Ref(tensor.dtype, tensor.shape, ''));
    });
  }

  /** What stands for a tensor: what was given, or what the call comes to that made it. */
  private refOf(tensor: Tensor): Ref {
    const known = this.refs.get(tensor);
    if (known !== undefined) return known;
    if (!tensor.storage.meta) return this.constant(tensor, tensor);
    const calls = this.makers.get(tensor) ?? [];
    if (calls.length === 0 && this.current !== undefined) {
      const elements = this.tracer.constantIn(this.current.node, this.current.calls, tensor);
      if (elements !== undefined) return this.constant(tensor, elements);
    }
    let why: string | undefined;
    // A composite is tried before its parts.
    for (let i = calls.length - 1; i >= 0; i--) {
      const reason = this.emit(calls[i]);
      if (reason === undefined) return this.refs.get(tensor) as Ref;
      why = calls[i].op.composite ? (why ?? reason) : reason;
    }
    throw new Unsupported(why ?? 'it makes elements of its own, which are random or too many to be written down');
  }

  private constant(tensor: Tensor, elements: Tensor): Ref {
    const bytes = bytesOfTensor(elements);
    // What the document names keeps its own name, however many others are equal.
    const ref = this.tracer.isNamed(tensor)
      ? new Ref(tensor.dtype, tensor.shape, undefined, bytes)
      : this.builder.constant(bytes, tensor.shape, tensor.dtype);
    this.refs.set(tensor, ref);
    return ref;
  }

  /** Carries a call out in ONNX; what is in the way where it cannot be. */
  private emit({ op, args, outputs }: OpCall): string | undefined {
    const { builder } = this;
    const rules = rulesOf(op);
    if (rules.length === 0) return whyNot(op);
    let why: string | undefined;
    // Operands are there before a rule begins: what they consist of stays when it gives up.
    try {
      for (const arg of Object.values(args))
        for (const item of Array.isArray(arg) ? arg : [arg]) if (item instanceof Tensor) this.refOf(item);
    } catch (error) {
      if (error instanceof Unsupported) return error.message;
      throw error;
    }
    for (const rule of rules) {
      const mark = builder.mark();
      try {
        const call = new Call({ op, args, outputs, refOf: (t) => this.refOf(t), builder });
        const made = rule(builder, call);
        this.accept(made instanceof Ref ? [made] : made, outputs);
        return undefined;
      } catch (error) {
        if (!(error instanceof Unsupported)) throw error;
        why ??= error.message;
        builder.rewind(mark);
      }
    }
    return why;
  }

  private accept(made: readonly Ref[], outputs: readonly TensorMeta[]): void {
    outputs.forEach((out, i) => {
      let ref = made[i];
      if (!sameShape(ref.shape, out.shape) || ref.dtype !== computed(out.dtype))
        throw new Error(`exported as ${ref.dtype} [${ref.shape}] what is ${out.dtype} [${out.shape}]`);
      ref = this.builder.cast(ref, out.dtype);
      if (!this.refs.has(out as Tensor)) this.refs.set(out as Tensor, ref);
    });
  }

  /** A value under its own name. */
  private output(name: string): Ref {
    const slot = this.plan.slots.get(name) as number;
    const tensor = slot >= this.plan.made ? this.tracer.given(name) : (this.tracer.values.there(slot) as Tensor);
    const ref = this.refOf(tensor);
    if (ref.name === name) return ref;
    if (ref.name === undefined && ref.bytes === undefined) {
      ref.name = name;
      return ref;
    }
    const copy = this.builder.op('Identity', [ref], ref.dtype, ref.shape);
    copy.name = name;
    return copy;
  }

  /** Names and shapes of inner values, and initializers under their names. */
  private shown(nodes: readonly PlanNode[], outputs: ReadonlySet<string>): ValueMessage[] {
    const { plan, tracer } = this;
    const messages: ValueMessage[] = [];
    for (const { outputs: names, firstSlot } of nodes) {
      names.forEach((name, i) => {
        const tensor = tracer.values.there(firstSlot + i);
        const ref = tensor === undefined ? undefined : this.refs.get(tensor);
        if (ref === undefined || ref.name !== undefined || ref.bytes !== undefined || name === '') return;
        if (outputs.has(name)) return;
        ref.name = name;
        messages.push(valueMessage(name, ref.dtype, ref.shape));
      });
    }
    for (const [name, slot] of plan.slots) {
      if (slot < plan.made || name === '' || outputs.has(name)) continue;
      const tensor = tracer.values.there(slot);
      const ref = tensor === undefined ? undefined : this.refs.get(tensor);
      if (ref !== undefined) ref.name ??= name;
    }
    return messages;
  }
}
