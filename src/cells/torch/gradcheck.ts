/** torch.autograd.gradcheck and gradgradcheck, of functions that may take and give anything. */
import { grad } from '../../autograd/backward.ts';
import {
  areNear,
  firstDifferences,
  type GradcheckOptions,
  gradcheck,
  jacobian,
  type Mismatch,
} from '../../autograd/gradcheck.ts';
import { currentGenerator, uniformFill } from '../../kernels/random/index.ts';
import { showShape } from '../../tensor/errors.ts';
import { tensorRepr } from '../../tensor/print.ts';
import { scalarToNumber } from '../../tensor/scalar.ts';
import { sameShape } from '../../tensor/shape.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, valueError } from '../runtime/errors.ts';
import { EXCEPTIONS, makeException, RaisedError } from '../runtime/exceptions.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyClass, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf, toScalar, typeName } from './convert.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';
import { inParts } from './others.ts';

/** The error of a check that failed. */
export const gradcheckError = new PyClass(
  'GradcheckError',
  [EXCEPTIONS.get('RuntimeError') as PyClass],
  new Map<string, Value>([['__module__', 'torch.autograd.gradcheck']]),
);

const listOf = (value: Value): readonly Value[] => itemsOf(value) ?? [value];

/** What a result is a part of: its number among the results, and which side of it where that is complex. */
interface Side {
  readonly of: number;
  readonly part: 'real' | 'imaginary' | null;
}

/** Tensors only: whether a gradient flows is asked of each. Imaginary parts stand in front, as PyTorch checks them first. */
function sidesOf(values: readonly Value[]): { readonly tensors: Tensor[]; readonly sides: Side[] } {
  const found: { readonly t: Tensor; readonly side: Side }[] = [];
  values.forEach((value, of) => {
    const pair = inParts().split(value);
    if (pair !== undefined) {
      const [re, im] = pair;
      found.unshift({ t: im, side: { of, part: 'imaginary' } });
      found.push({ t: re, side: { of, part: 'real' } });
    } else if (value instanceof Tensor) found.push({ t: value, side: { of, part: null } });
    else throw new PyError('AttributeError', `'${typeName(value)}' object has no attribute 'requires_grad'`);
  });
  return { tensors: found.map(({ t }) => t), sides: found.map(({ side }) => side) };
}

const tensorsOnly = (values: readonly Value[]): Tensor[] => sidesOf(values).tensors;

function number(value: Value, fallback: number): number {
  const scalar = toScalar(value);
  return scalar === undefined ? fallback : scalarToNumber(scalar);
}

/** A function of values, some of them tensors; `sides` says of its last results what they are parts of. */
interface ValueFunction {
  (args: readonly Value[]): Tensor[];
  sides?: readonly Side[];
}

/** What is the matter with inputs before anything is computed. */
function checkInputs(args: readonly Value[], interpreter: Interpreter): void {
  args.forEach((t, i) => {
    if (!(t instanceof Tensor) || !t.requiresGrad) return;
    if (t.dtype !== 'float64')
      interpreter.warn(
        'UserWarning',
        `Input #${i} requires gradient and is not a double precision floating point or complex. This check will likely fail if all the inputs are not of double precision floating point or complex. `,
      );
    if (t.shape.some((size, d) => size > 1 && t.strides[d] <= 0))
      throw runtimeError(
        `The ${i}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to be able to compute the numerical gradients correctly. You should call .contiguous on the input before passing it to gradcheck.`,
      );
  });
  if (!args.some((t) => t instanceof Tensor && t.requiresGrad))
    throw valueError(
      'gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.',
    );
}

function describe(bad: Mismatch, places: readonly number[], sides: readonly Side[]): string {
  const { input, numerical, analytical, forward } = bad;
  if (analytical === null) return 'Numerical gradient for function expected to be zero';
  const { of: output, part } = sides[bad.output] ?? { of: bad.output, part: null };
  const side = part === null ? '' : `While considering the ${part} part of complex outputs only, `;
  return `${side}Jacobian ${forward ? 'computed with forward mode ' : ''}mismatch for output ${output} with respect to input ${places[input]},\nnumerical:${tensorRepr(numerical)}\nanalytical:${tensorRepr(analytical)}\n`;
}

