/** Python's warnings: which are shown, kept, raised or dropped, and once for each place. */

import { RE2JS } from 're2js';
import { PyError, typeError } from './errors.ts';
import { EXCEPTIONS, makeException, RaisedError } from './exceptions.ts';
import { type Holder, Native, type Visit } from './holding.ts';
import { isSubclass } from './mro.ts';
import type { Runtime } from './runtime.ts';
import { writeError } from './streams.ts';
import { PyClass, PyInstance, type PyList, type Value } from './values.ts';

export const ACTIONS = ['default', 'always', 'ignore', 'module', 'once', 'error'] as const;
export type Action = (typeof ACTIONS)[number];

export interface Filter {
  readonly action: Action;
  /** How the text begins; null for any. */
  readonly message: RE2JS | null;
  readonly category: PyClass;
  readonly module: RE2JS | null;
  /** 0 for any. */
  readonly line: number;
}

export const WARNING = EXCEPTIONS.get('Warning') as PyClass;

const plain = (action: Action, name: string, module: string | null = null): Filter => ({
  action,
  message: null,
  category: EXCEPTIONS.get(name) as PyClass,
  module: module === null ? null : RE2JS.compile(module),
  line: 0,
});

/** As Python starts. */
const DEFAULT: readonly Filter[] = [
  plain('default', 'DeprecationWarning', '__main__'),
  plain('ignore', 'DeprecationWarning'),
  plain('ignore', 'PendingDeprecationWarning'),
  plain('ignore', 'ImportWarning'),
  plain('ignore', 'ResourceWarning'),
];

const MOST_FILTERS = 500;
/** Of warnings that are not shown again; those beyond are. */
const MOST_SEEN = 2000;
const LONGEST_KEY = 500;

/** What a workspace has set. */
export class Warnings implements Holder {
  filters: readonly Filter[] = DEFAULT;
  private readonly seen = new Set<string>();
  private readonly once = new Set<string>();
  /** Where `catch_warnings(record=True)` puts them, the innermost last; null where one shows them. */
  readonly recorders: (PyList | null)[] = [];

  change(filters: readonly Filter[]): void {
    if (filters.length > MOST_FILTERS)
      throw new PyError('MemoryError', `a workspace has at most ${MOST_FILTERS} filters of warnings`);
    this.filters = filters;
    // As in Python: what was seen is seen anew under other filters.
    this.seen.clear();
  }

  add(filter: Filter, append: boolean): void {
    const same = (other: Filter): boolean =>
      other.action === filter.action &&
      other.category === filter.category &&
      other.line === filter.line &&
      other.message?.pattern() === filter.message?.pattern() &&
      other.module?.pattern() === filter.module?.pattern();
    if (append && this.filters.some(same)) return;
    const others = this.filters.filter((other) => !same(other));
    this.change(append ? [...others, filter] : [filter, ...others]);
  }

  reset(): void {
    this.change([]);
  }

  /** Whether it is the first of its kind there. */
  first(among: 'seen' | 'once', key: string): boolean {
    const set = this[among];
    const short = key.slice(0, LONGEST_KEY);
    if (set.has(short)) return false;
    if (set.size < MOST_SEEN) set.add(short);
    return true;
  }

  references(visit: Visit): void {
    visit.weigh(this.filters.length + this.seen.size + this.once.size);
    for (const { category } of this.filters) visit(category);
    visit(this.recorders);
  }
}

/** What a warning says: its text, or an instance of its class. */
export interface Given {
  readonly message: Value;
  readonly category: PyClass;
  /** 1: the line that runs; 2: the one that called it; … */
  readonly level?: number;
  /** Whether PyTorch gives it: filters may name it by `module`. */
  readonly internal?: boolean;
}

const found = (pattern: RE2JS | null, text: string): boolean => pattern === null || pattern.matcher(text).lookingAt();

function actionFor({ filters }: Warnings, given: Given, text: string, line: number): Action {
  for (const { action, message, category, module, line: at } of filters) {
    if (at !== 0 && at !== line) continue;
    if (!isSubclass(given.category, category) || !found(message, text)) continue;
    if (found(module, '__main__') || (given.internal === true && found(module, 'torch'))) return action;
  }
  return 'default';
}

/** A class whose instances `catch_warnings` records. */
export const WARNING_MESSAGE = new PyClass('WarningMessage', [], new Map<string, Value>([['__module__', 'warnings']]));

class Recorded extends Native {
  references(_visit: Visit): void {}
}

function messageOf(instance: PyInstance, category: PyClass, line: number): PyInstance {
  const made = new PyInstance(WARNING_MESSAGE);
  made.native = new Recorded();
  const facts: readonly (readonly [string, Value])[] = [
    ['message', instance],
    ['category', category],
    ['filename', '<cell>'],
    ['lineno', BigInt(line)],
    ['file', null],
    ['line', null],
    ['source', null],
    ['_category_name', category.name],
  ];
  for (const [name, value] of facts) made.attributes.set(name, value);
  return made;
}

/** As Python prints one. */
export const warningText = (line: number, category: string, text: string): string =>
  `<cell>:${line}: ${category}: ${text}\n`;

/** Gives a warning as the filters say: recorded, raised, dropped, or shown, which is answered. */
export function giveWarning(runtime: Runtime, given: Given): boolean {
  const state = runtime.parts.of(Warnings);
  const { category, message } = given;
  const line = Math.max(1, runtime.lineOf(given.level ?? 1));
  const text = message instanceof PyInstance ? runtime.str(message) : (message as string);
  const action = actionFor(state, given, text, line);
  if (action === 'ignore') return false;
  const instance = message instanceof PyInstance ? message : makeException(category, [message]);
  if (action === 'error') throw new RaisedError(instance, text);
  const kind = `${category.name}\n${text}`;
  if (action === 'once' && !state.first('once', kind)) return false;
  if (action === 'module' && !state.first('seen', kind)) return false;
  if (action === 'default' && !state.first('seen', `${runtime.cell}:${line}\n${kind}`)) return false;
  const recorder = state.recorders.findLast((list) => list !== null);
  if (recorder == null) {
    writeError(runtime, warningText(line, category.name, text));
    return true;
  }
  runtime.budget.growth(recorder.items.length);
  recorder.items.push(messageOf(instance, category, line));
  return false;
}

/** The class that `warn` is to use. */
export function categoryOf(message: Value, category: Value): PyClass {
  if (message instanceof PyInstance && isSubclass(message.cls, WARNING)) return message.cls;
  if (category === null) return EXCEPTIONS.get('UserWarning') as PyClass;
  if (!(category instanceof PyClass) || !isSubclass(category, WARNING))
    throw typeError(
      `category must be a Warning subclass, not '${category instanceof PyClass ? 'type' : typeNameOf(category)}'`,
    );
  return category;
}

const typeNameOf = (value: Value): string =>
  typeof value === 'string'
    ? 'str'
    : typeof value === 'bigint'
      ? 'int'
      : value instanceof PyInstance
        ? value.type
        : 'object';
