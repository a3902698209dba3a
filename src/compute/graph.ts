/** A graph document with inputs: `POST /v1/evaluate`. */

import { type Answer, type AnswerOptions, type AnswerWriter, isBinary } from '../answer/answer.ts';
import { noGrad } from '../autograd/mode.ts';
import { withRecorder } from '../autograd/recorder.ts';
import { type Complaint, JsonError, jsonError, MAX_COMPLAINTS, pointerStep } from '../codec/json/json-error.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { Document } from '../graph/document.ts';
import { materialize } from '../graph/materialize.ts';
import { type Plan, planOf } from '../graph/plan.ts';
import { Program } from '../graph/program.ts';
import { runNodes, Values } from '../graph/run.ts';
import type { GraphDocument } from '../graph/schema.ts';
import { closest } from '../ops/closest.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError, shapeMismatch, showShape } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Clock } from './clock.ts';
import { compute, type Forward, type Gradients } from './computation.ts';
import { asArgument, locate, type Names, namesOf, pointerOf, type Sides } from './derivable.ts';
import { type Derivation, type DerivationAnswer, derivationSize, runDerivation } from './derivative.ts';
import type { GradientRequest } from './gradients.ts';
import { collectedMemory, wholeMemory } from './memory.ts';
import type { Scope } from './scope.ts';
import { lastReaders, type Size, surveyGraph } from './survey.ts';

export interface GradSpec {
  readonly outputs: readonly string[];
  readonly inputs?: readonly string[];
  readonly gradOutputs?: readonly (TensorLiteral | null)[];
  readonly createGraph: boolean;
  readonly allowUnused: boolean;
}

export interface EvaluateRequest {
  readonly inputs: ReadonlyMap<string, TensorLiteral>;
  readonly graph: GraphDocument;
  /**
   * The parameters of a model: constants that the answer need not repeat, and of which those that an output does not
   * hang on, as statistics of a normalization, have no gradient where gradients are asked for without names.
   */
  readonly untold?: ReadonlySet<string>;
  readonly outputs?: readonly string[];
  readonly grad?: GradSpec;
  /** In the place of `grad`. */
  readonly derive?: Derivation;
  /** Writes the answer in a form of its own. */
  readonly write?: (writer: AnswerWriter, outputs: ReadonlyMap<string, Tensor>, gradients: Gradients) => void;
}

/** What names stand for before anything is computed: the request's inputs, and the graph's constants. */
function literalsOf(request: EvaluateRequest, plan: Plan): Map<string, TensorLiteral> {
  const literals = new Map(request.inputs);
  for (const [name, literal] of request.graph.values ?? []) {
    if ((plan.slots.get(name) as number) < plan.made || literals.has(name)) continue;
    if (!literal.hasData) {
      throw jsonError(
        `/graph/values${pointerStep(name)}/data`,
        `required: no node makes "${name}" and no input names it, so its data has to stand here or in inputs`,
      );
    }
    literals.set(name, literal);
  }
  for (const name of plan.inputs) {
    if (!literals.has(name))
      throw jsonError(`/inputs${pointerStep(name)}`, `required: the graph's input "${name}" has no value`);
  }
  return literals;
}

/** The names that nodes read and no node makes, and those of the outputs. */
function readBy(plan: Plan): Set<string> {
  const read = new Set(plan.outputs);
  for (const nodes of [plan.nodes, plan.backward]) {
    for (const node of nodes) {
      for (const { names, slots } of node.references) {
        if (typeof slots !== 'number') for (const name of names) read.add(name);
        else if (slots >= plan.made) read.add(names as string);
      }
    }
  }
  return read;
}

