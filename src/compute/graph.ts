/** A graph document with inputs: `POST /v1/evaluate`. */

import type { Absent, Answer, AnswerOptions, Warning } from '../answer/answer.ts';
import { noGrad } from '../autograd/mode.ts';
import { withRecorder } from '../autograd/recorder.ts';
import { type Complaint, JsonError, jsonError, pointerStep } from '../codec/json/json-error.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { closest } from '../graph/closest.ts';
import { materialise } from '../graph/materialise.ts';
import { type Plan, type PlanNode, planOf } from '../graph/plan.ts';
import { runNodes, Values } from '../graph/run.ts';
import type { GraphDocument } from '../graph/schema.ts';
import { Trace } from '../graph/trace.ts';
import { EngineError, shapeMismatch, showShape } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import { DataDependent, metaAllocator, withAllocator } from '../tensor/storage.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { outputAnomaly } from './anomaly.ts';
import { answerOf } from './answer.ts';
import { differentiate } from './gradients.ts';
import { Budget } from './limits.ts';
import { type Clock, handOff, INLINE, type Run, within } from './scope.ts';
import { settle } from './timing.ts';

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
  readonly outputs?: readonly string[];
  readonly grad?: GradSpec;
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

/** Finds every size without computing anything; what would be too much is refused here. */
function survey(plan: Plan, literals: ReadonlyMap<string, TensorLiteral>, { limits, clock }: Run): void {
  withAllocator(new Budget(limits.maxElements, metaAllocator), () => {
    withRecorder(null, () =>
      noGrad(() => {
        try {
          runNodes([...plan.nodes, ...plan.backward], new Values(literals, plan), clock.tick);
        } catch (error) {
          // From here on sizes hang on values: they are counted as they come.
          if (!(error instanceof DataDependent)) throw error;
        }
      }),
    );
  });
}

/** As many places as anyone reads; each costs a search for the nearest name. */
const MAX_COMPLAINTS = 20;

