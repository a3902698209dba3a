/**
 * `function`: a node of a document that stands for a call with its own gradient rule. Its results are those of
 * the nodes before it, which computed them; its gradient is what the nodes of its rule compute.
 */
import { apart, closed } from '../autograd/custom.ts';
import { enableGrad, isGradEnabled, noGrad } from '../autograd/mode.ts';
import { type BackwardRule, edgeTo, Node, sequence } from '../autograd/node.ts';
import { primitives } from '../autograd/primitives.ts';
import { currentRecorder, type RuleListener } from '../autograd/recorder.ts';
import type { OpDef } from '../ops/define.ts';
import { type Attr, attr, boolean, constants, optionalConstants, Refusal, tensors } from '../ops/params.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError, shapeMismatch, showShape } from '../tensor/errors.ts';
import { type Shape, sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Plan } from './plan.ts';
import { runNodes, Values } from './run.ts';

const text: Attr<string> = {
  jsonSchema: { type: 'string' },
  read: (value) => (typeof value === 'string' ? value : new Refusal('a string')),
};

const booleans: Attr<readonly boolean[]> = {
  jsonSchema: { type: 'array', items: { type: 'boolean' } },
  read: (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'boolean')
      ? value
      : new Refusal('a list of true and false'),
};

const refuseAlone = (): never => {
  throw new EngineError('invalid_graph', 'function stands in a graph alone');
};

/** As a program has it: it is called in a plan alone. */
export const FUNCTION: OpDef = {
  name: 'function',
  aliases: [],
  category: 'nn',
  head: { in: [] },
  summary: 'A call with its own gradient rule',
  params: [
    tensors('args'),
    constants('results'),
    optionalConstants('saved'),
    optionalConstants('constants'),
    attr('name', text),
    attr('needs_input_grad', booleans),
    attr('once_differentiable', boolean, { default: false }),
  ],
  formula: String.raw`\mathrm{results}`,
  derivation: {},
  examples: [],
  overwrites: false,
  differentiable: true,
  constantResults: [],
  composite: false,
  call: refuseAlone,
  apply: refuseAlone,
};

/** A rule as a document has it, checked. */
export interface RulePlan {
  readonly plan: Plan;
  /** For gradients, arguments, results, what is saved and constants; null for a gradient that did not come. */
  readonly inputs: readonly (string | null)[];
  /** For each argument; null where it has no gradient. */
  readonly outputs: readonly (string | null)[];
  /** The shapes that arguments had when it was recorded, where they are known. */
  readonly shapes: readonly (Shape | undefined)[];
}

interface State {
  readonly args: readonly Tensor[];
  readonly results: readonly Tensor[];
  readonly saved: readonly Tensor[];
}

type Grads = readonly (Tensor | null)[];

const refuseTwice = (): never => {
  throw new EngineError(
    'no_grad_required',
    'trying to differentiate twice a function that was marked with @once_differentiable',
  );
};

class Replay implements BackwardRule {
  readonly takesNothing = true;
  listener: RuleListener | null = null;
  private readonly name: string;
  private readonly needs: readonly boolean[];
  private readonly once: boolean;
  private readonly rule: RulePlan | undefined;

  constructor(name: string, needs: readonly boolean[], once: boolean, rule: RulePlan | undefined) {
    this.name = name;
    this.needs = needs;
    this.once = once;
    this.rule = rule;
  }

  apply(node: Node, grads: Grads, needed: readonly boolean[]): Grads {
    const found = this.carryOut(node.unpack<State>(), grads);
    node.edges.forEach(({ item }, i) => {
      if (needed[i] && found[item] === null && !this.needs[item])
        throw new EngineError(
          'no_grad_required',
          `the rule of "${this.name}" was recorded when no gradient of its argument ${item} was asked for`,
        );
    });
    return node.edges.map(({ item }) => found[item]);
  }

