/** A scheduler as its rule sees it: settings, groups and rates. */
import { toFloat } from '../../../runtime/coerce.ts';
import { typeError } from '../../../runtime/errors.ts';
import type { Interpreter } from '../../../runtime/interpreter.ts';
import { isSubclass } from '../../../runtime/mro.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { type PyDict, PyInstance, PyList, PyTuple, type Value } from '../../../runtime/values.ts';
import { itemsOf, typeName } from '../../../torch/convert.ts';
import { integer } from '../../convert.ts';
import { getName } from '../../dicts.ts';
import { groupsOf, optimizerClass } from '../optimizer.ts';

export function optimizerOf(value: Value): PyInstance {
  if (value instanceof PyInstance && isSubclass(value.cls, optimizerClass)) return value;
  throw typeError(`${typeName(value)} is not an Optimizer`);
}

/** A product as Python has it: whole numbers stay whole. */
export const times = (a: Value, b: Value, interpreter: Interpreter): Value =>
  typeof a === 'bigint' && typeof b === 'bigint'
    ? a * b
    : toFloat(interpreter as Runtime, a) * toFloat(interpreter as Runtime, b);

export class View {
  readonly self: PyInstance;
  readonly interpreter: Interpreter;
  constructor(self: PyInstance, interpreter: Interpreter) {
    this.self = self;
    this.interpreter = interpreter;
  }

  value(name: string): Value {
    return this.self.attributes.get(name) ?? null;
  }

  set(name: string, value: Value): void {
    this.self.attributes.set(name, value);
  }

  float(value: Value): number {
    return toFloat(this.interpreter as Runtime, value);
  }

  number(name: string): number {
    return this.float(this.value(name));
  }

  is(name: string): boolean {
    return this.interpreter.truth(this.value(name));
  }

  list(name: string): readonly Value[] {
    return itemsOf(this.value(name)) ?? [];
  }

  numbers(name: string): number[] {
    return this.list(name).map((item) => this.float(item));
  }

  /** `last_epoch`, which some schedulers let be a fraction. */
  get epoch(): number {
    return this.number('last_epoch');
  }

  get optimizer(): PyInstance {
    return optimizerOf(this.value('optimizer'));
  }

  get groups(): PyDict[] {
    return groupsOf(this.optimizer);
  }

  /** A setting of each group. */
  settings(name: string): Value[] {
    return this.groups.map((group) => getName(group, name) ?? null);
  }

  /** The rates as they are. */
  get rates(): Value[] {
    return this.settings('lr');
  }

  /** Rates as rules reckon them, each with what its group began with. */
  each(rule: (rate: number, base: number) => number): Value[] {
    const bases = this.numbers('base_lrs');
    return this.rates.map((rate, i) => rule(this.float(rate), bases[i]));
  }
}

export const isInteger = (value: Value): boolean => typeof value === 'bigint' || typeof value === 'boolean';

/** One value for each group: those of a list, or the same for all. */
export function forEach(value: Value, optimizer: PyInstance, refuse: (wanted: number, got: number) => Error): Value[] {
  const { length } = groupsOf(optimizer);
  if (!(value instanceof PyList) && !(value instanceof PyTuple)) return new Array<Value>(length).fill(value);
  if (value.items.length !== length) throw refuse(length, value.items.length);
  return [...value.items];
}

/** An epoch as messages have it. */
export function epochText(epoch: Value): string {
  return typeof epoch === 'number' ? epoch.toFixed(2) : String(integer(epoch)).padStart(5, '0');
}

/** `{:.4e}` */
export const scientific = (x: number): string => x.toExponential(4).replace(/e([+-])(\d)$/, 'e$10$2');