/** Refuses, before anything is computed, names that the graph does not have and inputs that it does not read. */
function checkNames(request: EvaluateRequest, plan: Plan, literals: ReadonlyMap<string, TensorLiteral>): void {
  const read = new Set(plan.inputs);
  for (const nodes of [plan.nodes, plan.backward]) {
    for (const node of nodes) {
      for (const { names, slots } of node.references) {
        if (typeof slots !== 'number') for (const name of names) read.add(name);
        else if (slots >= plan.made) read.add(names as string);
      }
    }
  }
  let known: Set<string> | undefined;
  const near = (name: string): string | undefined => {
    known ??= new Set([...literals.keys(), ...[...plan.nodes, ...plan.backward].flatMap((node) => node.outputs)]);
    return closest(name, known);
  };
  const lists: [string, readonly string[]][] = [
    ['/outputs', request.outputs ?? []],
    ['/grad/outputs', request.grad?.outputs ?? []],
    ['/grad/inputs', request.grad?.inputs ?? []],
  ];
  const complaints: Complaint[] = [];
  for (const [pointer, names] of lists) {
    names.forEach((name, i) => {
      if (plan.slots.has(name)) read.add(name);
      else {
        if (complaints.length >= MAX_COMPLAINTS) return;
        const meant = near(name);
        complaints.push({
          pointer: `${pointer}/${i}`,
          detail: `nothing in the graph is called "${name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
        });
      }
    });
  }
  for (const name of plan.outputs) read.add(name);
  for (const name of request.inputs.keys()) {
    if (!read.has(name) && complaints.length < MAX_COMPLAINTS)
      complaints.push({ pointer: `/inputs${pointerStep(name)}`, detail: `the graph has no input "${name}"` });
  }
  if (complaints.length > 0) throw new JsonError(complaints);
}

function nameOutputs(trace: Trace, nodes: readonly PlanNode[], values: Values): void {
  for (const { outputs, firstSlot } of nodes)
    for (let i = 0; i < outputs.length; i++) trace.name(values.at(firstSlot + i, outputs[i]), outputs[i]);
}

function compute(
  request: EvaluateRequest,
  plan: Plan,
  literals: ReadonlyMap<string, TensorLiteral>,
  options: AnswerOptions,
  run: Run,
): Answer {
  const { clock, timing } = run;
  const both = options.graphScope === 'both';
  const trace = new Trace(both && request.grad !== undefined);
  const values = new Values(literals, plan);
  withRecorder(trace.recorder(), () => runNodes(plan.nodes, values, clock.tick));
  const inputNames = new Set([...plan.inputs, ...request.inputs.keys()]);
  const inputs: Tensor[] = [];
  for (const name of inputNames) {
    const tensor = values.get(name);
    trace.input(tensor, name);
    inputs.push(tensor);
  }
  for (const name of literals.keys()) trace.name(values.get(name), name);
  nameOutputs(trace, plan.nodes, values);
  const outputNames = [...new Set(request.outputs ?? plan.outputs)];
  for (const name of outputNames) values.keep(name);

  const warnings: Warning[] = [];
  if (options.anomaly) {
    const warning = outputAnomaly(trace);
    if (warning !== undefined) warnings.push(warning);
  }
  if (request.grad === undefined && plan.backward.length === 0) settle(outputNames.map((name) => values.get(name)));
  timing.lap('forward');
  let grads = new Map<string, Tensor | Absent>();
  if (request.grad !== undefined) {
    const result = gradients(request.grad, values, trace, literals, options, clock);
    grads = result.grads;
    if (result.warning !== undefined) warnings.push(result.warning);
    // Asked for by name, the document's own backward part is carried out, too.
    const made = new Set(plan.backward.flatMap((node) => node.outputs));
    if (request.outputs?.some((name) => made.has(name))) {
      noGrad(() => withRecorder(null, () => runNodes(plan.backward, values, clock.tick)));
    }
  } else if (plan.backward.length > 0 || plan.grads.size > 0) {
    replayBackward(plan, values, trace, clock);
    for (const [of, tensor] of trace.grads) grads.set(of, tensor);
  }

  const outputs = outputNames.map((name) => [name, values.get(name)] as const);
  settle(outputs.map(([, tensor]) => tensor));
  settle(grads.values());
  timing.lap('backward');
  const writer = answerOf(options, run);
  writer.document.map().key('outputs');
  writer.tensors(outputs);
  writer.document.key('grads');
  writer.tensors(grads);
  writer.graph(trace, inputs, outputNames);
  writer.warnings(warnings);
  writer.document.end();
  const answer = writer.finish(inputs);
  timing.lap('write');
  return answer;
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

/** The backward part of a document, carried out as the ordinary nodes that it is made of. */
function replayBackward(plan: Plan, values: Values, trace: Trace, clock: Clock): void {
  let at = 0;
  noGrad(() =>
    withRecorder(
      trace.backwardRecorder(() => plan.backward[at]?.of),
      () => {
        for (const node of plan.backward) {
          runNodes([node], values, clock.tick);
          at++;
        }
      },
    ),
  );
  nameOutputs(trace, plan.backward, values);
  for (const [of, name] of plan.grads) {
    const [grad, value] = [values.get(name), values.get(of)];
    if (!sameShape(grad.shape, value.shape)) {
      throw new EngineError(
        'shape_mismatch',
        `the backward part gives a gradient of shape ${showShape(grad.shape)} for "${of}" of shape ${showShape(value.shape)}`,
      );
    }
    trace.nameGradient(grad, of);
  }
}

function gradients(
  spec: GradSpec,
  values: Values,
  trace: Trace,
  literals: ReadonlyMap<string, TensorLiteral>,
  options: AnswerOptions,
  clock: Clock,
): ReturnType<typeof differentiate> {
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
    literal === null ? null : materialise(literal, outputs[i]?.dtype),
  );
  return differentiate(
    trace,
    { outputs, inputs, gradOutputs, createGraph: spec.createGraph, allowUnused: spec.allowUnused },
    { recordBackward: options.graphScope === 'both', anomaly: options.anomaly, tick: clock.tick },
  );
}

/** About how many ops there are to call and to write down. */
function stepsOf({ graph, grad }: EvaluateRequest, { graphScope }: AnswerOptions): number {
  const sent = graph.nodes.length + (graph.backward?.nodes.length ?? 0);
  return sent * (grad === undefined ? 1 : graphScope === 'both' ? 3 : 2);
}

/**
 * Runs a graph within the limits and writes the answer.
 *
 * @throws JsonError for a name or a value that the body lacks; EngineError; TimeLimit; HandOff where
 * the run is inline and turns out large
 */
export function runEvaluate(request: EvaluateRequest, options: AnswerOptions, run: Run): Answer {
  const { limits } = run;
  if (run.inline && stepsOf(request, options) > INLINE.nodes) handOff();
  const plan = planOf(request.graph, request.inputs.keys(), limits.maxNodes);
  const literals = literalsOf(request, plan);
  checkNames(request, plan, literals);
  if (plan.backward.length > 0 && request.grad === undefined) checkShapes(request, plan, literals);
  run.timing.lap('parse');
  return within(
    run,
    () => compute(request, plan, literals, options, run),
    () => survey(plan, literals, run),
  );
}
