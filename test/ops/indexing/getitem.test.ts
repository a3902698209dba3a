/** What the table of torch's results cannot say of indexing: the wire form of an index, words of refusals, windows. */
import { describe, expect, it } from 'vitest';
import { getitem, type IndexItem, indexAttr, indexPut, setitem } from '../../../src/ops/indexing/index.ts';
import { Refusal } from '../../../src/ops/params.ts';
import '../../../src/ops/registry.ts';
import { DataDependent, metaAllocator, withAllocator } from '../../../src/tensor/storage.ts';
import { refusal } from '../../support/refusal.ts';
import { flat, leaf, tensor } from '../../support/tensors.ts';

const cube = () =>
  tensor(
    Array.from({ length: 24 }, (_, i) => i),
    'float64',
    [2, 3, 4],
  );

describe('an index on the wire', () => {
  it.each([
    [3, 3],
    [null, null],
    ['...', '...'],
    [true, true],
    [{ slice: [1, null, 2] }, { slice: [1, null, 2] }],
    [{ slice: [1, 2] }, { slice: [1, 2, null] }],
    [
      [0, '...', { tensor: 0 }],
      [0, '...', { tensor: 0 }],
    ],
    [[], []],
  ])('%j is read', (json, item) => {
    expect(indexAttr.read(json)).toEqual(item);
  });

  it.each([
    1.5,
    '0',
    '..',
    {},
    { slice: 1 },
    { slice: [0, 1, 1, 1] },
    { slice: ['0', 1, 1] },
    { tensor: -1 },
    { tensor: 0, slice: [] },
    [[0]],
    [undefined],
  ])('%j is refused', (json) => {
    expect(indexAttr.read(json)).toBeInstanceOf(Refusal);
  });
});

describe('refusals', () => {
  const at = (index: IndexItem | IndexItem[], ...tensors: Parameters<typeof tensor>[0][]) =>
    refusal(() =>
      getitem(
        cube(),
        index,
        tensors.map((t) => tensor(t, 'int64')),
      ),
    );
  it.each<[string, () => ReturnType<typeof refusal>, string, RegExp]>([
    ['an integer', () => at([0, 3]), 'index_out_of_range', /index 3 is out of bounds for dimension 1 with size 3/],
    ['a negative integer', () => at(-3), 'index_out_of_range', /index -3 .* dimension 0 with size 2/],
    [
      'the input’s own dimension is named',
      () => at([null, 0, { tensor: 0 }], [5]),
      'index_out_of_range',
      /index 5 is out of bounds for dimension 1 with size 3/,
    ],
    ['too many', () => at([0, 0, 0, 0]), 'index_out_of_range', /too many indices for tensor of dimension 3/],
    ['a step of 0', () => at({ slice: [null, null, 0] }), 'value_range', /slice step cannot be zero/],
    ['a step back', () => at({ slice: [null, null, -1] }), 'value_range', /step must be greater than zero/],
    [
      'shapes that do not go together',
      () => at([{ tensor: 0 }, { tensor: 1 }], [0, 1], [0, 1, 2]),
      'index_out_of_range',
      /\[2\], \[3\]/,
    ],
    ['a tensor that was not sent', () => at({ tensor: 0 }), 'invalid_graph', /names tensor 0, but 0/],
    [
      'a float index',
      () => refusal(() => getitem(cube(), { tensor: 0 }, [tensor([0])])),
      'dtype',
      /must be long, byte or bool/,
    ],
    [
      'a mask of another shape',
      () => refusal(() => getitem(cube(), { tensor: 0 }, [tensor([1, 0, 1], 'bool')])),
      'index_out_of_range',
      /mask \[3\] at index 0 .* \[2, 3, 4\] at index 0/,
    ],
    [
      'an index of a number',
      () => refusal(() => getitem(tensor(1), 0)),
      'index_out_of_range',
      /invalid index of a 0-dim tensor/,
    ],
  ])('%s', (_, body, code, words) => {
    const error = body();
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
  });
});

describe('windows', () => {
  it('of integers and slices share elements with the input', () => {
    const x = cube();
    expect(getitem(x, [1, { slice: [0, 3, 2] }]).storage).toBe(x.storage);
    expect(getitem(x, '...').storage).toBe(x.storage);
  });

  it('of nothing but full slices are other tensors', () => {
    const x = cube();
    expect(getitem(x, { slice: [null, null, null] })).not.toBe(x);
  });

  it('name the node as PyTorch does', () => {
    const x = leaf([
      [1, 2],
      [3, 4],
    ]);
    const name = (index: IndexItem | IndexItem[], i: number[] = []) =>
      getitem(x, index, [tensor(i, 'int64')]).gradFn?.name;
    expect([name(0), name({ slice: [0, 1, 1] }), name(null), name('...'), name({ tensor: 0 }, [0])]).toEqual([
      'SelectBackward0',
      'SliceBackward0',
      'UnsqueezeBackward0',
      'AliasBackward0',
      'IndexBackward0',
    ]);
  });
});

describe('where only shapes are known', () => {
  it('integer tensors give theirs', () => {
    const x = cube();
    const i = tensor([[0, 1]], 'int64');
    expect(
      withAllocator(metaAllocator, () => getitem(x, [{ slice: [null, null, null] }, { tensor: 0 }], [i])).shape,
    ).toEqual([2, 1, 2, 4]);
  });

  it('masks need their values', () => {
    const mask = withAllocator(metaAllocator, () => getitem(tensor([1, 0], 'bool'), '...', []));
    expect(getitem(cube(), { tensor: 0 }, [mask]).shape).toEqual([1, 3, 4]);
    const unknown = withAllocator(metaAllocator, () =>
      indexPut(tensor([0, 0], 'bool'), [tensor([0], 'int64')], tensor([1], 'bool')),
    );
    expect(() => withAllocator(metaAllocator, () => getitem(cube(), { tensor: 0 }, [unknown]))).toThrow(DataDependent);
  });
});

describe('setitem', () => {
  it('casts a value to the dtype, and drops leading ones', () => {
    expect(flat(setitem(tensor([1, 2, 3], 'int64'), 7.9, 1))).toEqual([1, 7, 3]);
    expect(flat(setitem(tensor([1, 2, 3]), tensor([[8, 9]]), { slice: [1, null, null] }))).toEqual([1, 8, 9]);
  });

  it('leaves its input as it was', () => {
    const x = tensor([1, 2, 3]);
    setitem(x, 0, 0);
    expect(flat(x)).toEqual([1, 2, 3]);
  });
});
