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

/** What is written of a value. */
interface Entry {
  readonly name: string;
  /** The name as JSON: it is written several times. */
  readonly text: string;
  /** Nothing made it and no input named it. */
  readonly constant: boolean;
}

/** Names that JSON writes as they are. */
const PLAIN = /^[ !#-[\]-~]*$/;

const textOf = (name: string): string => (PLAIN.test(name) ? `"${name}"` : JSON.stringify(name));

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
    writer.raw(`{"format":"${GRAPH_FORMAT}","inputs":[${trace.inputs.map(textOf).join(',')}],"nodes":[`);
    trace.nodes.forEach((node, i) => {
      this.gather(node);
      this.node(node, i === 0);
    });
    writer.raw(`],"outputs":[${this.options.outputs.map(textOf).join(',')}],"values":{`);
    for (const tensor of trace.constants) this.entryOf(tensor);
    if (this.options.backward) {
      // Its values are written before its nodes are, and so come up first.
      for (const node of trace.backward) this.gather(node);
      for (const tensor of trace.grads.values()) this.entryOf(tensor);
    }
    let first = true;
    for (const [tensor, entry] of values) {
      this.value(tensor, entry, first);
      first = false;
    }
    writer.raw('}');
    if (this.options.backward) this.backward();
    writer.raw('}');
  }

  private backward(): void {
    const { writer, trace } = this;
    writer.raw(',"backward":{"nodes":[');
    trace.backward.forEach((node, i) => {
      this.node(node, i === 0);
    });
    writer.raw('],"grads":{');
    let first = true;
    for (const [of, tensor] of trace.grads) {
      writer.raw(`${first ? '' : ','}${textOf(of)}:${this.entryOf(tensor).text}`);
      first = false;
    }
    writer.raw('}}');
  }

  private nameOf(tensor: Tensor): string {
    return this.trace.nameOf(tensor) as string;
  }

  private enter(tensor: Tensor, name: string, constant: boolean): Entry {
    const entry = { name, text: textOf(name), constant };
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

  private node({ op, args, outputs, of }: TraceNode, first: boolean): void {
    const { writer } = this;
    let text = `${first ? '' : ','}{"op":"${op.name}","inputs":[${this.inputs(op, args)}],"outputs":[`;
    let gradFn: string | undefined;
    for (let i = 0; i < outputs.length; i++) {
      text += i === 0 ? this.entryOf(outputs[i]).text : `,${this.entryOf(outputs[i]).text}`;
      gradFn ??= nodeOf(outputs[i])?.name;
    }
    text += ']';
    let open = false;
    for (const param of op.params) {
      if (param.attr === undefined) continue;
      const value = args[param.key];
      if (value === undefined || value === null || value instanceof Tensor) continue;
      writer.raw(`${text}${open ? ',' : ',"attrs":{'}"${param.name}":`);
      text = '';
      open = true;
      writeAttr(writer, param.attr.write === undefined ? value : param.attr.write(value));
    }
    if (open) text += '}';
    if (gradFn !== undefined) text += `,"grad_fn":"${gradFn}"`;
    if (of !== undefined) text += `,"of":${of}`;
    writer.raw(`${text}}`);
  }

  /** Names in the order of the signature, null where a tensor is absent; absent ones at the end are left out. */
  private inputs(op: OpDef, args: TraceNode['args']): string {
    let text = '';
    let absent = '';
    const add = (input: string): void => {
      text += text === '' ? `${absent}${input}` : `,${absent}${input}`;
      absent = '';
    };
    for (const param of op.params) {
      if (param.kind === 'attr') continue;
      const value = args[param.key];
      if (value instanceof Tensor) add(this.entryOf(value).text);
      else if (param.kind !== 'tensors' || !Array.isArray(value)) absent += 'null,';
      else {
        const names = (value as Tensor[]).map((t) => this.entryOf(t).text);
        if (!param.variadic) add(`[${names.join(',')}]`);
        else for (const name of names) add(name);
      }
    }
    return text;
  }

  private value(tensor: Tensor, { name, text, constant }: Entry, first: boolean): void {
    const { writer, trace } = this;
    const { values } = this.options;
    const head = `${first ? '' : ','}${text}:{"dtype":"${tensor.dtype}","shape":[${tensor.shape.join(',')}],"requires_grad":${tensor.requiresGrad},"is_leaf":${tensor.isLeaf}`;
    // Of a value that is gone, only the shape is known.
    const there = !tensor.storage.meta;
    if (!there || !(constant || (values !== 'none' && (values === 'all' || tensor.numel <= SMALL)))) {
      writer.raw(`${head}}`);
      return;
    }
    writer.raw(`${head},"data":`);
    writer.tensorData(tensor, 'nested');
    const grad = trace.grads.get(name);
    if (grad !== undefined && (!constant || tensor.requiresGrad)) {
      writer.raw(',"grad":');
      writer.tensorData(grad, 'nested');
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
