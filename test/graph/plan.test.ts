import { describe, expect, it } from 'vitest';
import { planOf } from '../../src/graph/plan.ts';
import type { GraphDocument, NodeDocument } from '../../src/graph/schema.ts';
import { refusal } from '../support/refusal.ts';

const node = (op: string, inputs: NodeDocument['inputs'], outputs: string[], attrs?: object): NodeDocument => ({
  op,
  inputs,
  outputs,
  ...(attrs === undefined ? {} : { attrs: attrs as Record<string, unknown> }),
});
const plan = (nodes: NodeDocument[], rest: Partial<GraphDocument> = {}) =>
  planOf({ inputs: ['x'], nodes, outputs: [], ...rest }, [], 1000);

describe('planOf', () => {
  it('numbers what nodes make in order, then what is given', () => {
    const { slots, made, nodes } = plan([
      node('neg', ['x'], ['a']),
      node('split', ['a'], ['b', 'c'], { split_size_or_sections: 1 }),
      node('mul', ['c', 'x'], ['d']),
    ]);
    expect([...slots]).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['d', 3],
      ['x', 4],
    ]);
    expect(made).toBe(4);
    expect(nodes.map((n) => n.firstSlot)).toEqual([0, 1, 3]);
    expect(nodes[2].references.map((r) => [r.place, r.slots])).toEqual([
      [0, 2],
      [1, 4],
    ]);
  });

  it('places attributes by the signature, numbers in a tensor’s place among them', () => {
    const [sum] = plan([node('add', ['x', null], ['y'], { alpha: 2, other: 0.5 })]).nodes;
    expect(sum.attrs).toEqual([undefined, 0.5, 2]);
  });

  it('gives an op that takes any number of tensors a list, be it empty', () => {
    const names = (nodes: NodeDocument[]) => plan(nodes).nodes[0].references.map((r) => r.names);
    expect(names([node('block_diag', ['x', 'x'], ['y'])])).toEqual([['x', 'x']]);
    expect(names([node('block_diag', [], ['y'])])).toEqual([[]]);
    expect(names([node('getitem', ['x'], ['y'], { index: 0 })])).toEqual(['x']);
  });

  it.each<[string, NodeDocument[], string]>([
    ['used too early', [node('neg', ['b'], ['a']), node('neg', ['x'], ['b'])], 'used before the node that makes it'],
    ['its own input', [node('neg', ['a'], ['a'])], 'used before the node that makes it'],
    ['unknown', [node('neg', ['q'], ['a'])], 'nothing is called "q"'],
    ['made twice', [node('neg', ['x'], ['a']), node('neg', ['x'], ['a'])], 'two nodes make the value "a"'],
    ['an input and made', [node('neg', ['x'], ['x'])], 'is an input, but a node makes it'],
    ['given twice', [node('mul', ['x', 'x'], ['a'], { other: 2 })], 'among the inputs and among the attrs'],
    ['missing', [node('mul', ['x'], ['a'])], 'mul needs "other"'],
    ['one too many', [node('neg', ['x', 'x'], ['a'])], 'takes at most 1 inputs, got 2'],
    ['no attribute', [node('neg', ['x'], ['a'], { toString: 1 })], 'has no attribute "toString"'],
  ])('refuses a value that is %s', (_, nodes, message) => {
    const error = refusal(() => plan(nodes));
    expect([error.code, error.message]).toEqual(['invalid_graph', expect.stringContaining(message)]);
  });
});
