import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../../src/codec/npy/npy.ts';
import type { DType } from '../../../src/tensor/dtype.ts';
import { flat, tensor } from '../../support/tensors.ts';

interface Row {
  readonly name: string;
  readonly file: string;
  readonly dtype: DType;
  readonly shape: number[];
  readonly data: (number | boolean)[];
}

/** Files that NumPy wrote. */
const rows = JSON.parse(readFileSync(new URL('./numpy-files.json', import.meta.url), 'utf8')) as Row[];
const file = (name: string): Buffer => Buffer.from(rows.find((row) => row.name === name)?.file ?? '', 'base64');

describe('readNpy', () => {
  it.each(rows)('reads $name', ({ file, dtype, shape, data }) => {
    const t = readNpy(Buffer.from(file, 'base64'));
    expect([t.dtype, t.shape]).toEqual([dtype, shape]);
    expect(flat(t)).toEqual(data.map(Number));
  });

  const header = (text: string, data = Buffer.alloc(8)): Buffer => {
    const head = Buffer.alloc(10);
    Buffer.from('\x93NUMPY\x01\x00', 'latin1').copy(head);
    head.writeUInt16LE(text.length, 8);
    return Buffer.concat([head, Buffer.from(text, 'latin1'), data]);
  };
  const dict = (descr: string, shape = '(1,)', order = 'False'): string =>
    `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

  it('takes keys in any order', () => {
    expect(readNpy(header("{'shape': (1,), 'descr': '<f8', 'fortran_order': False}")).shape).toEqual([1]);
  });

  it.each([
    ['an empty file', Buffer.alloc(0), 'does not begin'],
    ['other magic', Buffer.alloc(100, 'x'), 'does not begin'],
    ['a file cut in its header', file('float64').subarray(0, 40), 'ends in its header'],
    ['a file cut in its data', file('float64').subarray(0, -1), 'expected 16 bytes of elements, got 15'],
    ['more data than the shape has', Buffer.concat([file('float64'), Buffer.alloc(1)]), 'got 17'],
    ['objects', header(dict('|O')), "dtype '|O'"],
    ['strings', header(dict('<U4')), "dtype '<U4'"],
    ['complex numbers', header(dict('<c8')), "dtype '<c8'"],
    ['structured dtypes', header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}"), 'dtype'],
    [
      'code in the header',
      header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': __import__('os')}"),
      'cannot be understood',
    ],
    ['a key twice', header("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}"), 'twice'],
    ['a missing key', header("{'descr': '<f8', 'fortran_order': False}"), "lacks 'shape'"],
    ['a negative size', header(dict('<f8', '(-1,)')), 'cannot be understood'],
    ['a huge shape', header(dict('<f8', '(999999999999999, 999999999999999)')), 'bytes of elements'],
    ['a bool that is none', header(dict('|b1'), Buffer.from([2])), 'bool elements'],
    ['an unknown version', Buffer.concat([Buffer.from('\x93NUMPY\x09\x00', 'latin1'), Buffer.alloc(20)]), 'version 9'],
  ])('refuses %s', (_, bytes, detail) => {
    expect(() => readNpy(bytes)).toThrow(detail);
  });
});

describe('writeNpy', () => {
  const plain = rows.filter(({ name }) => !/order|endian|version/.test(name));
  it.each(plain)('writes $name byte for byte as NumPy does', ({ file, dtype, shape, data }) => {
    expect(writeNpy(tensor(data.map(Number), dtype, shape)).toString('base64')).toBe(file);
  });

  it('writes a transposed tensor in its own order', () => {
    const t = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'float32',
    ).alias([3, 2], [1, 3]);
    const back = readNpy(writeNpy(t));
    expect([back.shape, flat(back)]).toEqual([
      [3, 2],
      [1, 4, 2, 5, 3, 6],
    ]);
  });
});
