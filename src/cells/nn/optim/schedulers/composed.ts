/** Schedulers made of others: one after the other, or all at once. */
import { valueError } from '../../../runtime/errors.ts';
import type { Interpreter } from '../../../runtime/interpreter.ts';
import { PyInstance as Instance, PyClass, type PyInstance, PyList, type Value } from '../../../runtime/values.ts';
import { itemsOf } from '../../../torch/convert.ts';
import { getName, setName } from '../../dicts.ts';
import { signature } from '../../signature.ts';
import { groupsOf } from '../optimizer.ts';
import { restore, saved, schedulerClass, schedulerMethod, stateOf } from './define.ts';
import { View } from './view.ts';

function schedulersOf(value: Value, interpreter: Interpreter): PyInstance[] {
  const items = itemsOf(value) ?? [...interpreter.iterate(value)];
  return items.filter((item) => item instanceof Instance);
}

const inner = (self: PyInstance, interpreter: Interpreter): PyInstance[] =>
  schedulersOf(self.attributes.get('_schedulers') ?? null, interpreter);

const optimizerOf = (scheduler: PyInstance): Value => scheduler.attributes.get('optimizer') ?? null;

const ask = (scheduler: Value, name: string, interpreter: Interpreter, args: readonly Value[] = []): Value =>
  interpreter.call(interpreter.getAttribute(scheduler, name), args);

/** The states of all schedulers within. */
const STATE = [
  schedulerMethod('state_dict', (self, _args, _kwargs, interpreter) => {
    const state = saved(self, '_schedulers');
    const states = inner(self, interpreter).map((scheduler) => ask(scheduler, 'state_dict', interpreter));
    setName(state, '_schedulers', new PyList(states));
    return state;
  }),
  schedulerMethod('load_state_dict', (self, [dict], kwargs, interpreter) => {
    const state = stateOf(dict ?? kwargs.get('state_dict'));
    restore(self, state, '_schedulers');
    const own = inner(self, interpreter);
    (itemsOf(getName(state, '_schedulers') ?? null) ?? []).forEach((each, i) => {
      if (own[i] !== undefined) ask(own[i], 'load_state_dict', interpreter, [each]);
    });
    return null;
  }),
];

const sequentialTakes = signature(
  'SequentialLR.__init__',
  'optimizer, schedulers, milestones, last_epoch=-1, verbose=False',
  1,
);

const sequential = new PyClass(
  'SequentialLR',
  [schedulerClass],
  new Map<string, Value>([
    schedulerMethod('__init__', (self, args, kwargs, interpreter) => {
      const { optimizer, schedulers, milestones, last_epoch } = sequentialTakes(args, kwargs);
      const list = schedulersOf(schedulers, interpreter);
      const marks = itemsOf(milestones) ?? [...interpreter.iterate(milestones)];
      const all = 'Sequential Schedulers expects all schedulers to belong to the same optimizer, but got schedulers at';
      for (const [i, scheduler] of list.entries()) {
        if (optimizerOf(scheduler) !== optimizer) {
          throw valueError(`${all} index ${i} to be different than the optimizer passed in.`);
        }
      }
      if (marks.length !== list.length - 1) {
        throw valueError(
          `Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers ${list.length} and the number of milestones to be equal to ${marks.length}`,
        );
      }
      const view = new View(self, interpreter);
      view.set('_schedulers', schedulers);
      view.set('_milestones', milestones);
      view.set('last_epoch', BigInt(Number(last_epoch) + 1));
      view.set('optimizer', optimizer);
      for (const group of groupsOf(view.optimizer)) setName(group, 'lr', getName(group, 'initial_lr') ?? null);
      // The steps that the schedulers took when they were made are taken back, but for the first one's.
      for (const { attributes } of list) {
        const epoch = attributes.get('last_epoch');
        if (typeof epoch === 'bigint') attributes.set('last_epoch', epoch - 1n);
      }
      ask(list[0], '_initial_step', interpreter);
      view.set('_last_lr', ask(list[0], 'get_last_lr', interpreter));
      return null;
    }),
    schedulerMethod('step', (self, _args, _kwargs, interpreter) => {
      const view = new View(self, interpreter);
      const epoch = view.epoch + 1;
      view.set('last_epoch', BigInt(epoch));
      const marks = view.numbers('_milestones');
      const after = marks.findIndex((mark) => mark > epoch);
      const at = after < 0 ? marks.length : after;
      const scheduler = inner(self, interpreter)[at];
      ask(scheduler, 'step', interpreter, at > 0 && marks[at - 1] === epoch ? [0n] : []);
      view.set('_last_lr', ask(scheduler, 'get_last_lr', interpreter));
      return null;
    }),
    ...STATE,
  ]),
);

const chainedTakes = signature('ChainedScheduler.__init__', 'schedulers', 1);

const lastRates = (self: PyInstance, interpreter: Interpreter): void => {
  const last = inner(self, interpreter).at(-1);
  if (last !== undefined) self.attributes.set('_last_lr', new PyList(new View(last, interpreter).rates));
};

const chained = new PyClass(
  'ChainedScheduler',
  [schedulerClass],
  new Map<string, Value>([
    schedulerMethod('__init__', (self, args, kwargs, interpreter) => {
      const list = schedulersOf(chainedTakes(args, kwargs).schedulers, interpreter);
      for (const [i, scheduler] of list.entries()) {
        if (optimizerOf(scheduler) !== optimizerOf(list[0])) {
          throw valueError(
            `ChainedScheduler expects all schedulers to belong to the same optimizer, but got schedulers at index 0 and ${i} to be different`,
          );
        }
      }
      if (list.length === 0) throw valueError('ChainedScheduler expects at least one scheduler');
      self.attributes.set('_schedulers', new PyList(list));
      self.attributes.set('optimizer', optimizerOf(list[0]));
      lastRates(self, interpreter);
      return null;
    }),
    schedulerMethod('step', (self, _args, _kwargs, interpreter) => {
      for (const scheduler of inner(self, interpreter)) ask(scheduler, 'step', interpreter);
      lastRates(self, interpreter);
      return null;
    }),
    ...STATE,
  ]),
);

export const composed = [sequential, chained];
