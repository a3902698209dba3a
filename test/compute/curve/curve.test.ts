/** Curves against what PyTorch gives along a line, at each break, and at the numbers next to it. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type SampledCurve, sampleCurve } from '../../../src/compute/curve/curve.ts';
import { Scope } from '../../../src/compute/scope.ts';
import { readCurveQuery } from '../../../src/http/curve-query.ts';
import { curvePath } from '../../../src/http/routes/curves.ts';
import { namesInPyTorch } from '../../../src/ops/pytorch.ts';
import { findOp, ops } from '../../../src/ops/registry.ts';

type Num = number | string;
type Pairs = [y: Num, dy: Num][];

interface Case {
  op: string;
  query: string;
  grid: [x: number, pairs: Pairs][];
  breaks: { x: number; value: Pairs | null; left: Pairs | null; right: Pairs | null }[];
}

const file = new URL('./torch-curves.json.gz', import.meta.url);
const { cases } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as { cases: Case[] };

function curveOf(name: string, query: string): SampledCurve {
  const op = findOp(name);
  if (op === undefined) throw new Error(`no op ${name}`);
  const { request } = readCurveQuery(op, Object.fromEntries(new URLSearchParams(query)));
  return sampleCurve(request, new Scope({ maxElements: 2 ** 24, maxNodes: 1000, timeLimitMs: 60_000 }));
}

/** By how much, of the value, we differ on purpose: constants of PyTorch's there are those of float32. */
const SLACK: Readonly<Record<string, number>> = { hardsigmoid: 1e-7, binary_cross_entropy: 1e-8 };

function close(what: string, got: number, want: Num, op: string): void {
  const [a, b] = [got, Number(want)];
  const slack = 1e-12 + (SLACK[op] ?? 1e-9) * Math.abs(b);
  const same = a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= slack;
  expect(same, `${what}: ${a}, PyTorch has ${b}`).toBe(true);
}

