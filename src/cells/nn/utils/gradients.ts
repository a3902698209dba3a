/** torch.nn.utils: norms of gradients, and parameters as one vector. */
import { overwrite } from '../../../autograd/inplace.ts';
import { noGrad } from '../../../autograd/mode.ts';
import { setData } from '../../../autograd/reshape.ts';
import { linalgVectorNorm } from '../../../ops/linalg/index.ts';
import { add, clamp, mul, reciprocal } from '../../../ops/pointwise/index.ts';
import { cat, reshape, stack } from '../../../ops/shape/index.ts';
import { empty, numbersOf, Tensor } from '../../../tensor/tensor.ts';
import { runtimeError, typeError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { NativeFunction, type Value } from '../../runtime/values.ts';
import { typeName } from '../../torch/convert.ts';
import { guarded } from '../../torch/errors.ts';
import { number } from '../convert.ts';
import { ownGrads } from '../gradients.ts';
import { type Bound, signature } from '../signature.ts';

function tensorsOf(value: Value, interpreter: Interpreter): Tensor[] {
  const list = value instanceof Tensor ? [value] : [...interpreter.iterate(value)];
  return list.map((t) => {
    if (!(t instanceof Tensor)) throw typeError(`parameters must be Tensors, not ${typeName(t)}`);
    return t;
  });
}

/** An exponent of a norm: a number, or `'inf'`. */
const exponent = (value: Value): number => (value === 'inf' ? Number.POSITIVE_INFINITY : number(value));

function clipNorm(args: Bound, interpreter: Interpreter): Tensor {
  const grads = ownGrads(tensorsOf(args.parameters, interpreter));
  if (grads.length === 0) return empty([], 'float32');
  const p = exponent(args.norm_type);
  const total = linalgVectorNorm(stack(grads.map((grad) => linalgVectorNorm(grad.detach(), p))), p);
  const size = Number(numbersOf(total)[total.offset]);
  if (args.error_if_nonfinite === true && !Number.isFinite(size)) {
    throw runtimeError(
      `The total norm of order ${interpreter.str(args.norm_type)} for gradients from \`parameters\` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set \`error_if_nonfinite=False\``,
    );
  }
  const share = clamp(mul(reciprocal(add(total, 1e-6)), number(args.max_norm)), undefined, 1);
  for (const grad of grads) overwrite(grad, (self) => mul(self, share), { name: 'mul_' });
  return total;
}

function clipValue(args: Bound, interpreter: Interpreter): null {
  const most = number(args.clip_value);
  for (const grad of ownGrads(tensorsOf(args.parameters, interpreter))) {
    overwrite(grad, (self) => clamp(self, -most, most), { name: 'clamp_' });
  }
  return null;
}

/** Cuts a vector into the parameters' elements. */
function fromVector(args: Bound, interpreter: Interpreter): null {
  const { vec } = args;
  if (!(vec instanceof Tensor)) throw typeError(`expected torch.Tensor, but got: ${typeName(vec)}`);
  const flat = reshape(vec, [-1]);
  let at = 0;
  for (const p of tensorsOf(args.parameters, interpreter)) {
    if (at + p.numel > flat.numel) {
      throw runtimeError(`shape '[${p.shape.join(', ')}]' is invalid for input of size ${flat.numel - at}`);
    }
    setData(p, reshape(flat.alias([p.numel], flat.strides, flat.offset + at * flat.strides[0]), p.shape));
    at += p.numel;
  }
  return null;
}

const fn = (name: string, takes: string, body: (args: Bound, interpreter: Interpreter) => Value): [string, Value] => {
  const reads = signature(name, takes);
  return [
    name,
    new NativeFunction(
      name,
      (args, kwargs, interpreter) => guarded(() => body(reads(args, kwargs), interpreter)),
      'function',
    ),
  ];
};

export const utilMembers: readonly [string, Value][] = [
  fn(
    'clip_grad_norm_',
    'parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None',
    (args, interpreter) => noGrad(() => clipNorm(args, interpreter)),
  ),
  fn('clip_grad_value_', 'parameters, clip_value, foreach=None', (args, interpreter) =>
    noGrad(() => clipValue(args, interpreter)),
  ),
  fn('parameters_to_vector', 'parameters', (args, interpreter) =>
    cat(tensorsOf(args.parameters, interpreter).map((p) => reshape(p, [-1]))),
  ),
  fn('vector_to_parameters', 'vec, parameters', (args, interpreter) => noGrad(() => fromVector(args, interpreter))),
];
