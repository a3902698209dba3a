/** Writes a trace as the graph document. */

import { nodeOf } from '../autograd/node.ts';
import type { DocumentWriter } from '../codec/document-writer.ts';
import type { OpDef } from '../ops/define.ts';
import { Float, type Scalar } from '../tensor/scalar.ts';
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

/** Attributes are JSON: numbers, Python floats, strings, bools, and lists and objects of them. */
function writeAttr(writer: DocumentWriter, value: unknown): void {
  if (value === null) writer.raw('null');
  else if (typeof value === 'string') writer.string(value);
  else if (
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    typeof value === 'bigint' ||
    value instanceof Float
  ) {
    writer.scalar(value as Scalar);
  } else if (Array.isArray(value)) {
    writer.raw('[');
    value.forEach((item, i) => {
      if (i > 0) writer.raw(',');
      writeAttr(writer, item);
    });
    writer.raw(']');
  } else {
    writer.raw('{');
    Object.entries(value as object).forEach(([key, item], i) => {
      if (i > 0) writer.raw(',');
      writer.string(key);
      writer.raw(':');
      writeAttr(writer, item);
    });
    writer.raw('}');
  }
}

class GraphWriter {
  private readonly writer: DocumentWriter;
  private readonly trace: Trace;
  private readonly options: GraphOptions;
  /** In the order in which they are written; true for constants, which nothing made and no input named. */
  private readonly values = new Map<Tensor, boolean>();

  constructor(writer: DocumentWriter, trace: Trace, options: GraphOptions) {
    this.writer = writer;
    this.trace = trace;
    this.options = options;
  }

  write(inputs: readonly Tensor[]): void {
    const { writer, trace, values } = this;
    for (const tensor of inputs) values.set(tensor, false);
    for (const node of trace.nodes) this.gather(node);
    for (const tensor of trace.constants) this.reads(tensor);
    if (this.options.backward) {
      for (const node of trace.backward) this.gather(node);
      for (const tensor of trace.grads.values()) this.reads(tensor);
    }
    writer.raw(`{"format":"${GRAPH_FORMAT}","inputs":`);
    this.names(trace.inputs);
    writer.raw(',"nodes":');
    this.nodes(trace.nodes);
    writer.raw(',"outputs":');
    this.names(this.options.outputs);
    writer.raw(',"values":{');
    let first = true;
    for (const [tensor, constant] of values) {
      if (!first) writer.raw(',');
      first = false;
      this.value(tensor, constant);
    }
    writer.raw('}');
    if (this.options.backward) this.backward();
    writer.raw('}');
  }

  private backward(): void {
    const { writer, trace } = this;
    writer.raw(',"backward":{"nodes":');
    this.nodes(trace.backward);
    writer.raw(',"grads":{');
    let first = true;
    for (const [of, tensor] of trace.grads) {
      if (!first) writer.raw(',');
      first = false;
      writer.string(of);
      writer.raw(':');
      writer.string(this.nameOf(tensor));
    }
    writer.raw('}}');
  }

  /** Notes what a node reads and makes. */
  private gather(node: TraceNode): void {
    const { args } = node;
    for (const key in args) {
      const value = args[key];
      if (value instanceof Tensor) this.reads(value);
      else if (Array.isArray(value)) for (const item of value) if (item instanceof Tensor) this.reads(item);
    }
    for (const tensor of node.outputs) {
      this.trace.nameAfter(tensor, node.op.name);
      this.values.set(tensor, false);
    }
  }

  private reads(tensor: Tensor): void {
    if (this.values.has(tensor)) return;
    this.trace.nameAfter(tensor, 'const');
    this.values.set(tensor, true);
  }

  private names(names: readonly string[]): void {
    const { writer } = this;
    writer.raw('[');
    for (let i = 0; i < names.length; i++) {
      if (i > 0) writer.raw(',');
      writer.string(names[i]);
    }
    writer.raw(']');
  }

  private nodes(nodes: readonly TraceNode[]): void {
    const { writer } = this;
    writer.raw('[');
    for (let i = 0; i < nodes.length; i++) {
      if (i > 0) writer.raw(',');
      this.node(nodes[i]);
    }
    writer.raw(']');
  }

  private nameOf(tensor: Tensor): string {
    return this.trace.nameOf(tensor) as string;
  }

  private node({ op, args, outputs, of }: TraceNode): void {
    const { writer } = this;
    writer.raw(`{"op":"${op.name}","inputs":[`);
    this.inputs(op, args);
    writer.raw('],"outputs":[');
    for (let i = 0; i < outputs.length; i++) {
      if (i > 0) writer.raw(',');
      writer.string(this.nameOf(outputs[i]));
    }
    writer.raw(']');
    let open = false;
    for (const param of op.params) {
      if (param.attr === undefined) continue;
      const value = args[param.key];
      if (value === undefined || value === null || value instanceof Tensor) continue;
      writer.raw(`${open ? ',' : ',"attrs":{'}"${param.name}":`);
      open = true;
      writeAttr(writer, param.attr.write === undefined ? value : param.attr.write(value));
    }
    if (open) writer.raw('}');
    for (const output of outputs) {
      const made = nodeOf(output);
      if (made === null) continue;
      writer.raw(`,"grad_fn":"${made.name}"`);
      break;
    }
    if (of !== undefined) writer.raw(`,"of":${of}`);
    writer.raw('}');
  }

  /** Names in the order of the signature, null where a tensor is absent; absent ones at the end are left out. */
  private inputs(op: OpDef, args: TraceNode['args']): void {
    const { writer } = this;
    let absent = 0;
    let first = true;
    const next = (): void => {
      if (!first) writer.raw(',');
      first = false;
      for (; absent > 0; absent--) writer.raw('null,');
    };
    for (const param of op.params) {
      if (param.kind === 'attr') continue;
      const value = args[param.key];
      if (value instanceof Tensor) {
        next();
        writer.string(this.nameOf(value));
      } else if (param.kind !== 'tensors' || !Array.isArray(value)) {
        absent++;
      } else if (param.variadic) {
        for (const item of value as Tensor[]) {
          next();
          writer.string(this.nameOf(item));
        }
      } else {
        next();
        this.names((value as Tensor[]).map((t) => this.nameOf(t)));
      }
    }
  }

  private value(tensor: Tensor, constant: boolean): void {
    const { writer, trace } = this;
    const { values } = this.options;
    const name = this.nameOf(tensor);
    writer.string(name);
    writer.raw(
      `:{"dtype":"${tensor.dtype}","shape":[${tensor.shape.join(',')}],"requires_grad":${tensor.requiresGrad},"is_leaf":${tensor.isLeaf}`,
    );
    // Of a value that is gone, only the shape is known.
    const there = !tensor.storage.meta;
    if (there && (constant || (values !== 'none' && (values === 'all' || tensor.numel <= SMALL)))) {
      writer.raw(',"data":');
      writer.tensorData(tensor, 'nested');
      const grad = trace.grads.get(name);
      if (grad !== undefined && (!constant || tensor.requiresGrad)) {
        writer.raw(',"grad":');
        writer.tensorData(grad, 'nested');
      }
    }
    writer.raw('}');
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
