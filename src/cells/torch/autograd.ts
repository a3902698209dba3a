/** torch.autograd and torch.autograd.functional. */
import { backward, grad } from '../../autograd/backward.ts';
import * as forms from '../../autograd/functional.ts';
import { findOp } from '../../ops/registry.ts';
import { tensorRepr } from '../../tensor/print.ts';
import { scalarToNumber } from '../../tensor/scalar.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyClass, PyList, PyTuple, QuietContext, type Value } from '../runtime/values.ts';
import { tensorsOf } from './bind.ts';
import { toScalar, typeName } from './convert.ts';
import { functionClass } from './custom-function.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';

/** Gradients to start from: one or several, None where there is none. */
function gradOutputs(value: Value, count: number): (Tensor | null)[] | undefined {
  if (value === null) return undefined;
  const items = value instanceof PyList || value instanceof PyTuple ? value.items : [value];
  const out = items.map((item) => {
    if (item !== null && !(item instanceof Tensor))
      throw typeError(`gradients can be either Tensors or None, but got ${typeName(item)}`);
    return item;
  });
  if (out.length !== count) throw runtimeError(`got ${count} tensors and ${out.length} gradients`);
  return out;
}

const gradFunction = native(
  'grad',
  'outputs inputs grad_outputs= retain_graph= create_graph= only_inputs= allow_unused= is_grads_batched=',
  ([outputs, inputs, given, retain, create, , unused]) => {
    const roots = tensorsOf('outputs', outputs);
    const leaves = tensorsOf('inputs', inputs);
    if (leaves.length === 0) throw valueError('grad requires non-empty inputs.');
    const found = guarded(() =>
      grad(roots, leaves, gradOutputs(given, roots.length), {
        createGraph: create === true,
        retainGraph: typeof retain === 'boolean' ? retain : create === true,
        allowUnused: unused === true,
      }),
    );
    return new PyTuple(found);
  },
);

const backwardFunction = native(
  'backward',
  'tensors grad_tensors= retain_graph= create_graph= grad_variables= inputs=',
  ([tensors, given, retain, create, , inputs]) => {
    const roots = tensorsOf('tensors', tensors);
    guarded(() =>
      backward(roots, gradOutputs(given, roots.length), {
        createGraph: create === true,
        retainGraph: typeof retain === 'boolean' ? retain : create === true,
        inputs: inputs === null ? undefined : tensorsOf('inputs', inputs),
      }),
    );
    return null;
  },
);

/** What a functional form is asked with: a function of the cell's, and inputs that are one tensor or several. */
class Question {
  readonly inputs: Tensor[];
  readonly oneInput: boolean;
  oneOutput = true;
  private readonly fn: Value;
  private readonly interpreter: Interpreter;

  constructor(fn: Value, inputs: Value, interpreter: Interpreter) {
    this.fn = fn;
    this.interpreter = interpreter;
    this.oneInput = inputs instanceof Tensor;
    this.inputs = tensorsOf('inputs', inputs);
  }

  readonly call: forms.TensorFunction = (inputs) => {
    const out = this.interpreter.call(this.fn, inputs);
    this.oneOutput = out instanceof Tensor;
    return tensorsOf('outputs', out);
  };

  byInput(values: readonly Value[]): Value {
    return this.oneInput ? values[0] : new PyTuple(values);
  }

  byOutput(values: readonly Value[]): Value {
    return this.oneOutput ? values[0] : new PyTuple(values);
  }
}

const options = (create: Value, strict: Value): forms.FunctionalOptions => ({
  createGraph: create === true,
  strict: strict === true,
});
const vector = (v: Value): Tensor[] | undefined => (v === null ? undefined : tensorsOf('v', v));

const jacobian = native(
  'jacobian',
  'func inputs create_graph= strict= vectorize= strategy=',
  ([fn, inputs, create, strict], interpreter) => {
    const q = new Question(fn, inputs, interpreter);
    const rows = guarded(() => forms.jacobian(q.call, q.inputs, options(create, strict)));
    return q.byOutput(rows.map((row) => q.byInput(row)));
  },
);

const hessian = native(
  'hessian',
  'func inputs create_graph= strict= vectorize= outer_jacobian_strategy=',
  ([fn, inputs, create, strict], interpreter) => {
    const q = new Question(fn, inputs, interpreter);
    const rows = guarded(() => forms.hessian(q.call, q.inputs, options(create, strict)));
    return q.byInput(rows.map((row) => q.byInput(row)));
  },
);

