/** `'{0:>8} {name!r}'.format(…)`. */
import { indexError, typeError, valueError } from '../errors.ts';
import { formatValue } from '../format.ts';
import { getItem } from '../indexing.ts';
import { keyError } from '../keys.ts';
import type { Runtime } from '../runtime.ts';
import { TextBuilder } from '../text.ts';
import { type Kwargs, NativeFunction, type Value } from '../values.ts';

const BRACE = /[{}]/g;

interface Source {
  readonly args: readonly Value[];
  readonly kwargs: Kwargs;
  next: number;
  manual: boolean | null;
}

export const strFormat = new NativeFunction(
  'format',
  (args, kwargs, interpreter) => {
    const [template, ...rest] = args;
    if (typeof template !== 'string') throw typeError("descriptor 'format' for 'str' objects doesn't apply");
    return fill(interpreter as Runtime, template, { args: rest, kwargs, next: 0, manual: null }, 2);
  },
  'method_descriptor',
);

function fill(runtime: Runtime, template: string, source: Source, depth: number): string {
  if (depth === 0) throw valueError('Max string recursion exceeded');
  runtime.budget.characters(template.length);
  const out = new TextBuilder(runtime.budget);
  for (let i = 0; i < template.length; i++) {
    const c = template[i];
    if (c === '}') {
      if (template[i + 1] !== '}') throw valueError("Single '}' encountered in format string");
      out.add('}');
      i++;
    } else if (c !== '{') {
      BRACE.lastIndex = i;
      const end = BRACE.exec(template)?.index ?? template.length;
      out.add(template.slice(i, end));
      i = end - 1;
    } else if (template[i + 1] === '{') {
      out.add('{');
      i++;
    } else {
      const end = closing(template, i);
      runtime.budget.step();
      out.add(replacement(runtime, template.slice(i + 1, end), source, depth));
      i = end;
    }
  }
  return out.toString();
}

function closing(template: string, from: number): number {
  let open = 0;
  for (let i = from; i < template.length; i++) {
    if (template[i] === '{') open++;
    else if (template[i] === '}' && --open === 0) return i;
  }
  throw valueError(
    from === template.length - 1 ? "Single '{' encountered in format string" : "expected '}' before end of string",
  );
}

function replacement(runtime: Runtime, body: string, source: Source, depth: number): string {
  const match = /^([^!:]*)(?:!(.))?(?::([\s\S]*))?$/.exec(body);
  if (match === null) throw valueError("expected ':' after conversion specifier");
  const [, field, conversion, spec] = match;
  let value = fieldOf(runtime, field, source);
  if (conversion === 'r' || conversion === 'a') value = runtime.repr(value);
  else if (conversion === 's') value = runtime.str(value);
  else if (conversion !== undefined) throw valueError(`Unknown conversion specifier '${conversion}'`);
  return formatValue(
    runtime,
    value,
    spec === undefined ? '' : spec.includes('{') ? fill(runtime, spec, source, depth - 1) : spec,
  );
}

function fieldOf(runtime: Runtime, field: string, source: Source): Value {
  const [head] = /^[^.[]*/.exec(field)!;
  let value = argumentOf(runtime, head, source);
  const tail = field.slice(head.length);
  let at = 0;
  for (const part of tail.matchAll(/\.([^.[]+)|\[([^\]]+)\]/gy)) {
    at = part.index + part[0].length;
    if (part[1] !== undefined) value = runtime.getAttribute(value, part[1]);
    else value = getItem(runtime, value, /^\d+$/.test(part[2]) ? BigInt(part[2]) : part[2]);
  }
  if (at !== tail.length) throw valueError('Empty attribute in format string');
  return value;
}

function argumentOf(runtime: Runtime, head: string, source: Source): Value {
  if (head !== '' && !/^\d+$/.test(head)) {
    const value = source.kwargs.get(head);
    if (value === undefined) throw keyError(head, runtime);
    return value;
  }
  const manual = head !== '';
  if (source.manual !== null && source.manual !== manual) {
    throw valueError(
      manual
        ? 'cannot switch from automatic field numbering to manual field specification'
        : 'cannot switch from manual field specification to automatic field numbering',
    );
  }
  source.manual = manual;
  const at = manual ? Number(head) : source.next++;
  if (at >= source.args.length) throw indexError(`Replacement index ${at} out of range for positional args tuple`);
  return source.args[at];
}
