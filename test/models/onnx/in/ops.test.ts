/** Ops of ONNX that PyTorch has otherwise, or not at all. Values are those of ONNX's own definitions. */
import { describe, expect, it } from 'vitest';
import { DATA_TYPE } from '../../../../src/models/onnx/proto/messages.ts';
import { floats, info, int64s, node, opsOf, read, run } from './model.ts';

const zero = { name: 'z', dims: [], dataType: DATA_TYPE.UINT8, int32Data: [128] };

describe('quantization', () => {
  it('rounds to even, and is cut to what the dtype holds', () => {
    const model = read({
      input: [info('x', [6])],
      output: [info('y', null), info('back', null)],
      initializer: [floats('s', [], [2]), zero],
      node: [node('QuantizeLinear', ['x', 's', 'z'], ['y']), node('DequantizeLinear', ['y', 's', 'z'], ['back'])],
    });
    const { y, back } = run(model, { x: [0, 2, 3, 1000, -254, -1000] }).outputs;
    expect(y).toEqual({ dtype: 'uint8', shape: [6], data: [128, 129, 130, 255, 1, 0] });
    expect(back.data).toEqual([0, 2, 4, 254, -254, -256]);
  });
});

it('transforms along an axis, there and back', () => {
  const model = read({
    input: [info('x', [1, 4, 1])],
    output: [info('y', null), info('back', null)],
    node: [node('DFT', ['x'], ['y'], { axis: 1 }), node('DFT', ['y'], ['back'], { axis: 1, inverse: 1 })],
  });
  const { y, back } = run(model, { x: [[[1], [2], [3], [4]]] }).outputs;
  const near = (data: unknown): number[] =>
    [data].flat(Number.POSITIVE_INFINITY).map((v) => Math.round(Number(v) * 1e4) / 1e4 + 0);
  expect(near(y.data)).toEqual([10, 0, -2, 2, -2, 0, -2, -2]);
  expect(near(back.data)).toEqual([1, 0, 2, 0, 3, 0, 4, 0]);
});

it('reads a dropout that trains when it is told so', () => {
  const model = read({
    input: [info('x', [100]), info('t', [], DATA_TYPE.BOOL)],
    output: [info('y', null), info('kept', null)],
    initializer: [floats('p', [], [0.5])],
    node: [node('Dropout', ['x', 'p', 't'], ['y', 'kept'])],
  });
  const x = new Array<number>(100).fill(1);
  expect(run(model, { x, t: false }).outputs.y.data).toEqual(x);
  const trained = run(model, { x, t: true }).outputs;
  expect(new Set(trained.y.data as number[])).toEqual(new Set([0, 2]));
  expect((trained.kept.data as boolean[]).map((kept) => (kept ? 2 : 0))).toEqual(trained.y.data);
});

describe('borders', () => {
  const conv = (attributes: Parameters<typeof node>[3], size = 5) =>
    read({
      input: [info('x', [1, 1, size])],
      output: [info('y', null)],
      initializer: [floats('w', [1, 1, 3], [1, 1, 1])],
      node: [node('Conv', ['x', 'w'], ['y'], attributes)],
    });
  const x = [[[1, 2, 3, 4, 5]]];

  it('may be uneven, or follow from what is to come out', () => {
    expect(run(conv({ pads: [2, 0] }), { x }).outputs.y.data).toEqual([[[1, 3, 6, 9, 12]]]);
    expect(run(conv({ auto_pad: 'SAME_UPPER' }), { x }).outputs.y.data).toEqual([[[3, 6, 9, 12, 9]]]);
    const even = { x: [[[1, 2, 3, 4]]] };
    expect(run(conv({ auto_pad: 'SAME_UPPER', strides: [2] }, 4), even).outputs.y.data).toEqual([[[6, 7]]]);
    expect(run(conv({ auto_pad: 'SAME_LOWER', strides: [2] }, 4), even).outputs.y.data).toEqual([[[3, 9]]]);
  });

  it('of a mean are counted or not', () => {
    const mean = (attributes: Parameters<typeof node>[3]) =>
      read({
        input: [info('x', [1, 1, 5])],
        output: [info('y', null)],
        node: [node('AveragePool', ['x'], ['y'], { kernel_shape: [3], pads: [2, 0], ...attributes })],
      });
    const of = (m: ReturnType<typeof mean>): unknown => run(m, { x }).outputs.y.data;
    expect(of(mean({}))).toEqual([[[1, 1.5, 2, 3, 4]]]);
    const counted = of(mean({ count_include_pad: 1 })) as number[][][];
    expect(counted[0][0].map((v) => Math.round(v * 3))).toEqual([1, 3, 6, 9, 12]);
  });
});

