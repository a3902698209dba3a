/** Update rules with steps of their own: Rprop, ASGD; and SparseAdam, which takes no dense gradients. */
import { overwrite } from '../../../autograd/inplace.ts';
import { fill } from '../../../kernels/pointwise.ts';
import { add, clamp, eq, gt, lt, mul, neg, sign, sub, where } from '../../../ops/pointwise/index.ts';
import { empty, type Tensor } from '../../../tensor/tensor.ts';
import { runtimeError, valueError } from '../../runtime/errors.ts';
import { itemOf, itemsOf } from '../../torch/convert.ts';
import { number } from '../convert.ts';
import { type Algorithm, checkBetas, DECAY, decayed, type Memory, RATE, type Settings } from './algorithms.ts';
import { addcmulInto, addInto, mulInto } from './arithmetic.ts';

const two = (settings: Settings, name: string): [number, number] => {
  const items = itemsOf(settings.value(name)) ?? [];
  return [number(items[0]), number(items[1])];
};

const written = (t: Tensor, value: Tensor): Tensor => overwrite(t, () => value, { name: 'copy_' });
const constant = (like: Tensor, value: number): Tensor => fill(empty([], like.dtype), value);

export const Rprop: Algorithm = {
  takes: 'lr=0.01, etas=(0.5; 1.2), step_sizes=(1e-06; 50), foreach=None, maximize=False',
  atLeastZero: RATE,
  check(settings) {
    const [less, more] = two(settings, 'etas');
    if (!(less > 0 && less < 1 && more > 1)) {
      throw valueError(`Invalid eta values: ${settings.text('etas', 0)}, ${settings.text('etas', 1)}`);
    }
  },
  update(p, given, memory, settings) {
    const grad = settings.is('maximize') ? neg(given) : given;
    memory.wholeStep();
    const before = memory.tensor('prev');
    const steps = memory.has('step_size')
      ? memory.tensor('step_size')
      : fill(memory.tensor('step_size'), settings.number('lr'));
    const [less, more] = two(settings, 'etas');
    const [shortest, longest] = two(settings, 'step_sizes');
    const agreement = mul(grad, before);
    const turned = lt(agreement, 0);
    const factor = where(gt(agreement, 0), constant(p, more), where(turned, constant(p, less), constant(p, 1)));
    written(steps, clamp(mul(steps, factor), shortest, longest));
    // Where the gradient has turned about, one waits for a step.
    const used = where(eq(factor, less), constant(p, 0), grad);
    addcmulInto(p, sign(used), steps, -1);
    written(before, used);
  },
};

const asNumber = (memory: Memory, name: string): number => Number(itemOf(memory.tensor(name)));

export const ASGD: Algorithm = {
  takes: 'lr=0.01, lambd=0.0001, alpha=0.75, t0=1000000.0, weight_decay=0, foreach=None, maximize=False',
  atLeastZero: { ...RATE, ...DECAY },
  update(p, given, memory, settings) {
    const [lr, lambd, alpha, t0] = ['lr', 'lambd', 'alpha', 't0'].map((name) => settings.number(name));
    const fresh = !memory.has('eta');
    const step = memory.step();
    if (fresh) {
      memory.count('eta', lr, (value) => value);
      memory.count('mu', 1, (value) => value);
    }
    const mean = memory.tensor('ax');
    const grad = decayed(p, given, settings);
    const rate = asNumber(memory, 'eta');
    mulInto(p, 1 - lambd * rate);
    addInto(p, grad, -rate);
    const share = asNumber(memory, 'mu');
    written(mean, share === 1 ? mul(p, 1) : add(mean, mul(sub(p, mean), share)));
    memory.count('eta', 0, () => lr / (1 + lambd * lr * step) ** alpha);
    memory.count('mu', 0, () => 1 / Math.max(1, step - t0));
  },
};

export const SparseAdam: Algorithm = {
  takes: 'lr=0.001, betas=(0.9; 0.999), eps=1e-08, maximize=False',
  atLeastZero: {},
  check(settings) {
    for (const [name, word] of Object.entries({ lr: 'learning rate', eps: 'epsilon value' })) {
      if (!(settings.number(name) > 0)) throw valueError(`Invalid ${word}: ${settings.text(name)}`);
    }
    checkBetas(settings);
  },
  update() {
    throw runtimeError('SparseAdam does not support dense gradients, please consider Adam instead');
  },
};
