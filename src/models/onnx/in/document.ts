/** The graph document of what was read: names for all values, and only what the outputs hang on. */
import { TensorLiteral } from '../../../codec/json/tensor-literal.ts';
import { bytesOfTensor } from '../../../codec/raw.ts';
import { GRAPH_FORMAT, type GraphDocument, type NodeDocument } from '../../../graph/schema.ts';
import { findOp } from '../../../ops/registry.ts';
import type { AttrValue, Builder, Emitted } from './builder.ts';
import { isFolded, type Scope } from './builder.ts';
import { type Probes, Val } from './val.ts';

/** A graph in an attribute, as it is built. */
export class InnerGraph {
  readonly scope: Scope;
  readonly inputs: readonly Val[];
  readonly outputs: readonly Val[];
  constructor(scope: Scope, inputs: readonly Val[], outputs: readonly Val[]) {
    this.scope = scope;
    this.inputs = inputs;
    this.outputs = outputs;
  }
}

const isConstant = (v: Val): boolean => v.literal !== undefined || isFolded(v);

/** The values that a node reads, those of graphs in its attributes among them. */
function* readsOf({ inputs, attrs }: Emitted): Generator<Val> {
  for (const input of inputs.flat()) if (input !== null) yield input;
  yield* within(attrs);
}

function* within(value: AttrValue): Generator<Val> {
  if (value instanceof Val) yield value;
  else if (value instanceof InnerGraph) {
    for (const node of value.scope.nodes) yield* readsOf(node);
    yield* value.outputs;
  } else if (Array.isArray(value)) for (const item of value) yield* within(item);
  else if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) yield* within(item);
}

export interface Named {
  readonly name: string;
  readonly value: Val;
}

export class DocumentMaker {
  private readonly live = new Set<Emitted>();
  private readonly taken: Set<string>;
  private readonly values = new Map<string, TensorLiteral>();
  private readonly build: Builder;
  private readonly counters = new Map<string, number>();

  /** @param taken names that the file gives, whatever became of their values */
  constructor(build: Builder, taken: Iterable<string>) {
    this.build = build;
    this.taken = new Set(taken);
  }

  make(inputs: readonly Val[], outputs: readonly Named[]): GraphDocument {
    const results = outputs.map(({ name, value }) => this.output(name, value, inputs));
    this.mark(results);
    const nodes = this.nodes(this.build.scope);
    for (const value of results) if (isConstant(value)) this.nameOf(value);
    return {
      format: GRAPH_FORMAT,
      inputs: inputs.map((v) => v.name as string),
      nodes,
      outputs: results.map((v) => this.nameOf(v)),
      values: this.values,
    };
  }

  /** A value under the name that it goes out by. */
  private output(name: string, value: Val, inputs: readonly Val[]): Val {
    if (value.name === null) value.name = name;
    if (value.name === name) return value;
    this.build.base = name;
    const alias = this.build.one(inputs.includes(value) || isConstant(value) ? 'clone' : 'alias', [value]);
    alias.name = name;
    return alias;
  }

  /** Finds the nodes that results hang on. */
  private mark(results: readonly Val[]): void {
    const pending = [...results];
    for (let v = pending.pop(); v !== undefined; v = pending.pop()) {
      const { maker } = v;
      if (maker === undefined || isConstant(v) || this.live.has(maker)) continue;
      this.live.add(maker);
      for (const read of readsOf(maker)) pending.push(read);
    }
  }

  private nodes(scope: Scope): NodeDocument[] {
    return scope.nodes.filter((node) => this.live.has(node)).map((node) => this.node(node));
  }

  private node(node: Emitted): NodeDocument {
    const def = findOp(node.op);
    const further: string[] = [];
    const inputs: (string | null | string[])[] = [];
    let i = 0;
    let own = 0;
    const name = (v: Val): string => this.nameOf(v);
    if (def === undefined) for (const input of node.inputs) inputs.push(input === null ? null : name(input as Val));
    else {
      for (const param of def.params) {
        if (param.kind === 'attr') continue;
        own++;
        const input = node.inputs[i++] ?? null;
        if (input === null || input instanceof Val) inputs.push(input === null ? null : name(input));
        else if (param.variadic) inputs.push(...input.map(name));
        else inputs.push(input.map(name));
      }
    }
    const indexed = node.op === 'getitem';
    if (indexed) while (inputs.at(-1) === null) inputs.pop();
    const base = indexed ? inputs.length - 1 : 0;
    const attrs: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(node.attrs)) attrs[key] = this.attr(value, further, base);
    if (further.length === 0) while (inputs.length > 0 && inputs.at(-1) === null) inputs.pop();
    else if (!indexed && def !== undefined) while (inputs.length < own) inputs.push(null);
    return {
      op: node.op,
      inputs: [...inputs, ...further],
      outputs: node.outputs.map((v) => this.nameOf(v)),
      ...(Object.keys(attrs).length === 0 ? {} : { attrs }),
    };
  }

  private attr(value: AttrValue, further: string[], base: number): unknown {
    if (value instanceof Val) {
      further.push(this.nameOf(value));
      return { tensor: base + further.length - 1 };
    }
    if (value instanceof InnerGraph) return this.inner(value);
    if (Array.isArray(value)) return value.map((item) => this.attr(item, further, base));
    if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.attr(item, further, base)]));
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  }

  private inner({ scope, inputs, outputs }: InnerGraph): object {
    const names = inputs.map((v) => this.nameOf(v));
    const nodes = this.nodes(scope);
    return { inputs: names, nodes, outputs: outputs.map((v) => this.nameOf(v)) };
  }

  /** The name of a value; a constant that is named has to be there. */
  private nameOf(v: Val): string {
    v.name ??= this.free(v);
    if (!this.values.has(v.name)) {
      if (v.literal !== undefined) this.values.set(v.name, v.literal);
      else if (isFolded(v)) this.values.set(v.name, folded(v));
    }
    return v.name;
  }

  private free({ maker }: Val): string {
    const base = maker === undefined ? 'constant' : `${maker.base}/${maker.op}`;
    for (let n = this.counters.get(base) ?? 0; ; n++) {
      const name = n === 0 ? base : `${base}_${n}`;
      if (this.taken.has(name)) continue;
      this.counters.set(base, n + 1);
      this.taken.add(name);
      return name;
    }
  }
}

/** What was computed while the file was read. */
function folded({ probes, dtype }: Val): TensorLiteral {
  const t = (probes as Probes)[0];
  return new TensorLiteral('', t.shape, dtype, false, { kind: 'bytes', bytes: bytesOfTensor(t), pointer: '' });
}