describe('a curve', () => {
  it.each(cases)('$op $query is as PyTorch has it', ({ op, query, grid, breaks }) => {
    const curve = curveOf(op, query);
    expect(curve.breaks.map(({ x }) => x)).toEqual(breaks.map(({ x }) => x));
    const places = new Set(breaks.map(({ x }) => x));
    curve.series.forEach(({ name, pieces }, s) => {
      const at = new Map(pieces.flatMap(({ x, y, dy }) => x.map((place, i) => [place, [y[i], dy[i]]] as const)));
      for (const [x, pairs] of grid) {
        // There the piece has its limit, and the break the value.
        if (places.has(x)) continue;
        const [y, dy] = at.get(x) ?? [Number.NaN, Number.NaN];
        if (pairs[s][0] === 'NaN') {
          expect(at.has(x), `${name} at ${x}`).toBe(false);
          continue;
        }
        close(`${name} at ${x}`, y, pairs[s][0], op);
        close(`the slope of ${name} at ${x}`, dy, pairs[s][1], op);
      }
    });
  });

  it.each(cases.filter(({ breaks }) => breaks.length > 0))('$op $query breaks as PyTorch does', (one) => {
    const curve = curveOf(one.op, one.query);
    one.breaks.forEach((want, i) => {
      const got = curve.breaks[i];
      const where = `${one.op} at ${want.x}`;
      const s = Math.max(
        0,
        curve.series.findIndex(({ name }) => name === got.series),
      );
      if (want.value === null) expect(got.value).toBeNull();
      else {
        close(`${where}`, got.value?.y ?? Number.NaN, want.value[s][0], one.op);
        close(`the slope of ${where}`, got.value?.dy ?? Number.NaN, want.value[s][1], one.op);
      }
      for (const side of ['left', 'right'] as const) {
        const pair = want[side]?.[s] ?? null;
        if (pair === null || Number.isNaN(Number(pair[0]))) expect(got[side], `${where}, ${side}`).toBeNull();
        else if (got.kind !== 'pole' && got.kind !== 'end') {
          close(`${where}, ${side}`, got[side]?.y ?? Number.NaN, pair[0], one.op);
          close(`the slope of ${where}, ${side}`, got[side]?.dy ?? Number.NaN, pair[1], one.op);
        }
      }
    });
  });

  it('is compared for every op of PyTorch that has one', () => {
    const seen = new Set(cases.map(({ op }) => op));
    const wanted = ops.filter((op) => curvePath(op) !== undefined && namesInPyTorch(op).length > 0);
    expect(wanted.filter((op) => !seen.has(op.name)).map(({ name }) => name)).toEqual([]);
  });

  const everywhere = [
    ...cases,
    ...['from=-1&to=0', 'from=0&to=1', 'from=-0.5&to=0.5', 'from=1&to=3&points=2', 'points=7', 'points=1000'].flatMap(
      (query) => cases.map((one) => ({ op: one.op, query: `${one.query.replace(/(from|to)=[^&]*&?/g, '')}&${query}` })),
    ),
  ];

  it('has pieces in order, none of which crosses a break, with their ends at the limits', () => {
    for (const { op, query } of everywhere) {
      const what = `${op}?${query}`;
      const curve = curveOf(op, query);
      const points = Number(new URLSearchParams(query).get('points') ?? 201);
      for (const { name, pieces } of curve.series) {
        const samples = pieces.reduce((sum, { x }) => sum + x.length, 0);
        if (pieces.length > 0) expect(samples, what).toBeGreaterThanOrEqual(points);
        let last = curve.from;
        for (const { x, y, dy } of pieces) {
          expect([x.length, y.length, dy.length], what).toEqual([x.length, x.length, x.length]);
          expect(x[0], what).toBeGreaterThanOrEqual(last);
          for (let i = 1; i < x.length; i++) expect(x[i] > x[i - 1], what).toBe(true);
          last = x[x.length - 1];
          for (const at of curve.breaks) expect(at.x > x[0] && at.x < last, `${what} at ${at.x}`).toBe(false);
        }
        expect(last, what).toBeLessThanOrEqual(curve.to);
        for (const { x, left, right, series } of curve.breaks) {
          if (series !== undefined && series !== name) continue;
          const before = pieces.find((piece) => piece.x[piece.x.length - 1] === x);
          const after = pieces.find((piece) => piece.x[0] === x);
          if (before !== undefined) expect([before.y.at(-1), before.dy.at(-1)], what).toEqual([left?.y, left?.dy]);
          if (after !== undefined) expect([after.y[0], after.dy[0]], what).toEqual([right?.y, right?.dy]);
        }
      }
      for (const { x, kind, left, right } of curve.breaks) {
        expect(x > curve.from && x < curve.to, what).toBe(true);
        if (kind === 'kink') expect([what, left?.y]).toEqual([what, right?.y]);
        if (kind === 'kink') expect(left?.dy, what).not.toBe(right?.dy);
        if (kind === 'jump') expect(left?.y, what).not.toBe(right?.y);
      }
    }
  });

  it('has limits that are exact', () => {
    expect(curveOf('relu', '').breaks).toEqual([
      { x: 0, kind: 'kink', left: { y: 0, dy: 0 }, right: { y: 0, dy: 1 }, value: { y: 0, dy: 0 } },
    ]);
    expect(curveOf('hardswish', '').breaks.map(({ left, right }) => [left?.dy, right?.dy])).toEqual([
      [0, -0.5],
      [1.5, 1],
    ]);
    const [{ left, right, kind }] = curveOf('threshold', 'threshold=0.1&value=20').breaks;
    expect([kind, left, right]).toEqual(['jump', { y: 20, dy: 0 }, { y: 0.1, dy: 1 }]);
  });

  it('grows without bound towards a pole', () => {
    const query = 'log_input=false&eps=0.25&from=-1&to=1';
    const { breaks, series, domain } = curveOf('poisson_nll_loss', query);
    expect(breaks).toEqual([
      {
        x: -0.25,
        kind: 'pole',
        left: null,
        right: { y: Infinity, dy: -Infinity },
        value: { y: Infinity, dy: -Infinity },
      },
    ]);
    expect(series[0].pieces.map(({ x }) => [x[0], x.at(-1)])).toEqual([[-0.25, 1]]);
    expect(domain).toEqual({ low: -0.25, high: Infinity });
    // Without a count there is no logarithm: the domain has its end, and no value there.
    const none = curveOf('poisson_nll_loss', `${query}&target=0`).breaks[0];
    expect(none).toMatchObject({ kind: 'end', left: null, right: { y: -0.25, dy: 1 }, value: null });
  });

  it('has no pieces where all of it lies outside the domain', () => {
    const { series, breaks } = curveOf('binary_cross_entropy', 'from=2&to=3');
    expect([series[0].pieces, breaks]).toEqual([[], []]);
  });

  it('begins with the limit, not with the value, where it begins at a break', () => {
    const [piece] = curveOf('relu', 'from=0&to=2').series[0].pieces;
    expect([piece.x[0], piece.y[0], piece.dy[0]]).toEqual([0, 0, 1]);
  });

  it('holds the equally spaced places that were asked for, and more where it bends', () => {
    const { x } = curveOf('tanh', 'points=11').series[0].pieces[0];
    for (let i = 0; i <= 10; i++) expect(x).toContain(-5 + i);
    expect(x.length).toBeGreaterThan(30);
    expect(curveOf('kl_div', 'points=11').series[0].pieces[0].x).toHaveLength(11);
  });
});