const vjp = native('vjp', 'func inputs v= create_graph= strict=', ([fn, inputs, v, create, strict], interpreter) => {
  const q = new Question(fn, inputs, interpreter);
  const { outputs, product } = guarded(() => forms.vjp(q.call, q.inputs, vector(v), options(create, strict)));
  return new PyTuple([q.byOutput(outputs), q.byInput(product)]);
});

const jvp = native('jvp', 'func inputs v= create_graph= strict=', ([fn, inputs, v, create, strict], interpreter) => {
  const q = new Question(fn, inputs, interpreter);
  const { outputs, product } = guarded(() => forms.jvp(q.call, q.inputs, vector(v), options(create, strict)));
  return new PyTuple([q.byOutput(outputs), q.byOutput(product)]);
});

const withHessian = (name: string, form: typeof forms.hvp) =>
  native(name, 'func inputs v= create_graph= strict=', ([fn, inputs, v, create, strict], interpreter) => {
    const q = new Question(fn, inputs, interpreter);
    const { outputs, product } = guarded(() => form(q.call, q.inputs, vector(v), options(create, strict)));
    return new PyTuple([q.byOutput(outputs), q.byInput(product)]);
  });

const number = (value: Value, fallback: number): number => {
  const scalar = toScalar(value);
  return scalar === undefined ? fallback : scalarToNumber(scalar);
};

const gradcheckWith = (name: string, second: boolean) =>
  native(
    name,
    second
      ? 'func inputs grad_outputs= | eps= atol= rtol= raise_exception= nondet_tol= check_undefined_grad= check_grad_dtypes= fast_mode='
      : 'func inputs | eps= atol= rtol= raise_exception= check_sparse_nnz= nondet_tol= check_undefined_grad= check_grad_dtypes= check_batched_grad= fast_mode=',
    (args, interpreter) => {
      const [fn, inputs] = args;
      const [eps, atol, rtol, raise] = args.slice(second ? 3 : 2);
      const q = new Question(fn, inputs, interpreter);
      const first = q.call;
      const f: forms.TensorFunction = second
        ? (xs) => {
            const outputs = first(xs).filter((t) => t.requiresGrad);
            const leaves = xs.filter((t) => t.requiresGrad);
            return grad(
              outputs,
              leaves,
              outputs.map((t) => onesLike(t)),
              { createGraph: true, allowUnused: true },
            ).filter((g): g is Tensor => g?.requiresGrad === true);
          }
        : first;
      const bad = guarded(() =>
        forms.gradcheck(f, q.inputs, { eps: number(eps, 1e-6), atol: number(atol, 1e-5), rtol: number(rtol, 1e-3) }),
      );
      if (bad === null) return true;
      if (raise === false) return false;
      throw new PyError(
        'GradcheckError',
        `Jacobian mismatch for output ${bad.output} with respect to input ${bad.input},\nnumerical:${tensorRepr(bad.numerical)}\nanalytical:${tensorRepr(bad.analytical)}\n`,
      );
    },
  );

const onesLike = (t: Tensor): Tensor => findOp('ones_like')?.call({ input: t }) as Tensor;

/** `with torch.autograd.detect_anomaly():` has nothing to switch on here. */
const quiet = (name: string): PyClass =>
  new PyClass(name, [], new Map(), () => new QuietContext(`torch.autograd.anomaly_mode.${name}`));

export const AUTOGRAD_FUNCTIONAL: readonly [string, Value][] = [
  jacobian,
  hessian,
  vjp,
  jvp,
  withHessian('hvp', forms.hvp),
  withHessian('vhp', forms.vhp),
].map((fn) => [fn.name, fn]);

export const AUTOGRAD: readonly [string, Value][] = [
  ['grad', gradFunction],
  ['Function', functionClass],
  ['backward', backwardFunction],
  ['gradcheck', gradcheckWith('gradcheck', false)],
  ['gradgradcheck', gradcheckWith('gradgradcheck', true)],
  ['detect_anomaly', quiet('detect_anomaly')],
  ['set_detect_anomaly', quiet('set_detect_anomaly')],
  [
    'Variable',
    native('Variable', 'data requires_grad= volatile=', ([data, wanted]) => {
      if (!(data instanceof Tensor)) throw typeError(`Variable data has to be a tensor, but got ${typeName(data)}`);
      return data.detach().requiresGrad_(wanted === true);
    }),
  ],
];
