/** Schedulers that make each rate of the one before. */
import { valueError } from '../../../runtime/errors.ts';
import { UserFunction } from '../../../runtime/objects.ts';
import { PyDict, PyInstance, PyList, PyTuple, type Value } from '../../../runtime/values.ts';
import { dictOf, namedEntries, setName } from '../../dicts.ts';
import type { Bound } from '../../signature.ts';
import { groupsOf } from '../optimizer.ts';
import { defineScheduler, restore, saved, schedulerMethod, stateOf } from './define.ts';
import { optimizerOf, times, type View } from './view.ts';

/** One function for each group. */
function beginLambdas(view: View, { optimizer, lr_lambda }: Bound): void {
  view.set('optimizer', optimizer);
  const { length } = groupsOf(optimizerOf(optimizer));
  if (!(lr_lambda instanceof PyList) && !(lr_lambda instanceof PyTuple)) {
    view.set('lr_lambdas', new PyList(new Array<Value>(length).fill(lr_lambda)));
    return;
  }
  if (lr_lambda.items.length !== length) {
    throw valueError(`Expected ${length} lr_lambdas, but got ${lr_lambda.items.length}`);
  }
  view.set('lr_lambdas', new PyList([...lr_lambda.items]));
}

const factors = (view: View): Value[] =>
  view.list('lr_lambdas').map((fn) => view.interpreter.call(fn, [view.value('last_epoch')]));

/** Functions are not saved; of objects that can be called, their attributes are. */
const lambdaState = [
  schedulerMethod('state_dict', (self) => {
    const state = saved(self, 'lr_lambdas');
    const lambdas = self.attributes.get('lr_lambdas');
    const items = lambdas instanceof PyList ? lambdas.items : [];
    const kept = items.map((fn) => (fn instanceof PyInstance ? dictOf(fn.attributes) : null));
    setName(state, 'lr_lambdas', new PyList(kept));
    return state;
  }),
  schedulerMethod('load_state_dict', (self, [dict], kwargs) => {
    const state = stateOf(dict ?? kwargs.get('state_dict'));
    restore(self, state, 'lr_lambdas');
    const kept = state.entries.get('lr_lambdas')?.[1];
    const own = self.attributes.get('lr_lambdas');
    if (!(kept instanceof PyList) || !(own instanceof PyList)) return null;
    kept.items.forEach((attributes, i) => {
      const fn = own.items[i];
      if (!(attributes instanceof PyDict) || !(fn instanceof PyInstance || fn instanceof UserFunction)) return;
      for (const [name, value] of namedEntries(attributes)) fn.attributes.set(name, value);
    });
    return null;
  }),
];

const lambda = defineScheduler({
  name: 'LambdaLR',
  takes: 'lr_lambda',
  begin: beginLambdas,
  next(view) {
    const bases = view.list('base_lrs');
    return factors(view).map((factor, i) => times(bases[i], factor, view.interpreter));
  },
  members: lambdaState,
});

const multiplicative = defineScheduler({
  name: 'MultiplicativeLR',
  takes: 'lr_lambda',
  begin: beginLambdas,
  next(view) {
    if (view.epoch <= 0) return view.rates;
    const { rates } = view;
    return factors(view).map((factor, i) => times(rates[i], factor, view.interpreter));
  },
  members: lambdaState,
});

const step = defineScheduler({
  name: 'StepLR',
  takes: 'step_size, gamma=0.1',
  next: (view) =>
    view.epoch === 0 || view.epoch % view.number('step_size') !== 0
      ? view.rates
      : view.rates.map((rate) => times(rate, view.value('gamma'), view.interpreter)),
  closed: (view) =>
    view.each((_, base) => base * view.number('gamma') ** Math.floor(view.epoch / view.number('step_size'))),
});

const milestones = (view: View): Map<number, number> => {
  const counts = view.value('milestones');
  if (!(counts instanceof PyDict)) return new Map();
  return new Map([...counts.entries.values()].map(([key, count]) => [view.float(key), view.float(count)]));
};

const multiStep = defineScheduler({
  name: 'MultiStepLR',
  takes: 'milestones, gamma=0.1',
  begin(view, { milestones, gamma }) {
    const counts = new PyDict('Counter');
    for (const item of view.interpreter.iterate(milestones)) {
      const key = typeof item === 'bigint' ? item : view.float(item);
      const whole = typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key;
      const known = counts.entries.get(whole);
      counts.entries.set(whole, [item, ((known?.[1] as bigint | undefined) ?? 0n) + 1n]);
    }
    view.set('milestones', counts);
    view.set('gamma', gamma);
  },
  next(view) {
    const times = milestones(view).get(view.epoch);
    return times === undefined ? view.rates : view.each((rate) => rate * view.number('gamma') ** times);
  },
  closed(view) {
    const passed = [...milestones(view)].filter(([at]) => at <= view.epoch).reduce((sum, [, n]) => sum + n, 0);
    return view.each((_, base) => base * view.number('gamma') ** passed);
  },
});

