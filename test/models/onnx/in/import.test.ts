/** ONNX files become graphs of our ops: what they compute, what is folded, what is refused. */
import { describe, expect, it } from 'vitest';
import { importOnnx, UnsupportedGraph } from '../../../../src/models/onnx/in/index.ts';
import { DATA_TYPE } from '../../../../src/models/onnx/proto/messages.ts';
import { EngineError } from '../../../../src/tensor/errors.ts';
import { file, floats, info, int64s, node, ones, opsOf, read, run } from './model.ts';

describe('a small network', () => {
  const model = read({
    input: [info('x', ['batch', 2])],
    output: [info('y', ['batch', 1])],
    initializer: [
      floats('w', [3, 2], [1, -1, 0.5, 2, -1, 0]),
      floats('b', [3], [0, 1, 0.5]),
      floats('v', [3, 1], [1, 2, 3]),
    ],
    node: [
      node('Gemm', ['x', 'w', 'b'], ['h'], { transB: 1 }),
      node('Relu', ['h'], ['a']),
      node('MatMul', ['a', 'v'], ['y']),
    ],
  });

  it('is made of our ops', () => {
    expect(opsOf(model)).toEqual(['linear', 'relu', 'matmul']);
    expect(model.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [-1, 2] }]);
    expect(model.outputs).toEqual([{ name: 'y', dtype: 'float32', shape: [-1, 1] }]);
    expect(model.parameters).toEqual(['w', 'b', 'v']);
    expect(model.graph.values?.get('w')?.requiresGrad).toBe(true);
  });

  it('gives values and gradients, of parameters too', () => {
    const { outputs, grads } = run(model, { x: [[1, 2]] }, ones(['y'], ['w', 'v']));
    // h = [-1, 5.5, -0.5]
    expect(outputs.y.data).toEqual([[11]]);
    expect(grads.v.data).toEqual([[0], [5.5], [0]]);
    expect(grads.w.data).toEqual([
      [0, 0],
      [2, 4],
      [0, 0],
    ]);
  });
});

