/** Schedulers that go up and down: CyclicLR, OneCycleLR, CosineAnnealingWarmRestarts, SWALR. */
import { valueError } from '../../../runtime/errors.ts';
import { PyDict, type PyInstance, PyList, PyTuple, type Value } from '../../../runtime/values.ts';
import { itemsOf } from '../../../torch/convert.ts';
import { dictOf, getName, setName } from '../../dicts.ts';
import type { Bound } from '../../signature.ts';
import { signature } from '../../signature.ts';
import { groupsOf } from '../optimizer.ts';
import { adjust, defineScheduler, schedulerMethod } from './define.ts';
import { forEach, isInteger, optimizerOf, View } from './view.ts';

const each = (name: string, value: Value, optimizer: PyInstance): Value[] =>
  forEach(value, optimizer, (n, got) => valueError(`expected ${n} values for ${name}, got ${got}`));

const defaultsOf = (optimizer: PyInstance): PyDict => {
  const defaults = optimizer.attributes.get('defaults');
  return defaults instanceof PyDict ? defaults : new PyDict();
};

const NO_MOMENTUM = 'optimizer must support momentum with `cycle_momentum` option enabled';

function beginCyclic(view: View, bound: Bound): void {
  const optimizer = optimizerOf(bound.optimizer);
  view.set('optimizer', optimizer);
  const groups = groupsOf(optimizer);
  const bases = each('base_lr', bound.base_lr, optimizer);
  const fresh = bound.last_epoch === -1n;
  if (fresh) for (const [i, group] of groups.entries()) setName(group, 'lr', bases[i]);
  view.set('max_lrs', new PyList(each('max_lr', bound.max_lr, optimizer)));
  const up = view.float(bound.step_size_up);
  const total = up + (bound.step_size_down === null ? up : view.float(bound.step_size_down));
  view.set('total_size', total);
  view.set('step_ratio', up / total);
  const { mode, scale_fn } = bound;
  if (scale_fn === null && (typeof mode !== 'string' || !['triangular', 'triangular2', 'exp_range'].includes(mode))) {
    throw valueError('mode is invalid and scale_fn is None');
  }
  view.set('mode', mode);
  view.set('gamma', bound.gamma);
  view.set('_scale_fn_custom', scale_fn);
  view.set('scale_mode', scale_fn !== null ? bound.scale_mode : mode === 'exp_range' ? 'iterations' : 'cycle');
  view.set('cycle_momentum', bound.cycle_momentum);
  if (!view.is('cycle_momentum')) return;
  if (getName(defaultsOf(optimizer), 'momentum') === undefined) throw valueError(NO_MOMENTUM);
  const momentums = each('base_momentum', bound.base_momentum, optimizer);
  if (fresh) for (const [i, group] of groups.entries()) setName(group, 'momentum', momentums[i]);
  view.set('base_momentums', new PyList(view.settings('momentum')));
  view.set('max_momentums', new PyList(each('max_momentum', bound.max_momentum, optimizer)));
}

/** By how much the height of a cycle is scaled. */
function scale(view: View, x: number): number {
  const own = view.value('_scale_fn_custom');
  if (own !== null) return view.float(view.interpreter.call(own, [BigInt(x)]));
  if (view.value('mode') === 'triangular') return 1;
  return view.value('mode') === 'triangular2' ? 1 / 2 ** (x - 1) : view.number('gamma') ** x;
}

const cyclic = defineScheduler({
  name: 'CyclicLR',
  takes:
    "base_lr, max_lr, step_size_up=2000, step_size_down=None, mode='triangular', gamma=1.0, scale_fn=None, scale_mode='cycle', cycle_momentum=True, base_momentum=0.8, max_momentum=0.9",
  begin: beginCyclic,
  begun(view, bound) {
    view.set('base_lrs', new PyList(each('base_lr', bound.base_lr, view.optimizer)));
  },
  next(view) {
    const ratio = view.number('step_ratio');
    const cycle = Math.floor(1 + view.epoch / view.number('total_size'));
    const x = 1 + view.epoch / view.number('total_size') - cycle;
    const height = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
    const scaled = scale(view, view.value('scale_mode') === 'cycle' ? cycle : view.epoch);
    if (view.is('cycle_momentum')) {
      const [least, most] = [view.numbers('base_momentums'), view.numbers('max_momentums')];
      for (const [i, group] of view.groups.entries()) {
        setName(group, 'momentum', most[i] - (most[i] - least[i]) * height * scaled);
      }
    }
    const most = view.numbers('max_lrs');
    return view.numbers('base_lrs').map((base, i) => base + (most[i] - base) * height * scaled);
  },
});

const positive = (name: string, value: Value, view: View): number => {
  const n = view.float(value);
  if (n <= 0 || !isInteger(value)) {
    throw valueError(`Expected positive integer ${name}, but got ${view.interpreter.str(value)}`);
  }
  return n;
};

