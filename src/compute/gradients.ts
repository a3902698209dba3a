/** The gradients of a request, with the backward part of its graph where that is asked for. */
import type { Absent, Warning } from '../answer/answer.ts';
import { grad } from '../autograd/backward.ts';
import type { Node } from '../autograd/node.ts';
import type { PassObserver } from '../autograd/pass.ts';
import { withRecorder } from '../autograd/recorder.ts';
import type { Document } from '../graph/document.ts';
import type { Value } from '../graph/value.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { gradientAnomaly } from './anomaly.ts';

export interface GradientRequest {
  readonly outputs: readonly Tensor[];
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly gradOutputs?: readonly (Tensor | null)[];
  readonly createGraph?: boolean;
  readonly allowUnused?: boolean;
}

export interface GradientSettings {
  readonly recordBackward: boolean;
  readonly anomaly: boolean;
  readonly tick: () => void;
}

/** All that has a part in the outputs' values, through any op, differentiable or not. */
function sourcesOf({ program, nodes }: Document, outputs: readonly Tensor[]): ReadonlySet<Value> {
  const sources = new Set<Value>(outputs.map((t) => program.known(t)));
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (node.outputs.some((value) => sources.has(value)))
      for (const value of program.operands(node.args)) sources.add(value);
  }
  return sources;
}

/** Finds why gradients are absent; what that takes is found once, at the first question. */
function absences(document: Document, outputs: readonly Tensor[]): (input: Tensor) => Absent {
  let sources: ReadonlySet<Value> | undefined;
  return (input) => {
    sources ??= sourcesOf(document, outputs);
    return absence(document, input, sources);
  };
}

function absence({ program }: Document, input: Tensor, sources: ReadonlySet<Value>): Absent {
  if (!isFloating(input.dtype)) return { reason: 'integer_dtype' };
  const value = program.known(input);
  if (!input.requiresGrad) return { reason: value.maker?.op.name === 'detach' ? 'detached' : 'requires_grad_false' };
  return { reason: sources.has(value) ? 'detached' : 'unreachable' };
}

const REASONS: Record<Absent['reason'], string> = {
  unreachable: 'the outputs do not hang on it',
  requires_grad_false: 'it does not require grad',
  detached: 'the path from it to the outputs is cut',
  integer_dtype: 'it is not of a floating dtype',
};

/**
 * Watches the backward passes that `body` runs from a value on: the clock is looked at before each rule, and an
 * error names the forward node whose rule it was. `current` gives that node's place; it is undefined where no rule
 * runs and there is no value to run backward from.
 */
export function watchPasses<T>(
  document: Document,
  from: Tensor | undefined,
  tick: () => void,
  body: (observer: PassObserver, current: () => number | undefined) => T,
): T {
  let running: Node | undefined;
  const current = (): number | undefined => {
    if (running !== undefined) return document.forwardOf(running.seq);
    return from === undefined ? undefined : document.makerOf(document.program.known(from));
  };
  const observer = {
    before(node: Node): void {
      tick();
      running = node;
    },
  };
  try {
    return body(observer, current);
  } catch (error) {
    if (error instanceof EngineError && error.node === undefined) {
      const index = current();
      if (index !== undefined) error.node = document.nameOf(document.nodes[index]?.outputs[0]);
    }
    throw error;
  }
}

/** Runs the backward pass and notes gradients, by name, in the document. */
export function differentiate(
  document: Document,
  request: GradientRequest,
  settings: GradientSettings,
): { grads: Map<string, Tensor | Absent>; warning?: Warning } {
  const names = [...request.inputs.keys()];
  const inputs = [...request.inputs.values()];
  const able = inputs.filter((t) => t.requiresGrad);
  const whyAbsent = absences(document, request.outputs);
  if (!request.allowUnused && able.length < inputs.length) {
    const i = inputs.findIndex((t) => !t.requiresGrad);
    throw new EngineError(
      'no_grad_required',
      `there is no gradient with respect to "${names[i]}": ${REASONS[whyAbsent(inputs[i]).reason]}`,
    );
  }
  let warning: Warning | undefined;
  const after = (node: Node, grads: readonly (Tensor | null)[]): void => {
    if (!settings.anomaly || warning !== undefined) return;
    const index = document.forwardOf(node.seq);
    if (index !== undefined) warning = gradientAnomaly(document, index, grads);
  };
  // Under allow_unused an output that no gradient flows from has no part in the sum; else grad() refuses it.
  const takesPart = (i: number): boolean => !request.allowUnused || request.outputs[i].requiresGrad;
  const roots = request.outputs.filter((_, i) => takesPart(i));
  const seeds = request.gradOutputs?.filter((_, i) => i >= request.outputs.length || takesPart(i));
  const { createGraph } = request;
  const found = watchPasses(document, request.outputs[0], settings.tick, (observer, current) =>
    withRecorder(settings.recordBackward ? document.program.backwardRecorder(current) : null, () =>
      grad(roots, able, seeds, { createGraph, allowUnused: true, observer: { ...observer, after } }),
    ),
  );
  const grads = new Map<string, Tensor | Absent>();
  let next = 0;
  names.forEach((name, i) => {
    const g = inputs[i].requiresGrad ? found[next++] : null;
    if (g != null) {
      document.nameGradient(g, name);
      grads.set(name, g);
      return;
    }
    const absent = whyAbsent(inputs[i]);
    if (!request.allowUnused) {
      throw new EngineError(
        'no_grad_required',
        `there is no gradient with respect to "${name}": ${REASONS[absent.reason]}. Set allow_unused to get that reason in its place`,
      );
    }
    grads.set(name, absent);
  });
  return { grads, warning };
}
