/** One op with its gradient: what the routes of activations and losses carry out. */

import { type Answer, type AnswerOptions, isBinary } from '../answer/answer.ts';
import { writeOperation } from '../answer/operation.ts';
import { withRecorder } from '../autograd/recorder.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { Document } from '../graph/document.ts';
import { materialize } from '../graph/materialize.ts';
import { Program } from '../graph/program.ts';
import { onesLike } from '../ops/creation/index.ts';
import type { OpDef } from '../ops/define.ts';
import { EngineError } from '../tensor/errors.ts';
import { numelOf, sameShape } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { compute, type Forward } from './computation.ts';
import type { GradientRequest } from './gradients.ts';
import { wholeMemory } from './memory.ts';
import type { Scope } from './scope.ts';
import { type Size, workOf } from './survey.ts';

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

interface Call {
  readonly args: Readonly<Record<string, unknown>>;
  readonly named: ReadonlyMap<string, Tensor>;
  /** Those whose gradient is wanted. */
  readonly wanted: ReadonlyMap<string, Tensor>;
}

/** The arguments of the call, as tensors. */
function callOf(op: OpDef, request: OperationRequest): Call {
  const args: Record<string, unknown> = { ...request.attrs };
  const wanted = new Map<string, Tensor>();
  const named = new Map<string, Tensor>();
  let firstShape: readonly number[] | undefined;
  for (const param of op.params) {
    const literal = request.tensors.get(param.name);
    if (literal === undefined) continue;
    firstShape ??= literal.shape;
    const tensor = materialize(literal, param.wantsFor?.(firstShape, literal.shape) ?? param.wants);
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
    named.set(param.name, tensor);
  }
  return { args, named, wanted };
}

/** The gradient that was sent, or ones. */
function gradientOf(output: Tensor, wanted: ReadonlyMap<string, Tensor>, sent?: TensorLiteral): GradientRequest {
  const seed = (): Tensor | null => {
    if (sent !== undefined) return materialize(sent, output.dtype);
    return output.numel === 1 ? null : withRecorder(null, () => onesLike(output));
  };
  return { outputs: [output], inputs: wanted, gradOutputs: [seed()], allowUnused: true };
}

function forward(
  op: OpDef,
  request: OperationRequest,
  options: AnswerOptions,
  scope: Scope,
  program: Program,
): Forward {
  const { args, named, wanted } = callOf(op, request);
  const document = new Document({ program, nodes: program.nodes, exact: true });
  for (const [name, tensor] of named) document.input(program.known(tensor), name);
  scope.timing.lap('parse');
  const output = op.call(args);
  if (!(output instanceof Tensor)) throw new Error(`${op.name} gives several tensors`);
  document.name(program.known(output), 'output');
  output.storage.keepers++;
  scope.clock.check();
  const inputs = [...named.values()];
  if (!output.requiresGrad && request.gradOutput !== undefined) {
    throw new EngineError(
      'no_grad_required',
      `grad_output was sent, but no gradient flows from an output of dtype ${output.dtype} to an input of dtype ${inputs[0]?.dtype}`,
    );
  }
  return {
    document,
    results: [output],
    inputs,
    gradient: output.requiresGrad ? () => gradientOf(output, wanted, request.gradOutput) : undefined,
    write: (writer, grads, warnings) =>
      writeOperation(writer, op, { graph: document, inputs, output, grads, warnings }, options),
  };
}

/** Elements of the result, at the most: what the operands have when they are broadcast. */
function broadcastNumel({ tensors }: OperationRequest): number {
  // Most often there is one, or all are alike.
  let first: TensorLiteral | undefined;
  let alike = true;
  for (const literal of tensors.values()) {
    first ??= literal;
    alike &&= sameShape(first.shape, literal.shape);
  }
  if (alike) return first?.numel ?? 1;
  const shape: number[] = [];
  for (const literal of tensors.values()) {
    literal.shape.forEach((size, d) => {
      const fromEnd = literal.shape.length - d;
      shape[fromEnd] = Math.max(shape[fromEnd] ?? 1, size);
    });
  }
  return numelOf(shape.filter((size) => size !== undefined));
}

/** What activations and losses make for each element, forward and backward. */
const VALUES = 6;

/** What is known of it before it is carried out. */
export function sizeOfOperation(op: OpDef, request: OperationRequest, options: AnswerOptions): Size {
  const numel = broadcastNumel(request);
  let given = 0;
  for (const literal of request.tensors.values()) given += literal.numel;
  return {
    elements: VALUES * numel,
    alive: VALUES * numel,
    work: workOf(op, given),
    kept: numel,
    complete: true,
    nodes: 1,
    // The result, and a gradient for each operand.
    written: isBinary(options) ? 0 : numel + given,
  };
}

/**
 * Evaluates an op and its gradients within the limits, and writes the answer.
 *
 * @throws JsonError, EngineError, TimeLimit
 */
export function runOperation(op: OpDef, request: OperationRequest, options: AnswerOptions, scope: Scope): Answer {
  const { maxElements, maxNodes } = scope.limits;
  const program = new Program({ maxNodes, functional: true }, { hold: true, deep: options.graphScope === 'both' });
  return scope.within(wholeMemory(maxElements), () =>
    compute(scope, options, program, () => forward(op, request, options, scope, program)),
  );
}