/** A stretch of the one cycle: until which step, and between which settings of a group. */
const phase = (until: Value, names: string): PyDict => {
  const [from, to, fromMomentum, toMomentum] = names.split(' ');
  return dictOf([
    ['end_step', until],
    ['start_lr', from],
    ['end_lr', to],
    ['start_momentum', fromMomentum],
    ['end_momentum', toMomentum],
  ]);
};

function beginOneCycle(view: View, bound: Bound): void {
  const optimizer = optimizerOf(bound.optimizer);
  view.set('optimizer', optimizer);
  const { total_steps, epochs, steps_per_epoch, pct_start, anneal_strategy } = bound;
  let total: number;
  if (total_steps !== null) total = positive('total_steps', total_steps, view);
  else if (epochs === null && steps_per_epoch === null) {
    throw valueError('You must define either total_steps OR (epochs AND steps_per_epoch)');
  } else total = positive('epochs', epochs, view) * positive('steps_per_epoch', steps_per_epoch, view);
  view.set('total_steps', BigInt(total));
  const share = view.float(pct_start);
  const last = BigInt(total - 1);
  const rise = phase(share * total - 1, 'initial_lr max_lr max_momentum base_momentum');
  const phases = view.interpreter.truth(bound.three_phase)
    ? [
        rise,
        phase(2 * share * total - 2, 'max_lr initial_lr base_momentum max_momentum'),
        phase(last, 'initial_lr min_lr max_momentum max_momentum'),
      ]
    : [rise, phase(last, 'max_lr min_lr base_momentum max_momentum')];
  view.set('_schedule_phases', new PyList(phases));
  if (share < 0 || share > 1 || typeof pct_start !== 'number') {
    throw valueError(`Expected float between 0 and 1 pct_start, but got ${view.interpreter.str(pct_start)}`);
  }
  if (anneal_strategy !== 'cos' && anneal_strategy !== 'linear') {
    throw valueError(
      `anneal_strategy must by one of 'cos' or 'linear', instead got ${view.interpreter.str(anneal_strategy)}`,
    );
  }
  view.set('_anneal_func_type', anneal_strategy);
  const groups = groupsOf(optimizer);
  const most = each('max_lr', bound.max_lr, optimizer);
  const fresh = bound.last_epoch === -1n;
  if (fresh) {
    for (const [i, group] of groups.entries()) {
      const first = view.float(most[i]) / view.float(bound.div_factor);
      setName(group, 'initial_lr', first);
      setName(group, 'max_lr', most[i]);
      setName(group, 'min_lr', first / view.float(bound.final_div_factor));
    }
  }
  view.set('cycle_momentum', bound.cycle_momentum);
  if (!view.is('cycle_momentum')) return;
  const defaults = defaultsOf(optimizer);
  const beta = getName(defaults, 'betas') !== undefined;
  if (getName(defaults, 'momentum') === undefined && !beta) throw valueError(NO_MOMENTUM);
  view.set('use_beta1', beta);
  const highest = each('max_momentum', bound.max_momentum, optimizer);
  const lowest = each('base_momentum', bound.base_momentum, optimizer);
  if (!fresh) return;
  for (const [i, group] of groups.entries()) {
    setMomentum(group, highest[i], beta);
    setName(group, 'max_momentum', highest[i]);
    setName(group, 'base_momentum', lowest[i]);
  }
}

function setMomentum(group: PyDict, momentum: Value, beta: boolean): void {
  if (!beta) setName(group, 'momentum', momentum);
  else setName(group, 'betas', new PyTuple([momentum, ...(itemsOf(getName(group, 'betas') ?? null) ?? []).slice(1)]));
}

/** Between two values, a share of the way. */
const between = (strategy: Value, from: number, to: number, share: number): number =>
  strategy === 'linear' ? (to - from) * share + from : to + ((from - to) / 2) * (Math.cos(Math.PI * share) + 1);

const oneCycle = defineScheduler({
  name: 'OneCycleLR',
  takes:
    "max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3, anneal_strategy='cos', cycle_momentum=True, base_momentum=0.85, max_momentum=0.95, div_factor=25.0, final_div_factor=10000.0, three_phase=False",
  begin: beginOneCycle,
  next(view) {
    const { epoch } = view;
    if (epoch > view.number('total_steps')) {
      throw valueError(
        `Tried to step ${epoch + 1} times. The specified number of total steps is ${view.number('total_steps')}`,
      );
    }
    const phases = view.list('_schedule_phases').filter((item) => item instanceof PyDict);
    const ends = phases.map((each) => view.float(getName(each, 'end_step') ?? null));
    const found = ends.findIndex((end) => epoch <= end);
    const at = found < 0 ? phases.length - 1 : found;
    const start = at === 0 ? 0 : ends[at - 1];
    const share = (epoch - start) / (ends[at] - start);
    const strategy = view.value('_anneal_func_type');
    return view.groups.map((group) => {
      const setting = (name: string): number => {
        const key = getName(phases[at], name);
        return view.float((typeof key === 'string' ? getName(group, key) : undefined) ?? null);
      };
      const rate = between(strategy, setting('start_lr'), setting('end_lr'), share);
      if (view.is('cycle_momentum')) {
        const momentum = between(strategy, setting('start_momentum'), setting('end_momentum'), share);
        setMomentum(group, momentum, view.is('use_beta1'));
      }
      return rate;
    });
  },
});

