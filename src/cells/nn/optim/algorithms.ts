/** The update rules of torch.optim: one entry each. */

import { overwrite } from '../../../autograd/inplace.ts';
import { copy } from '../../../kernels/copy.ts';
import { fill } from '../../../kernels/pointwise.ts';
import { zerosLike } from '../../../ops/creation/index.ts';
import { abs, add, addcmul, div, maximum, mul, neg, sqrt } from '../../../ops/pointwise/index.ts';
import { empty, numbersOf, Tensor } from '../../../tensor/tensor.ts';
import { typeError, valueError } from '../../runtime/errors.ts';
import type { PyDict, Value } from '../../runtime/values.ts';
import { itemsOf } from '../../torch/convert.ts';
import { number } from '../convert.ts';
import { getName, setName } from '../dicts.ts';
import { addcdivInto, addcmulInto, addInto, averageInto, mulInto, squaresInto } from './arithmetic.ts';

/** The settings that a parameter is updated with. */
export class Settings {
  private readonly group: PyDict;
  constructor(group: PyDict) {
    this.group = group;
  }
  value(name: string): Value {
    return getName(this.group, name) ?? null;
  }
  number(name: string): number {
    return number(this.value(name));
  }
  is(name: string): boolean {
    return this.value(name) === true;
  }
  /** A setting, or an item of one, as messages have it. */
  text(name: string, at?: number): string {
    const value = this.value(name);
    const shown = at === undefined ? value : ((itemsOf(value) ?? [])[at] ?? null);
    return typeof shown === 'number' && Number.isInteger(shown) ? shown.toFixed(1) : String(shown);
  }
  get betas(): [number, number] {
    const items = itemsOf(this.value('betas')) ?? [];
    return [number(items[0]), number(items[1])];
  }
}

/** What is remembered of one parameter, under PyTorch's names. */
export class Memory {
  readonly dict: PyDict;
  private readonly parameter: Tensor;
  constructor(dict: PyDict, parameter: Tensor) {
    this.dict = dict;
    this.parameter = parameter;
  }
  /** A tensor like the parameter, zeros at first. */
  tensor(name: string): Tensor {
    const known = getName(this.dict, name);
    if (known instanceof Tensor) return known;
    if (known !== undefined && known !== null) throw typeError(`${name} must be a Tensor`);
    return this.keep(name, zerosLike(this.parameter.detach()));
  }
  has(name: string): boolean {
    return (getName(this.dict, name) ?? null) !== null;
  }
  keep(name: string, t: Tensor): Tensor {
    setName(this.dict, name, t);
    return t;
  }
  /** A number that is kept as a tensor of no dimensions, and changed by `next`. */
  count(name: string, first: number, next: (value: number) => number): number {
    const known = getName(this.dict, name);
    const value = next(known === undefined ? first : number(known));
    const t = known instanceof Tensor && known.dtype === 'float32' ? known : this.keep(name, empty([], 'float32'));
    numbersOf(t)[t.offset] = value;
    return Math.fround(value);
  }
  step(): number {
    return this.count('step', 0, (n) => n + 1);
  }
  /** The number of steps so far, where PyTorch counts them in whole numbers. */
  wholeStep(): void {
    const known = getName(this.dict, 'step');
    setName(this.dict, 'step', (typeof known === 'bigint' ? known : 0n) + 1n);
  }
}

export interface Algorithm {
  /** The constructor's settings with their defaults, in PyTorch's order. */
  readonly takes: string;
  /** The order of the settings in a group, where it is another one. */
  readonly order?: string;
  /** Settings that may not be negative, with their names in messages. */
  readonly atLeastZero: Readonly<Record<string, string>>;
  readonly check?: (settings: Settings) => void;
  /** What is remembered before the first step. */
  readonly begin?: (memory: Memory, settings: Settings) => void;
  readonly update: (p: Tensor, grad: Tensor, memory: Memory, settings: Settings) => void;
}

/** The gradient, turned about where the aim is a maximum, and with the weight decay in it. */
export function decayed(p: Tensor, grad: Tensor, settings: Settings): Tensor {
  const g = settings.is('maximize') ? neg(grad) : grad;
  const decay = settings.number('weight_decay');
  return decay === 0 ? g : add(g, p, decay);
}

export function checkBetas(settings: Settings): void {
  settings.betas.forEach((beta, i) => {
    if (!(beta >= 0 && beta < 1)) {
      throw valueError(`Invalid beta parameter at index ${i}: ${settings.text('betas', i)}`);
    }
  });
}