describe('sizes', () => {
  const shapeOf = [
    node('Shape', ['x'], ['s']),
    node('Gather', ['s', 'zero'], ['n'], { axis: 0 }),
    node('Unsqueeze', ['n', 'axes'], ['n1']),
    node('Concat', ['n1', 'rest'], ['shape'], { axis: 0 }),
    node('Reshape', ['x', 'shape'], ['y']),
  ];
  const initializer = [int64s('zero', [], [0]), int64s('axes', [1], [0]), int64s('rest', [1], [6])];

  it('that are known are folded', () => {
    const model = read({ input: [info('x', [4, 2, 3])], output: [info('y', null)], initializer, node: shapeOf });
    expect(opsOf(model)).toEqual(['reshape']);
    expect(model.graph.nodes[0].attrs).toEqual({ shape: [4, 6] });
    expect(model.graph.values?.size).toBe(0);
  });

  it('of which one may vary follow from the others', () => {
    const model = read({ input: [info('x', ['n', 2, 3])], output: [info('y', null)], initializer, node: shapeOf });
    expect(opsOf(model)).toEqual(['reshape']);
    expect(model.graph.nodes[0].attrs).toEqual({ shape: [-1, 6] });
    expect(model.outputs[0].shape).toEqual([-1, 6]);
  });

  it('that all may vary are read when the graph runs', () => {
    const model = read({
      input: [info('x', ['n', 'm', 3]), info('like', null)],
      output: [info('y', null)],
      node: [node('Shape', ['like'], ['s']), node('Expand', ['x', 's'], ['e']), node('Reshape', ['e', 's'], ['y'])],
    });
    const { outputs } = run(model, { x: [[[1, 2, 3]]], like: [[[0, 0, 0]], [[0, 0, 0]]] });
    expect(outputs.y.data).toEqual([[[1, 2, 3]], [[1, 2, 3]]]);
  });

  it('are no ground for a condition that may turn out otherwise', () => {
    const branch = (op: string) => ({ node: [node(op, ['x'], ['r'])], output: [info('r', null)] });
    const model = (dims: (number | string)[]) =>
      read({
        input: [info('x', dims)],
        output: [info('y', null)],
        initializer: [int64s('one', [], [1]), int64s('zero', [], [0])],
        node: [
          node('Shape', ['x'], ['s']),
          node('Gather', ['s', 'zero'], ['n']),
          node('Equal', ['n', 'one'], ['single']),
          node('If', ['single'], ['y'], {
            then_branch: { graph: branch('Neg') },
            else_branch: { graph: branch('Exp') },
          }),
        ],
      });
    expect(opsOf(model([1, 2]))).toEqual(['neg']);
    expect(opsOf(model([3, 2]))).toEqual(['exp']);
    const open = model(['n', 2]);
    expect(opsOf(open).at(-1)).toBe('if');
    expect(run(open, { x: [[1, 2]] }).outputs.y.data).toEqual([[-1, -2]]);
    expect(
      run(open, {
        x: [
          [0, 0],
          [0, 0],
        ],
      }).outputs.y.data,
    ).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});

describe('loops', () => {
  const body = {
    input: [info('i', [], DATA_TYPE.INT64), info('c', [], DATA_TYPE.BOOL), info('v', null)],
    node: [node('Mul', ['v', 'x'], ['w']), node('Identity', ['c'], ['go'])],
    output: [info('go', [], DATA_TYPE.BOOL), info('w', null), info('w', null)],
  };
  const graph = (trips: 'n' | 'three') => ({
    input: [info('x', [1]), ...(trips === 'n' ? [info('n', [], DATA_TYPE.INT64)] : [])],
    output: [info('y', null), info('all', null)],
    initializer: [int64s('three', [], [3])],
    node: [node('Loop', [trips, '', 'x'], ['y', 'all'], { body: { graph: body } })],
  });

  it('of a known number of rounds are spread out', () => {
    const model = read(graph('three'));
    expect(opsOf(model).filter((op) => op === 'mul')).toHaveLength(3);
    expect(opsOf(model)).not.toContain('loop');
    const { outputs, grads } = run(model, { x: { data: [2], requires_grad: true } }, ones(['y'], ['x']));
    expect([outputs.y.data, outputs.all.data, grads.x.data]).toEqual([[16], [[4], [8], [16]], [32]]);
  });

  it('of others are the op loop', () => {
    const model = read(graph('n'));
    expect(opsOf(model)).toEqual(['loop']);
    const { outputs, grads } = run(
      model,
      { x: { data: [2], requires_grad: true }, n: { data: 2, dtype: 'int64' } },
      ones(['y'], ['x']),
    );
    expect([outputs.y.data, outputs.all.data, grads.x.data]).toEqual([[8], [[4], [8]], [12]]);
  });

  it('that are recurrent layers agree, spread out or not', () => {
    const weights = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i + 1) / 2);
    const lstm = (dims: (number | string)[]) =>
      read({
        input: [info('x', dims)],
        output: [info('y', null), info('h', null)],
        initializer: [
          floats('w', [2, 8, 3], weights(48)),
          floats('r', [2, 8, 2], weights(32)),
          floats('b', [2, 16], weights(32)),
        ],
        node: [node('LSTM', ['x', 'w', 'r', 'b'], ['y', 'h', ''], { hidden_size: 2, direction: 'bidirectional' })],
      });
    const x = [[[1, 2, 3]], [[0.5, -1, 0]], [[2, 0, -2]]];
    const [flat, looped] = [lstm([3, 1, 3]), lstm(['t', 1, 3])];
    expect(opsOf(flat)).not.toContain('loop');
    expect(opsOf(looped)).toContain('loop');
    expect(run(looped, { x }).outputs).toEqual(run(flat, { x }).outputs);
  });
});

it('takes in functions of the file, with the attributes that they were called by', () => {
  const model = read(
    {
      input: [info('x', [2])],
      output: [info('y', [2])],
      node: [node('Twice', ['x'], ['y'], { slope: { float: 0.5 } }, 'mine')],
    },
    17,
    {
      opsetImport: [
        { domain: '', version: 17n },
        { domain: 'mine', version: 1n },
      ],
      functions: [
        {
          name: 'Twice',
          domain: 'mine',
          input: ['a'],
          output: ['b'],
          attribute: ['slope'],
          opsetImport: [{ domain: '', version: 17n }],
          node: [
            { opType: 'LeakyRelu', input: ['a'], output: ['t'], attribute: [{ name: 'alpha', refAttrName: 'slope' }] },
            { opType: 'Add', input: ['t', 't'], output: ['b'] },
          ],
        },
      ],
    },
  );
  expect(run(model, { x: [-2, 3] }).outputs.y.data).toEqual([-2, 6]);
});

