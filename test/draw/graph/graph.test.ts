import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Boxes, boxesOf } from '../../../src/draw/graph/boxes.ts';
import { fold } from '../../../src/draw/graph/fold.ts';
import { layOut } from '../../../src/draw/graph/layout.ts';
import { levelsOf } from '../../../src/draw/graph/levels.ts';
import type { PictureGraph, PictureNode, PictureValue } from '../../../src/draw/graph/model.ts';
import { drawGraph } from '../../../src/draw/graph/picture.ts';

const nothing = (): void => {};

const value = (name: string, more: Partial<PictureValue> = {}): PictureValue => ({
  name,
  requiresGrad: false,
  role: 'made',
  output: false,
  ...more,
});

const node = (op: string, inputs: number[], outputs: number[], more: Partial<PictureNode> = {}): PictureNode => ({
  op,
  attrs: '',
  inputs,
  outputs,
  back: false,
  of: -1,
  ...more,
});

/** Each number says what the node reads: so many values back, and another one further back. */
function graphOf(steps: readonly (readonly [number, number])[], back: boolean): PictureGraph {
  const values = [value('x', { role: 'input' }), value('w', { role: 'constant', requiresGrad: true })];
  const nodes: PictureNode[] = [];
  for (const [near, far] of steps) {
    const last = values.length - 1;
    const inputs = [Math.max(0, last - near), Math.max(0, last - near - far)];
    values.push(value(`v${nodes.length}`, { shape: [nodes.length, 2], data: '1' }));
    nodes.push(node(far % 2 === 0 ? 'add' : 'mul', inputs, [values.length - 1]));
  }
  if (!back) return { values, nodes };
  const gradients = new Map<number, number>();
  const call = (op: string, inputs: number[], of: number): number => {
    const made = values.push(value(`d${values.length}`)) - 1;
    nodes.push(node(op, inputs, [made], { back: true, of }));
    return made;
  };
  gradients.set(values.length - 1, call('ones_like', [values.length - 1], steps.length - 1));
  for (let of = steps.length - 1; of >= 0; of--) {
    const { inputs, outputs } = nodes[of];
    const upstream = gradients.get(outputs[0]);
    if (upstream === undefined) continue;
    for (const input of inputs) {
      const passed = call('mul', [upstream, input], of);
      const known = gradients.get(input);
      // Sums of gradients belong to no node.
      gradients.set(input, known === undefined ? passed : call('add', [known, passed], -1));
    }
  }
  return { values, nodes };
}

const graphs = fc
  .tuple(fc.array(fc.tuple(fc.nat(6), fc.nat(40)), { minLength: 1, maxLength: 60 }), fc.boolean())
  .map(([steps, back]) => graphOf(steps, back));

/** All places that a path names, in order, by the move that begins each of its parts. */
function pointsOf(path: string): { x: number; y: number }[] {
  const points: { x: number; y: number }[] = [];
  let [x, y] = [0, 0];
  for (const [, command, rest] of path.matchAll(/([MLCV])([^MLCVz]*)/g)) {
    const numbers = rest.trim().split(/[ ,]+/).map(Number);
    if (command === 'V') [y] = numbers;
    else [x, y] = numbers.slice(-2);
    points.push({ x, y });
  }
  return points;
}

/** Vertical lines of a path. */
function fallsOf(path: string): { x: number; from: number; to: number }[] {
  const falls: { x: number; from: number; to: number }[] = [];
  const commands = [...path.matchAll(/([MLCV])/g)].map(([command]) => command);
  pointsOf(path).forEach((point, i, all) => {
    if (commands[i] === 'V') falls.push({ x: point.x, from: all[i - 1].y, to: point.y });
  });
  return falls;
}

