/** Every op is reached by every way that PyTorch 1.13 has: by each name, in each order, by each keyword. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/cells/runtime/values.ts';
import { type Overload, receiverOf, spell } from '../../../src/cells/torch/spelling.ts';
import { copy } from '../../../src/kernels/copy.ts';
import type { OpDef } from '../../../src/ops/define.ts';
import { type Standing, standingsOf } from '../../../src/ops/pytorch.ts';
import { findOp, ops } from '../../../src/ops/registry.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { argumentsOf } from '../../support/examples.ts';
import { isTheirs, spaceOf } from '../../support/pytorch.ts';
import { call, elements, seeded, tensorsIn, toPython } from './python.ts';

/** Arguments of PyTorch's that its functions have and ours do not. */
const NOT_HERE: Readonly<Record<string, readonly string[]>> = {
  // Without them the factors would be zeros.
  'torch.svd': ['compute_uv'],
  'Tensor.svd': ['compute_uv'],
  // Elements read as another dtype are no op, but a window that the cells make.
  'Tensor.view': ['dtype'],
  'Tensor.to': ['non_blocking', 'copy', 'tensor'],
};

const MODULES = { torch: 'torch', F: 'torch.nn.functional', special: 'torch.special', linalg: 'torch.linalg' };

interface Signature {
  readonly positional: readonly string[];
  readonly keywords: readonly string[];
  /** Whether the last positional stands for all tensors that are left. */
  readonly star: boolean;
}

function read(text: string): Signature {
  const [before, after] = text.split('|').map((part) =>
    part
      .trim()
      .split(' ')
      .filter((w) => w !== ''),
  );
  const at = before.findIndex((w) => w.startsWith('*'));
  if (at < 0) return { positional: before, keywords: after ?? [], star: false };
  const positional = before.slice(0, at + 1).map((w) => w.replace('*', ''));
  return { positional, keywords: before.slice(at + 1), star: true };
}

/** The slot that a signature of PyTorch's gives each of its names, undefined where ours has none. */
const placeOf = (overloads: readonly Overload[], name: string): number | undefined => {
  for (const { byName } of overloads) {
    const slot = byName.get(name);
    if (slot !== undefined) return slot.place;
  }
  return undefined;
};

interface Way {
  readonly op: OpDef;
  readonly standing: Standing;
  readonly path: string;
  readonly theirs: readonly Signature[];
  readonly ours: readonly Overload[];
}

const ways: Way[] = ops.filter(isTheirs).flatMap((op) =>
  standingsOf(op).map((standing) => {
    const { space, name, order } = standing;
    return {
      op,
      standing,
      path: `${space === 'property' ? 'Tensor' : space}.${name}`,
      theirs: (spaceOf(space).get(name) ?? []).map(read),
      ours: spell(op, name, order, space).overloads,
    };
  }),
);

