/** Where a derivative jumps what is taken is a convention, and a derivation says so. */
import type { Form } from '../../ops/derivation.ts';
import { sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type Call, isGiven } from './call.ts';
import { latexName } from './names.ts';
import { elementOf, numberLatex, numberText } from './numbers.ts';

export interface Kink {
  readonly text: string;
  readonly latex: string;
  /** The places of the elements, an integer a dimension; the first few. */
  readonly at: readonly (readonly number[])[];
}

/** Elements that are looked at, and places that are told. */
const LOOKED_AT = 2 ** 20;
const TOLD = 4;

function* indices(shape: readonly number[]): Generator<number[]> {
  const numel = shape.reduce((n, size) => n * size, 1);
  for (let k = 0; k < numel; k++) {
    const index: number[] = new Array(shape.length);
    let rest = k;
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = rest % shape[d];
      rest = Math.floor(rest / shape[d]);
    }
    yield index;
  }
}

const placeText = (name: string, index: readonly number[]): string =>
  index.length === 0 ? name : `${name}[${index.join(', ')}]`;

/** Elements that share with others of their row that they are the result. */
function equalOnes(input: Tensor, result: Tensor, dim: unknown, keepdim: boolean): number[][] {
  if (input.numel > LOOKED_AT || (dim !== undefined && typeof dim !== 'number' && !Array.isArray(dim))) return [];
  const dims = new Set(
    dim === undefined ? input.shape.map((_, d) => d) : [dim].flat().map((d) => (Number(d) + input.ndim) % input.ndim),
  );
  const rows = new Map<string, number[][]>();
  for (const index of indices(input.shape)) {
    const place = index.flatMap((i, d) => (dims.has(d) ? (keepdim ? [0] : []) : [i]));
    if (place.length !== result.ndim) return [];
    if (elementOf(input, index) !== elementOf(result, place)) continue;
    const key = place.join();
    rows.set(key, [...(rows.get(key) ?? []), index]);
  }
  return [...rows.values()].filter((row) => row.length > 1).flat();
}

/** Where the curve of an activation breaks, as its definition says. */
function breaksOf({ op, told }: Call): readonly number[] {
  if (op.category !== 'activation' || op.breaks === undefined) return [];
  const numbers = (t: Tensor): number[] => [...indices(t.shape).take(1)].map((index) => elementOf(t, index));
  const args = Object.fromEntries(
    Object.entries(told).map(([key, value]) => [key, value instanceof Tensor ? numbers(value) : value]),
  );
  return op.breaks({ ...args, vary: 0 }).flatMap(({ kind, x }) => (kind === 'kink' || kind === 'jump' ? [x] : []));
}

/** What is taken at kinks that elements of the call's arguments lie at; undefined where none does. */
export function atKinks(
  call: Call,
  param: string,
  local: Tensor | undefined,
  form: Form,
  digits: number,
): Kink | undefined {
  const { kinks, ties } = call.op.derivation;
  const say = (name: string, what: string, latex: string, at: number[][], more: boolean): Kink | undefined => {
    if (at.length === 0) return undefined;
    const values = at.flatMap((index) =>
      form === 'elementwise' && local !== undefined && local.ndim === index.length ? [elementOf(local, index)] : [],
    );
    const taken = [...new Set(values)];
    const value = taken.length === 1 ? numberText(taken[0], digits) : undefined;
    const places = at.map((index) => placeText(name, index)).join(', ');
    return {
      at,
      text: `${call.op.name} has a kink where ${what}, as at ${places}${more ? ' and others' : ''}: ${value === undefined ? 'what is taken there' : `the value ${value} that is taken there`} is a convention`,
      latex: String.raw`\text{by convention}${taken.length === 1 ? `\\ ${numberLatex(taken[0], digits)}` : ''}\text{ where }${latex}`,
    };
  };
  const found = (t: Tensor, isAt: (index: number[]) => boolean): { at: number[][]; more: boolean } => {
    const at: number[][] = [];
    if (t.numel > LOOKED_AT) return { at, more: false };
    for (const index of indices(t.shape)) {
      if (!isAt(index)) continue;
      if (at.length >= TOLD) return { at, more: true };
      at.push(index);
    }
    return { at, more: false };
  };
  if (ties !== undefined) {
    const [a, b] = ties.map((key) => call.args.get(key));
    if (!isGiven(a) || !isGiven(b) || !(a.tensor instanceof Tensor) || !(b.tensor instanceof Tensor)) return undefined;
    if (!sameShape(a.shape, b.shape)) return undefined;
    const [x, y] = [a.tensor, b.tensor];
    const { at, more } = found(x, (index) => elementOf(x, index) === elementOf(y, index));
    return say(a.name, `${a.name} = ${b.name}`, `${latexName(a.name)} = ${latexName(b.name)}`, at, more);
  }
  if (call.op.derivation.extreme) {
    const input = call.args.get('input');
    const [result] = call.results;
    if (param !== 'input' || !isGiven(input) || input.tensor === undefined || result.tensor === undefined)
      return undefined;
    const equal = equalOnes(input.tensor, result.tensor, call.told.dim, call.told.keepdim === true);
    const what = `several elements of ${input.name} are equal to ${result.name}`;
    return say(input.name, what, String.raw`\text{elements are equal}`, equal.slice(0, TOLD), equal.length > TOLD);
  }
  const first = call.op.params.find((p) => p.differentiable)?.key;
  if (first === undefined || param !== first || form !== 'elementwise') return undefined;
  const arg = call.args.get(first);
  if (!isGiven(arg) || arg.tensor === undefined) return undefined;
  const places = kinks?.(call.told as never) ?? breaksOf(call);
  if (places.length === 0) return undefined;
  const { tensor, name } = arg;
  const { at, more } = found(tensor, (index) => places.includes(elementOf(tensor, index)));
  const met = places.filter((place) => at.some((index) => elementOf(tensor, index) === place));
  return say(
    name,
    met.map((place) => `${name} = ${numberText(place, 17)}`).join(' or '),
    met.map((place) => `${latexName(name)} = ${numberLatex(place, 17)}`).join(String.raw` \lor `),
    at,
    more,
  );
}
