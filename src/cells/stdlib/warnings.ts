/** `import warnings`. */
import { RE2JS } from 're2js';
import { fn } from '../runtime/builtins/native.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import { isSubclass } from '../runtime/mro.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { writeError } from '../runtime/streams.ts';
import { typeName } from '../runtime/types.ts';
import { NativeFunction, PyClass, PyContext, PyInstance, PyList, type Value } from '../runtime/values.ts';
import {
  ACTIONS,
  type Action,
  categoryOf,
  type Filter,
  giveWarning,
  WARNING,
  WARNING_MESSAGE,
  Warnings,
  warningText,
} from '../runtime/warnings.ts';

function actionOf(action: Value | undefined): Action {
  if (!ACTIONS.includes(action as Action))
    throw new PyError(
      'AssertionError',
      `invalid action: ${typeof action === 'string' ? `'${action.slice(0, 50)}'` : 'no string'}`,
    );
  return action as Action;
}

function categoryFilter(category: Value | undefined): PyClass {
  if (category === undefined) return WARNING;
  if (!(category instanceof PyClass)) throw new PyError('AssertionError', 'category must be a class');
  if (!isSubclass(category, WARNING)) throw new PyError('AssertionError', 'category must be a Warning subclass');
  return category;
}

const LONGEST_PATTERN = 1000;

function patternOf(text: Value | undefined, what: string, flags: number): RE2JS | null {
  if (text === undefined || text === '') return null;
  if (typeof text !== 'string') throw new PyError('AssertionError', `${what} must be a string`);
  if (text.length > LONGEST_PATTERN) throw valueError(`${what}: a pattern has at most ${LONGEST_PATTERN} characters`);
  try {
    return RE2JS.compile(text, flags);
  } catch {
    throw valueError(`${what} is no regular expression: '${text}'`);
  }
}

function lineOf(line: Value | undefined): number {
  if (line === undefined) return 0;
  if (typeof line !== 'bigint' || line < 0n) throw new PyError('AssertionError', 'lineno must be an int >= 0');
  return Number(line);
}

const filterNames = ['action', 'message', 'category', 'module', 'lineno', 'append'];
const filterwarnings = fn('filterwarnings', { least: 1, most: 6, names: filterNames }, (given, runtime) => {
  const [action, message, category, module, line, append] = given;
  const filter: Filter = {
    action: actionOf(action),
    message: patternOf(message, 'message', RE2JS.CASE_INSENSITIVE),
    category: categoryFilter(category),
    module: patternOf(module, 'module', 0),
    line: lineOf(line),
  };
  runtime.parts.of(Warnings).add(filter, append !== undefined && runtime.truth(append));
  return null;
});

const simpleNames = ['action', 'category', 'lineno', 'append'];
const simplefilter = fn('simplefilter', { least: 1, most: 4, names: simpleNames }, (given, runtime) => {
  const [action, category, line, append] = given;
  const filter = { action: actionOf(action), message: null, category: categoryFilter(category), module: null };
  runtime.parts.of(Warnings).add({ ...filter, line: lineOf(line) }, append !== undefined && runtime.truth(append));
  return null;
});

function levelOf(level: Value | undefined): number {
  if (level === undefined) return 1;
  if (typeof level !== 'bigint') throw typeError(`'stacklevel' must be an int`);
  return Math.max(1, Math.min(1000, Number(level)));
}

const warnNames = ['message', 'category', 'stacklevel', 'source'];
const warn = fn('warn', { least: 1, most: 4, names: warnNames }, ([message, category, level], runtime) => {
  const cls = categoryOf(message as Value, category ?? null);
  const text =
    message instanceof PyInstance && isSubclass(message.cls, WARNING) ? message : runtime.str(message as Value);
  giveWarning(runtime, { message: text, category: cls, level: levelOf(level) });
  return null;
});

const showNames = ['message', 'category', 'filename', 'lineno', 'file', 'line'];
const shown = (given: readonly (Value | undefined)[], runtime: Runtime): string => {
  const [message, category, , line] = given;
  if (!(category instanceof PyClass))
    throw typeError(`category must be a class, not ${typeName(category as Value, runtime)}`);
  return warningText(lineOf(line), category.name, runtime.str(message as Value));
};

/** Within it filters may be changed; with `record` what would be shown goes into a list. */
class CatchWarnings extends PyContext {
  readonly type = 'warnings.catch_warnings';
  private readonly record: boolean;
  private readonly filter: Filter | null;
  private readonly state: Warnings;
  private before: readonly Filter[] | null = null;
  constructor(state: Warnings, record: boolean, filter: Filter | null) {
    super();
    this.state = state;
    this.record = record;
    this.filter = filter;
  }
  enter(): Value {
    if (this.before !== null) throw new PyError('RuntimeError', 'Cannot enter catch_warnings twice');
    const { state } = this;
    this.before = state.filters;
    state.change(state.filters);
    const list = this.record ? new PyList([]) : null;
    state.recorders.push(list);
    if (this.filter !== null) state.add(this.filter, false);
    return list;
  }
  exit(): void {
    if (this.before === null) return;
    this.state.recorders.pop();
    this.state.change(this.before);
    this.before = null;
  }
  references(visit: Visit): void {
    visit(this.state);
    for (const { category } of this.before ?? []) visit(category);
  }
}

const MODULE: readonly (readonly [string, Value])[] = [['__module__', 'warnings']];
const catchNames = ['record', 'module', 'action', 'category', 'lineno', 'append'];
const makeCatch = fn('catch_warnings', { least: 0, most: 6, names: catchNames }, (given, runtime) => {
  const [record, , action, category, line] = given;
  const filter =
    action === undefined || action === null
      ? null
      : {
          action: actionOf(action),
          message: null,
          category: categoryFilter(category),
          module: null,
          line: lineOf(line),
        };
  return new CatchWarnings(runtime.parts.of(Warnings), record !== undefined && runtime.truth(record), filter);
});

WARNING_MESSAGE.members.set(
  '__str__',
  new NativeFunction('__str__', ([self], _, interpreter) => {
    const part = (name: string): string => interpreter.repr((self as PyInstance).attributes.get(name) ?? null);
    return `{message : ${part('message')}, category : ${part('_category_name')}, filename : ${part('filename')}, lineno : ${part('lineno')}, line : ${part('line')}}`;
  }),
);

const MEMBERS = new Map<string, Value>([
  ...[
    warn,
    filterwarnings,
    simplefilter,
    fn('resetwarnings', { least: 0, most: 0 }, (_, runtime) => {
      runtime.parts.of(Warnings).reset();
      return null;
    }),
    fn('formatwarning', { least: 4, most: 5, names: showNames.filter((name) => name !== 'file') }, shown),
    fn('showwarning', { least: 4, most: 6, names: showNames }, (given, runtime) => {
      writeError(runtime, shown(given, runtime));
      return null;
    }),
  ].map((f): [string, Value] => [f.name, f]),
  ['catch_warnings', new PyClass('catch_warnings', [], new Map(MODULE), makeCatch.call)],
  ['WarningMessage', WARNING_MESSAGE],
]);
for (const value of MEMBERS.values()) if (value instanceof NativeFunction) value.type = 'function';

export const WARNINGS = (): Map<string, Value> => MEMBERS;
