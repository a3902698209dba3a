/** A node of a file as those who carry it out see it: operands that are resolved, attributes by name and kind. */
import type { DType } from '../../../tensor/dtype.ts';
import { EngineError } from '../../../tensor/errors.ts';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../proto/messages.ts';
import type { Builder } from './builder.ts';
import { UnknownSizes, Unsupported } from './errors.ts';
import { dtypeOf, typeName } from './tensors.ts';
import type { Val } from './val.ts';

const text = new TextDecoder();

/** What a node may ask of who reads the file, beside making nodes. */
export interface Reader {
  /** Reads a graph within this one, its inputs standing for these values; gives its outputs. */
  graph(graph: GraphProto, inputs: readonly Val[]): Val[];
  /** The constant that a file's tensor is. */
  constant(tensor: TensorProto): Val;
  /** Takes note of a file's peculiarity. */
  warn(message: string): void;
}

export class OnnxNode {
  readonly op: string;
  /** The version of the opset that gives the node its meaning. */
  readonly version: number;
  readonly inputs: readonly (Val | null)[];
  /** Names of the results, empty where nobody wants one. */
  readonly outputs: readonly string[];
  readonly build: Builder;
  readonly reader: Reader;
  private readonly attributes: ReadonlyMap<string, AttributeProto>;

  constructor(
    proto: NodeProto,
    version: number,
    inputs: readonly (Val | null)[],
    attributes: ReadonlyMap<string, AttributeProto>,
    build: Builder,
    reader: Reader,
  ) {
    this.op = proto.opType ?? '';
    this.version = version;
    this.inputs = inputs;
    this.outputs = proto.output;
    this.attributes = attributes;
    this.build = build;
    this.reader = reader;
  }

  /** An operand that has to be there. */
  input(i: number): Val {
    const v = this.inputs[i];
    if (v == null) throw new EngineError('invalid_graph', `${this.op} needs its input ${i}`);
    return v;
  }

  /** An operand that may be absent. */
  optional(i: number): Val | null {
    return this.inputs[i] ?? null;
  }

  /** Whether the result is asked for. */
  wants(i: number): boolean {
    return (this.outputs[i] ?? '') !== '';
  }

  has(name: string): boolean {
    return this.attributes.has(name);
  }

  int(name: string, absent: number): number;
  int(name: string, absent?: number): number | undefined;
  int(name: string, absent?: number): number | undefined {
    const attribute = this.attributes.get(name);
    if (attribute === undefined) return absent;
    const value = Number(attribute.i ?? 0n);
    if (!Number.isSafeInteger(value)) throw this.bad(name, 'an integer below 2^53');
    return value;
  }

  flag(name: string, absent = false): boolean {
    return this.int(name, absent ? 1 : 0) !== 0;
  }

  float(name: string, absent: number): number;
  float(name: string, absent?: number): number | undefined;
  float(name: string, absent?: number): number | undefined {
    const attribute = this.attributes.get(name);
    return attribute === undefined ? absent : shortest(attribute.f ?? 0);
  }

  string(name: string, absent: string): string {
    const attribute = this.attributes.get(name);
    return attribute === undefined ? absent : text.decode(attribute.s ?? new Uint8Array());
  }

  strings(name: string): readonly string[] | undefined {
    return this.attributes.get(name)?.strings.map((s) => text.decode(s));
  }

  ints(name: string): number[] | undefined {
    const attribute = this.attributes.get(name);
    if (attribute === undefined) return undefined;
    const values = Array.from(attribute.ints, Number);
    if (!values.every(Number.isSafeInteger)) throw this.bad(name, 'integers below 2^53');
    return values;
  }

  floats(name: string): number[] | undefined {
    const attribute = this.attributes.get(name);
    return attribute === undefined ? undefined : Array.from(attribute.floats, shortest);
  }

  tensor(name: string): TensorProto | undefined {
    return this.attributes.get(name)?.t;
  }

  graph(name: string): GraphProto {
    const graph = this.attributes.get(name)?.g;
    if (graph === undefined) throw this.bad(name, 'a graph');
    return graph;
  }

  graphIfAny(name: string): GraphProto | undefined {
    return this.attributes.get(name)?.g;
  }

  /** A dtype by an attribute's number. */
  dtype(name: string): DType | undefined {
    const type = this.int(name);
    if (type === undefined) return undefined;
    const dtype = dtypeOf(type);
    if (dtype === undefined) throw new Unsupported(`there are no tensors of type ${typeName(type)}`);
    return dtype;
  }

  /** Axes by an attribute, or by an operand from the version on that brought it. */
  listAt(name: string, i: number): readonly number[] | Val | undefined {
    const own = this.ints(name);
    if (own !== undefined) return own;
    const v = this.optional(i);
    return v === null ? undefined : this.list(v);
  }

  /** Whole numbers that are known, or the value to be read when the node runs. */
  list(v: Val): readonly number[] | Val {
    return v.numbers ?? v;
  }

  /** Numbers that have to be known. */
  known(v: Val, what: string): readonly number[] {
    const { numbers } = v;
    if (numbers === undefined) throw new UnknownSizes(`${what} is known only when the graph runs`);
    return numbers;
  }

  rank(v: Val): number {
    if (v.rank === undefined) throw new UnknownSizes(`the rank of an operand is not known`);
    return v.rank;
  }

  /** The shape, which has to be known. */
  shape(v: Val): readonly number[] {
    const { shape } = v;
    if (shape === undefined) throw new UnknownSizes(`the sizes of an operand are not known`);
    return shape;
  }

  private bad(name: string, expected: string): EngineError {
    return new EngineError('invalid_graph', `${this.op}: the attribute "${name}" has to be ${expected}`);
  }
}

/** The shortest decimal that reads back as the same float32: what the writer of the file meant. */
export function shortest(x: number): number {
  if (!Number.isFinite(x) || Number.isInteger(x)) return x;
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return short;
  }
  return x;
}

/** Makes of a node values, one for each of its results, null for those that nobody wants. */
export type Lower = (node: OnnxNode) => Val | readonly (Val | null)[];

/** What is supported of an op: the versions of its definition, and what carries it out. */
export interface Entry {
  readonly versions: readonly number[];
  readonly lower: Lower;
}

export type Table = Readonly<Record<string, Entry>>;

/** An entry of a table. */
export const since = (versions: readonly number[], lower: Lower): Entry => ({ versions, lower });
