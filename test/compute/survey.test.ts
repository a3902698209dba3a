/** What a survey says of each op's examples, beside what the op then makes. */
import { describe, expect, it } from 'vitest';
import { readJson } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { isSmall, type Size, surveyGraph } from '../../src/compute/survey.ts';
import { evaluateExample } from '../../src/graph/example.ts';
import { type Plan, planOf } from '../../src/graph/plan.ts';
import { runNodes, Values } from '../../src/graph/run.ts';
import type { GraphDocument } from '../../src/graph/schema.ts';
import { ops } from '../../src/ops/registry.ts';

interface Body {
  readonly inputs: Record<string, TensorLiteral>;
  readonly graph: GraphDocument;
}

function read(body: unknown): { plan: Plan; literals: Map<string, TensorLiteral> } {
  const slot = { fields: { inputs: { entries: 'tensor' } } } as const;
  const { inputs, graph } = readJson(Buffer.from(JSON.stringify(body)), slot) as unknown as Body;
  const literals = new Map(Object.entries(inputs));
  return { plan: planOf(graph, literals.keys(), 1000), literals };
}

const settings = { differentiated: false, tick: () => {}, maxElements: 1e9 };

/** Ops whose result's size hangs on elements. */
const BY_VALUE = new Set([
  'argwhere',
  'bincount',
  'masked_select',
  'nonzero',
  'one_hot',
  'unique',
  'unique_consecutive',
]);

describe('the survey of a graph', () => {
  it.each(ops.map((op) => [op.name, op] as const))('of %s finds the sizes that there will be', (name, op) => {
    for (const example of op.examples) {
      const { plan, literals } = read(evaluateExample(op, example).body);
      const survey = surveyGraph(plan, literals, { ...settings, kept: plan.outputs });
      // Where an attribute says the size, elements need not.
      if (!survey.complete) {
        expect(BY_VALUE).toContain(name);
        continue;
      }
      const values = new Values(literals, plan);
      runNodes(plan.nodes, values, () => {});
      const made = plan.outputs.reduce((n, output) => n + values.get(output).numel, 0);
      expect(survey.kept).toBeGreaterThanOrEqual(made);
      // What is no larger than its operand may be taken to be as large.
      const given = Math.max(...[...literals.values()].map((literal) => literal.numel));
      expect(survey.kept).toBeLessThanOrEqual(Math.max(2 * made, given));
    }
  });

  const chain = (size: number[], length: number, op = 'mul'): unknown => ({
    inputs: { x: 1 },
    graph: {
      inputs: ['x'],
      nodes: [
        { op: 'ones', inputs: [], attrs: { size }, outputs: ['v0'] },
        ...Array.from({ length }, (_, i) => ({ op, inputs: [`v${i}`, i % 2 ? 'v0' : 'x'], outputs: [`v${i + 1}`] })),
      ],
      outputs: [`v${length}`],
    },
  });

  it('counts what is alive at one time apart from what is made', () => {
    const { plan, literals } = read(chain([1000, 1000], 50));
    const survey = surveyGraph(plan, literals, { ...settings, kept: plan.outputs });
    expect(survey.elements).toBeGreaterThanOrEqual(51e6);
    expect(survey.alive).toBeLessThanOrEqual(4e6 + 10);
    const differentiated = surveyGraph(plan, literals, { ...settings, kept: plan.outputs, differentiated: true });
    expect(differentiated.alive).toBeGreaterThanOrEqual(51e6);
  });

  it('refuses what would be too much at one time before anything is computed', () => {
    const { plan, literals } = read(chain([1000, 1000], 50));
    const over = { ...settings, kept: plan.outputs, maxElements: 1_500_000 };
    expect(() => surveyGraph(plan, literals, over)).toThrow(/alive at one time; at most 1500000/);
  });

  it('names the node whose shapes do not fit', () => {
    const body = {
      inputs: { x: [1, 2, 3], y: [1, 2] },
      graph: { inputs: ['x', 'y'], nodes: [{ op: 'dot', inputs: ['x', 'y'], outputs: ['z'] }], outputs: ['z'] },
    };
    const { plan, literals } = read(body);
    expect(() => surveyGraph(plan, literals, { ...settings, kept: [] })).toThrow(
      expect.objectContaining({ code: 'shape_mismatch', node: 'z' }),
    );
  });
});

describe('a small request', () => {
  const size: Size = { elements: 10, alive: 10, work: 0, kept: 5, complete: true, nodes: 2, written: 10 };
  it.each([
    ['of a hundred elements is one', {}, true],
    ['of many elements is none', { elements: 1_000_000 }, false],
    ['of much work is none', { work: 1e9 }, false],
    ['of many nodes is none', { nodes: 2000 }, false],
    ['with a long answer is none', { written: 100_000 }, false],
    ['whose sizes hang on values is none', { complete: false }, false],
  ] as const)('%s', (_, other, expected) => {
    expect(isSmall({ ...size, ...other })).toBe(expected);
  });
});
