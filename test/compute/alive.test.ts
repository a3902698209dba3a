/** MAX_ELEMENTS bounds what is alive at one time, and nothing else; MAX_NODES what a graph remembers. */
import { describe, expect, it } from 'vitest';
import type { AnswerOptions } from '../../src/answer/answer.ts';
import { runCode } from '../../src/compute/code.ts';
import { GraphComputation } from '../../src/compute/graph.ts';
import { Scope } from '../../src/compute/scope.ts';
import { Workspace } from '../../src/compute/workspace.ts';
import type { NodeDocument } from '../../src/graph/schema.ts';

const LIMITS = { maxElements: 200_000, maxNodes: 200, timeLimitMs: 60_000 };
const OPTIONS: AnswerOptions = {
  tensorFormat: 'nested',
  graphValues: 'small',
  graphScope: 'forward',
  anomaly: false,
};

/** Each step makes 20,000 elements and more, of which two steps' are alive. */
const LOOP = `
x = torch.ones(20000)
for i in range(500):
    x = x * 0.5 + 1
y = x.sum()
`;
const HOARD = `
kept = []
for i in range(50):
    kept.append(torch.ones(20000))
y = kept[0].sum()
`;
const TRAINING = `
w = torch.zeros(100, 50, requires_grad=True)
x = torch.ones(200, 100)
for i in range(60):
    loss = (x @ w - 1).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
        w.grad.zero_()
y = loss
`;

const code = (text: string): { outputs: { y: { data: number } }; graph: { nodes: unknown[] } } =>
  JSON.parse(String(runCode({ inputs: new Map(), code: text, outputs: ['y'] }, OPTIONS, new Scope(LIMITS)).body));

describe('code', () => {
  it('makes as much as it likes, one after the other', () => {
    expect(code(LOOP).outputs.y.data).toBeCloseTo(40_000, 0);
  });

  it('trains for as long as it likes, and remembers the latest calls', () => {
    const { outputs, graph } = code(TRAINING);
    expect(outputs.y.data).toBeLessThan(0.5);
    expect(graph.nodes.length).toBeGreaterThan(LIMITS.maxNodes / 2 - 1);
    expect(graph.nodes.length).toBeLessThanOrEqual(LIMITS.maxNodes);
  });

  it('is refused what would be too much at one time', () => {
    expect(() => code(HOARD)).toThrow(/MemoryError: .* alive at one time/);
  });
});

describe('a cell', () => {
  const run = (workspace: Workspace, text: string): { error?: { type: string; message: string } } =>
    JSON.parse(String(workspace.do({ kind: 'cell', code: text, options: OPTIONS }, new Scope(LIMITS)).body));

  it('has the same bound, over all cells of its workspace', () => {
    const workspace = new Workspace(LIMITS);
    expect(run(workspace, `import torch${LOOP}`).error).toBeUndefined();
    expect(run(workspace, TRAINING).error).toBeUndefined();
    for (let i = 0; i < 4; i++) expect(run(workspace, `k${i} = torch.ones(20000)`).error).toBeUndefined();
    expect(run(workspace, 'k6 = torch.ones(110000)').error?.type).toBe('MemoryError');
    expect(run(workspace, 'del k0, k1, k2\nk6 = torch.ones(70000)').error).toBeUndefined();
    workspace.end();
  });
});

describe('a graph', () => {
  const node = (op: string, inputs: string[], output: string, attrs = {}): NodeDocument =>
    ({ op, inputs, outputs: [output], attrs }) as unknown as NodeDocument;
  const nodes = [node('ones', [], 'v0', { size: [100, 200] })];
  for (let i = 1; i < 100; i++) nodes.push(node('mm', [`v${i - 1}`, 'w'], `v${i}`));
  nodes.unshift(node('full', [], 'w', { size: [200, 200], fill_value: 0.005 }));
  const evaluate = (outputs: string[]): void => {
    const graph = { format: 'gradwire/graph@1', inputs: [], nodes, outputs } as never;
    const scope = new Scope(LIMITS);
    new GraphComputation({ inputs: new Map(), graph, outputs }, { ...OPTIONS, graphScope: 'none' }, scope).run(scope);
  };

  it('holds what later nodes read, and what is answered', () => {
    expect(() => evaluate(['v99'])).not.toThrow();
    expect(() => evaluate(nodes.slice(1).flatMap(({ outputs }) => outputs))).toThrow(
      /at least \d+ elements would be alive at one time; at most 200000 are allowed/,
    );
  });
});