describe('what is refused', () => {
  const failure = (body: () => unknown): EngineError => {
    try {
      body();
    } catch (error) {
      return error as EngineError;
    }
    throw new Error('nothing was refused');
  };

  it('tells all that is not supported at once, and what follows is no ground', () => {
    const error = failure(() =>
      read(
        {
          input: [info('x', [2])],
          output: [info('y', null)],
          node: [
            node('Mystery', ['x'], ['a']),
            node('Mystery', ['a'], ['b']),
            node('Transpose', ['b'], ['c']),
            node('Softmax', ['c'], ['d'], { axis: 1 }),
            node('Odd', ['d'], ['y'], {}, 'other'),
          ],
        },
        11,
        { opsetImport: [{ version: 11n }, { domain: 'other', version: 2n }] },
      ),
    );
    expect(error).toBeInstanceOf(UnsupportedGraph);
    expect((error as UnsupportedGraph).unsupported).toMatchObject([
      { op: 'Mystery', domain: '', opset: 11, count: 2 },
      { op: 'Odd', domain: 'other', opset: 2, count: 1 },
    ]);
  });

  const output = [info('y', null)];
  const neg = [node('Neg', ['x'], ['y'])];
  it.each([
    ['a value that nothing makes', { output, node: neg }, /reads "x"/],
    ['a circle', { output, node: [node('Add', ['y', 'y'], ['z']), node('Neg', ['z'], ['y'])] }, /reads "y"/],
    ['two of one name', { input: [info('x', [1])], output, node: [...neg, ...neg] }, /two nodes make/],
    ['no outputs', { input: [info('x', [1])], node: neg }, /no outputs/],
    [
      'sizes that lie',
      { output, initializer: [floats('x', [1000, 1000, 1000, 1000], [1])], node: neg },
      /takes 4000000000000 bytes/,
    ],
    [
      'sizes beyond counting',
      { output, initializer: [floats('x', [2 ** 40, 2 ** 40], [1])], node: neg },
      /more elements/,
    ],
    ['negative sizes', { output, initializer: [floats('x', [-1], [1])], node: neg }, /shape \[-1\]/],
    [
      'elements in another file',
      {
        output,
        initializer: [{ ...floats('x', [1], []), dataLocation: 1, externalData: [{ key: 'location', value: 'a' }] }],
        node: neg,
      },
      /another file/,
    ],
  ])('%s', (_, graph, message) => {
    const error = failure(() => read(graph));
    expect(error).toBeInstanceOf(EngineError);
    expect(error.code).toBe('invalid_graph');
    expect(error.message).toMatch(message);
  });

  it('a trillion elements, before they are there', () => {
    const shape = int64s('s', [2], [2 ** 20, 2 ** 20]);
    const model = read({ output, initializer: [shape], node: [node('ConstantOfShape', ['s'], ['y'])] });
    expect(() => run(model, {})).toThrow(/would be alive|at most/);
  });

  it('rounds without end, and functions that call themselves', () => {
    const body = {
      input: [info('i', [], DATA_TYPE.INT64), info('c', [], DATA_TYPE.BOOL)],
      node: [node('Identity', ['c'], ['go'])],
      output: [info('go', [], DATA_TYPE.BOOL)],
    };
    const many = int64s('n', [], [2 ** 50]);
    const model = read({
      input: [info('x', [1])],
      output,
      initializer: [many],
      node: [node('Loop', ['n', ''], [], { body: { graph: body } }), ...neg],
    });
    expect(opsOf(model)).toEqual(['neg']);
    const own = { name: 'F', domain: 'mine', input: ['a'], output: ['b'], node: [node('F', ['a'], ['b'], {}, 'mine')] };
    const imports = [
      { domain: '', version: 17n },
      { domain: 'mine', version: 1n },
    ];
    const call = { input: [info('x', [1])], output, node: [node('F', ['x'], ['y'], {}, 'mine')] };
    expect(failure(() => read(call, 17, { opsetImport: imports, functions: [own] })).message).toMatch(/calls itself/);
  });

  it('a file that was cut anywhere', () => {
    const whole = file({ input: [info('x', [1])], output, initializer: [floats('w', [4], [1, 2, 3, 4])], node: neg });
    for (let end = 0; end < whole.length; end++) {
      try {
        importOnnx(whole.subarray(0, end), { maxNodes: 100 });
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
      }
    }
  });
});

describe('dimensions of unknown size', () => {
  it('that are dropped by name are of size 1', () => {
    const model = read({
      input: [info('x', ['a', 'b', 'c'])],
      output: [info('y', null)],
      initializer: [int64s('two', [1], [2]), int64s('last', [1], [-1])],
      node: [node('Squeeze', ['x', 'two'], ['s']), node('Unsqueeze', ['s', 'last'], ['u']), node('Relu', ['u'], ['y'])],
    });
    expect(model.outputs[0].shape).toEqual([-1, -1, 1]);
    expect(run(model, { x: [[[1], [-1]]] }).outputs.y.data).toEqual([[[1], [0]]]);
  });

  it('may be mirrored, the last of four alone', () => {
    const model = read({
      input: [info('x', [1, 1, 1, 'n'])],
      output: [info('y', null)],
      initializer: [int64s('p', [8], [0, 0, 0, 1, 0, 0, 0, 2])],
      node: [node('Pad', ['x', 'p'], ['y'], { mode: 'reflect' })],
    });
    expect(run(model, { x: [[[[1, 2, 3]]]] }).outputs.y.data).toEqual([[[[2, 1, 2, 3, 2, 1]]]]);
  });
});
