/** What `weakref` is made of: holds that keep nothing alive, and what is to be called when their objects are gone. */
import { collectGarbage } from '../../tensor/collector.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { typeError } from '../runtime/errors.ts';
import type { Holder, Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PySet, UserFunction } from '../runtime/objects.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { typeName } from '../runtime/types.ts';
import {
  BoundMethod,
  type Derived,
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyList,
  PyModule,
  type PyObject,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { isAlive, WeakHold } from '../runtime/weak.ts';

/** Holds that somebody wants to hear of. */
const MOST_WATCHED = 10_000;

/** The callbacks of a workspace, by what they wait for; they are called at the next question, or where the cell ends. */
class Watched implements Holder {
  private waiting: { readonly hold: WeakHold; readonly callback: Value; readonly argument: Value }[] = [];

  add(hold: WeakHold, callback: Value, argument: Value): void {
    if (this.waiting.length >= MOST_WATCHED) throw typeError('too many weak references have callbacks');
    this.waiting.push({ hold, callback, argument });
  }

  /** Calls what waits for objects that are gone. */
  tell(interpreter: Interpreter): void {
    const gone = this.waiting.filter(({ hold }) => hold.isGone);
    if (gone.length === 0) return;
    this.waiting = this.waiting.filter((each) => !gone.includes(each));
    // The last one made hears of it first.
    for (const { callback, argument } of gone.reverse()) interpreter.call(callback, [argument]);
  }

  cellEnds(interpreter: Interpreter): void {
    if (this.waiting.length === 0) return;
    collectGarbage();
    this.tell(interpreter);
  }

  references(visit: Visit): void {
    for (const { callback, argument } of this.waiting) {
      visit(callback);
      visit(argument);
    }
  }
}

const holdClass = new PyClass('weakhold', [], new Map<string, Value>([['__module__', '_weak']]));

const isDerived = (value: object): boolean =>
  !(value instanceof PyList || value instanceof PyTuple || value instanceof PyDict) || (value as Derived).cls !== null;

/** Whether Python makes weak references to such objects. */
const isHeldWeakly = (value: Value): value is Tensor | PyObject =>
  value instanceof Tensor ||
  // Bound methods are made anew each time that one is asked for: nobody holds them.
  ((value instanceof PyInstance ||
    value instanceof BoundMethod ||
    value instanceof UserFunction ||
    value instanceof NativeFunction ||
    value instanceof PyClass ||
    value instanceof PyModule ||
    value instanceof PySet ||
    value instanceof PyList ||
    value instanceof PyTuple ||
    value instanceof PyDict) &&
    isDerived(value));

const hold = new NativeFunction('hold', ([target = null], _, interpreter) => {
  if (!isHeldWeakly(target))
    throw typeError(`cannot create weak reference to '${typeName(target, interpreter as Runtime)}' object`);
  interpreter.budget.step(16);
  const made = new PyInstance(holdClass);
  made.native = new WeakHold(target);
  return made;
});

function holdOf(value: Value | undefined): WeakHold {
  const found = value instanceof PyInstance ? value.native : null;
  if (found instanceof WeakHold) return found;
  throw typeError('expected a weak hold');
}

const read = new NativeFunction('read', ([value], _, interpreter) => {
  const of = holdOf(value);
  const alive = isAlive(of, interpreter);
  interpreter.parts.of(Watched).tell(interpreter);
  return alive ? of.value : null;
});

/** `watch(hold, callback, argument)` */
const watch = new NativeFunction('watch', ([value, callback = null, argument = null], _, interpreter) => {
  interpreter.parts.of(Watched).add(holdOf(value), callback, argument);
  return null;
});

/** What `gc.collect()` does: says how many it found is nothing that V8 tells. */
const collect = new NativeFunction('collect', (_, __, interpreter) => {
  interpreter.budget.step(50_000);
  collectGarbage();
  interpreter.parts.of(Watched).tell(interpreter);
  return 0n;
});

export const WEAK = (): Map<string, Value> =>
  new Map<string, Value>([hold, read, watch, collect].map((fn): [string, Value] => [fn.name, fn]));
