/** What all schedulers do, and how one is written down. */
import { warn } from '../../../../tensor/warnings.ts';
import { typeError } from '../../../runtime/errors.ts';
import { raised } from '../../../runtime/exceptions.ts';
import type { Interpreter } from '../../../runtime/interpreter.ts';
import { lookup } from '../../../runtime/mro.ts';
import {
  type Held,
  NativeClosure,
  PyClass,
  PyDict,
  type PyInstance,
  PyList,
  type Value,
} from '../../../runtime/values.ts';
import { itemsOf } from '../../../torch/convert.ts';
import { integer } from '../../convert.ts';
import { type Method, objectOf, method as plainMethod } from '../../define.ts';
import { dictOf, getName, namedEntries, setName } from '../../dicts.ts';
import { type Bound, signature } from '../../signature.ts';
import { groupsOf } from '../optimizer.ts';
import { epochText, optimizerOf, scientific, View } from './view.ts';

export const EPOCH_DEPRECATION =
  'The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use `scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed form is used instead of the new chainable form, where available. Please open an issue if you are unable to replicate your use case: https://github.com/pytorch/pytorch/issues/new/choose.';
const SEE = 'See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate';
const OVERRIDDEN = `Seems like \`optimizer.step()\` has been overridden after learning rate scheduler initialization. Please, make sure to call \`optimizer.step()\` before \`lr_scheduler.step()\`. ${SEE}`;
const TOO_EARLY = `Detected call of \`lr_scheduler.step()\` before \`optimizer.step()\`. In PyTorch 1.1.0 and later, you should call them in the opposite order: \`optimizer.step()\` before \`lr_scheduler.step()\`.  Failure to do this will result in PyTorch skipping the first value of the learning rate schedule. ${SEE}`;
const CLOSED_FORM = '_get_closed_form_lr';
const ASK_LAST = 'To get the last learning rate computed by the scheduler, please use `get_last_lr()`.';

export const schedulerMethod = (name: string, body: Method): [string, Value] => [
  name,
  plainMethod(name, body, objectOf),
];

/** `optimizer.step`, counted from the time on that a scheduler knows of the optimizer. */
function counted(held: Held, ...[args, kwargs, interpreter]: Parameters<NativeClosure['call']>): Value {
  const { optimizer, step } = held as { optimizer: PyInstance; step: Value };
  const count = optimizer.attributes.get('_step_count');
  optimizer.attributes.set('_step_count', (typeof count === 'bigint' ? count : 0n) + 1n);
  return interpreter.call(step, args, kwargs);
}

const isCounted = (value: Value | undefined): boolean => value instanceof NativeClosure && value.body === counted;

function countSteps(optimizer: PyInstance, interpreter: Interpreter): void {
  if (isCounted(optimizer.attributes.get('step'))) return;
  const step = interpreter.getAttribute(optimizer, 'step');
  optimizer.attributes.set('step', new NativeClosure('step', { optimizer, step }, counted));
}

/** `_LRScheduler.__init__` */
export function begin(self: PyInstance, bound: Bound, interpreter: Interpreter): void {
  const optimizer = optimizerOf(bound.optimizer);
  const { attributes } = self;
  attributes.set('optimizer', optimizer);
  const fresh = bound.last_epoch === -1n;
  const bases = groupsOf(optimizer).map((group, i) => {
    if (getName(group, 'initial_lr') === undefined) {
      if (!fresh) {
        const message = `param 'initial_lr' is not specified in param_groups[${i}] when resuming an optimizer`;
        throw raised('KeyError', [message], `"${message}"`);
      }
      setName(group, 'initial_lr', getName(group, 'lr') ?? null);
    }
    return getName(group, 'initial_lr') ?? null;
  });
  attributes.set('base_lrs', new PyList(bases));
  attributes.set('last_epoch', bound.last_epoch);
  countSteps(optimizer, interpreter);
  attributes.set('verbose', bound.verbose);
  initialStep(self, interpreter);
}

export function initialStep(self: PyInstance, interpreter: Interpreter): void {
  new View(self, interpreter).optimizer.attributes.set('_step_count', 0n);
  self.attributes.set('_step_count', 0n);
  interpreter.call(interpreter.getAttribute(self, 'step'), []);
}

/** The rates that a method gives, which is asked as a step asks. */
function ask(self: PyInstance, name: string, interpreter: Interpreter): readonly Value[] {
  self.attributes.set('_get_lr_called_within_step', true);
  try {
    const given = interpreter.call(interpreter.getAttribute(self, name), []);
    return itemsOf(given) ?? [...interpreter.iterate(given)];
  } finally {
    self.attributes.set('_get_lr_called_within_step', false);
  }
}

/** Sets the rates that `get_lr` gives. */
export function adjust(self: PyInstance, epoch: Value, interpreter: Interpreter, asked = 'get_lr'): void {
  const rates = ask(self, asked, interpreter);
  const view = new View(self, interpreter);
  const { groups } = view;
  for (let i = 0; i < Math.min(groups.length, rates.length); i++) {
    setName(groups[i], 'lr', rates[i]);
    printRate(view, view.value('verbose'), i, rates[i], epoch);
  }
  view.set('_last_lr', new PyList(view.rates));
}

function printRate(view: View, verbose: Value, group: string | number, lr: Value, epoch: Value): void {
  const { interpreter } = view;
  if (!interpreter.truth(verbose)) return;
  const text = scientific(view.float(lr));
  interpreter.print(
    epoch === null
      ? `Adjusting learning rate of group ${group} to ${text}.\n`
      : `Epoch ${epochText(epoch)}: adjusting learning rate of group ${group} to ${text}.\n`,
  );
}

