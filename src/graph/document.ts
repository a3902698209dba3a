/** What of a program a graph document tells: which calls, and under which names. */
import type { Tensor } from '../tensor/tensor.ts';
import { Program } from './program.ts';
import type { ProgramNode, Value } from './value.ts';

export interface DocumentSettings {
  readonly program: Program;
  /** The calls that it lists; the program's own where a document grows with it. */
  readonly nodes: readonly ProgramNode[];
  /** Finds the tensor that a value is now, where it is known to be in use. */
  readonly live?: (value: Value) => Tensor | undefined;
  /** Whether the names of values are those that the request gave, and so unique as they are. */
  readonly exact?: boolean;
}

/** The operands and results of `nodes`, and of `outputs`, that the nodes do not make and that they do. */
function valuesOf(
  program: Program,
  nodes: readonly ProgramNode[],
  outputs: readonly Value[],
): { given: Value[]; all: Value[] } {
  const made = new Set<Value>();
  for (const node of nodes) for (const value of node.outputs) made.add(value);
  const given = new Set<Value>();
  for (const node of nodes) for (const value of program.operands(node.args)) if (!made.has(value)) given.add(value);
  for (const value of outputs) if (!made.has(value)) given.add(value);
  return { given: [...given], all: [...given, ...made].sort((a, b) => a.serial - b.serial) };
}

/** So many names are looked through one by one. */
const FEW_NAMES = 16;

/**
 * Names are unique. A value has the name that it was given; versions of a variable are `x`, then `x#1`;
 * others have the name of the op that made them, with a number.
 */
export class Document {
  readonly program: Program;
  readonly nodes: readonly ProgramNode[];
  /** Values that the graph needs and does not compute, in the order of its inputs. */
  readonly inputs: Value[] = [];
  /** Values that stand in the document though no node may read them. */
  readonly constants: Value[] = [];
  /** Gradients by the name of what they belong to. */
  readonly grads = new Map<string, Tensor>();
  private readonly live: (value: Value) => Tensor | undefined;
  private readonly exact: boolean;
  private names: Map<Value, string> | undefined;
  /** Names that were given, gathered in `taken` when another one is made up. */
  private given: string[] = [];
  private taken: Set<string> | undefined;
  private counters: Map<string, number> | undefined;
  private indexed: { readonly count: number; readonly makers: Map<ProgramNode, number> } | undefined;

  constructor({ program, nodes, live = () => undefined, exact = false }: DocumentSettings) {
    this.exact = exact;
    this.program = program;
    this.nodes = nodes;
    this.live = live;
  }

  /** Gives a value its name; a later one does not replace the first, and is taken all the same. */
  name(value: Value, name: string): void {
    this.given.push(name);
    if (this.exact) value.name ??= name;
    else {
      this.names ??= new Map();
      if (!this.names.has(value)) this.names.set(value, name);
    }
  }

  private isTaken(name: string): boolean {
    // A set of a few names costs more than it saves.
    if (this.taken === undefined && this.given.length <= FEW_NAMES) return this.given.includes(name);
    this.taken ??= new Set();
    for (const known of this.given) this.taken.add(known);
    this.given = [];
    return this.taken.has(name);
  }

  nameOf(value: Value | undefined): string | undefined {
    if (value === undefined) return undefined;
    return this.exact ? (value.name ?? undefined) : this.names?.get(value);
  }

  input(value: Value, name: string): void {
    this.inputs.push(value);
    this.name(value, name);
  }

  /** The name of a value, which is made after `base`, with a number that is free, where it has none. */
  nameAfter(value: Value, base: string): string {
    return this.nameOf(value) ?? this.number(value, base, '_', 1);
  }

  /** Names a gradient `d_` and what it belongs to, unless it is a value that has a name. */
  nameGradient(tensor: Tensor, of: string): void {
    const value = this.program.known(tensor);
    if (this.nameOf(value) === undefined) {
      const name = `d_${of}`;
      if (this.isTaken(name)) this.nameAfter(value, name);
      else this.name(value, name);
    }
    this.grads.set(of, tensor);
  }

