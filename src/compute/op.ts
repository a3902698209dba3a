/** One op with its gradient: what the routes of activations and losses carry out. */

import type { Absent, Answer, AnswerOptions, Warning } from '../answer/answer.ts';
import { writeOperation } from '../answer/operation.ts';
import { withRecorder } from '../autograd/recorder.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { materialise } from '../graph/materialise.ts';
import { Trace } from '../graph/trace.ts';
import { onesLike } from '../ops/creation/index.ts';
import type { OpDef } from '../ops/define.ts';
import { EngineError } from '../tensor/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
import { outputAnomaly } from './anomaly.ts';
import { answerOf } from './answer.ts';
import { differentiate } from './gradients.ts';
import { type Run, within } from './scope.ts';
import { settle } from './timing.ts';

export interface OperationRequest {
  /** By the parameters' wire names. */
  readonly tensors: ReadonlyMap<string, TensorLiteral>;
  /** All that is no tensor, by camelCase name. */
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly gradOutput?: TensorLiteral;
}

/** Parameters whose gradient is answered unasked, wherever they are floating. */
const ALWAYS = new Set(['input', 'input1', 'input2', 'anchor', 'positive', 'negative', 'x1', 'x2', 'log_probs']);

/** Whether the answer holds the gradient of this parameter; others are asked for by `requires_grad`. */
const answered = (op: OpDef, name: string): boolean => ALWAYS.has(name) || (op.name === 'prelu' && name === 'weight');

function compute(op: OpDef, request: OperationRequest, options: AnswerOptions, run: Run): Answer {
  const { timing, clock } = run;
  const trace = new Trace(options.graphScope === 'both');
  const args: Record<string, unknown> = { ...request.attrs };
  const wanted = new Map<string, Tensor>();
  const inputs: Tensor[] = [];
  let firstShape: readonly number[] | undefined;
  for (const param of op.params) {
    const literal = request.tensors.get(param.name);
    if (literal === undefined) continue;
    firstShape ??= literal.shape;
    const tensor = materialise(literal, param.wantsFor?.(firstShape, literal.shape) ?? param.wants);
    if (param.differentiable && answered(op, param.name)) tensor.requiresGrad_();
    if (tensor.requiresGrad) {
      if (!param.differentiable) {
        throw new EngineError(
          'no_grad_required',
          `the derivative for '${param.name}' is not implemented, in PyTorch as here`,
        );
      }
      wanted.set(param.name, tensor);
    }
    args[param.key] = tensor;
    trace.input(tensor, param.name);
    inputs.push(tensor);
  }
  timing.lap('parse');
  const output = withRecorder(trace.recorder(), () => op.call(args));
  if (!(output instanceof Tensor)) throw new Error(`${op.name} gives several tensors`);
  trace.name(output, 'output');
  output.storage.keepers++;
  clock.check();
  const warnings: Warning[] = [];
  if (options.anomaly) {
    const warning = outputAnomaly(trace);
    if (warning !== undefined) warnings.push(warning);
  }
  if (!output.requiresGrad) settle([output]);
  timing.lap('forward');
  let grads = new Map<string, Tensor | Absent>();
  if (output.requiresGrad) {
    const ones = request.gradOutput === undefined && output.numel !== 1;
    const seed = request.gradOutput === undefined ? null : materialise(request.gradOutput, output.dtype);
    const gradOutputs = ones ? [withRecorder(null, () => onesLike(output))] : [seed];
    const result = differentiate(
      trace,
      { outputs: [output], inputs: wanted, gradOutputs, allowUnused: true },
      { recordBackward: options.graphScope === 'both', anomaly: options.anomaly, tick: clock.tick },
    );
    grads = result.grads;
    if (result.warning !== undefined) warnings.push(result.warning);
  } else if (request.gradOutput !== undefined) {
    throw new EngineError(
      'no_grad_required',
      `grad_output was sent, but no gradient flows from an output of dtype ${output.dtype} to an input of dtype ${inputs[0]?.dtype}`,
    );
  }
  settle([output]);
  settle(grads.values());
  timing.lap('backward');
  const writer = answerOf(options, run);
  writeOperation(writer, op, { trace, inputs, output, grads, warnings }, options);
  const answer = writer.finish(inputs);
  timing.lap('write');
  return answer;
}

/**
 * Evaluates an op and its gradients within the limits, and writes the answer.
 *
 * @throws JsonError, EngineError, TimeLimit; HandOff where the run is inline and turns out large
 */
export function runOperation(op: OpDef, request: OperationRequest, options: AnswerOptions, run: Run): Answer {
  return within(run, () => compute(op, request, options, run));
}