const constant = defineScheduler({
  name: 'ConstantLR',
  takes: 'factor=0.3333333333333333, total_iters=5',
  begin(view, { factor, total_iters }) {
    if (view.float(factor) > 1 || view.float(factor) < 0) {
      throw valueError('Constant multiplicative factor expected to be between 0 and 1.');
    }
    view.set('factor', factor);
    view.set('total_iters', total_iters);
  },
  next(view) {
    if (view.epoch === 0) return view.rates.map((rate) => times(rate, view.value('factor'), view.interpreter));
    return view.epoch === view.number('total_iters')
      ? view.each((rate) => rate * (1 / view.number('factor')))
      : view.rates;
  },
  closed: (view) =>
    view.each((_, base) => {
      const factor = view.number('factor');
      return base * (factor + (view.epoch >= view.number('total_iters') ? 1 : 0) * (1 - factor));
    }),
});

const linear = defineScheduler({
  name: 'LinearLR',
  takes: 'start_factor=0.3333333333333333, end_factor=1.0, total_iters=5',
  begin(view, { start_factor, end_factor, total_iters }) {
    const [start, end] = [start_factor, end_factor].map((value) => view.float(value));
    if (start > 1 || start < 0) throw valueError('Starting multiplicative factor expected to be between 0 and 1.');
    if (end > 1 || end < 0) throw valueError('Ending multiplicative factor expected to be between 0 and 1.');
    view.set('start_factor', start_factor);
    view.set('end_factor', end_factor);
    view.set('total_iters', total_iters);
  },
  next(view) {
    const [first, last, total] = ['start_factor', 'end_factor', 'total_iters'].map((name) => view.number(name));
    if (view.epoch === 0) return view.rates.map((rate) => times(rate, view.value('start_factor'), view.interpreter));
    if (view.epoch > total) return view.rates;
    const factor = 1 + (last - first) / (total * first + (view.epoch - 1) * (last - first));
    return view.each((rate) => rate * factor);
  },
  closed(view) {
    const [first, last, total] = ['start_factor', 'end_factor', 'total_iters'].map((name) => view.number(name));
    return view.each((_, base) => base * (first + ((last - first) * Math.min(total, view.epoch)) / total));
  },
});

const exponential = defineScheduler({
  name: 'ExponentialLR',
  takes: 'gamma',
  next: (view) =>
    view.epoch === 0 ? view.rates : view.rates.map((rate) => times(rate, view.value('gamma'), view.interpreter)),
  closed: (view) => view.each((_, base) => base * view.number('gamma') ** view.epoch),
});

const polynomial = defineScheduler({
  name: 'PolynomialLR',
  takes: 'total_iters=5, power=1.0',
  next(view) {
    const [total, power] = ['total_iters', 'power'].map((name) => view.number(name));
    if (view.epoch === 0 || view.epoch > total) return view.rates;
    const decay = ((1 - view.epoch / total) / (1 - (view.epoch - 1) / total)) ** power;
    return view.each((rate) => rate * decay);
  },
  closed(view) {
    const [total, power] = ['total_iters', 'power'].map((name) => view.number(name));
    return view.each((_, base) => base * (1 - Math.min(total, view.epoch) / total) ** power);
  },
});

const cosine = defineScheduler({
  name: 'CosineAnnealingLR',
  takes: 'T_max, eta_min=0',
  next(view) {
    const { epoch } = view;
    const [period, least] = ['T_max', 'eta_min'].map((name) => view.number(name));
    if (epoch === 0) return view.rates;
    if (view.number('_step_count') === 1 && epoch > 0) {
      return view.each((_, base) => least + ((base - least) * (1 + Math.cos((epoch * Math.PI) / period))) / 2);
    }
    if ((epoch - 1 - period) % (2 * period) === 0) {
      return view.each((rate, base) => rate + ((base - least) * (1 - Math.cos(Math.PI / period))) / 2);
    }
    const now = 1 + Math.cos((Math.PI * epoch) / period);
    const before = 1 + Math.cos((Math.PI * (epoch - 1)) / period);
    return view.each((rate) => (now / before) * (rate - least) + least);
  },
  closed(view) {
    const [period, least] = ['T_max', 'eta_min'].map((name) => view.number(name));
    return view.each((_, base) => least + ((base - least) * (1 + Math.cos((Math.PI * view.epoch) / period))) / 2);
  },
});

export const simple = [lambda, multiplicative, step, multiStep, constant, linear, exponential, polynomial, cosine];
