/** The printed tree of a module. */
import type { Interpreter } from '../runtime/interpreter.ts';
import type { PyInstance, Value } from '../runtime/values.ts';
import { stateOf } from './state.ts';

/** Every line but the first pushed in by two blanks. */
const pushedIn = (text: string): string => text.split('\n').join('\n  ');

export function moduleRepr(self: PyInstance, interpreter: Interpreter): string {
  interpreter.budget.step();
  const extra = interpreter.str(interpreter.call(interpreter.getAttribute(self, 'extra_repr'), []));
  const extraLines = extra === '' ? [] : extra.split('\n');
  const childLines: string[] = [];
  for (const [name, child] of stateOf(self).modules) {
    childLines.push(`(${name}): ${pushedIn(interpreter.repr(child))}`);
  }
  const title = interpreter.str(interpreter.call(interpreter.getAttribute(self, '_get_name'), []));
  if (extraLines.length === 1 && childLines.length === 0) return `${title}(${extraLines[0]})`;
  const lines = [...extraLines, ...childLines];
  return lines.length === 0 ? `${title}()` : `${title}(\n  ${lines.join('\n  ')}\n)`;
}

/** `a=1, b=2` of attributes; those of a leading `!` without their name, of a trailing `?` only where true. */
export function attributesText(self: PyInstance, names: string, interpreter: Interpreter): string {
  const parts: string[] = [];
  for (const item of names.split(' ').filter((name) => name !== '')) {
    const name = item.replace(/^!|\?$/g, '');
    const value: Value = self.attributes.get(name) ?? null;
    if (item.endsWith('?')) {
      if (interpreter.truth(value)) parts.push(`${name}=True`);
    } else parts.push(item.startsWith('!') ? interpreter.str(value) : `${name}=${interpreter.repr(value)}`);
  }
  return parts.join(', ');
}