const restartTakes = signature('CosineAnnealingWarmRestarts.step', 'epoch=None', 1);

/** Where an epoch stands between two restarts. */
function place(view: View, given: Value): Value {
  if (given === null && view.epoch >= 0) {
    const now = view.number('T_cur') + 1;
    const period = view.number('T_i');
    const over = now >= period;
    view.set('T_cur', BigInt(over ? now - period : now));
    if (over) view.set('T_i', BigInt(period * view.number('T_mult')));
    return BigInt(view.epoch + 1);
  }
  const epoch = given ?? 0n;
  const at = view.float(epoch);
  if (at < 0) throw valueError(`Expected non-negative epoch, but got ${view.interpreter.str(epoch)}`);
  const [first, factor] = [view.number('T_0'), view.number('T_mult')];
  if (at < first) {
    view.set('T_i', BigInt(first));
    view.set('T_cur', epoch);
  } else if (factor === 1) view.set('T_cur', isInteger(epoch) ? BigInt(at % first) : at % first);
  else {
    const n = Math.trunc(Math.log((at / first) * (factor - 1) + 1) / Math.log(factor));
    view.set('T_cur', at - (first * (factor ** n - 1)) / (factor - 1));
    view.set('T_i', BigInt(first * factor ** n));
  }
  return epoch;
}

const restarts = defineScheduler({
  name: 'CosineAnnealingWarmRestarts',
  takes: 'T_0, T_mult=1, eta_min=0',
  begin(view, { T_0, T_mult, eta_min, last_epoch }) {
    const text = (value: Value): string => view.interpreter.str(value);
    if (!isInteger(T_0) || view.float(T_0) <= 0) {
      throw valueError(`Expected positive integer T_0, but got ${text(T_0)}`);
    }
    if (!isInteger(T_mult) || view.float(T_mult) < 1) {
      throw valueError(`Expected integer T_mult >= 1, but got ${text(T_mult)}`);
    }
    for (const [name, value] of Object.entries({ T_0, T_i: T_0, T_mult, eta_min, T_cur: last_epoch })) {
      view.set(name, value);
    }
  },
  next(view) {
    const share = view.number('T_cur') / view.number('T_i');
    const least = view.number('eta_min');
    return view.each((_, base) => least + ((base - least) * (1 + Math.cos(Math.PI * share))) / 2);
  },
  members: [
    schedulerMethod('step', (self, args, kwargs, interpreter) => {
      const view = new View(self, interpreter);
      const epoch = place(view, restartTakes(args, kwargs).epoch);
      view.set('last_epoch', BigInt(Math.floor(view.float(epoch))));
      adjust(self, epoch, interpreter);
      return null;
    }),
  ],
});

/** Towards one rate in a number of epochs, where weights are averaged. */
export const swaRate = defineScheduler({
  name: 'SWALR',
  takes: "swa_lr, anneal_epochs=10, anneal_strategy='cos'",
  begin(view, { optimizer, swa_lr, anneal_epochs, anneal_strategy }) {
    const own = optimizerOf(optimizer);
    const rates = forEach(swa_lr, own, (n, got) =>
      valueError(
        `swa_lr must have the same length as optimizer.param_groups: swa_lr has ${got}, optimizer.param_groups has ${n}`,
      ),
    );
    for (const [i, group] of groupsOf(own).entries()) setName(group, 'swa_lr', rates[i]);
    if (anneal_strategy !== 'cos' && anneal_strategy !== 'linear') {
      throw valueError(
        `anneal_strategy must by one of 'cos' or 'linear', instead got ${view.interpreter.str(anneal_strategy)}`,
      );
    }
    if (!isInteger(anneal_epochs) || view.float(anneal_epochs) < 0) {
      throw valueError(`anneal_epochs must be equal or greater than 0, got ${view.interpreter.str(anneal_epochs)}`);
    }
    view.set('_anneal_strategy', anneal_strategy);
    view.set('anneal_epochs', anneal_epochs);
  },
  next(view) {
    const epochs = view.number('anneal_epochs');
    const count = view.number('_step_count') - 1;
    const step = epochs === 0 ? Math.max(1, count) : count;
    const share = (at: number): number => {
      const t = Math.max(0, Math.min(1, at / Math.max(1, epochs)));
      return view.value('_anneal_strategy') === 'linear' ? t : (1 - Math.cos(Math.PI * t)) / 2;
    };
    const [before, now] = [share(step - 1), share(step)];
    const targets = view.settings('swa_lr').map((value) => view.float(value));
    return view.rates.map((rate, i) => {
      const first = before === 1 ? targets[i] : (view.float(rate) - before * targets[i]) / (1 - before);
      return targets[i] * now + first * (1 - now);
    });
  },
});

export const cycles = [cyclic, oneCycle, restarts];
