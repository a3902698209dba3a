/** Writes what a graph document tells. */

import type { DocumentWriter } from '../codec/document-writer.ts';
import type { OpDef } from '../ops/define.ts';
import { type DType, isFloating } from '../tensor/dtype.ts';
import { Float } from '../tensor/scalar.ts';
import type { Document } from './document.ts';
import type { FunctionCall, HeardRule } from './function-call.ts';
import { SMALL } from './program.ts';
import { GRAPH_FORMAT } from './schema.ts';
import { type ProgramNode, Value } from './value.ts';

export type GraphValues = 'all' | 'none' | 'small';

export interface GraphOptions {
  readonly values: GraphValues;
  readonly outputs: readonly string[];
  /** Constants whose data is left out unless all is asked for: it is known by another name. */
  readonly untold?: ReadonlySet<string>;
  /** With the backward part. */
  readonly backward: boolean;
}

/** What is written of a value. */
interface Entry {
  readonly name: string;
  /** Nothing made it and no input named it. */
  readonly constant: boolean;
}

/**
 * A dtype that nobody gave, where a reader could find another one: it followed from a float without a fraction, which
 * readers of JSON make an integer, or from a default dtype that is not everybody's.
 */
function dtypeToSay(op: OpDef, args: ProgramNode['args'], [made]: readonly Value[]): DType | undefined {
  if (op.category !== 'creation' || !isFloating(made.dtype)) return undefined;
  const given = Object.values(args);
  // Made like another tensor: it has that one's dtype.
  if (given.some((value) => value instanceof Value)) return undefined;
  return made.dtype !== 'float32' || given.some((value) => value instanceof Float) ? made.dtype : undefined;
}

/** Names of a rule's values: those of the graph for what comes from there, others after what they are made by. */
function ruleNames(
  { grads, given, results, nodes, outside }: HeardRule,
  outer: (value: Value) => string,
): Map<Value, string> {
  const names = new Map<Value, string>();
  const taken = new Set<string>();
  const take = (value: Value, name: string): void => {
    if (names.has(value)) return;
    taken.add(name);
    names.set(value, name);
  };
  const counters = new Map<string, number>();
  const number = (base: string): string => {
    let n = counters.get(base) ?? 1;
    while (taken.has(`${base}_${n}`)) n++;
    counters.set(base, n + 1);
    return `${base}_${n}`;
  };
  for (const value of given) take(value, outer(outside.get(value) ?? value));
  grads.forEach((value, i) => {
    const name = `d_${names.get(results[i])}`;
    if (value !== null) take(value, taken.has(name) ? number(name) : name);
  });
  for (const { op, outputs } of nodes) for (const value of outputs) take(value, number(op.name));
  return names;
}

class GraphWriter {
  private readonly writer: DocumentWriter;
  private readonly document: Document;
  private readonly options: GraphOptions;
  /** In the order in which they come up, which is that in which they are written. */
  private readonly values = new Map<Value, Entry>();

  constructor(writer: DocumentWriter, document: Document, options: GraphOptions) {
    this.writer = writer;
    this.document = document;
    this.options = options;
  }

  write(): void {
    const { writer, document, values } = this;
    const inputs = document.inputs.map((value) => this.enter(value, document.nameAfter(value, 'value'), false).name);
    writer.map().key('format').string(GRAPH_FORMAT);
    this.names('inputs', inputs);
    writer.key('nodes').list();
    for (const node of document.nodes) {
      this.gather(node);
      this.node(node, undefined);
    }
    writer.end();
    this.names('outputs', this.options.outputs);
    for (const value of document.constants) this.entryOf(value);
    if (this.options.backward) {
      // Its values are written before its nodes are, and so come up first.
      for (const node of document.program.backward) this.gather(node);
      for (const tensor of document.grads.values()) this.entryOf(document.program.known(tensor));
    }
    writer.key('values').map();
    for (const [value, entry] of values) this.value(value, entry);
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
    const { writer, document } = this;
    writer.key('backward').map().key('nodes').list();
    for (const node of document.program.backward) this.node(node, document.originOf(node));
    writer.end().key('grads').map();
    for (const [of, tensor] of document.grads) writer.key(of).string(this.entryOf(document.program.known(tensor)).name);
    writer.end().end();
  }

  private enter(value: Value, name: string, constant: boolean): Entry {
    const entry = { name, constant };
    this.values.set(value, entry);
    return entry;
  }

  /** Of what a node reads. */
  private entryOf(value: Value): Entry {
    return this.values.get(value) ?? this.enter(value, this.document.nameAfter(value, 'const'), true);
  }

