/** ReduceLROnPlateau: a rate that falls where a metric gets no better. */
import { warn } from '../../../../tensor/warnings.ts';
import { typeError, valueError } from '../../../runtime/errors.ts';
import { PyProperty } from '../../../runtime/objects.ts';
import { NativeFunction, PyClass, type PyInstance, PyList, type Value } from '../../../runtime/values.ts';
import { itemsOf } from '../../../torch/convert.ts';
import { objectOf } from '../../define.ts';
import { getName, setName } from '../../dicts.ts';
import { signature } from '../../signature.ts';
import { EPOCH_DEPRECATION, restore, saved, schedulerMethod, stateOf } from './define.ts';
import { epochText, forEach, optimizerOf, scientific, View } from './view.ts';

const takes = signature(
  'ReduceLROnPlateau.__init__',
  "optimizer, mode='min', factor=0.1, patience=10, threshold=0.0001, threshold_mode='rel', cooldown=0, min_lr=0, eps=1e-08, verbose=False",
  1,
);
const stepTakes = signature('ReduceLROnPlateau.step', 'metrics, epoch=None', 1);

/** Checks the mode, and takes what is worse than any metric. */
function begin(view: View, mode: Value, threshold: Value, thresholdMode: Value): void {
  if (mode !== 'min' && mode !== 'max') throw valueError(`mode ${view.interpreter.str(mode)} is unknown!`);
  if (thresholdMode !== 'rel' && thresholdMode !== 'abs') {
    throw valueError(`threshold mode ${view.interpreter.str(thresholdMode)} is unknown!`);
  }
  view.set('mode_worse', mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
  view.set('mode', mode);
  view.set('threshold', threshold);
  view.set('threshold_mode', thresholdMode);
}

function reset(view: View): void {
  view.set('best', view.value('mode_worse'));
  view.set('cooldown_counter', 0n);
  view.set('num_bad_epochs', 0n);
}

function isBetter(view: View, metric: number, best: number): boolean {
  const threshold = view.number('threshold');
  const relative = view.value('threshold_mode') === 'rel';
  if (view.value('mode') === 'min') return metric < (relative ? best * (1 - threshold) : best - threshold);
  return metric > (relative ? best * (threshold + 1) : best + threshold);
}

function reduce(view: View, epoch: Value): void {
  const least = view.list('min_lrs');
  for (const [i, group] of view.groups.entries()) {
    const before = view.float(getName(group, 'lr') ?? null);
    const wanted = before * view.number('factor');
    const rate: Value = view.float(least[i]) > wanted ? least[i] : wanted;
    if (!(before - view.float(rate) > view.number('eps'))) continue;
    setName(group, 'lr', rate);
    if (!view.is('verbose')) continue;
    view.interpreter.print(
      `Epoch ${epochText(epoch)}: reducing learning rate of group ${i} to ${scientific(view.float(rate))}.\n`,
    );
  }
}

function step(view: View, metric: number, given: Value): void {
  if (given !== null) warn(EPOCH_DEPRECATION);
  const epoch = given ?? BigInt(view.epoch + 1);
  view.set('last_epoch', epoch);
  const count = (name: string, value: number): void => view.set(name, BigInt(value));
  if (isBetter(view, metric, view.number('best'))) {
    view.set('best', metric);
    count('num_bad_epochs', 0);
  } else count('num_bad_epochs', view.number('num_bad_epochs') + 1);
  if (view.number('cooldown_counter') > 0) {
    count('cooldown_counter', view.number('cooldown_counter') - 1);
    count('num_bad_epochs', 0);
  }
  if (view.number('num_bad_epochs') > view.number('patience')) {
    reduce(view, epoch);
    view.set('cooldown_counter', view.value('cooldown'));
    count('num_bad_epochs', 0);
  }
  view.set('_last_lr', new PyList(view.rates));
}

export const plateau = new PyClass(
  'ReduceLROnPlateau',
  [],
  new Map<string, Value>([
    schedulerMethod('__init__', (self: PyInstance, args, kwargs, interpreter) => {
      const bound = takes(args, kwargs);
      const view = new View(self, interpreter);
      if (view.float(bound.factor) >= 1) throw valueError('Factor should be < 1.0.');
      view.set('factor', bound.factor);
      const optimizer = optimizerOf(bound.optimizer);
      view.set('optimizer', optimizer);
      const floors = forEach(bound.min_lr, optimizer, (n, got) => valueError(`expected ${n} min_lrs, got ${got}`));
      view.set('min_lrs', new PyList(floors));
      for (const name of ['patience', 'verbose', 'cooldown']) view.set(name, bound[name]);
      view.set('cooldown_counter', 0n);
      for (const name of ['mode', 'threshold', 'threshold_mode']) view.set(name, bound[name]);
      for (const name of ['best', 'num_bad_epochs', 'mode_worse']) view.set(name, null);
      view.set('eps', bound.eps);
      view.set('last_epoch', 0n);
      begin(view, bound.mode, bound.threshold, bound.threshold_mode);
      reset(view);
      return null;
    }),
    schedulerMethod('step', (self, args, kwargs, interpreter) => {
      const { metrics, epoch } = stepTakes(args, kwargs);
      const view = new View(self, interpreter);
      if (metrics === null || itemsOf(metrics) !== undefined) {
        throw typeError(
          `float() argument must be a string or a real number, not '${metrics === null ? 'NoneType' : (metrics as PyList).type}'`,
        );
      }
      step(view, view.float(metrics), epoch);
      return null;
    }),
    schedulerMethod('_reset', (self, _args, _kwargs, interpreter) => {
      reset(new View(self, interpreter));
      return null;
    }),
    [
      'in_cooldown',
      new PyProperty(
        new NativeFunction(
          'in_cooldown',
          ([self], _kwargs, interpreter) => new View(objectOf(self), interpreter).number('cooldown_counter') > 0,
        ),
      ),
    ],
    schedulerMethod('state_dict', (self) => saved(self)),
    schedulerMethod('load_state_dict', (self, [dict], kwargs, interpreter) => {
      restore(self, stateOf(dict ?? kwargs.get('state_dict')));
      const view = new View(self, interpreter);
      begin(view, view.value('mode'), view.value('threshold'), view.value('threshold_mode'));
      return null;
    }),
  ]),
);