describe('slices', () => {
  const slice = (initializer: ReturnType<typeof int64s>[], dims: (number | string)[] = [5]) =>
    read({
      input: [info('x', dims)],
      output: [info('y', null)],
      initializer,
      node: [node('Slice', ['x', 'a', 'b', 'axes', 'steps'], ['y'])],
    });
  const bounds = (from: number, to: number, step: number) => [
    int64s('a', [1], [from]),
    int64s('b', [1], [to]),
    int64s('axes', [1], [0]),
    int64s('steps', [1], [step]),
  ];
  const x = [0, 1, 2, 3, 4];

  it.each([
    [1, 1000, 2, [1, 3]],
    [-1, -1000, -1, [4, 3, 2, 1, 0]],
    [3, 0, -2, [3, 1]],
    [-2, -1, -1, []],
    [0, -1, 1, [0, 1, 2, 3]],
  ])('from %d to %d by %d', (from, to, step, want) => {
    for (const dims of [[5], ['n']])
      expect(run(slice(bounds(from, to, step), dims), { x }).outputs.y.data).toEqual(want);
    // The same, told when the graph runs.
    const late = read({
      input: [info('x', [5]), ...['a', 'b', 'axes', 'steps'].map((name) => info(name, [1], DATA_TYPE.INT64))],
      output: [info('y', null)],
      node: [node('Slice', ['x', 'a', 'b', 'axes', 'steps'], ['y'])],
    });
    const int = (n: number) => ({ data: [n], dtype: 'int64' });
    const inputs = { x, a: int(from), b: int(to), axes: int(0), steps: int(step) };
    expect(run(late, inputs).outputs.y.data).toEqual(want);
  });
});

it('resizes by ONNX’s own coordinates, with PyTorch’s op where they agree', () => {
  const resize = (attributes: Parameters<typeof node>[3], scale: number) =>
    read({
      input: [info('x', [1, 1, 1, 4])],
      output: [info('y', null)],
      initializer: [floats('s', [4], [1, 1, 1, scale])],
      node: [node('Resize', ['x', '', 's'], ['y'], attributes)],
    });
  const x = [[[[1, 2, 3, 4]]]];
  const double = resize({ mode: 'linear' }, 2);
  expect(opsOf(double)).toEqual(['interpolate']);
  expect(run(double, { x }).outputs.y.data).toEqual([[[[1, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4]]]]);
  const corners = resize({ mode: 'linear', coordinate_transformation_mode: 'align_corners' }, 0.6);
  expect((run(corners, { x }).outputs.y.data as number[][][][])[0][0][0][1]).toBeCloseTo(3.142857, 5);
  const nearest = resize({ mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'ceil' }, 2);
  expect(run(nearest, { x }).outputs.y.data).toEqual([[[[1, 2, 2, 3, 3, 4, 4, 4]]]]);
});

it('reads a slope for each channel as opset 6 had it', () => {
  const model = read(
    {
      input: [info('x', [1, 2, 2])],
      output: [info('y', null)],
      initializer: [floats('s', [2], [0.5, 2])],
      node: [node('PRelu', ['x', 's'], ['y'])],
    },
    6,
  );
  expect(
    run(model, {
      x: [
        [
          [-1, 1],
          [-1, 1],
        ],
      ],
    }).outputs.y.data,
  ).toEqual([
    [
      [-0.5, 1],
      [-2, 1],
    ],
  ]);
});
