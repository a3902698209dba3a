import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivativeOf } from '../../../src/kernels/formula/derivative.ts';
import * as f from '../../../src/kernels/formula/expression.ts';
import { FUNCTIONS } from '../../../src/kernels/formula/functions.ts';
import { latexOf } from '../../../src/kernels/formula/latex.ts';
import { scalarOf } from '../../../src/kernels/formula/scalar.ts';

const [x, y, z] = f.OPERANDS;
const NAMES = ['x', 'y', 'z'];

/** By central differences. */
function slopeAt(e: f.Expression, index: number, at: readonly number[]): number {
  const h = 1e-5;
  const moved = (by: number): number => scalarOf(e)(...at.map((v, i) => (i === index ? v + by : v)));
  return (moved(h) - moved(-h)) / (2 * h);
}

function agree(e: f.Expression, index: number, at: readonly number[]): void {
  const want = slopeAt(e, index, at);
  const got = scalarOf(derivativeOf(e, index))(...at);
  expect(Math.abs(got - want), `${latexOf(e, NAMES)} at ${at}: ${got} for ${want}`).toBeLessThanOrEqual(
    2e-4 * Math.max(1, Math.abs(want)),
  );
}

/** Arguments inside of the domain of each function, away from kinks. */
const ARGUMENTS: Readonly<Record<string, readonly number[]>> = { acosh: [1.7], polygamma: [1, 1.3], fmod: [2.3, 0.7] };

describe('derivatives', () => {
  it.each(Object.entries(FUNCTIONS).filter(([name]) => name !== 'fround'))('of %s', (name, { arity }) => {
    const at = ARGUMENTS[name] ?? [0.37, 0.61].slice(0, arity);
    const e = f.call(name as f.FunctionName, ...f.OPERANDS.slice(0, arity));
    // The order of polygamma is a whole number.
    for (let i = name === 'polygamma' ? 1 : 0; i < arity; i++) agree(e, i, at);
  });

  it.each([
    ['sign', f.sign],
    ['rsqrt', f.rsqrt],
    ['softplus', f.softplus],
    ['logSigmoid', f.logSigmoid],
    ['sqrt', f.sqrt],
    ['abs', f.abs],
    ['floor', f.floor],
  ] as const)('of %s', (_, write) => {
    agree(write(x), 0, [0.37]);
    agree(write(f.mul(x, x)), 0, [1.3]);
  });

  const leaves = fc.constantFrom(x, y, z, f.constant(2), f.constant(-0.5), f.constant(Math.PI));
  const expressions = fc.letrec<{ e: f.Expression }>((tie) => ({
    e: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaves,
      fc.tuple(fc.constantFrom(f.add, f.sub, f.mul, f.min, f.max), tie('e'), tie('e')).map(([op, a, b]) => op(a, b)),
      fc.tuple(tie('e'), tie('e')).map(([a, b]) => f.div(a, f.add(2, f.mul(b, b)))),
      fc.tuple(fc.constantFrom(f.neg, f.sigmoid, f.tanh, f.softplus), tie('e')).map(([op, a]) => op(a)),
      fc.tuple(tie('e'), tie('e'), tie('e')).map(([c, a, b]) => f.select(f.gt(c, 0.1), a, b)),
    ),
  })).e;

  it('of what is made of them, simplified, are those of differences', () => {
    fc.assert(
      fc.property(
        expressions,
        fc.tuple(
          fc.double({ min: -2, max: 2, noNaN: true }),
          fc.double({ min: -2, max: 2, noNaN: true }),
          fc.double({ min: -2, max: 2, noNaN: true }),
        ),
        (e, at) => {
          const d = derivativeOf(e, 0);
          const [h, value] = [1e-6, scalarOf(d)];
          // Not across a kink: there the slope itself jumps.
          const around = [-h, 0, h].map((by) => value(at[0] + by, at[1], at[2]));
          const f0 = scalarOf(e);
          const jump = Math.abs(f0(at[0] + h, at[1], at[2]) - f0(at[0] - h, at[1], at[2]));
          const large = Math.max(1, ...around.map(Math.abs));
          fc.pre(Math.max(...around) - Math.min(...around) < 1e-3 * large && jump < 1e-2 * large && large < 1e4);
          const want = (f0(at[0] + h, at[1], at[2]) - f0(at[0] - h, at[1], at[2])) / (2 * h);
          expect(Math.abs(around[1] - want)).toBeLessThanOrEqual(1e-3 * large + (1e-9 * Math.abs(f0(...at))) / h);
        },
      ),
      { numRuns: 400 },
    );
  });

  it.each([
    ['a tie of max is shared', f.max(x, y), 0.5],
    ['abs is flat at 0', f.abs(x), 0],
    ['a choice is as its condition says', f.select(f.le(x, 0), 0, x), 0],
  ])('%s', (_, e, want) => {
    expect(scalarOf(derivativeOf(e, 0))(0, 0)).toBe(want);
  });
});

describe('LaTeX', () => {
  it.each([
    [f.mul(x, f.sigmoid(x)), String.raw`x\,\sigma(x)`, String.raw`\sigma(x)\,(1 + x\,(1 - \sigma(x)))`],
    [f.div(x, f.add(1, f.abs(x))), String.raw`\frac{x}{1 + |x|}`, String.raw`\frac{1}{(1 + |x|)^2}`],
    [f.sub(x, f.tanh(x)), String.raw`x - \tanh x`, String.raw`\tanh^2 x`],
    [f.log(f.div(x, f.sub(1, x))), String.raw`\ln(\frac{x}{1 - x})`, String.raw`\frac{1}{x\,(1 - x)}`],
    [f.sqrt(x), String.raw`\sqrt{x}`, String.raw`\frac{1}{2\,\sqrt{x}}`],
    [
      f.select(f.le(x, 0), 0, x),
      String.raw`\begin{cases} 0 & x \le 0 \\ x & \text{else} \end{cases}`,
      String.raw`[\,x > 0\,]`,
    ],
    [f.call('pow', x, 2), 'x^{2}', String.raw`2\,x`],
    [f.call('exp2', x), '2^{x}', String.raw`2^{x}\,\ln 2`],
    [f.erf(x), String.raw`\operatorname{erf} x`, String.raw`\tfrac{2}{\sqrt{\pi}}\,e^{-x^2}`],
    [f.sub(x, f.sub(y, z)), 'x - (y - z)', '1'],
    [f.mul(f.neg(x), f.add(x, y)), String.raw`-x\,(x + y)`, String.raw`-(2\,x + y)`],
  ])('%#', (e, formula, derivative) => {
    expect(latexOf(e, NAMES)).toBe(formula);
    expect(latexOf(derivativeOf(e, 0), NAMES)).toBe(derivative);
  });
});

describe('plain functions', () => {
  it('compute what is written twice once', () => {
    const s = f.sigmoid(x);
    expect(f.sigmoid(x)).toBe(s);
    expect(
      scalarOf(f.mul(s, f.sub(1, s)))
        .toString()
        .match(/sigmoid_/g),
    ).toHaveLength(1);
  });

  it('keep -0, NaN and the infinities', () => {
    expect(scalarOf(f.mul(x, f.constant(-0)))(1)).toBe(-0);
    expect(scalarOf(f.add(x, f.constant(Number.NaN)))(1)).toBeNaN();
    expect(scalarOf(f.select(f.isNan(x), f.constant(Number.NEGATIVE_INFINITY), x))(Number.NaN)).toBe(-Infinity);
    expect(scalarOf(f.add(f.gt(x, 0), f.constant(-Infinity)))(1)).toBe(-Infinity);
  });
});
