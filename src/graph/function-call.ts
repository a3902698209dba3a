/**
 * A call of a function that brings its own gradient rule, in a program: what the rule calls is written down the
 * first time that it runs, as a small program from gradients, arguments, results and what else it reads to
 * the gradients of the arguments.
 */
import type { Call, OwnCall, OwnListener, RuleListener } from '../autograd/recorder.ts';
import type { OpDef } from '../ops/define.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { FUNCTION } from './function-op.ts';
import type { Program } from './program.ts';
import type { ProgramNode, Value } from './value.ts';

/** What the rule of a call was heard to do. */
export interface HeardRule {
  readonly nodes: readonly ProgramNode[];
  /** The gradients of the results that it starts from, null for one that did not come… */
  readonly grads: readonly (Value | null)[];
  /** …and arguments, results and what else it reads, what the call itself made last. */
  readonly given: readonly Value[];
  readonly results: readonly Value[];
  /** A gradient for each argument, null where it gave none. */
  readonly outputs: readonly (Value | null)[];
  /** The values of the program that others of what it reads stand for. */
  readonly outside: ReadonlyMap<Value, Value>;
}

export class FunctionCall implements OwnListener, RuleListener {
  private readonly program: Program;
  private readonly args: readonly Value[];
  private readonly add: (call: Call<OpDef>) => ProgramNode;
  /** The number of the first value that the call made itself. */
  private readonly begin: number;
  private node: ProgramNode | null = null;
  private call: OwnCall | null = null;
  private heard: HeardRule | null = null;
  /** Whether it runs, or ran and could not be written down. */
  private closed = false;

  constructor(program: Program, args: readonly Value[], add: (call: Call<OpDef>) => ProgramNode) {
    this.program = program;
    this.args = args;
    this.add = add;
    this.begin = program.nextSerial;
  }

  get isHeard(): boolean {
    return this.heard !== null || this.closed;
  }

  get rule(): HeardRule | null {
    return this.heard;
  }

  get nodes(): readonly ProgramNode[] {
    return this.heard?.nodes ?? [];
  }

  done(call: OwnCall): RuleListener {
    const { program } = this;
    const results = call.results.map(({ made }) => program.known(made));
    const before = call.results.map(({ given }) => program.valueOf(given));
    const args = {
      args: this.args,
      results,
      saved: undefined,
      constants: undefined,
      name: call.name,
      needsInputGrad: call.needs,
      onceDifferentiable: call.once,
    };
    const outputs = call.results.map(({ given }) => given);
    this.node = this.add({ op: FUNCTION, args, outputs, first: call.first, last: call.last });
    this.node.own = this;
    this.node.outputs.forEach((value, i) => {
      const old = before[i];
      if (old === undefined || call.results[i].made !== call.results[i].given) return;
      value.name ??= old.name;
      value.previous = old;
    });
    // It holds on to all that the call was given.
    if (program.traces) this.call = call;
    return this;
  }

  /** Runs the rule for gradients of ones where it has not run yet. */
  trace(): void {
    this.call?.trace();
    this.call = null;
  }

  /** Lets go of what was heard, and gives how many calls that were. */
  forget(): number {
    const count = this.nodes.length;
    this.heard = null;
    this.call = null;
    this.closed = true;
    return count;
  }

  run(given: readonly (Tensor | null)[], body: () => readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const { program, node } = this;
    if (this.isHeard || node === null) return body();
    this.closed = true;
    this.call = null;
    const nodes: ProgramNode[] = [];
    const met: Tensor[] = [];
    let rule: HeardRule | null = null;
    try {
      const found = program.hearRule(nodes, met, () => {
        const grads = given.map((t) => t && (program.valueOf(t) ?? this.met(t, met)));
        const results = body();
        rule = this.gather(node, nodes, grads, results);
        return results;
      });
      if (found !== undefined) return found;
    } finally {
      // Outside of the rule nothing is known of what it met where nobody else listened.
      for (const t of met) t.recorded = null;
      this.heard = rule;
    }
    return body();
  }

  private met(t: Tensor, met: Tensor[]): Value {
    met.push(t);
    return this.program.standIn(t);
  }

  /** What the rule reads beside its gradients, arguments and results; null where the program cannot tell of it. */
  private gather(
    node: ProgramNode,
    nodes: readonly ProgramNode[],
    grads: readonly (Value | null)[],
    results: readonly (Tensor | null)[],
  ): HeardRule | null {
    const { program, args } = this;
    const local = new Set<Value>([...args, ...node.outputs]);
    for (const grad of grads) if (grad !== null) local.add(grad);
    for (const { outputs } of nodes) for (const value of outputs) local.add(value);
    const outputs = results.map((t) => t && program.known(t));
    const saved = new Map<Value, Value>();
    const read = nodes.flatMap((one) => program.operands(one.args));
    for (const value of [...read, ...outputs]) {
      if (value === null || local.has(value) || saved.has(value)) continue;
      const outside = isBefore(value, node) ? value : program.constantOf(value);
      if (outside === undefined) return null;
      saved.set(value, outside);
    }
    // What the call made has no gradient, though it may have one where all is replayed.
    const isInner = ([, value]: [Value, Value]): boolean => value.maker !== null && value.serial >= this.begin;
    const own = [...saved].filter(isInner);
    const others = [...saved].filter((pair) => !isInner(pair));
    const lists = node.args as Record<string, unknown>;
    if (others.length > 0) lists.saved = others.map(([, value]) => value);
    if (own.length > 0) lists.constants = own.map(([, value]) => value);
    const given = [...args, ...node.outputs, ...[...others, ...own].map(([value]) => value)];
    return { nodes, grads, given, results: node.outputs, outputs, outside: saved };
  }
}

/** Whether a value is there when a node is reached: who replays has it. */
function isBefore({ maker, serial }: Value, node: ProgramNode): boolean {
  if (maker === null) return true;
  return (
    maker.rule === undefined && maker.of === undefined && maker.composite === null && serial < node.outputs[0].serial
  );
}