  /** Notes what a node reads and makes. */
  private gather({ op, args, outputs }: ProgramNode): void {
    for (const value of this.document.program.operands(args)) this.entryOf(value);
    for (const value of outputs) this.enter(value, this.document.nameAfter(value, op.name), false);
  }

  private node(
    { op, args, outputs, gradFn, own }: ProgramNode,
    of: number | undefined,
    nameOf: (value: Value) => string = (value) => this.entryOf(value).name,
  ): void {
    const { writer } = this;
    writer.map().key('op').string(op.name);
    this.inputs(op, args, nameOf);
    writer.key('outputs').list();
    for (const output of outputs) writer.string(nameOf(output));
    writer.end();
    let open = false;
    for (const param of op.params) {
      if (param.attr === undefined) continue;
      const value = args[param.key] ?? (param.name === 'dtype' ? dtypeToSay(op, args, outputs) : undefined);
      if (value === undefined || value === null || this.document.program.operand(value) !== undefined) continue;
      if (!open) writer.key('attrs').map();
      open = true;
      writer.key(param.name).value(param.attr.write === undefined ? value : param.attr.write(value));
    }
    if (open) writer.end();
    if (gradFn !== null) writer.key('grad_fn').string(gradFn);
    if (of !== undefined) writer.key('of').number(of);
    if (own !== null) this.rule(own, nameOf);
    writer.end();
  }

  /** What a function's own rule computes: names within it are its own. */
  private rule({ rule }: FunctionCall, outer: (value: Value) => string): void {
    if (rule === null) return;
    const { writer } = this;
    const { nodes, grads, given, outputs } = rule;
    const names = ruleNames(rule, outer);
    const nameOf = (value: Value): string => names.get(value) ?? outer(value);
    const list = (key: string, values: readonly (Value | null)[]): void => {
      writer.key(key).list();
      for (const value of values) {
        if (value === null) writer.null();
        else writer.string(nameOf(value));
      }
      writer.end();
    };
    writer.key('backward').map();
    list('inputs', [...grads, ...given]);
    writer.key('nodes').list();
    for (const node of nodes) this.node(node, undefined, nameOf);
    writer.end();
    list('outputs', outputs);
    writer.end();
  }

  /** Names in the order of the signature, null where a tensor is absent; absent ones at the end are left out. */
  private inputs(op: OpDef, args: ProgramNode['args'], nameOf: (value: Value) => string): void {
    const { writer } = this;
    const { program } = this.document;
    let absent = 0;
    const next = (): DocumentWriter => {
      for (; absent > 0; absent--) writer.null();
      return writer;
    };
    writer.key('inputs').list();
    for (const param of op.params) {
      if (param.kind === 'attr') continue;
      const value = args[param.key];
      const operand = program.operand(value);
      if (operand !== undefined) next().string(nameOf(operand));
      else if (param.kind !== 'tensors' || !Array.isArray(value)) absent++;
      else {
        if (!param.variadic) next().list();
        for (const item of value) next().string(nameOf(program.operand(item) as Value));
        if (!param.variadic) writer.end();
      }
    }
    writer.end();
  }

  private value(value: Value, { name, constant }: Entry): void {
    const { writer, document } = this;
    const { values } = this.options;
    const requiresGrad = document.requiresGrad(value);
    writer.key(name).map();
    writer.key('dtype').string(value.dtype).key('shape').shape(value);
    writer
      .key('requires_grad')
      .boolean(requiresGrad)
      .key('is_leaf')
      .boolean(value.gradFn === null);
    const tensor = document.tensorOf(value);
    // Of a value that is gone, only the shape is known.
    const there = tensor !== undefined && !tensor.storage.meta;
    const untold = constant && values !== 'all' && this.options.untold?.has(name) === true;
    if (
      there &&
      (untold
        ? values !== 'none' && tensor.numel <= SMALL
        : constant || (values !== 'none' && (values === 'all' || tensor.numel <= SMALL)))
    ) {
      if (!untold) writer.key('data').data(tensor, 'nested');
      const grad = document.grads.get(name);
      if (grad !== undefined && (!constant || requiresGrad)) writer.key('grad').data(grad, 'nested');
    }
    writer.end();
  }
}

/** Writes a document: what no input names and no node makes is a constant, with its data whatever its size. */
export function writeGraph(writer: DocumentWriter, document: Document, options: GraphOptions): void {
  new GraphWriter(writer, document, options).write();
}