function check(
  f: ValueFunction,
  args: readonly Value[],
  options: GradcheckOptions,
  raise: Value,
  interpreter: Interpreter,
): boolean {
  if (options.forward === false && options.backward === false)
    throw new PyError('AssertionError', 'Expected at least one of check_forward_ad or check_backward_ad to be True');
  const given = args.map((arg) => inParts().split(arg) ?? (arg instanceof Tensor ? [arg] : []));
  checkInputs(
    args.map((arg, i) => (given[i].length === 2 ? (given[i].find((t) => t.requiresGrad) ?? given[i][0]) : arg)),
    interpreter,
  );
  const places = given.flatMap((tensors, i) => tensors.map(() => i));
  const of = (own: readonly Tensor[]): Tensor[] => {
    let at = 0;
    return f(
      args.map((arg, i) => {
        const { length } = given[i];
        at += length;
        return length === 2 ? inParts().join(own[at - 2], own[at - 1]) : length === 1 ? own[at - 1] : arg;
      }),
    );
  };
  const bad = guarded(() => gradcheck(of, given.flat(), options));
  if (bad === null) return true;
  if (raise === false) return false;
  const message = typeof bad === 'string' ? bad : describe(bad, places, f.sides ?? []);
  throw new RaisedError(makeException(gradcheckError, [message]), message);
}

function neighbours(eps: number): (down: Tensor, up: Tensor) => void {
  return (down, up) => {
    const moved = (what: string, a: string, b: string): PyError =>
      new PyError(
        'AssertionError',
        `Expected \`func\` to return outputs with the same ${what} when inputs are perturbed on index {idx} by ${eps}, but got: ${what}s ${a} and ${b}.`,
      );
    if (!sameShape(down.shape, up.shape))
      throw moved('shape', `torch.Size(${showShape(down.shape)})`, `torch.Size(${showShape(up.shape)})`);
    if (down.dtype !== up.dtype) throw moved('dtype', `torch.${down.dtype}`, `torch.${up.dtype}`);
  };
}

/** What the two have in common, by the names of their arguments. */
function optionsOf(named: Readonly<Record<string, Value>>): GradcheckOptions {
  const eps = number(named.eps, 1e-6);
  return {
    eps,
    atol: number(named.atol, 1e-5),
    rtol: number(named.rtol, 1e-3),
    nondetTol: number(named.nondet, 0),
    undefinedGrad: named.undefinedGrad !== false,
    dtypes: named.dtypes === true,
    forward: named.forward === true,
    backward: named.backward !== false,
    neighbours: neighbours(eps),
  };
}

function calling(fn: Value, interpreter: Interpreter): ValueFunction {
  const call: ValueFunction = (args) => {
    const { tensors, sides } = sidesOf(listOf(interpreter.call(fn, args)));
    // Of those that a gradient flows to, which are looked at.
    const flowing = sides.filter((_, i) => tensors[i].requiresGrad);
    call.sides = flowing.length > 0 ? flowing : sides;
    return tensors;
  };
  return call;
}

export const gradcheckFunction = native(
  'gradcheck',
  'func inputs | eps= atol= rtol= raise_exception= check_sparse_nnz= nondet_tol= check_undefined_grad= check_grad_dtypes= check_batched_grad= check_batched_forward_grad= check_forward_ad= check_backward_ad= fast_mode=',
  ([fn, inputs, eps, atol, rtol, raise, , nondet, undefinedGrad, dtypes, , , forward, backward], interpreter) =>
    check(
      calling(fn, interpreter),
      listOf(inputs),
      optionsOf({ eps, atol, rtol, nondet, undefinedGrad, dtypes, forward, backward }),
      raise,
      interpreter,
    ),
);

/** Seeds as PyTorch draws them. */
const seedsFor = (outputs: readonly Tensor[]): Tensor[] =>
  outputs.map((t) => uniformFill(empty(t.shape, t.dtype), -1, 1, currentGenerator()).requiresGrad_());