/** The denominator of Adam and its kin. */
function adamStep(p: Tensor, grad: Tensor, memory: Memory, settings: Settings): void {
  const [beta1, beta2] = settings.betas;
  const step = memory.step();
  const mean = averageInto(memory.tensor('exp_avg'), grad, beta1);
  let squares = squaresInto(memory.tensor('exp_avg_sq'), grad, beta2);
  if (settings.is('amsgrad')) {
    const most = memory.tensor('max_exp_avg_sq');
    squares = overwrite(most, (self) => maximum(self, squares), { name: 'copy_' });
  }
  const denominator = add(div(sqrt(squares), Math.sqrt(1 - beta2 ** step)), settings.number('eps'));
  addcdivInto(p, mean, denominator, -settings.number('lr') / (1 - beta1 ** step));
}

export const RATE = { lr: 'learning rate' };
export const DECAY = { weight_decay: 'weight_decay value' };
const EPSILON = { eps: 'epsilon value' };

export const SGD: Algorithm = {
  takes:
    "lr='<required parameter>', momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False, foreach=None, differentiable=False",
  atLeastZero: { ...RATE, momentum: 'momentum value', ...DECAY },
  check(settings) {
    if (settings.is('nesterov') && (settings.number('momentum') <= 0 || settings.number('dampening') !== 0)) {
      throw valueError('Nesterov momentum requires a momentum and zero dampening');
    }
  },
  update(p, grad, memory, settings) {
    let step = decayed(p, grad, settings);
    const momentum = settings.number('momentum');
    if (momentum !== 0) {
      const buffer = memory.has('momentum_buffer')
        ? addInto(mulInto(memory.tensor('momentum_buffer'), momentum), step, 1 - settings.number('dampening'))
        : memory.keep('momentum_buffer', copy(step));
      step = settings.is('nesterov') ? add(step, buffer, momentum) : buffer;
    } else setName(memory.dict, 'momentum_buffer', getName(memory.dict, 'momentum_buffer') ?? null);
    addInto(p, step, -settings.number('lr'));
  },
};

export const Adam: Algorithm = {
  takes:
    'lr=0.001, betas=(0.9; 0.999), eps=1e-08, weight_decay=0, amsgrad=False, *, foreach=None, maximize=False, capturable=False, differentiable=False, fused=False',
  order: 'lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused',
  atLeastZero: { ...RATE, ...EPSILON, ...DECAY },
  check: checkBetas,
  update: (p, grad, memory, settings) => adamStep(p, decayed(p, grad, settings), memory, settings),
};

export const AdamW: Algorithm = {
  takes:
    'lr=0.001, betas=(0.9; 0.999), eps=1e-08, weight_decay=0.01, amsgrad=False, *, maximize=False, foreach=None, capturable=False',
  order: 'lr betas eps weight_decay amsgrad foreach maximize capturable',
  atLeastZero: { ...RATE, ...EPSILON, ...DECAY },
  check: checkBetas,
  update(p, grad, memory, settings) {
    mulInto(p, 1 - settings.number('lr') * settings.number('weight_decay'));
    adamStep(p, settings.is('maximize') ? neg(grad) : grad, memory, settings);
  },
};

export const RMSprop: Algorithm = {
  takes:
    'lr=0.01, alpha=0.99, eps=1e-08, weight_decay=0, momentum=0, centered=False, foreach=None, maximize=False, differentiable=False',
  order: 'lr momentum alpha eps centered weight_decay foreach maximize differentiable',
  atLeastZero: { ...RATE, ...EPSILON, momentum: 'momentum value', ...DECAY, alpha: 'alpha value' },
  update(p, grad, memory, settings) {
    const g = decayed(p, grad, settings);
    const alpha = settings.number('alpha');
    const lr = settings.number('lr');
    memory.wholeStep();
    const squares = squaresInto(memory.tensor('square_avg'), g, alpha);
    let variance = squares;
    const momentum = settings.number('momentum');
    if (momentum > 0) memory.tensor('momentum_buffer');
    if (settings.is('centered')) {
      const mean = averageInto(memory.tensor('grad_avg'), g, alpha);
      variance = addcmul(squares, mean, mean, -1);
    }
    const deviation = add(sqrt(variance), settings.number('eps'));
    if (momentum > 0) {
      const buffer = addcdivInto(mulInto(memory.tensor('momentum_buffer'), momentum), g, deviation, 1);
      addInto(p, buffer, -lr);
    } else addcdivInto(p, g, deviation, -lr);
  },
};

export const Adagrad: Algorithm = {
  takes: 'lr=0.01, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, foreach=None, *, maximize=False',
  order: 'lr lr_decay eps weight_decay initial_accumulator_value foreach maximize',
  atLeastZero: {
    ...RATE,
    lr_decay: 'lr_decay value',
    ...DECAY,
    initial_accumulator_value: 'initial_accumulator_value value',
    ...EPSILON,
  },
  begin(memory, settings) {
    memory.count('step', 0, (n) => n);
    fill(memory.tensor('sum'), settings.number('initial_accumulator_value'));
  },
  update(p, grad, memory, settings) {
    const step = memory.step();
    const g = decayed(p, grad, settings);
    const rate = settings.number('lr') / (1 + (step - 1) * settings.number('lr_decay'));
    const sum = addcmulInto(memory.tensor('sum'), g, g, 1);
    addcdivInto(p, g, add(sqrt(sum), settings.number('eps')), -rate);
  },
};

