/** What holds of every derivation, over programs of all families. */
import { describe, expect, it } from 'vitest';
import { derived, latexOf, render, type Shown } from './explaining.ts';
import { PROGRAMS } from './programs.ts';

const flat = (data: unknown): number[] => (Array.isArray(data) ? data.flatMap(flat) : [data as number]);
/** All are float32: the shortest text of one is another number in float64. */
const numbers = ({ data }: Shown): number[] => flat(data).map(Math.fround);

/** A float32 sum, a term at a time. */
const added = (rows: readonly number[][]): number[] =>
  rows.reduce((sum, row) => sum.map((x, i) => Math.fround(x + row[i])));

/** Elements of `t` at the places of a larger shape that it is broadcast to. */
function broadcast(t: Shown, shape: readonly number[]): number[] {
  const own = numbers(t);
  const size = shape.reduce((n, s) => n * s, 1);
  const lead = shape.length - t.shape.length;
  return Array.from({ length: size }, (_, k) => {
    let rest = k;
    const index = shape.map(() => 0);
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = rest % shape[d];
      rest = Math.floor(rest / shape[d]);
    }
    return own[t.shape.reduce((at, s, d) => at * s + (s === 1 ? 0 : index[d + lead]), 0)];
  });
}

const program = ({ code }: { code: string }): string => code.split('\n').at(-1) as string;
const of = (code: string): string => (/(?:^|\n)(\w+) = [^\n]*$/.exec(code) as RegExpExecArray)[1];

describe.each(PROGRAMS.map((p) => [program(p), p] as const))('%s', (_, { code, inputs, wrt, kink }) => {
  const answer = derived({ inputs, code, of: of(code), wrt, max_elements: 3 });
  const { steps, sums, graph, forward } = answer;

  it('is linked step by step', () => {
    for (const [i, step] of steps.entries()) {
      expect(step.id).toBe(i);
      if (step.upstream === null) continue;
      const { step: before, sum, tensor } = step.upstream;
      const source = before == null ? sums.find(({ value }) => value === sum)?.tensor : steps[before].result.tensor;
      expect(tensor).toEqual(source);
      if (before != null) expect(steps[before].to).toBe(step.from);
    }
  });

  it('has sums that add up to the bit', () => {
    for (const { value, terms, tensor } of sums) {
      expect(added(terms.map((id) => numbers(steps[id].result.tensor)))).toEqual(numbers(tensor));
      for (const id of terms) expect(steps[id].to).toBe(value);
    }
    const used = new Map<string, number>();
    for (const { to, kind } of steps) if (kind !== 'accumulate') used.set(to, (used.get(to) ?? 0) + 1);
    const several = [...used].flatMap(([name, n]) => (n > 1 ? [name] : []));
    expect(sums.map(({ value }) => value).sort()).toEqual([...new Set([...several, ...wrt])].sort());
    for (const name of wrt) expect(answer.result[name]).toEqual(sums.find(({ value }) => value === name)?.tensor);
  });

  it('tells nodes and values of its graph', () => {
    for (const { node, from, to, kind } of steps) {
      if (node === null) continue;
      expect(graph.nodes[node].outputs).toContain(from);
      expect(flatNames(graph.nodes[node].inputs)).toContain(to);
      if (kind === 'product' || kind === 'convention') expect(forward.map((line) => line.node)).toContain(node);
    }
  });

  it('multiplies element by element where it says so', () => {
    for (const { upstream, local, result } of steps) {
      if (local?.form !== 'elementwise' || local.tensor === undefined || upstream === null) continue;
      const { shape } = local.tensor;
      const g = broadcast(upstream.tensor, shape);
      const product = numbers(local.tensor).map((slope, i) => g[i] * slope);
      const total = product.reduce((a, b) => a + b, 0);
      const passed = numbers(result.tensor).reduce((a, b) => a + b, 0);
      expect(Math.abs(total - passed)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(total)));
    }
  });

  it('says everything, in LaTeX that can be shown', () => {
    for (const { latex, text } of [...steps, ...forward]) {
      expect(latex.rule).not.toBe('');
      expect(latex.numbers).not.toBe('');
      expect(text).not.toMatch(/^$|undefined|@/);
    }
    for (const latex of latexOf(answer)) {
      expect(latex).not.toMatch(/undefined|@/);
      render(latex);
    }
  });

  it('agrees with differences', () => {
    if (kink) return;
    const size = Math.max(1, ...wrt.flatMap((name) => numbers(answer.result[name])).map(Math.abs));
    expect(answer.check?.method).toBe('central_difference');
    expect(answer.check?.max_abs_error).toBeLessThan(2e-5 * size);
  });
});

const flatNames = (inputs: readonly unknown[]): unknown[] =>
  inputs.flatMap((input) => (Array.isArray(input) ? input : [input]));