describe('the layout', () => {
  const laid = (graph: PictureGraph): { boxes: Boxes; layout: ReturnType<typeof layOut> } => {
    const boxes = boxesOf(graph, [], nothing);
    return { boxes, layout: layOut(boxes, nothing) };
  };

  it('places all boxes, none over another, and is the same each time', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { boxes, layout } = laid(graph);
        expect(layout.spots).toHaveLength(boxes.boxes.length);
        layout.spots.forEach((a, i) => {
          expect([a.left, a.top, a.left + a.width <= layout.width, a.top + a.height <= layout.height]).toEqual([
            expect.any(Number),
            expect.any(Number),
            true,
            true,
          ]);
          expect(Math.min(a.left, a.top)).toBeGreaterThanOrEqual(0);
          for (const b of layout.spots.slice(i + 1)) {
            const apart =
              a.left + a.width <= b.left ||
              b.left + b.width <= a.left ||
              a.top + a.height <= b.top ||
              b.top + b.height <= a.top;
            expect(apart).toBe(true);
          }
        });
        expect(JSON.stringify(layOut(boxesOf(graph, [], nothing), nothing))).toBe(JSON.stringify(layout));
      }),
      { numRuns: 60 },
    );
  });

  it('has what is computed below what it is computed from, and gradients the other way', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { boxes, layout } = laid(graph);
        const sides = layout.sides !== undefined;
        for (const { from, to } of boxes.wires) {
          for (const target of to) {
            const [a, b] = [layout.spots[from], layout.spots[target]];
            const [back, forward] = [boxes.boxes[from].back, !boxes.boxes[target].back];
            if (forward || !sides) expect(b.top).toBeGreaterThan(a.top + a.height);
            else if (back) expect(b.top + b.height).toBeLessThan(a.top);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has backward nodes to the right of all forward ones, in the band of the node that they belong to', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { boxes, layout } = laid(graph);
        const { level } = levelsOf(boxes, nothing);
        boxes.boxes.forEach(({ back, of }, i) => {
          if (!back || of < 0) return;
          expect(layout.spots[i].left).toBeGreaterThan(layout.spots[of].left + layout.spots[of].width);
          // Between the two stands no level of another forward node.
          const [least, most] = [Math.min(level[i], level[of]), Math.max(level[i], level[of])];
          boxes.boxes.forEach((other, k) => {
            if (other.back || other.kind === 'leaf' || level[k] === level[of]) return;
            expect(level[k] > least && level[k] < most).toBe(false);
          });
        });
      }),
      { numRuns: 40 },
    );
  });

  it('leads no wire through a box', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const { layout } = laid(graph);
        for (const { path } of layout.routes) {
          for (const { x, from, to } of fallsOf(path)) {
            const [top, bottom] = [Math.min(from, to), Math.max(from, to)];
            for (const spot of layout.spots) {
              const inside = x > spot.left && x < spot.left + spot.width;
              expect(inside && bottom > spot.top + 1 && top < spot.top + spot.height - 1).toBe(false);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

const chain = (ops: readonly string[], count: number): PictureGraph => {
  const values = [value('x', { role: 'input' })];
  const nodes: PictureNode[] = [];
  for (let i = 0; i < count; i++) {
    values.push(value(`h${i}`, { output: i === count - 1 }));
    nodes.push(node(ops[i % ops.length], [i], [i + 1]));
  }
  return { values, nodes };
};

const settings = { theme: 'auto', collapse: true, tick: nothing } as const;

describe('folding', () => {
  it('leaves 300 nodes as they are', () => {
    expect(fold(chain(['relu'], 300), nothing)).toEqual([]);
  });

  it('makes one box of a block that repeats', () => {
    const graph = chain(['linear', 'relu', 'dropout'], 360);
    expect(fold(graph, nothing)).toMatchObject([{ times: 120, period: 3 }]);
    const svg = drawGraph(graph, 'svg', settings);
    expect(svg).toContain('× 120');
    expect(svg).toContain('linear → relu → dropout');
    for (const format of ['dot', 'mermaid', 'text'] as const)
      expect(drawGraph(graph, format, settings)).toContain('× 120');
    const whole = drawGraph(graph, 'svg', { ...settings, collapse: false });
    expect(whole).not.toContain('× 120');
    expect(whole.match(/data-node=/g)).toHaveLength(360);
  });

  it('makes one box of a chain that does not repeat', () => {
    const graph = chain(
      Array.from({ length: 400 }, (_, i) => `op${i}`),
      400,
    );
    expect(fold(graph, nothing)).toMatchObject([{ times: 400 }]);
    expect(drawGraph(graph, 'svg', settings)).toContain('× 400');
  });

  it('keeps every value where a page finds it', () => {
    const svg = drawGraph(chain(['linear', 'relu'], 400), 'svg', settings);
    for (const name of ['x', 'h0', 'h17', 'h399']) expect(svg).toContain(` data-value="${name}" id="${name}"`);
  });

  it('counts the block that reads what comes in as one of those that read each other', () => {
    expect(fold(chain(['relu'], 400), nothing)).toMatchObject([{ times: 400, period: 1 }]);
  });

  it('folds what the backward pass does for a block', () => {
    const steps = Array.from({ length: 400 }, (): [number, number] => [0, 0]);
    const text = drawGraph(graphOf(steps, true), 'text', settings);
    expect(text.split('\n').length).toBeLessThan(30);
  });
});

describe('names that clients choose', () => {
  const bad = [
    '"><script>alert(1)</script>',
    'a&b<c',
    "it's",
    'x"]; n0 -> n1',
    '%%{init: {}}%%',
    'back\\slash\\',
    'new\nline',
    '\u0000',
  ];
  const graph: PictureGraph = {
    values: [...bad.map((name) => value(name, { role: 'input' })), value('end', { output: true })],
    nodes: [
      node(
        'stack',
        bad.map((_, i) => i),
        [bad.length],
        { attrs: 'dim="<b>"' },
      ),
    ],
  };

  it('are escaped in SVG', () => {
    const svg = drawGraph(graph, 'svg', settings);
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('<b>');
    expect(svg).toContain('data-value="a&amp;b&lt;c"');
    expect(svg).not.toMatch(/ id="[^"]*[&<> ]/);
  });

  it('are no directives to Mermaid', () => {
    const mermaid = drawGraph(graph, 'mermaid', settings);
    expect(mermaid).not.toMatch(/%%|<script|"];/);
    expect(mermaid.split('\n').filter((line) => line.includes('-->'))).toHaveLength(bad.length);
  });

  it('are text to Graphviz', async () => {
    const { instance } = await import('@viz-js/viz');
    const viz = await instance();
    const result = viz.render(drawGraph(graph, 'dot', settings), { format: 'json' });
    expect([result.status, result.errors.filter(({ level }) => level === 'error')]).toEqual(['success', []]);
    const { objects } = JSON.parse(result.output as string);
    expect(objects).toHaveLength(bad.length + 1);
  });
});
