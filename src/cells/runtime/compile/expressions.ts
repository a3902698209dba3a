/** Expressions, made ready to run. */
import type { Expr, JoinedPart } from '../../syntax/ast.ts';
import { PyBytes } from '../bytes.ts';
import { PyComplex } from '../complex.ts';
import { PyError, typeError } from '../errors.ts';
import { formatValue } from '../format.ts';
import type { Code, Frame } from '../frame.ts';
import { getItem } from '../indexing.ts';
import { iteratorOf, listOf } from '../iterate.ts';
import { addItem, setItem } from '../keys.ts';
import { PySet } from '../objects.ts';
import type { Runtime } from '../runtime.ts';
import { mapText } from '../text.ts';
import { typeName } from '../types.ts';
import { ELLIPSIS, PyDict, PyList, PySlice, PyTuple, type Value } from '../values.ts';
import { binaryCode, boolCode, compareCode, unaryCode } from './arithmetic.ts';
import { callCode } from './calls.ts';
import { comprehension } from './comprehensions.ts';
import type { Context } from './context.ts';
import { lambda } from './functions.ts';
import { load, store } from './names.ts';

export function makeExpression(context: Context, node: Expr): Code {
  const { runtime } = context;
  switch (node.kind) {
    case 'Constant': {
      const { value } = node;
      if (typeof value === 'string') context.size += value.length >>> 8;
      return () => value;
    }
    case 'Bytes': {
      const bytes = PyBytes.of(node.value);
      context.size += node.value.length >>> 6;
      return () => bytes;
    }
    case 'Imaginary': {
      const imaginary = new PyComplex(0, node.value);
      return () => imaginary;
    }
    case 'Ellipsis':
      return () => ELLIPSIS;
    case 'Name':
      return load(context, node.id);
    case 'Attribute': {
      const value = context.expression(node.value);
      const { name } = node;
      return (frame) => runtime.getAttribute(value(frame), name);
    }
    case 'Subscript': {
      const value = context.expression(node.value);
      const index = context.expression(node.index);
      return (frame) => getItem(runtime, value(frame), index(frame));
    }
    case 'Slice': {
      const [start, stop, step] = [node.start, node.stop, node.step].map(
        (part): Code => (part === null ? () => null : context.expression(part)),
      );
      return (frame) => new PySlice(start(frame), stop(frame), step(frame));
    }
    case 'Call':
      return callCode(context, node);
    case 'Unary':
      return unaryCode(context, node);
    case 'Binary':
      return binaryCode(context, node);
    case 'Compare':
      return compareCode(context, node);
    case 'Bool':
      return boolCode(context, node);
    case 'Conditional': {
      const test = context.expression(node.test);
      const body = context.expression(node.body);
      const otherwise = context.expression(node.otherwise);
      return (frame) => (runtime.truth(test(frame)) ? body(frame) : otherwise(frame));
    }
    case 'Lambda':
      return lambda(context, node);
    case 'Tuple': {
      const items = sequence(context, node.items);
      return (frame) => {
        runtime.budget.step();
        return new PyTuple(items(frame));
      };
    }
    case 'List': {
      const items = sequence(context, node.items);
      return (frame) => {
        runtime.budget.step();
        return new PyList(items(frame));
      };
    }
    case 'Set': {
      const items = sequence(context, node.items);
      return (frame) => {
        const set = new PySet();
        for (const item of items(frame)) addItem(set, item, runtime);
        return set;
      };
    }
    case 'Dict':
      return dictionary(context, node.items);
    case 'Comprehension':
      return comprehension(context, node);
    case 'Joined':
      return joined(context, node.parts);
    case 'Named': {
      const value = context.expression(node.value);
      const bind = store(context, node.target);
      return (frame) => {
        const result = value(frame);
        bind(frame, result);
        return result;
      };
    }
    case 'Star':
      throw new PyError('SyntaxError', "can't use starred expression here", node.line);
    case 'Yield':
    case 'YieldFrom':
      throw new PyError('NotImplementedError', 'yield within an expression is not supported in cells', node.line);
  }
}

/** The elements of a display, stars spread out. */
export function sequence(context: Context, nodes: readonly Expr[]): (frame: Frame) => Value[] {
  const { runtime } = context;
  const starred = nodes.map((node) => node.kind === 'Star');
  const codes = nodes.map((node) => context.expression(node.kind === 'Star' ? node.value : node));
  if (!starred.includes(true)) {
    return (frame) => {
      const items = new Array<Value>(codes.length);
      for (let i = 0; i < codes.length; i++) items[i] = codes[i](frame);
      return items;
    };
  }
  return (frame) => {
    const items: Value[] = [];
    codes.forEach((code, i) => {
      const value = code(frame);
      if (!starred[i]) items.push(value);
      else {
        const more = spread(runtime, value);
        runtime.budget.room(items.length + more.length);
        for (const item of more) items.push(item);
      }
    });
    return items;
  };
}

function spread(runtime: Runtime, value: Value): Value[] {
  try {
    iteratorOf(runtime, value);
  } catch (error) {
    if (error instanceof PyError && error.type === 'TypeError')
      throw typeError(`Value after * must be an iterable, not ${typeName(value, runtime)}`);
    throw error;
  }
  return listOf(runtime, value);
}

function dictionary(context: Context, items: readonly (readonly [Expr | null, Expr])[]): Code {
  const { runtime } = context;
  const codes = items.map(
    ([key, value]) => [key === null ? null : context.expression(key), context.expression(value)] as const,
  );
  return (frame) => {
    runtime.budget.step();
    const dict = new PyDict();
    for (const [key, value] of codes) {
      if (key !== null) {
        const name = key(frame);
        setItem(dict, name, value(frame), runtime);
        continue;
      }
      const more = value(frame);
      if (!(more instanceof PyDict)) throw typeError(`'${typeName(more, runtime)}' object is not a mapping`);
      for (const [name, item] of more.entries.values()) {
        runtime.budget.step();
        setItem(dict, name, item, runtime);
      }
    }
    return dict;
  };
}

function joined(context: Context, parts: readonly JoinedPart[]): (frame: Frame) => string {
  const { runtime } = context;
  const codes = parts.map((part) => {
    if (typeof part === 'string') return (): string => part;
    const value = context.expression(part.value);
    const spec = part.spec === null ? null : joined(context, part.spec);
    const { conversion } = part;
    return (frame: Frame): string => {
      let item = value(frame);
      if (conversion === 'r') item = runtime.repr(item);
      else if (conversion === 's') item = runtime.str(item);
      else if (conversion === 'a') item = mapText(runtime.budget, runtime.repr(item), ascii);
      return formatValue(runtime, item, spec === null ? '' : spec(frame));
    };
  });
  return (frame) => {
    let text = '';
    for (const code of codes) {
      text += code(frame);
      runtime.budget.characters(text.length);
    }
    return text;
  };
}

/** What ascii() makes of a repr. */
export function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (c) => {
    const code = c.codePointAt(0)!;
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  });
}