  /**
   * Names all that the nodes and `outputs` read and make after the variables that they were bound to. What
   * nobody makes is an input where `isInput` says so or its elements are gone, and a constant elsewhere.
   */
  nameVersions(outputs: readonly Value[], isInput: (value: Value) => boolean): void {
    const { given, all } = valuesOf(this.program, this.nodes, outputs);
    for (const value of all) {
      if (value.name !== null && !this.names?.has(value)) this.number(value, value.name, '#', 0);
    }
    const known = new Set(this.inputs);
    for (const value of given) {
      if (known.has(value)) continue;
      const there = this.tensorOf(value)?.storage.meta === false;
      if (!isInput(value) && there) this.constants.push(value);
      else this.input(value, this.nameAfter(value, 'value'));
    }
  }

  /** The names of values, after the ops that made them where they have none. */
  namesOf(values: Iterable<Value>): string[] {
    return [...values].map((value) => this.nameAfter(value, value.maker?.op.name ?? 'value'));
  }

  /** Notes the `.grad` of the leaves that stand in the document. */
  nameLeafGradients(): void {
    for (const [value, name] of [...(this.names ?? [])]) {
      const grad = value.gradFn === null ? this.tensorOf(value)?.grad : null;
      if (grad != null) this.nameGradient(grad, name);
    }
  }

  /** A tensor that has the elements of a value; undefined where they are gone. */
  tensorOf(value: Value): Tensor | undefined {
    return this.live(value) ?? this.leafOf(value) ?? value.tensor ?? undefined;
  }

  private leafOf(value: Value): Tensor | undefined {
    const tensor = value.leaf?.deref();
    return tensor !== undefined && tensor.recorded === value && !this.program.isBehind(tensor) ? tensor : undefined;
  }

  requiresGrad(value: Value): boolean {
    const tensor = this.tensorOf(value);
    // A copy of the elements does not know.
    return tensor !== undefined && tensor.recorded === value ? tensor.requiresGrad : value.requiresGrad;
  }

  /** The place of the node that made a value. */
  makerOf({ maker }: Value): number | undefined {
    return maker === null ? undefined : this.placeOf(maker);
  }

  private placeOf(node: ProgramNode): number | undefined {
    if (this.indexed === undefined || this.indexed.count < this.nodes.length) {
      const makers = new Map(this.nodes.map((node, i) => [node, i] as const));
      this.indexed = { count: this.nodes.length, makers };
    }
    return this.indexed.makers.get(node);
  }

  /** The place of the forward node that a gradient node belongs to. */
  forwardOf(seq: number): number | undefined {
    return Program.forwardOf(this.nodes, seq);
  }

  /** The place of the forward node that a backward call belongs to. */
  originOf({ of, rule, composite }: ProgramNode): number | undefined {
    if (composite !== null) return this.placeOf(composite);
    return rule === undefined ? of : this.forwardOf(rule);
  }

  private number(value: Value, base: string, sign: string, from: number): string {
    const counter = `${sign}${base}`;
    this.counters ??= new Map();
    let n = this.counters.get(counter) ?? from;
    let name: string;
    do {
      name = n === 0 ? base : `${base}${sign}${n}`;
      n++;
    } while (this.isTaken(name));
    this.counters.set(counter, n);
    this.name(value, name);
    return name;
  }
}

/** The calls that a value hangs on, in order. */
export function historyOf(value: Value, nodes: readonly ProgramNode[]): ProgramNode[] {
  const wanted = new Set<ProgramNode>();
  const pending = [value];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { maker } = at;
    if (maker === null || wanted.has(maker)) continue;
    wanted.add(maker);
    pending.push(...at.program.operands(maker.args));
  }
  return nodes.filter((node) => wanted.has(node));
}
