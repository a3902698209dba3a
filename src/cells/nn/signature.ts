/** Signatures in Python's own writing, and the binding of a call's arguments to them. */
import { typeError } from '../runtime/errors.ts';
import { type Kwargs, PyTuple, type Value } from '../runtime/values.ts';

interface Parameter {
  readonly name: string;
  readonly fallback?: Value;
  readonly keywordOnly: boolean;
}

export type Bound = Readonly<Record<string, Value>>;

/** A default as Python writes it: None, True, 1, 1e-05, 'mean', (0.9, 0.999). */
function literal(text: string): Value {
  if (text === 'None') return null;
  if (text === 'True' || text === 'False') return text === 'True';
  if (text.startsWith("'")) return text.slice(1, -1);
  if (text.startsWith('('))
    return new PyTuple(
      text
        .slice(1, -1)
        .split(';')
        .map((item) => literal(item.trim())),
    );
  return /^-?\d+$/.test(text) ? BigInt(text) : Number(text);
}

function parse(text: string): Parameter[] {
  let keywordOnly = false;
  const out: Parameter[] = [];
  for (const part of text.split(',').map((p) => p.trim())) {
    if (part === '') continue;
    if (part === '*') {
      keywordOnly = true;
      continue;
    }
    const at = part.indexOf('=');
    if (at < 0) out.push({ name: part, keywordOnly });
    else out.push({ name: part.slice(0, at), fallback: literal(part.slice(at + 1)), keywordOnly });
  }
  return out;
}

const listed = (names: readonly string[]): string => {
  const quoted = names.map((n) => `'${n}'`);
  if (quoted.length < 3) return quoted.join(' and ');
  return `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`;
};

/**
 * Reads a call's arguments by a signature; in its text `;` stands between the items of a tuple.
 * `receivers` are counted in messages as Python counts `self`.
 *
 * @example
 * const takes = signature('Linear.__init__', 'in_features, out_features, bias=True', 1);
 * takes([2n, 3n], new Map()) // { in_features: 2n, out_features: 3n, bias: true }
 * @throws PyError TypeError in Python's words
 */
export function signature(
  name: string,
  text: string,
  receivers = 0,
): (args: readonly Value[], kwargs: Kwargs) => Bound {
  const parameters = parse(text);
  const positional = parameters.filter((p) => !p.keywordOnly);
  const byName = new Map(parameters.map((p) => [p.name, p]));
  return (args, kwargs) => {
    if (args.length > positional.length) {
      const most = positional.length + receivers;
      const least = positional.filter((p) => p.fallback === undefined).length + receivers;
      const given = args.length + receivers;
      const takes = least === most ? `${most}` : `from ${least} to ${most}`;
      throw typeError(
        `${name}() takes ${takes} positional argument${most === 1 ? '' : 's'} but ${given} ${given === 1 ? 'was' : 'were'} given`,
      );
    }
    const bound: Record<string, Value> = {};
    args.forEach((value, i) => {
      bound[positional[i].name] = value;
    });
    for (const [key, value] of kwargs) {
      if (!byName.has(key)) throw typeError(`${name}() got an unexpected keyword argument '${key}'`);
      if (Object.hasOwn(bound, key)) throw typeError(`${name}() got multiple values for argument '${key}'`);
      bound[key] = value;
    }
    const missing: string[] = [];
    for (const p of parameters) {
      if (Object.hasOwn(bound, p.name)) continue;
      if (p.fallback === undefined) missing.push(p.name);
      else bound[p.name] = p.fallback;
    }
    if (missing.length > 0) {
      const kind = byName.get(missing[0])?.keywordOnly ? 'keyword-only' : 'positional';
      const n = missing.length;
      throw typeError(`${name}() missing ${n} required ${kind} argument${n === 1 ? '' : 's'}: ${listed(missing)}`);
    }
    return bound;
  };
}