export const Adadelta: Algorithm = {
  takes: 'lr=1.0, rho=0.9, eps=1e-06, weight_decay=0, foreach=None, *, maximize=False',
  order: 'lr rho eps weight_decay maximize foreach',
  atLeastZero: { ...RATE, ...EPSILON, ...DECAY },
  check(settings) {
    const rho = settings.number('rho');
    if (!(rho >= 0 && rho <= 1)) throw valueError(`Invalid rho value: ${rho}`);
  },
  update(p, grad, memory, settings) {
    const g = decayed(p, grad, settings);
    const rho = settings.number('rho');
    const eps = settings.number('eps');
    memory.wholeStep();
    const squares = squaresInto(memory.tensor('square_avg'), g, rho);
    const deltas = memory.tensor('acc_delta');
    const delta = mul(div(sqrt(add(deltas, eps)), sqrt(add(squares, eps))), g);
    squaresInto(deltas, delta, rho);
    addInto(p, delta, -settings.number('lr'));
  },
};

export const Adamax: Algorithm = {
  takes: 'lr=0.002, betas=(0.9; 0.999), eps=1e-08, weight_decay=0, foreach=None, *, maximize=False',
  order: 'lr betas eps weight_decay foreach maximize',
  atLeastZero: { ...RATE, ...EPSILON, ...DECAY },
  check: checkBetas,
  update(p, grad, memory, settings) {
    const [beta1, beta2] = settings.betas;
    const step = memory.step();
    const g = decayed(p, grad, settings);
    const mean = averageInto(memory.tensor('exp_avg'), g, beta1);
    const most = mulInto(memory.tensor('exp_inf'), beta2);
    const size = add(abs(g), settings.number('eps'));
    overwrite(most, (self) => maximum(self, size), { name: 'copy_' });
    addcdivInto(p, mean, most, -settings.number('lr') / (1 - beta1 ** step));
  },
};

export const NAdam: Algorithm = {
  takes: 'lr=0.002, betas=(0.9; 0.999), eps=1e-08, weight_decay=0, momentum_decay=0.004, foreach=None',
  atLeastZero: { ...RATE, ...EPSILON, ...DECAY, momentum_decay: 'momentum_decay value' },
  check: checkBetas,
  update(p, grad, memory, settings) {
    const [beta1, beta2] = settings.betas;
    const lr = settings.number('lr');
    const step = memory.step();
    const momentumAt = (n: number): number => beta1 * (1 - 0.5 * 0.96 ** (n * settings.number('momentum_decay')));
    const mu = momentumAt(step);
    const next = momentumAt(step + 1);
    const product = memory.count('mu_product', 1, (value) => value * Math.fround(mu));
    const g = decayed(p, grad, settings);
    const mean = averageInto(memory.tensor('exp_avg'), g, beta1);
    const squares = squaresInto(memory.tensor('exp_avg_sq'), g, beta2);
    const denominator = add(sqrt(div(squares, 1 - beta2 ** step)), settings.number('eps'));
    addcdivInto(p, g, denominator, (-lr * (1 - mu)) / (1 - product));
    addcdivInto(
      p,
      mean,
      denominator,
      (-lr * next) / (1 - Math.fround(Math.fround(product * Math.fround(mu)) * Math.fround(next))),
    );
  },
};

export const RAdam: Algorithm = {
  takes: 'lr=0.001, betas=(0.9; 0.999), eps=1e-08, weight_decay=0, foreach=None',
  atLeastZero: { ...RATE, ...EPSILON, ...DECAY },
  check: checkBetas,
  update(p, grad, memory, settings) {
    const [beta1, beta2] = settings.betas;
    const lr = settings.number('lr');
    const step = memory.step();
    const g = decayed(p, grad, settings);
    const mean = averageInto(memory.tensor('exp_avg'), g, beta1);
    const squares = squaresInto(memory.tensor('exp_avg_sq'), g, beta2);
    const corrected = mul(div(mean, 1 - beta1 ** step), lr);
    const longest = 2 / (1 - beta2) - 1;
    const length = longest - (2 * step * beta2 ** step) / (1 - beta2 ** step);
    if (length <= 5) {
      addInto(p, corrected, -1);
      return;
    }
    const top = (length - 4) * (length - 2) * longest;
    const rectified = Math.sqrt(top / ((longest - 4) * (longest - 2) * length));
    const deviation = add(sqrt(squares), settings.number('eps'));
    addInto(p, mul(div(corrected, deviation), Math.sqrt(1 - beta2 ** step) * rectified), -1);
  },
};
