/** torch.autograd and torch.autograd.functional. */
import { backward, grad, gradOfBatch } from '../../autograd/backward.ts';
import * as forms from '../../autograd/functional.ts';
import { holds } from '../../autograd/held.ts';
import { queueCallback } from '../../autograd/pass.ts';
import { currentProfile } from '../../autograd/profiler.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyClass, PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { ANOMALY } from './anomaly.ts';
import { tensorsOf } from './bind.ts';
import { typeName } from './convert.ts';
import { functionClass } from './custom-function.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';
import { gradcheckFunction, gradgradcheckFunction } from './gradcheck.ts';
import { savedTensorClass } from './saved-tensors.ts';

/** Gradients to start from: one or several, None where there is none. */
function gradOutputs(value: Value, count: number): (Tensor | null)[] | undefined {
  if (value === null) return undefined;
  if (!(value instanceof Tensor || value instanceof PyList || value instanceof PyTuple))
    throw typeError(`'${typeName(value)}' object is not iterable`);
  const items = value instanceof Tensor ? [value] : value.items;
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
  ([outputs, inputs, given, retain, create, only, unused, batched], interpreter) => {
    const roots = tensorsOf('outputs', outputs);
    const leaves = tensorsOf('inputs', inputs);
    if (only === false)
      interpreter.warn(
        'UserWarning',
        'only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other parts of the graph, please use torch.autograd.backward.',
      );
    if (leaves.length === 0) throw valueError('grad requires non-empty inputs.');
    const options = {
      createGraph: create === true,
      retainGraph: typeof retain === 'boolean' ? retain : create === true,
      allowUnused: unused === true,
    };
    const seeds = gradOutputs(given, roots.length);
    const run = batched === true ? gradOfBatch : grad;
    return new PyTuple(guarded(() => run(roots, leaves, seeds, options)));
  },
);

const backwardFunction = native(
  'backward',
  'tensors grad_tensors= retain_graph= create_graph= grad_variables= inputs=',
  ([tensors, given, retain, create, old, inputs], interpreter) => {
    const roots = tensorsOf('tensors', tensors);
    if (old !== null) interpreter.warn('UserWarning', "'grad_variables' is deprecated. Use 'grad_tensors' instead.");
    if (old !== null && given !== null)
      throw runtimeError(
        "'grad_tensors' and 'grad_variables' (deprecated) arguments both passed to backward(). Please only use 'grad_tensors'.",
      );
    guarded(() =>
      backward(roots, gradOutputs(given ?? old, roots.length), {
        createGraph: create === true,
        retainGraph: typeof retain === 'boolean' ? retain : create === true,
        inputs: inputs === null ? undefined : tensorsOf('inputs', inputs),
      }),
    );
    return null;
  },
);

/** The tensors that an argument of a functional form stands for. */
function tensorsFor(form: string, argument: string, value: Value): Tensor[] {
  const several = value instanceof PyTuple;
  return (several ? value.items : [value]).map((item, i) => {
    if (item instanceof Tensor) return item;
    const what = several ? `value at index ${i}` : `given ${argument}`;
    throw typeError(
      `The ${argument} given to ${form} must be either a Tensor or a tuple of Tensors but the ${what} has type <class '${typeName(item)}'>.`,
    );
  });
}

/** What a functional form is asked with: a function of the cell's, and inputs that are one tensor or several. */
class Question {
  readonly inputs: Tensor[];
  readonly oneInput: boolean;
  oneOutput = true;
  private readonly form: string;
  private readonly fn: Value;
  private readonly interpreter: Interpreter;

  constructor(form: string, fn: Value, inputs: Value, interpreter: Interpreter) {
    this.form = form;
    this.fn = fn;
    this.interpreter = interpreter;
    this.oneInput = inputs instanceof Tensor;
    this.inputs = tensorsFor(form, 'inputs', inputs);
  }

  readonly call: forms.TensorFunction = (inputs) => {
    const out = this.interpreter.call(this.fn, inputs);
    this.oneOutput = out instanceof Tensor;
    return tensorsFor(this.form, 'outputs of the user-provided function', out);
  };

  /** As {@link call}, for forms of functions that give one tensor, not a tuple of one. */
  readonly callForOne: forms.TensorFunction = (inputs) => {
    const outputs = this.call(inputs);
    if (this.oneOutput) return outputs;
    throw runtimeError(`The function given to ${this.form} should return a single Tensor`);
  };

