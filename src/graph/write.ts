/** Writes a trace as the graph document. */

import { nodeOf } from '../autograd/node.ts';
import type { DocumentWriter } from '../codec/document-writer.ts';
import type { OpDef } from '../ops/define.ts';
import { Tensor } from '../tensor/tensor.ts';
import { GRAPH_FORMAT } from './schema.ts';
import type { Trace, TraceNode } from './trace.ts';

export type GraphValues = 'all' | 'none' | 'small';

/** Up to so many elements, a value is written with its data unless asked otherwise. */
const SMALL = 64;

export interface GraphOptions {
  readonly values: GraphValues;
  readonly outputs: readonly string[];
  /** With the backward part. */
  readonly backward: boolean;
}

/** What is written of a value. */
interface Entry {
  readonly name: string;
  /** Nothing made it and no input named it. */
  readonly constant: boolean;
}

class GraphWriter {
  private readonly writer: DocumentWriter;
  private readonly trace: Trace;
  private readonly options: GraphOptions;
  /** In the order in which they come up, which is that in which they are written. */
  private readonly values = new Map<Tensor, Entry>();

  constructor(writer: DocumentWriter, trace: Trace, options: GraphOptions) {
    this.writer = writer;
    this.trace = trace;
    this.options = options;
  }

  write(inputs: readonly Tensor[]): void {
    const { writer, trace, values } = this;
    for (const tensor of inputs) this.enter(tensor, this.nameOf(tensor), false);
    writer.map().key('format').string(GRAPH_FORMAT);
    this.names('inputs', trace.inputs);
    writer.key('nodes').list();
    for (const node of trace.nodes) {
      this.gather(node);
      this.node(node);
    }
    writer.end();
    this.names('outputs', this.options.outputs);
    for (const tensor of trace.constants) this.entryOf(tensor);
    if (this.options.backward) {
      // Its values are written before its nodes are, and so come up first.
      for (const node of trace.backward) this.gather(node);
      for (const tensor of trace.grads.values()) this.entryOf(tensor);
    }
    writer.key('values').map();
    for (const [tensor, entry] of values) this.value(tensor, entry);
    writer.end();
    if (this.options.backward) this.backward();
    writer.end();
  }

  private names(key: string, names: readonly string[]): void {
    const { writer } = this;
    writer.key(key).list();
    for (const name of names) writer.string(name);
    writer.end();
  }

  private backward(): void {
    const { writer, trace } = this;
    writer.key('backward').map().key('nodes').list();
    for (const node of trace.backward) this.node(node);
    writer.end().key('grads').map();
    for (const [of, tensor] of trace.grads) writer.key(of).string(this.entryOf(tensor).name);
    writer.end().end();
  }

  private nameOf(tensor: Tensor): string {
    return this.trace.nameOf(tensor) as string;
  }

  private enter(tensor: Tensor, name: string, constant: boolean): Entry {
    const entry = { name, constant };
    this.values.set(tensor, entry);
    return entry;
  }

  /** Of what a node reads. */
  private entryOf(tensor: Tensor): Entry {
    return this.values.get(tensor) ?? this.enter(tensor, this.trace.nameAfter(tensor, 'const'), true);
  }

  /** Notes what a node reads and makes. */
  private gather({ op, args, outputs }: TraceNode): void {
    for (const key in args) {
      const value = args[key];
      if (value instanceof Tensor) this.entryOf(value);
      else if (Array.isArray(value)) for (const item of value) if (item instanceof Tensor) this.entryOf(item);
    }
    for (const tensor of outputs) this.enter(tensor, this.trace.nameAfter(tensor, op.name), false);
  }

  private node({ op, args, outputs, of }: TraceNode): void {
    const { writer } = this;
    writer.map().key('op').string(op.name);
    this.inputs(op, args);
    let gradFn: string | undefined;
    writer.key('outputs').list();
    for (const output of outputs) {
      writer.string(this.entryOf(output).name);
      gradFn ??= nodeOf(output)?.name;
    }
    writer.end();
    let open = false;
    for (const param of op.params) {
      if (param.attr === undefined) continue;
      const value = args[param.key];
      if (value === undefined || value === null || value instanceof Tensor) continue;
      if (!open) writer.key('attrs').map();
      open = true;
      writer.key(param.name).value(param.attr.write === undefined ? value : param.attr.write(value));
    }
    if (open) writer.end();
    if (gradFn !== undefined) writer.key('grad_fn').string(gradFn);
    if (of !== undefined) writer.key('of').number(of);
    writer.end();
  }

  /** Names in the order of the signature, null where a tensor is absent; absent ones at the end are left out. */
  private inputs(op: OpDef, args: TraceNode['args']): void {
    const { writer } = this;
    let absent = 0;
    const next = (): DocumentWriter => {
      for (; absent > 0; absent--) writer.null();
      return writer;
    };
    writer.key('inputs').list();
    for (const param of op.params) {
      if (param.kind === 'attr') continue;
      const value = args[param.key];
      if (value instanceof Tensor) next().string(this.entryOf(value).name);
      else if (param.kind !== 'tensors' || !Array.isArray(value)) absent++;
      else {
        if (!param.variadic) next().list();
        for (const tensor of value as Tensor[]) next().string(this.entryOf(tensor).name);
        if (!param.variadic) writer.end();
      }
    }
    writer.end();
  }

  private value(tensor: Tensor, { name, constant }: Entry): void {
    const { writer, trace } = this;
    const { values } = this.options;
    writer.key(name).map();
    writer.key('dtype').string(tensor.dtype).key('shape').shape(tensor);
    writer.key('requires_grad').boolean(tensor.requiresGrad).key('is_leaf').boolean(tensor.isLeaf);
    // Of a value that is gone, only the shape is known.
    const there = !tensor.storage.meta;
    if (there && (constant || (values !== 'none' && (values === 'all' || tensor.numel <= SMALL)))) {
      writer.key('data').data(tensor, 'nested');
      const grad = trace.grads.get(name);
      if (grad !== undefined && (!constant || tensor.requiresGrad)) writer.key('grad').data(grad, 'nested');
    }
    writer.end();
  }
}

/**
 * Writes the document of a trace.
 *
 * @param inputs tensors that the request named, in order; what else no node made is a constant and
 *   is written with its data, whatever its size
 */
export function writeGraph(
  writer: DocumentWriter,
  trace: Trace,
  inputs: readonly Tensor[],
  options: GraphOptions,
): void {
  new GraphWriter(writer, trace, options).write(inputs);
}
