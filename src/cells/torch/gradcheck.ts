/** torch.autograd.gradcheck and gradgradcheck, of functions that may take and give anything. */
import { grad } from '../../autograd/backward.ts';
import { type GradcheckOptions, gradcheck } from '../../autograd/gradcheck.ts';
import { primitives } from '../../autograd/primitives.ts';
import { tensorRepr } from '../../tensor/print.ts';
import { scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { Value } from '../runtime/values.ts';
import { itemsOf, toScalar, typeName } from './convert.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';

const listOf = (value: Value): readonly Value[] => itemsOf(value) ?? [value];

/** Tensors only: whether a gradient flows is asked of each. */
function tensorsOnly(values: readonly Value[]): Tensor[] {
  return values.map((value) => {
    if (value instanceof Tensor) return value;
    throw new PyError('AttributeError', `'${typeName(value)}' object has no attribute 'requires_grad'`);
  });
}

function number(value: Value, fallback: number): number {
  const scalar = toScalar(value);
  return scalar === undefined ? fallback : scalarToNumber(scalar);
}

/** A function of values, some of them tensors. */
type ValueFunction = (args: readonly Value[]) => Tensor[];

function check(f: ValueFunction, args: readonly Value[], options: GradcheckOptions, raise: Value): boolean {
  const places = args.flatMap((arg, i) => (arg instanceof Tensor ? [i] : []));
  const tensors = places.map((i) => args[i] as Tensor);
  if (!tensors.some((t) => t.requiresGrad))
    throw valueError(
      'gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.',
    );
  const of = (own: readonly Tensor[]): Tensor[] => {
    const all = [...args];
    places.forEach((place, i) => {
      all[place] = own[i];
    });
    return f(all);
  };
  const bad = guarded(() => gradcheck(of, tensors, options));
  if (bad === null) return true;
  if (raise === false) return false;
  throw new PyError(
    'GradcheckError',
    bad.analytical === null
      ? 'Numerical gradient for function expected to be zero'
      : `Jacobian mismatch for output ${bad.output} with respect to input ${places[bad.input]},\nnumerical:${tensorRepr(bad.numerical)}\nanalytical:${tensorRepr(bad.analytical)}\n`,
  );
}

const optionsOf = (eps: Value, atol: Value, rtol: Value): GradcheckOptions => ({
  eps: number(eps, 1e-6),
  atol: number(atol, 1e-5),
  rtol: number(rtol, 1e-3),
});

const calling =
  (fn: Value, interpreter: Interpreter): ValueFunction =>
  (args) =>
    tensorsOnly(listOf(interpreter.call(fn, args)));

export const gradcheckFunction = native(
  'gradcheck',
  'func inputs | eps= atol= rtol= raise_exception= check_sparse_nnz= nondet_tol= check_undefined_grad= check_grad_dtypes= check_batched_grad= check_batched_forward_grad= check_forward_ad= check_backward_ad= fast_mode=',
  ([fn, inputs, eps, atol, rtol, raise], interpreter) =>
    check(calling(fn, interpreter), listOf(inputs), optionsOf(eps, atol, rtol), raise),
);

export const gradgradcheckFunction = native(
  'gradgradcheck',
  'func inputs grad_outputs= | eps= atol= rtol= gen_non_contig_grad_outputs= raise_exception= nondet_tol= check_undefined_grad= check_grad_dtypes= check_batched_grad= check_fwd_over_rev= check_rev_over_rev= fast_mode=',
  ([fn, inputs, given, eps, atol, rtol, , raise], interpreter) => {
    const f = calling(fn, interpreter);
    const args = listOf(inputs);
    const seeds =
      given === null
        ? f(args).flatMap((t) => (t.requiresGrad ? [primitives().onesLike(t).requiresGrad_()] : []))
        : tensorsOnly(listOf(given));
    const wanted = args.map((arg) => arg instanceof Tensor && arg.requiresGrad);
    const slopes: ValueFunction = (all) => {
      const own = all.slice(0, all.length - seeds.length);
      const outputs = f(own).filter((t) => t.requiresGrad);
      const leaves = own.filter((arg, i): arg is Tensor => wanted[i] && arg instanceof Tensor);
      const found = grad(outputs, leaves, all.slice(own.length) as Tensor[], { createGraph: true, allowUnused: true });
      return found.filter((g) => g !== null);
    };
    return check(slopes, [...args, ...seeds], optionsOf(eps, atol, rtol), raise);
  },
);