  /** The tensors that the rule reads. */
  reads(state: State): Tensor[] {
    const { rule } = this;
    if (rule === undefined) return [];
    const read = new Set<string | null>(rule.outputs);
    for (const { references } of rule.plan.nodes)
      for (const { names } of references)
        for (const name of typeof names === 'string' ? [names] : names) read.add(name);
    const all = [...state.args, ...state.results, ...state.saved];
    return all.filter((_, i) => read.has(rule.inputs[state.results.length + i] ?? null));
  }

  /** Carries the rule out for gradients of ones, only to be heard. */
  trace(state: State): void {
    if (this.rule === undefined) return;
    try {
      enableGrad(() =>
        this.carryOut(
          state,
          state.results.map((t) => primitives().onesLike(t)),
        ),
      );
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }

  private carryOut(state: State, grads: Grads): Grads {
    const { rule, name, listener } = this;
    if (rule === undefined)
      throw new EngineError(
        'no_grad_required',
        `the rule of "${name}" was not recorded: it had not run when the graph was written`,
      );
    rule.shapes.forEach((shape, i) => {
      if (shape !== undefined && !sameShape(shape, state.args[i].shape))
        throw shapeMismatch(
          `an argument of "${name}" has shape ${showShape(state.args[i].shape)}, but its rule was recorded with ${showShape(shape)}`,
        );
    });
    const from = state.results.map((t, i) => {
      const grad = grads[i] ?? null;
      if (rule.inputs[i] === null && grad !== null)
        throw new EngineError(
          'no_grad_required',
          `the rule of "${name}" was recorded when no gradient of its result ${i} came`,
        );
      return rule.inputs[i] === null ? null : (grad ?? primitives().zerosLike(t));
    });
    if (listener === null) return this.run(rule, state, from);
    const given = apart(from);
    return listener.run(given, () => this.run(rule, state, given));
  }

  private run({ plan, inputs, outputs }: RulePlan, state: State, grads: Grads): Grads {
    const values = new Values(new Map(), plan);
    [...grads, ...state.args, ...state.results, ...state.saved].forEach((tensor, i) => {
      const name = inputs[i];
      if (tensor !== null && name !== null) values.set(plan.slots.get(name) as number, tensor);
    });
    const run = (): Grads => {
      runNodes(plan.nodes, values, () => {});
      return outputs.map((name) => (name === null ? null : values.get(name)));
    };
    if (!this.once) return run();
    const found = noGrad(run);
    return isGradEnabled() ? closed(found, refuseTwice) : found;
  }
}

/** The op of a node that stands for such a call. */
export function functionOp(rule: RulePlan | undefined): OpDef {
  const apply = (values: unknown[]): Tensor[] => {
    const [args, made, others = [], constants = [], name, needs, once = false] = values as [
      readonly Tensor[],
      readonly Tensor[],
      readonly Tensor[] | undefined,
      readonly Tensor[] | undefined,
      string,
      readonly boolean[],
      boolean | undefined,
    ];
    if (needs.length !== args.length)
      throw new EngineError(
        'invalid_graph',
        `function: "needs_input_grad" has ${needs.length} entries for ${args.length} arguments`,
      );
    const heard = currentRecorder()?.own?.(args) ?? null;
    const results = made.map((t) => t.detach());
    const saved = [...others, ...constants.map((t) => t.detach())];
    const state = { args, results, saved };
    const replay = new Replay(name, needs, once, rule);
    const first = sequence();
    const edges = args.flatMap((t, i) => (t.requiresGrad ? [edgeTo(t, i, i)] : []));
    if (isGradEnabled() && edges.length > 0) {
      const node = new Node(`${name}Backward`, replay, edges, state, replay.reads(state), true);
      results.forEach((t, i) => {
        if (isFloating(t.dtype)) Object.assign(t, { requiresGrad: true, gradFn: node, outputIndex: i });
      });
    }
    if (heard !== null)
      replay.listener = heard.done({
        name,
        needs,
        results: results.map((given, i) => ({ made: made[i], given })),
        once,
        first,
        last: sequence(),
        trace: () => replay.trace(state),
      });
    return results;
  };
  return { ...FUNCTION, apply };
}
