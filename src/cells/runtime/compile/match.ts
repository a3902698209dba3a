/** match: patterns made ready to be tried. */
import type { Pattern } from '../../syntax/ast.ts';
import { findAttribute } from '../attributes.ts';
import { matches } from '../compare.ts';
import { typeError } from '../errors.ts';
import type { Frame } from '../frame.ts';
import { getItem, setItem } from '../keys.ts';
import { isSubclass } from '../mro.ts';
import type { Runtime } from '../runtime.ts';
import { BOOL, classOf, DICT, FLOAT, FROZENSET, INT, LIST, SET, STR, TUPLE } from '../types.ts';
import { PyClass, PyDict, PyInstance, PyList, PyRange, PyTuple, type Value } from '../values.ts';
import type { Context } from './context.ts';
import { store } from './names.ts';

/** Whether a value is of the pattern; binds the names of those that it is of. */
export type Trial = (frame: Frame, value: Value) => boolean;

export function trialOf(context: Context, pattern: Pattern): Trial {
  return context.deeper(() => make(context, pattern));
}

/** Classes of the language whose one positional pattern is the value itself. */
const SELF: ReadonlySet<PyClass> = new Set([BOOL, INT, FLOAT, STR, LIST, TUPLE, DICT, SET, FROZENSET]);

function make(context: Context, pattern: Pattern): Trial {
  const { runtime } = context;
  switch (pattern.kind) {
    case 'PatternValue': {
      const { kind } = pattern.value;
      const constant = pattern.value.kind === 'Constant' ? pattern.value.value : undefined;
      const code = context.expression(pattern.value);
      if (kind === 'Constant' && (constant === null || typeof constant === 'boolean'))
        return (_, value) => value === constant;
      return (frame, value) => matches(runtime, value, code(frame));
    }
    case 'PatternCapture': {
      const inner = pattern.pattern === null ? null : trialOf(context, pattern.pattern);
      const bind = pattern.name === null ? null : store(context, pattern.name);
      return (frame, value) => {
        if (inner !== null && !inner(frame, value)) return false;
        bind?.(frame, value);
        return true;
      };
    }
    case 'PatternOr': {
      const options = pattern.options.map((option) => trialOf(context, option));
      return (frame, value) => options.some((option) => option(frame, value));
    }
    case 'PatternStar':
      return () => true;
    case 'PatternSequence':
      return sequence(context, pattern.items);
    case 'PatternMapping':
      return mapping(context, pattern);
    case 'PatternClass':
      return classPattern(context, pattern);
  }
}

function sequence(context: Context, items: readonly Pattern[]): Trial {
  const { runtime } = context;
  const trials = items.map((item) => trialOf(context, item));
  const star = items.findIndex((item) => item.kind === 'PatternStar');
  const starred = star < 0 ? null : (items[star] as { name: string | null }).name;
  const bind = starred === null ? null : store(context, starred);
  return (frame, value) => {
    const given = itemsOf(runtime, value);
    if (given === null) return false;
    if (star < 0 ? given.length !== trials.length : given.length < trials.length - 1) return false;
    const more = given.length - trials.length;
    for (let i = 0; i < trials.length; i++) {
      runtime.budget.step();
      if (i === star) bind?.(frame, new PyList(given.slice(star, star + more + 1)));
      else if (!trials[i](frame, given[star >= 0 && i > star ? i + more : i])) return false;
    }
    return true;
  };
}

function itemsOf(runtime: Runtime, value: Value): readonly Value[] | null {
  if (value instanceof PyList || value instanceof PyTuple) return value.items;
  const walked = value instanceof PyRange || (value instanceof PyInstance && value.cls.name === 'deque');
  return walked ? [...runtime.iterate(value)] : null;
}

function mapping(context: Context, pattern: Pattern & { kind: 'PatternMapping' }): Trial {
  const { runtime } = context;
  const items = pattern.items.map(([key, item]) => ({ key: context.expression(key), trial: trialOf(context, item) }));
  const bind = pattern.rest === null ? null : store(context, pattern.rest);
  return (frame, value) => {
    if (!(value instanceof PyDict)) return false;
    const used = new PyDict();
    for (const { key, trial } of items) {
      const name = key(frame);
      const found = getItem(value, name, runtime);
      if (found === undefined || !trial(frame, found)) return false;
      setItem(used, name, null, runtime);
    }
    if (bind === null) return true;
    const rest = new PyDict();
    for (const [held, [key, item]] of value.entries) {
      runtime.budget.step();
      if (!used.entries.has(held)) setItem(rest, key, item, runtime);
    }
    bind(frame, rest);
    return true;
  };
}

function classPattern(context: Context, pattern: Pattern & { kind: 'PatternClass' }): Trial {
  const { runtime } = context;
  const of = context.expression(pattern.cls);
  const positional = pattern.positional.map((item) => trialOf(context, item));
  const keywords = pattern.keywords.map(([name, item]) => [name, trialOf(context, item)] as const);
  const attribute = (frame: Frame, value: Value, name: string, trial: Trial): boolean => {
    const found = findAttribute(runtime, value, name);
    return found !== undefined && trial(frame, found);
  };
  return (frame, value) => {
    const cls = of(frame);
    if (!(cls instanceof PyClass)) throw typeError('called match pattern must be a type');
    if (!isSubclass(classOf(value, runtime), cls)) return false;
    if (positional.length > 0) {
      const named = findAttribute(runtime, cls, '__match_args__');
      if (named === undefined && SELF.has(cls) && positional.length === 1) {
        if (!positional[0](frame, value)) return false;
      } else {
        const names = named instanceof PyTuple ? named.items : [];
        if (names.length < positional.length)
          throw typeError(
            `${cls.name}() accepts ${names.length} positional sub-pattern${names.length === 1 ? '' : 's'} (${positional.length} given)`,
          );
        for (let i = 0; i < positional.length; i++)
          if (!attribute(frame, value, String(names[i]), positional[i])) return false;
      }
    }
    return keywords.every(([name, trial]) => attribute(frame, value, name, trial));
  };
}