describe('signatures', () => {
  it('have PyTorch’s names in PyTorch’s order', () => {
    const wrong: string[] = [];
    for (const { op, standing, path, theirs, ours } of ways) {
      const skip = standing.space === 'Tensor' ? 1 : 0;
      for (const { positional, keywords } of theirs) {
        const absent = NOT_HERE[path] ?? [];
        for (const name of [...positional, ...keywords])
          if (placeOf(ours, name) === undefined && !absent.includes(name)) wrong.push(`${path} has no ${name}`);
        const fits = ours.some((overload) =>
          positional.every(
            (name, i) =>
              absent.includes(name) || overload.positional[i + skip]?.place === (placeOf([overload], name) ?? NaN),
          ),
        );
        if (!fits) wrong.push(`${path}(${positional.join(', ')}) of ${op.name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('take by keyword only what PyTorch takes by keyword only', () => {
    const wrong: string[] = [];
    for (const { standing, path, theirs, ours } of ways) {
      const skip = standing.space === 'Tensor' ? 1 : 0;
      for (const { positional, keywords } of theirs) {
        for (const { byName, positional: own } of ours) {
          // Old spellings have another order; these are not looked at.
          const same = positional.every((name, i) => byName.get(name)?.place === own[i + skip]?.place);
          const next = own[positional.length + skip];
          const elsewhere = theirs.some((s) => s.positional.length > positional.length);
          if (same && !elsewhere && next !== undefined && keywords.some((name) => byName.get(name) === next))
            wrong.push(`${path}: ${next.name}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** A call in Python of an example: by position as far as it goes, or by keyword; undefined where it cannot be said. */
function spelled(
  way: Way,
  signature: Signature,
  values: readonly unknown[],
  byKeyword: boolean,
): [string, Map<string, Value>] | undefined {
  const { op, standing, ours } = way;
  const { space, name } = standing;
  if (byKeyword && signature.star && signature.positional.length > 1) return undefined;
  const names = new Map<string, Value>();
  const words: string[] = [];
  const said = new Set<number>();
  const put = (place: number, word: (variable: string) => string): void => {
    const variable = `a${names.size}`;
    names.set(variable, toPython(op.params[place], values[place]));
    words.push(word(variable));
    said.add(place);
  };
  const given = (place: number): boolean => {
    const { default: fallback } = op.params[place];
    return values[place] !== undefined && !isDeepStrictEqual(values[place], fallback);
  };
  let receiver = '';
  if (space === 'Tensor' || space === 'property') {
    const at = op.params.findIndex((p) => p.name === 'input');
    const place = at >= 0 ? at : op.params.findIndex((p) => p.kind === 'tensor');
    if (!(values[place] instanceof Tensor)) return undefined;
    names.set('receiver', values[place]);
    said.add(place);
    receiver = 'receiver';
  }
  const places = signature.positional.map((n) => placeOf(ours, n) ?? -1);
  const last = places.findLastIndex(
    (place) => place >= 0 && !said.has(place) && (given(place) || op.params[place].required),
  );
  places.slice(0, last + 1).forEach((place, i) => {
    const n = signature.positional[i];
    if (signature.star && i === places.length - 1) put(place, (v) => `*${v}`);
    else if (!byKeyword && place < 0) words.push('None');
    else if (!byKeyword) put(place, (v) => v);
    else if (place >= 0 && (given(place) || op.params[place].required)) put(place, (v) => `${n}=${v}`);
  });
  for (const n of signature.keywords) {
    const place = placeOf(ours, n) ?? -1;
    if (place >= 0 && !said.has(place) && given(place)) put(place, (v) => `${n}=${v}`);
  }
  if (values.some((_, place) => given(place) && !said.has(place))) return undefined;
  if (space === 'property') return [`receiver.${name}`, names];
  const fn = space === 'Tensor' ? `${receiver}.${name}` : `${space === 'F' ? 'F' : MODULES[space]}.${name}`;
  return [`${fn}(${words.join(', ')})`, names];
}

/** Ops whose in-place variant changes the tensor's shape, not its elements. */
const RESHAPING = new Set(['as_strided', 'transpose', 'squeeze', 'unsqueeze', 't']);

/** Calls the variant that writes over its first argument, which is broadcast to the result before. */
function writesLike(
  { op, standing: { name } }: Way,
  [code, names]: [string, Map<string, Value>],
  values: unknown[],
): void {
  const target = values[receiverOf(op)] as Tensor;
  const result = seeded(() => op.apply([...values])) as Tensor;
  const fresh = new Map<string, Value>();
  for (const [variable, value] of names) {
    const wide = value === target && !RESHAPING.has(op.name);
    if (value instanceof Tensor)
      fresh.set(variable, copy(wide ? (findOp('broadcast_to')?.apply([value, result.shape]) as Tensor) : value));
    else fresh.set(variable, value);
  }
  const got = call(code.replace(`.${name}(`, `.${name}_(`), fresh) as Tensor;
  expect([...fresh.values()]).toContain(got);
  const want = findOp('to')?.apply([result, target.dtype]) as Tensor;
  expect([`${code} in place`, elements(got)]).toEqual([`${code} in place`, elements(want)]);
}

const byOp = Map.groupBy(ways, ({ op }) => op.name);

describe('every way', () => {
  it.each([...byOp])('to %s gives what the op gives', (name, all) => {
    const op = findOp(name) as OpDef;
    const reached = new Set<string>();
    for (const example of op.examples) {
      const values = argumentsOf(op, example);
      const want = seeded(() => tensorsIn(op.apply([...values])).map(elements));
      for (const way of all) {
        for (const signature of way.theirs)
          for (const byKeyword of [false, true]) {
            const one = spelled(way, signature, values, byKeyword);
            if (one === undefined) continue;
            const got = tensorsIn(call(...one)).map(elements);
            expect([one[0], got]).toEqual([one[0], want]);
            reached.add(way.path);
            if (way.standing.writes && !byKeyword) writesLike(way, one, values);
          }
      }
    }
    expect(all.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });
});