/** The names that a request asks for, by the field that they stand in. */
function askedNames({ outputs, grad, derive }: EvaluateRequest): [pointer: string, names: Names][] {
  const lists: [string, Names][] = [];
  if (outputs !== undefined) lists.push(['outputs', outputs]);
  if (grad !== undefined) lists.push(['grad/outputs', grad.outputs]);
  if (grad?.inputs !== undefined) lists.push(['grad/inputs', grad.inputs]);
  if (derive?.of !== undefined) lists.push(['of', derive.of]);
  if (derive?.wrt !== undefined) lists.push(['wrt', derive.wrt]);
  return lists;
}

/** Refuses, before anything is computed, names that the graph does not have and inputs that it does not read. */
function checkNames(request: EvaluateRequest, plan: Plan, literals: ReadonlyMap<string, TensorLiteral>): void {
  const asked = new Set<string>();
  let known: Set<string> | undefined;
  const near = (name: string): string | undefined => {
    known ??= new Set([...literals.keys(), ...[...plan.nodes, ...plan.backward].flatMap((node) => node.outputs)]);
    return closest(name, known);
  };
  const complaints: Complaint[] = [];
  for (const [field, names] of askedNames(request)) {
    namesOf(names).forEach((name, i) => {
      if (plan.slots.has(name)) asked.add(name);
      else {
        if (complaints.length >= MAX_COMPLAINTS) return;
        const meant = near(name);
        complaints.push({
          pointer: pointerOf(field, names, i),
          detail: `nothing in the graph is called "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
        });
      }
    });
  }
  // Most often the graph says which inputs it has.
  const listed = new Set(plan.inputs);
  let others = [...request.inputs.keys()].filter((name) => !listed.has(name) && !asked.has(name));
  if (others.length > 0) {
    const read = readBy(plan);
    others = others.filter((name) => !read.has(name));
  }
  for (const name of others.slice(0, MAX_COMPLAINTS - complaints.length))
    complaints.push({ pointer: `/inputs${pointerStep(name)}`, detail: `the graph has no input "${name}"` });
  if (complaints.length > 0) throw new JsonError(complaints);
}

/**
 * A recorded gradient has sizes in it, such as a mean's divisor: it holds for inputs of the shapes
 * that it was recorded with.
 */
function checkShapes(request: EvaluateRequest, plan: Plan, literals: ReadonlyMap<string, TensorLiteral>): void {
  for (const name of plan.inputs) {
    const recorded = request.graph.values?.get(name);
    const literal = literals.get(name);
    if (recorded === undefined || literal === undefined || recorded === literal) continue;
    if (!sameShape(recorded.shape, literal.shape)) {
      throw shapeMismatch(
        `"${name}" has shape ${showShape(literal.shape)}, but the backward part was recorded with ${showShape(recorded.shape)}`,
      );
    }
  }
}

/** A graph that was checked, and what is known of it before it is carried out. */
export class GraphComputation {
  readonly size: Size;
  private readonly request: EvaluateRequest;
  private readonly options: AnswerOptions;
  private readonly plan: Plan;
  private readonly literals: ReadonlyMap<string, TensorLiteral>;
  private readonly outputNames: readonly string[];

  /** @throws JsonError for a name or a value that the body lacks; EngineError, `budget` among them; TimeLimit */
  constructor(request: EvaluateRequest, options: AnswerOptions, { limits, clock }: Scope) {
    this.request = request;
    this.options = options;
    const { derive } = request;
    const plan = planOf(request.graph, request.inputs.keys(), limits.maxNodes);
    this.plan = plan;
    this.literals = literalsOf(request, plan);
    checkNames(request, plan, this.literals);
    if (plan.backward.length > 0 && request.grad === undefined && derive === undefined)
      checkShapes(request, plan, this.literals);
    this.outputNames = [...new Set(request.outputs ?? (derive?.of === undefined ? plan.outputs : namesOf(derive.of)))];
    this.size = this.survey(limits.maxElements, clock.tick);
  }

  /** Values that are read when all nodes have run. */
  private keptNames(): string[] {
    const { grad, derive } = this.request;
    const kept = [...this.outputNames];
    for (const names of [grad?.outputs, grad?.inputs, derive?.of, derive?.wrt])
      if (names !== undefined) for (const name of namesOf(names)) kept.push(name);
    return kept;
  }

  private survey(maxElements: number, tick: () => void): Size {
    const { request, plan, options } = this;
    const { grad, graph, derive } = request;
    const kept = this.keptNames();
    const differentiated = grad !== undefined || derive !== undefined;
    const bare = derive?.kind === 'gradcheck' ? ('float64' as const) : undefined;
    const settings = { kept, differentiated, tick, maxElements, bare };
    const survey = surveyGraph(plan, this.literals, settings);
    let leaves = 0;
    if (grad !== undefined && grad.inputs === undefined) {
      for (const literal of this.literals.values()) if (literal.requiresGrad) leaves += literal.numel;
    }
    const passes = grad === undefined ? 1 : options.graphScope === 'both' ? 3 : 2;
    if (derive !== undefined) return derivationSize(derive.kind, survey, graph.nodes.length);
    return {
      ...survey,
      elements: survey.elements * Math.min(passes, 2),
      nodes: (graph.nodes.length + (graph.backward?.nodes.length ?? 0)) * passes,
      // What all values have is more than what is asked for.
      written: isBinary(options) ? 0 : options.graphValues === 'all' ? survey.elements : survey.kept + leaves,
    };
  }

  /**
   * Carries it out and writes the answer.
   *
   * @throws JsonError, EngineError, TimeLimit
   */
  run(scope: Scope): Answer {
    const { options, plan, size } = this;
    const { maxElements, maxNodes } = scope.limits;
    const { graphScope, graphValues, anomaly } = options;
    const explained = this.request.derive?.kind === 'explain';
    const wholeAnswer =
      explained || graphScope === 'both' || graphValues === 'all' || anomaly || plan.backward.length > 0;
    // What lives in values that nobody reads any more need not be kept where it is much.
    const little = size.complete && size.elements <= Math.min(WHOLE_ELEMENTS, maxElements / 2);
    const lean = !wholeAnswer && !little;
    const memory = little ? wholeMemory : collectedMemory;
    const keeping = {
      hold: !lean,
      deep: graphScope === 'both' && (this.request.grad ?? this.request.derive) !== undefined,
    };
    const program = new Program({ maxNodes, functional: !lean, traces: graphScope !== 'none' }, keeping);
    return scope.within(memory(maxElements), () =>
      compute(scope, options, program, () => this.forward(program, scope, lean)),
    );
  }

  private forward(program: Program, scope: Scope, lean: boolean): Forward {
    const { clock, timing } = scope;
    const { request, plan, literals, outputNames } = this;
    timing.lap('parse');
    const { derive } = request;
    const values = this.startValues();
    const document = new Document({ program, nodes: program.nodes, exact: true });
    const note = this.afterNode(values, document, lean);
    runNodes(plan.nodes, values, clock.tick, derive === undefined ? note : both(note, this.asArguments(values)));
    const inputs: Tensor[] = [];
    for (const name of new Set([...plan.inputs, ...request.inputs.keys()])) {
      const tensor = values.get(name);
      document.input(program.known(tensor), name);
      inputs.push(tensor);
    }
    for (const name of literals.keys()) document.name(program.known(values.get(name)), name);
    for (const name of outputNames) values.keep(name);
    const { grad } = request;
    if (derive !== undefined) return this.derived(derive, values, document, inputs, scope);
    const lenient = request.untold !== undefined && grad?.inputs === undefined && grad?.allowUnused === false;
    const replays = grad === undefined && (plan.backward.length > 0 || plan.grads.size > 0);
    return {
      document,
      results: outputsOf(outputNames, values),
      inputs,
      gradient: grad === undefined ? undefined : () => gradientRequest(grad, values, literals, lenient),
      afterwards: replays
        ? (gradients) => {
            replayBackward(plan, values, document, clock);
            for (const [of, tensor] of document.grads) gradients.set(of, tensor);
          }
        : this.backwardAskedFor()
          ? () => withRecorder(null, () => noGrad(() => runNodes(plan.backward, values, clock.tick)))
          : undefined,
      write: (writer, gradients, warnings) => {
        if (request.write !== undefined) {
          request.write(writer, new Map(outputNames.map((name) => [name, values.get(name)])), gradients);
          return;
        }
        writer.document.map().key('outputs');
        writer.tensors(outputNames.map((name) => [name, values.get(name)] as const));
        writer.document.key('grads');
        writer.tensors(lenient ? [...gradients].filter(([, gradient]) => !('reason' in gradient)) : gradients);
        writer.graph(document, outputNames, request.untold);
        writer.warnings(warnings);
        writer.document.end();
      },
    };
  }

  /** Values before any node has run; those that are differentiated with respect to require their gradients. */
  private startValues(replaced?: ReadonlyMap<string, Tensor>): Values {
    const { plan, literals, request } = this;
    const { derive } = request;
    const values = new Values(literals, plan, derive?.kind === 'gradcheck' ? 'float64' : undefined);
    if (derive === undefined) return values;
    for (const [name, slot] of plan.slots) {
      if (slot < plan.made || !literals.has(name)) continue;
      const given = replaced?.get(name);
      if (given !== undefined) values.set(slot, given);
    }
    for (const name of this.argumentNames(values)) {
      if ((plan.slots.get(name) as number) >= plan.made) asArgument(values.get(name), name);
    }
    return values;
  }

  /** What is differentiated with respect to: where a check does not say, all floating inputs. */
  private argumentNames(values: Values): readonly string[] {
    const { plan, request } = this;
    const { wrt } = request.derive as Derivation;
    return wrt === undefined ? plan.inputs.filter((name) => isFloating(values.get(name).dtype)) : namesOf(wrt);
  }

  /** Has values that nodes make require their gradients, or be those that stand in their place. */
  private asArguments(values: Values, replaced?: ReadonlyMap<string, Tensor>): (place: number) => void {
    const { plan, request } = this;
    const wanted = new Set(namesOf(request.derive?.wrt ?? []));
    return (place) => {
      const { outputs, firstSlot } = plan.nodes[place];
      for (let i = 0; i < outputs.length; i++) {
        if (!wanted.has(outputs[i])) continue;
        const given = replaced?.get(outputs[i]);
        if (given !== undefined) values.set(firstSlot + i, given);
        asArgument(values.there(firstSlot + i) as Tensor, outputs[i]);
      }
    };
  }

  private sides(values: Values): Sides {
    const { of = this.outputNames, wrt = this.argumentNames(values) } = this.request.derive as Derivation;
    const find = (name: string): Tensor => values.get(name);
    return { of: locate(of, find), wrt: locate(wrt, find) };
  }

  private derived(
    derive: Derivation,
    values: Values,
    document: Document,
    inputs: readonly Tensor[],
    scope: Scope,
  ): Forward {
    const { tick } = scope.clock;
    const { plan, outputNames, options, request } = this;
    let answer: DerivationAnswer;
    const again = (replaced: ReadonlyMap<string, Tensor>): Sides =>
      withRecorder(null, () => {
        const others = this.startValues(replaced);
        runNodes(plan.nodes, others, tick, this.asArguments(others, replaced));
        return this.sides(others);
      });
    return {
      document,
      results: outputsOf(outputNames, values),
      inputs,
      afterwards: () => {
        answer = runDerivation(derive, { ...this.sides(values), again }, document, options, scope);
      },
      write: (writer, _, warnings) => {
        if (answer.text !== undefined) {
          writer.instead(answer.text);
          return;
        }
        writer.document.map();
        if (derive.kind !== 'explain' || request.outputs !== undefined) {
          writer.document.key('outputs');
          writer.tensors(outputNames.map((name) => [name, values.get(name)] as const));
        }
        answer.write(writer);
        writer.graph(document, outputNames, request.untold);
        writer.warnings(warnings);
        writer.document.end();
      },
    };
  }

  /** Whether, asked for by name, the document's own backward part is carried out, too. */
  private backwardAskedFor(): boolean {
    const made = new Set(this.plan.backward.flatMap((node) => node.outputs));
    return made.size > 0 && this.outputNames.some((name) => made.has(name));
  }

  /** Names what a node has made; a lean run lets go of what no later node reads. */
  private afterNode(values: Values, document: Document, lean: boolean): (place: number) => void {
    const { plan } = this;
    const { program } = document;
    const name = (place: number): void => {
      const { outputs, firstSlot } = plan.nodes[place];
      for (let i = 0; i < outputs.length; i++) {
        document.name(program.known(values.there(firstSlot + i) as Tensor), outputs[i]);
      }
    };
    if (!lean) return name;
    const kept = new Set(this.keptNames().map((name) => plan.slots.get(name)));
    const last = lastReaders(plan.nodes);
    return (place) => {
      name(place);
      const { references, outputs, firstSlot } = plan.nodes[place];
      const touched = references.flatMap(({ slots }) => slots);
      for (let i = 0; i < outputs.length; i++) touched.push(firstSlot + i);
      for (const slot of touched) {
        if (slot < plan.made && (last.get(slot) ?? place) <= place && !kept.has(slot)) values.drop(slot);
      }
    };
  }
}

const both =
  (first: (place: number) => void, second: (place: number) => void) =>
  (place: number): void => {
    second(place);
    first(place);
  };

/** Up to so many elements altogether, memory is taken as it comes and given back at the end. */
const WHOLE_ELEMENTS = 2 ** 26;

function* outputsOf(names: readonly string[], values: Values): Generator<Tensor> {
  for (const name of names) yield values.get(name);
}

/** The backward part of a document, carried out as the ordinary nodes that it is made of. */
function replayBackward(plan: Plan, values: Values, document: Document, clock: Clock): void {
  let at = 0;
  noGrad(() =>
    withRecorder(
      document.program.backwardRecorder(() => plan.backward[at]?.of),
      () => {
        for (const node of plan.backward) {
          runNodes([node], values, clock.tick);
          at++;
        }
      },
    ),
  );
  for (const { outputs, firstSlot } of plan.backward) {
    outputs.forEach((name, i) => {
      document.name(document.program.known(values.there(firstSlot + i) as Tensor), name);
    });
  }
  for (const [of, name] of plan.grads) {
    const [grad, value] = [values.get(name), values.get(of)];
    if (!sameShape(grad.shape, value.shape)) {
      throw new EngineError(
        'shape_mismatch',
        `the backward part gives a gradient of shape ${showShape(grad.shape)} for "${of}" of shape ${showShape(value.shape)}`,
      );
    }
    document.nameGradient(grad, of);
  }
}

function gradientRequest(
  spec: GradSpec,
  values: Values,
  literals: ReadonlyMap<string, TensorLiteral>,
  lenient: boolean,
): GradientRequest {
  const outputs = spec.outputs.map((name) => values.get(name));
  const inputs = new Map<string, Tensor>();
  if (spec.inputs !== undefined) {
    for (const name of spec.inputs) inputs.set(name, values.get(name));
  } else {
    for (const name of literals.keys()) {
      const tensor = values.get(name);
      if (tensor.requiresGrad) inputs.set(name, tensor);
    }
    if (inputs.size === 0)
      throw new EngineError('no_grad_required', 'no input requires grad: send one with "requires_grad": true');
  }
  const gradOutputs = spec.gradOutputs?.map((literal, i) =>
    literal === null ? null : materialize(literal, outputs[i]?.dtype),
  );
  return { outputs, inputs, gradOutputs, createGraph: spec.createGraph, allowUnused: spec.allowUnused || lenient };
}