export const gradgradcheckFunction = native(
  'gradgradcheck',
  'func inputs grad_outputs= | eps= atol= rtol= gen_non_contig_grad_outputs= raise_exception= nondet_tol= check_undefined_grad= check_grad_dtypes= check_batched_grad= check_fwd_over_rev= check_rev_over_rev= fast_mode=',
  ([fn, inputs, given, eps, atol, rtol, , raise, nondet, undefinedGrad, dtypes, , forward, backward], interpreter) => {
    const f = calling(fn, interpreter);
    const args = listOf(inputs);
    const seeds = given === null ? seedsFor(f(args).filter((t) => t.requiresGrad)) : tensorsOnly(listOf(given));
    const wanted = args.map((arg) => arg instanceof Tensor && arg.requiresGrad);
    const weighed = seeds.map((t) => t.requiresGrad);
    const slopes: ValueFunction = (all) => {
      // Forward, what comes is no leaf of any graph: here it has to be.
      const own = all
        .slice(0, all.length - seeds.length)
        .map((arg, i) => (wanted[i] && arg instanceof Tensor ? arg.requiresGrad_() : arg));
      const weights = all.slice(own.length).map((t, i) => (weighed[i] ? (t as Tensor).requiresGrad_() : (t as Tensor)));
      const outputs = f(own).filter((t) => t.requiresGrad);
      const leaves = own.filter((arg, i): arg is Tensor => wanted[i] && arg instanceof Tensor);
      const found = grad(outputs, leaves, weights, { createGraph: true, allowUnused: true });
      return found.filter((g) => g !== null);
    };
    const options = optionsOf({ eps, atol, rtol, nondet, undefinedGrad, dtypes, forward, backward });
    return check(slopes, [...args, ...seeds], options, raise, interpreter);
  },
);

const deprecated = (name: string, interpreter: Interpreter): void =>
  interpreter.warn(
    'UserWarning',
    `${name} was part of PyTorch's private API and not meant to be exposed. We are deprecating it and it will be removed in a future version of PyTorch. If you have a specific use for this or feature request for this to be a stable API, please file us an issue at https://github.com/pytorch/pytorch/issues/new`,
  );

function checkWeight(name: string, weight: Value): void {
  if (number(weight, 1) !== 1)
    throw valueError(`Expected grad_out to be 1.0. ${name} no longer supports values of grad_out != 1.0.`);
}

const leavesIn = (value: Value): Tensor[] => tensorsOnly(listOf(value)).filter((t) => t.requiresGrad);

/** Central differences of the first result by each input, as old code asks for them. */
const numericalJacobian = native(
  'get_numerical_jacobian',
  'fn inputs target= eps= grad_out=',
  ([fn, inputs, target, eps, weight], interpreter) => {
    deprecated('get_numerical_jacobian', interpreter);
    checkWeight('get_numerical_jacobian', weight);
    const all = tensorsOnly(listOf(inputs));
    const wanted = target === null ? leavesIn(inputs) : leavesIn(target);
    const f = (own: readonly Tensor[]): Tensor[] =>
      tensorsOnly(listOf(interpreter.call(fn, [inputs instanceof Tensor ? own[0] : new PyTuple(own)])));
    return new PyTuple(wanted.map((t) => guarded(() => firstDifferences(f, all, all.indexOf(t), number(eps, 1e-3)))));
  },
);

/** The gradients of a result by each input; whether they are the same again, and of the inputs' shapes and dtypes. */
const analyticalJacobian = native(
  'get_analytical_jacobian',
  'inputs output nondet_tol= grad_out=',
  ([inputs, output, tolerance, weight], interpreter) => {
    deprecated('get_analytical_jacobian', interpreter);
    checkWeight('get_analytical_jacobian', weight);
    const [root] = tensorsOnly([output]);
    const found = leavesIn(inputs).map((t) =>
      guarded(() => {
        const { matrix, dtype } = jacobian(root, t);
        return {
          matrix,
          fits: dtype === t.dtype,
          again: areNear(matrix, jacobian(root, t).matrix, number(tolerance, 0)),
        };
      }),
    );
    const matrices = new PyTuple(found.map(({ matrix }) => matrix));
    // A gradient of another shape than its input's is refused before it gets here.
    return new PyTuple([matrices, found.every(({ again }) => again), true, found.every(({ fits }) => fits)]);
  },
);

/** torch.autograd.gradcheck as a module. */
export const GRADCHECK: readonly [string, Value][] = [
  ['gradcheck', gradcheckFunction],
  ['gradgradcheck', gradgradcheckFunction],
  ['GradcheckError', gradcheckError],
  ['get_numerical_jacobian', numericalJacobian],
  ['get_analytical_jacobian', analyticalJacobian],
];
