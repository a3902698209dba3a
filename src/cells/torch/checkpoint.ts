/** torch.utils.checkpoint: parts of a function that are run again in the backward pass, in the place of being kept. */
import { backward } from '../../autograd/backward.ts';
import { holds } from '../../autograd/held.ts';
import { enableGrad } from '../../autograd/mode.ts';
import { isWhole } from '../../autograd/pass.ts';
import { type SavedHooks, setSavedHooks } from '../../autograd/saved.ts';
import { currentGenerator } from '../../kernels/random/index.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError, valueError } from '../runtime/errors.ts';
import type { Holder, Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyStaticMethod } from '../runtime/objects.ts';
import {
  type Kwargs,
  NativeClosure,
  NativeFunction,
  PyClass,
  type PyInstance,
  PyObject,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { itemsOf, typeName } from './convert.ts';
import { apply, functionClass } from './custom-function.ts';
import { guarded } from './errors.ts';

/** The state of the generator at one time. */
class RandomState extends PyObject {
  readonly type = 'torch.utils.checkpoint._RandomState';
  private readonly bytes = currentGenerator().state();

  /** Runs `body` with the generator as it was then, and puts it back. */
  within<T>(body: () => T): T {
    const generator = currentGenerator();
    const now = generator.state();
    generator.setState(this.bytes);
    try {
      return body();
    } finally {
      generator.setState(now);
    }
  }

  references(visit: Visit): void {
    visit(this.bytes);
  }
}

const within = <T>(random: Value | undefined, body: () => T): T =>
  random instanceof RandomState ? random.within(body) : body();

/** Of the results of a function: those that gradients flow to, with these. */
function flowing(outputs: readonly Value[], grads: readonly Value[]): [Tensor[], (Tensor | null)[]] {
  const places = outputs.flatMap((t, i) => (t instanceof Tensor && t.requiresGrad ? [i] : []));
  return [places.map((i) => outputs[i] as Tensor), places.map((i) => (grads[i] ?? null) as Tensor | null)];
}

const listOf = (value: Value): readonly Value[] => (value instanceof PyTuple ? value.items : [value]);

const forward = new NativeFunction('forward', ([ctx, fn, preserve, ...args], _, interpreter) => {
  const { attributes } = ctx as PyInstance;
  attributes.set('run_function', fn);
  attributes.set('inputs', new PyTuple(args));
  if (preserve === true) attributes.set('_random', new RandomState());
  return interpreter.call(fn, args);
});

const rule = new NativeFunction('backward', ([ctx, ...grads], _, interpreter) => {
  if (!isWhole())
    throw runtimeError(
      'Checkpointing is not compatible with .grad() or when an `inputs` parameter is passed to .backward(). Please use .backward() and do not pass its `inputs` argument.',
    );
  const { attributes } = ctx as PyInstance;
  const args = listOf(attributes.get('inputs') ?? null);
  const own = args.map((arg) => (arg instanceof Tensor ? arg.detach().requiresGrad_(arg.requiresGrad) : arg));
  const given = within(attributes.get('_random'), () =>
    enableGrad(() => interpreter.call(attributes.get('run_function') ?? null, own)),
  );
  const [outputs, seeds] = flowing(listOf(given), grads);
  if (outputs.length === 0)
    throw runtimeError('none of output has requires_grad=True, this checkpoint() is not necessary');
  guarded(() => backward(outputs, seeds));
  return new PyTuple([null, null, ...own.map((arg) => (arg instanceof Tensor ? arg.grad : null))]);
});

const checkpointFunction = new PyClass(
  'CheckpointFunction',
  [functionClass],
  new Map<string, Value>([
    ['__module__', 'torch.utils.checkpoint'],
    ['forward', new PyStaticMethod(forward)],
    ['backward', new PyStaticMethod(rule)],
  ]),
);

/** Takes a number in the place of each tensor that is saved; the first that is asked for has all of them made again. */
class Recomputation implements SavedHooks, Holder {
  private saved = 0;
  private readonly again = new Map<number, Tensor>();
  private readonly run: () => unknown;

  constructor(run: () => unknown) {
    this.run = run;
  }

  pack(): number {
    return this.saved++;
  }

  unpack(packed: unknown): Tensor {
    if (this.again.size === 0) this.recompute();
    const found = this.again.get(packed as number);
    if (found === undefined)
      throw runtimeError(
        'Attempt to retrieve a tensor saved by autograd multiple times without checkpoint recomputation being triggered in between, this is not currently supported.',
      );
    return found;
  }

  private recompute(): void {
    let count = 0;
    const before = setSavedHooks({
      pack: (t) => {
        if (count < this.saved) this.again.set(count++, t.detach());
        return null;
      },
      unpack: () => {
        throw runtimeError('You are calling backwards on a tensor that is never exposed. Please open an issue.');
      },
      references: () => {},
    });
    try {
      enableGrad(this.run);
    } finally {
      setSavedHooks(before);
    }
  }

  references(visit: Visit): void {
    visit(this.again);
    visit(this.run);
  }
}

function withoutReentry(
  fn: Value,
  preserve: boolean,
  args: readonly Value[],
  kwargs: Kwargs,
  interpreter: Interpreter,
): Value {
  const random = preserve ? new RandomState() : null;
  const run = holds(() => within(random, () => interpreter.call(fn, args, kwargs)), fn, random, args, kwargs);
  const before = setSavedHooks(new Recomputation(run));
  try {
    return interpreter.call(fn, args, kwargs);
  } finally {
    setSavedHooks(before);
  }
}

const OWN = ['preserve_rng_state', 'use_reentrant'];

function checkpointed(args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter): Value {
  const [fn, ...inputs] = args;
  if (fn === undefined) throw typeError("checkpoint() missing 1 required positional argument: 'function'");
  const preserve = kwargs.get('preserve_rng_state') !== false;
  const rest: Kwargs = new Map([...kwargs].filter(([name]) => !OWN.includes(name)));
  if (kwargs.get('use_reentrant') === false) return withoutReentry(fn, preserve, inputs, rest, interpreter);
  if (rest.size > 0) throw valueError(`Unexpected keyword arguments: ${[...rest.keys()].join(',')}`);
  if (!inputs.some((arg) => arg instanceof Tensor && arg.requiresGrad))
    interpreter.warn('UserWarning', 'None of the inputs have requires_grad=True. Gradients will be None');
  return apply(checkpointFunction, [fn, preserve, ...inputs], interpreter);
}

/** Some of a sequence's functions, one after the other. */
const runSome = (functions: readonly Value[]): NativeFunction =>
  new NativeClosure('forward', { functions }, (held, [input], _, interpreter) =>
    held.functions.reduce((x: Value, fn) => interpreter.call(fn, [x]), input ?? null),
  );

function sequential(args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter): Value {
  const [sequence = null, count = null, input = null] = args;
  const extra = [...kwargs.keys()].filter((name) => !OWN.includes(name) && name !== 'input');
  if (extra.length > 0) throw valueError(`Unexpected keyword arguments: ${extra.join(',')}`);
  const functions = itemsOf(sequence) ?? [...interpreter.iterate(sequence)];
  if (typeof count !== 'bigint' || count < 1n)
    throw typeError(`segments must be a positive int, not ${typeName(count)}`);
  const size = Math.floor(functions.length / Math.min(Number(count), functions.length || 1));
  let x = kwargs.get('input') ?? input;
  let at = 0;
  for (let i = 0; i < Number(count) - 1 && at < functions.length; i++, at += size)
    x = checkpointed([runSome(functions.slice(at, at + size)), x], kwargs, interpreter);
  return runSome(functions.slice(at)).call([x], new Map(), interpreter);
}

/** torch.utils.checkpoint. */
export const CHECKPOINT: readonly [string, Value][] = [
  ['checkpoint', new NativeFunction('checkpoint', checkpointed)],
  ['checkpoint_sequential', new NativeFunction('checkpoint_sequential', sequential)],
  ['CheckpointFunction', checkpointFunction],
];
