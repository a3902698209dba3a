/** torch.optim.lr_scheduler: learning rates that change from epoch to epoch. */
import { typeError } from '../../runtime/errors.ts';
import { raised } from '../../runtime/exceptions.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { isSubclass } from '../../runtime/mro.ts';
import { PyClass, PyDict, PyInstance, PyList, type Value } from '../../runtime/values.ts';
import { itemsOf, typeName } from '../../torch/convert.ts';
import { integer, number } from '../convert.ts';
import { type Method, objectOf, method as plainMethod } from '../define.ts';
import { dictOf, getName, namedEntries, setName } from '../dicts.ts';
import { signature } from '../signature.ts';
import { groupsOf, optimizerClass } from './optimizer.ts';

/** What a rule sees: the scheduler's settings, the epoch, and each group's rates. */
interface Moment {
  readonly epoch: number;
  /** The group's rate now, and at the beginning. */
  readonly rate: number;
  readonly base: number;
  readonly group: number;
  setting(name: string): number;
  value(name: string): Value;
  readonly interpreter: Interpreter;
}

interface Schedule {
  readonly takes: string;
  readonly rate: (moment: Moment) => number;
}

const milestones = (value: Value): number[] => (itemsOf(value) ?? []).map(integer);

const SCHEDULES: Readonly<Record<string, Schedule>> = {
  LambdaLR: {
    takes: 'lr_lambda',
    rate: ({ base, epoch, group, value, interpreter }) => {
      const given = value('lr_lambda');
      const fn = itemsOf(given)?.[group] ?? given;
      return base * number(interpreter.call(fn, [BigInt(epoch)]));
    },
  },
  MultiplicativeLR: {
    takes: 'lr_lambda',
    rate: ({ rate, epoch, group, value, interpreter }) => {
      if (epoch === 0) return rate;
      const given = value('lr_lambda');
      return rate * number(interpreter.call(itemsOf(given)?.[group] ?? given, [BigInt(epoch)]));
    },
  },
  StepLR: {
    takes: 'step_size, gamma=0.1',
    rate: ({ rate, epoch, setting }) =>
      epoch === 0 || epoch % setting('step_size') !== 0 ? rate : rate * setting('gamma'),
  },
  MultiStepLR: {
    takes: 'milestones, gamma=0.1',
    rate: ({ rate, epoch, setting, value }) =>
      rate * setting('gamma') ** milestones(value('milestones')).filter((m) => m === epoch).length,
  },
  ConstantLR: {
    takes: 'factor=0.3333333333333333, total_iters=5',
    rate: ({ rate, epoch, setting }) => {
      if (epoch === 0) return rate * setting('factor');
      return epoch === setting('total_iters') ? rate * (1 / setting('factor')) : rate;
    },
  },
  LinearLR: {
    takes: 'start_factor=0.3333333333333333, end_factor=1.0, total_iters=5',
    rate: ({ rate, epoch, setting }) => {
      const [first, last, total] = ['start_factor', 'end_factor', 'total_iters'].map(setting);
      if (epoch === 0) return rate * first;
      if (epoch > total) return rate;
      return rate * (1 + (last - first) / (total * first + (epoch - 1) * (last - first)));
    },
  },
  ExponentialLR: {
    takes: 'gamma',
    rate: ({ rate, epoch, setting }) => (epoch === 0 ? rate : rate * setting('gamma')),
  },
  PolynomialLR: {
    takes: 'total_iters=5, power=1.0',
    rate: ({ rate, epoch, setting }) => {
      const [total, power] = ['total_iters', 'power'].map(setting);
      return epoch === 0 || epoch > total ? rate : rate * ((1 - epoch / total) / (1 - (epoch - 1) / total)) ** power;
    },
  },
  CosineAnnealingLR: {
    takes: 'T_max, eta_min=0',
    rate: ({ rate, base, epoch, setting }) => {
      const [period, least] = ['T_max', 'eta_min'].map(setting);
      if (epoch === 0) return rate;
      if ((epoch - 1 - period) % (2 * period) === 0) {
        return rate + ((base - least) * (1 - Math.cos(Math.PI / period))) / 2;
      }
      const now = 1 + Math.cos((Math.PI * epoch) / period);
      return (now / (1 + Math.cos((Math.PI * (epoch - 1)) / period))) * (rate - least) + least;
    },
  },
};