  vector(v: Value): Tensor[] | undefined {
    return v === null ? undefined : tensorsFor(this.form, 'v', v);
  }

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

/** What PyTorch refuses of ways to compute it; all of them give the same here. */
function checkStrategy(create: Value, strict: Value, vectorize: Value, strategy: Value): void {
  if (strategy !== null && strategy !== 'reverse-mode' && strategy !== 'forward-mode')
    throw new PyError(
      'AssertionError',
      'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".',
    );
  const forward = strategy === 'forward-mode';
  if (forward && create === true)
    throw new PyError(
      'NotImplementedError',
      `torch.autograd.functional.jacobian: \`create_graph=True\` and \`strategy="forward-mode"\` are not supported together (yet). Please either set \`create_graph=False\` or \`strategy="reverse-mode"\`.`,
    );
  if (strict === true && (vectorize === true || forward))
    throw runtimeError(
      `torch.autograd.functional.jacobian: \`strict=True\` and \`${forward ? 'strategy="forward-mode"' : 'vectorized=True'}\` are not supported together${forward ? ' (yet)' : ''}. Please either set \`strict=False\` or \`${forward ? 'strategy="reverse-mode"' : 'vectorize=False'}\`.`,
    );
  if (forward && vectorize !== true)
    throw new PyError(
      'NotImplementedError',
      'Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`.',
    );
}

const jacobian = native(
  'jacobian',
  'func inputs create_graph= strict= vectorize= strategy=',
  ([fn, inputs, create, strict, vectorize, strategy], interpreter) => {
    checkStrategy(create, strict, vectorize, strategy);
    const q = new Question('jacobian', fn, inputs, interpreter);
    const rows = guarded(() => forms.jacobian(q.call, q.inputs, options(create, strict)));
    return q.byOutput(rows.map((row) => q.byInput(row)));
  },
);

const hessian = native(
  'hessian',
  'func inputs create_graph= strict= vectorize= outer_jacobian_strategy=',
  ([fn, inputs, create, strict, vectorize, strategy], interpreter) => {
    checkStrategy(create, strict, vectorize, strategy);
    const q = new Question('hessian', fn, inputs, interpreter);
    const rows = guarded(() => forms.hessian(q.callForOne, q.inputs, options(create, strict)));
    return q.byInput(rows.map((row) => q.byInput(row)));
  },
);

const vjp = native('vjp', 'func inputs v= create_graph= strict=', ([fn, inputs, v, create, strict], interpreter) => {
  const q = new Question('vjp', fn, inputs, interpreter);
  const { outputs, product } = guarded(() => forms.vjp(q.call, q.inputs, q.vector(v), options(create, strict)));
  return new PyTuple([q.byOutput(outputs), q.byInput(product)]);
});

const jvp = native('jvp', 'func inputs v= create_graph= strict=', ([fn, inputs, v, create, strict], interpreter) => {
  const q = new Question('jvp', fn, inputs, interpreter);
  const { outputs, product } = guarded(() => forms.jvp(q.call, q.inputs, q.vector(v), options(create, strict)));
  return new PyTuple([q.byOutput(outputs), q.byOutput(product)]);
});

const withHessian = (name: string, form: typeof forms.vhp) =>
  native(name, 'func inputs v= create_graph= strict=', ([fn, inputs, v, create, strict], interpreter) => {
    const q = new Question(name, fn, inputs, interpreter);
    const settings = { ...options(create, strict), what: name };
    const { outputs, product } = guarded(() => form(q.callForOne, q.inputs, q.vector(v), settings));
    return new PyTuple([q.byOutput(outputs), q.byInput(product)]);
  });

/** What runs passes, as old code reaches it. */
const engineClass = new PyClass(
  '_ImperativeEngine',
  [],
  new Map<string, Value>([
    ['__module__', 'torch._C'],
    [
      'queue_callback',
      native('queue_callback', 'self callback', ([, callback], interpreter) => {
        const queued = queueCallback(holds(() => interpreter.call(callback, []), callback));
        if (!queued) throw runtimeError('Final callbacks can only be installed during backward pass.');
        return null;
      }),
    ],
  ]),
);

const makeVariable = native('Variable', 'data= requires_grad= volatile=', ([data, wanted, volatile], interpreter) => {
  if (volatile !== null)
    interpreter.warn(
      'UserWarning',
      'volatile was removed (Variable.volatile is always False), use "with torch.no_grad():" instead.',
    );
  if (!(data instanceof Tensor)) throw typeError(`Variable data has to be a tensor, but got ${typeName(data)}`);
  return data.detach().requiresGrad_(wanted === true);
});

/** The old name of tensors that are differentiated: by now of all tensors. */
const variableClass = new PyClass(
  'Variable',
  [],
  new Map<string, Value>([
    ['__module__', 'torch.autograd.variable'],
    ['_execution_engine', new PyInstance(engineClass)],
    ['__instancecheck__', native('__instancecheck__', 'cls value', ([, value]) => value instanceof Tensor)],
  ]),
  makeVariable.call,
);

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
  ['gradcheck', gradcheckFunction],
  ['gradgradcheck', gradgradcheckFunction],
  ...ANOMALY,
  ['Variable', variableClass],
  ['Engine', engineClass],
  ['SavedTensor', savedTensorClass],
  ['kineto_available', native('kineto_available', '', () => false)],
  ['_profiler_enabled', native('_profiler_enabled', '', () => currentProfile() !== null)],
];