/** Goes on to the next epoch, or to one that is told. */
function step(self: PyInstance, epoch: Value, interpreter: Interpreter): void {
  const { attributes } = self;
  const count = integer(attributes.get('_step_count') ?? 0n);
  if (count === 1) {
    const optimizer = new View(self, interpreter).optimizer;
    if (!isCounted(optimizer.attributes.get('step'))) warn(OVERRIDDEN);
    else if (integer(optimizer.attributes.get('_step_count') ?? 0n) < 1) warn(TOO_EARLY);
  }
  attributes.set('_step_count', BigInt(count + 1));
  if (epoch === null) {
    attributes.set('last_epoch', BigInt(integer(attributes.get('last_epoch') ?? -1n) + 1));
    adjust(self, epoch, interpreter);
    return;
  }
  warn(EPOCH_DEPRECATION);
  attributes.set('last_epoch', epoch);
  adjust(self, epoch, interpreter, lookup(self.cls, CLOSED_FORM) === undefined ? 'get_lr' : CLOSED_FORM);
}

/** What is saved: all attributes but some. */
export const saved = (self: PyInstance, ...without: readonly string[]): PyDict =>
  dictOf([...self.attributes].filter(([name]) => name !== 'optimizer' && !without.includes(name)));

export function stateOf(dict: Value | undefined): PyDict {
  if (dict instanceof PyDict) return dict;
  throw typeError('state_dict must be a dict');
}

/** Takes over what was saved. */
export function restore(self: PyInstance, dict: PyDict, ...without: readonly string[]): void {
  for (const [name, value] of namedEntries(dict)) if (!without.includes(name)) self.attributes.set(name, value);
}

const initTakes = signature('_LRScheduler.__init__', 'optimizer, last_epoch=-1, verbose=False', 1);
const stepTakes = signature('_LRScheduler.step', 'epoch=None', 1);
const printTakes = signature('_LRScheduler.print_lr', 'is_verbose, group, lr, epoch=None', 1);

export const schedulerClass = new PyClass(
  '_LRScheduler',
  [],
  new Map<string, Value>([
    schedulerMethod('__init__', (self, args, kwargs, interpreter) => {
      begin(self, initTakes(args, kwargs), interpreter);
      return null;
    }),
    schedulerMethod('_initial_step', (self, _args, _kwargs, interpreter) => {
      initialStep(self, interpreter);
      return null;
    }),
    schedulerMethod('step', (self, args, kwargs, interpreter) => {
      step(self, stepTakes(args, kwargs).epoch, interpreter);
      return null;
    }),
    schedulerMethod('get_lr', () => {
      throw raised('NotImplementedError', [], '');
    }),
    schedulerMethod('get_last_lr', (self, _args, _kwargs, interpreter) => interpreter.getAttribute(self, '_last_lr')),
    schedulerMethod('print_lr', (self, args, kwargs, interpreter) => {
      const { is_verbose, group, lr, epoch } = printTakes(args, kwargs);
      printRate(new View(self, interpreter), is_verbose, interpreter.str(group), lr, epoch);
      return null;
    }),
    schedulerMethod('state_dict', (self) => saved(self)),
    schedulerMethod('load_state_dict', (self, [dict], kwargs) => {
      restore(self, stateOf(dict ?? kwargs.get('state_dict')));
      return null;
    }),
  ]),
);

export interface Schedule {
  readonly name: string;
  readonly takes: string;
  /** Sets and checks what the rule needs; by default all settings become attributes. */
  readonly begin?: (view: View, bound: Bound) => void;
  /** What is done once the first rates are set. */
  readonly begun?: (view: View, bound: Bound) => void;
  /** The next rates. */
  readonly next: (view: View) => Value[];
  /** The rates of an epoch by themselves. */
  readonly closed?: (view: View) => Value[];
  readonly members?: readonly (readonly [string, Value])[];
}

export function defineScheduler(schedule: Schedule): PyClass {
  const { name } = schedule;
  const verbose = name === 'SWALR' ? '' : ', verbose=False';
  const takes = signature(`${name}.__init__`, `optimizer, ${schedule.takes}, last_epoch=-1${verbose}`, 1);
  const members = new Map<string, Value>([
    schedulerMethod('__init__', (self, args, kwargs, interpreter) => {
      const bound: Bound = { verbose: false, ...takes(args, kwargs) };
      const view = new View(self, interpreter);
      if (schedule.begin !== undefined) schedule.begin(view, bound);
      else {
        for (const key in bound) {
          if (!['optimizer', 'last_epoch', 'verbose'].includes(key)) self.attributes.set(key, bound[key]);
        }
      }
      begin(self, bound, interpreter);
      schedule.begun?.(view, bound);
      return null;
    }),
    schedulerMethod('get_lr', (self, _args, _kwargs, interpreter) => {
      if (self.attributes.get('_get_lr_called_within_step') !== true) warn(ASK_LAST);
      return new PyList(schedule.next(new View(self, interpreter)));
    }),
    ...(schedule.members ?? []),
  ]);
  const { closed } = schedule;
  if (closed !== undefined) {
    const [key, fn] = schedulerMethod(
      CLOSED_FORM,
      (self, _args, _kwargs, interpreter) => new PyList(closed(new View(self, interpreter))),
    );
    members.set(key, fn);
  }
  return new PyClass(name, [schedulerClass], members);
}