const method = (name: string, body: Method): [string, Value] => [name, plainMethod(name, body, objectOf)];

function optimizerOf(value: Value): PyInstance {
  if (value instanceof PyInstance && isSubclass(value.cls, optimizerClass)) return value;
  throw typeError(`${typeName(value)} is not an Optimizer`);
}

const attribute = (self: PyInstance, name: string): Value => self.attributes.get(name) ?? null;
const rates = (self: PyInstance): number[] =>
  groupsOf(optimizerOf(attribute(self, 'optimizer'))).map((group) => number(getName(group, 'lr') ?? null));

/** Goes on to the next epoch and sets the rates. */
function step(self: PyInstance, { rate }: Schedule, interpreter: Interpreter): void {
  const epoch = integer(attribute(self, 'last_epoch')) + 1;
  self.attributes.set('last_epoch', BigInt(epoch));
  const bases = itemsOf(attribute(self, 'base_lrs')) ?? [];
  const value = (name: string): Value => attribute(self, name);
  const setting = (name: string): number => number(value(name));
  const groups = groupsOf(optimizerOf(value('optimizer')));
  const next = rates(self).map((now, group) =>
    rate({ epoch, rate: now, base: number(bases[group]), group, setting, value, interpreter }),
  );
  for (const [i, group] of groups.entries()) setName(group, 'lr', next[i]);
  self.attributes.set('_last_lr', new PyList(next));
}

export const schedulerClass = new PyClass(
  '_LRScheduler',
  [],
  new Map<string, Value>([
    method('get_last_lr', (self) => attribute(self, '_last_lr')),
    method('state_dict', (self) => dictOf([...self.attributes].filter(([name]) => name !== 'optimizer'))),
    method('load_state_dict', (self, [dict]) => {
      if (!(dict instanceof PyDict)) throw typeError('state_dict must be a dict');
      for (const [name, value] of namedEntries(dict)) self.attributes.set(name, value);
      return null;
    }),
  ]),
);

function scheduler(name: string, schedule: Schedule): PyClass {
  const takes = signature(`${name}.__init__`, `optimizer, ${schedule.takes}, last_epoch=-1, verbose=False`, 1);
  const stepTakes = signature(`${name}.step`, 'epoch=None', 1);
  return new PyClass(
    name,
    [schedulerClass],
    new Map<string, Value>([
      method('__init__', (self, args, kwargs, interpreter) => {
        const bound = takes(args, kwargs);
        const optimizer = optimizerOf(bound.optimizer);
        for (const key in bound) self.attributes.set(key, bound[key]);
        const fresh = integer(bound.last_epoch) === -1;
        const bases = groupsOf(optimizer).map((group, i) => {
          if (fresh) {
            if (getName(group, 'initial_lr') === undefined) setName(group, 'initial_lr', getName(group, 'lr') ?? null);
          } else if (getName(group, 'initial_lr') === undefined) {
            const message = `param 'initial_lr' is not specified in param_groups[${i}] when resuming an optimizer`;
            throw raised('KeyError', [message], `"${message}"`);
          }
          return getName(group, 'initial_lr') ?? null;
        });
        self.attributes.set('base_lrs', new PyList(bases));
        step(self, schedule, interpreter);
        return null;
      }),
      method('step', (self, args, kwargs, interpreter) => {
        const { epoch } = stepTakes(args, kwargs);
        if (epoch !== null) self.attributes.set('last_epoch', BigInt(integer(epoch) - 1));
        step(self, schedule, interpreter);
        return null;
      }),
      method('get_lr', (self) => new PyList(rates(self))),
    ]),
  );
}

export const schedulers: readonly PyClass[] = [
  schedulerClass,
  ...Object.entries(SCHEDULES).map(([name, schedule]) => scheduler(name, schedule)),
];
