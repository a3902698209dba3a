import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DType } from '../../src/tensor/dtype.ts';
import { exponentText, fixedText } from '../../src/tensor/print/number-text.ts';
import { DEFAULT_PRINT_OPTIONS, elementsText, tensorRepr, withPrintOptions } from '../../src/tensor/print.ts';
import { heapAllocator, metaAllocator, withAllocator } from '../../src/tensor/storage.ts';
import { empty, fromStorage, type Tensor } from '../../src/tensor/tensor.ts';
import { tensor } from '../support/tensors.ts';

/** A tensor with what PyTorch 1.13 prints for it. */
interface Case {
  readonly dtype: DType;
  readonly shape: number[];
  readonly data: readonly (number | string)[];
  readonly transpose?: boolean;
  readonly requires_grad?: boolean;
  readonly grad_fn?: string;
  readonly options?: {
    readonly precision?: number;
    readonly threshold?: number | 'inf';
    readonly edgeitems?: number;
    readonly linewidth?: number;
    readonly profile?: string;
    readonly sci_mode?: boolean;
  };
  readonly repr: string;
}

const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'data/print-cases.json'), 'utf8')) as Case[];

const WORDS: Record<string, number> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity, '-0': -0 };

function build(c: Case): Tensor {
  const storage = heapAllocator.alloc(c.dtype, c.data.length);
  c.data.forEach((x, i) => {
    storage.data[i] = (c.dtype === 'int64' ? BigInt(x) : typeof x === 'string' ? WORDS[x] : x) as never;
  });
  let t = fromStorage(storage, c.shape);
  if (c.transpose) {
    const [a, b, ...rest] = t.shape;
    const [sa, sb, ...strides] = t.strides;
    t = t.alias([b, a, ...rest], [sb, sa, ...strides]);
  }
  t.requiresGrad = c.requires_grad === true || c.grad_fn !== undefined;
  t.gradFn = c.grad_fn === undefined ? null : { name: c.grad_fn };
  return t;
}

const optionsOf = ({ sci_mode, threshold, ...rest }: NonNullable<Case['options']>) =>
  withPrintOptions(DEFAULT_PRINT_OPTIONS, {
    ...rest,
    sciMode: sci_mode,
    threshold: threshold === 'inf' ? Infinity : threshold,
  });

describe('tensorRepr', () => {
  it.each(cases.map((c, i) => [i, `${c.dtype} [${c.shape}] ${JSON.stringify(c.options ?? {})}`, c] as const))(
    'writes case %i, %s, as PyTorch does',
    (_i, _title, c) => {
      expect(tensorRepr(build(c), optionsOf(c.options ?? {}))).toBe(c.repr);
    },
  );

  it('summarises more than a thousand elements', () => {
    const long = tensor(
      Array.from({ length: 1001 }, (_, i) => i),
      'int64',
    );
    expect(tensorRepr(long)).toBe('tensor([   0,    1,    2,  ...,  998,  999, 1000])');
    expect(tensorRepr(empty([1001], 'float32'))).toBe('tensor([0., 0., 0.,  ..., 0., 0., 0.])');
    expect(tensorRepr(empty([1000], 'uint8')).split('\n')).toHaveLength(42);
    const line = '[0., 0., 0.,  ..., 0., 0., 0.]';
    const rows = [line, line, line, '...', line, line, line];
    const gap = `,\n${' '.repeat(9)}`;
    expect(tensorRepr(empty([2, 10, 100], 'float32'))).toBe(
      `tensor([[${rows.join(gap)}],\n\n        [${rows.join(gap)}]])`,
    );
  });

  it('takes another default dtype, and asks for room first', () => {
    const options = { ...DEFAULT_PRINT_OPTIONS, defaultDType: 'float64' as const };
    expect(tensorRepr(tensor([1.5]), options)).toBe('tensor([1.5000])');
    expect(tensorRepr(tensor([1.5], 'float32'), options)).toBe('tensor([1.5000], dtype=torch.float32)');
    const room = (n: number): void => {
      if (n > 19) throw new Error(`no room for ${n}`);
    };
    expect(() => tensorRepr(tensor([1, 2, 3, 4, 5]), { ...options, room })).toThrow('no room for 20');
  });

  it('says what is known of a tensor without elements', () => {
    const meta = withAllocator(metaAllocator, () => empty([2, 3], 'float32'));
    expect(tensorRepr(meta)).toBe("tensor(..., device='meta', size=(2, 3))");
  });

  it('gives elements alone', () => {
    expect(elementsText(tensor([[1, 2]], 'float32'))).toBe('[[1., 2.]]');
  });
});

describe('withPrintOptions', () => {
  it('forgets sci_mode where it is not named, as PyTorch does', () => {
    const on = withPrintOptions(DEFAULT_PRINT_OPTIONS, { sciMode: true });
    expect(on.sciMode).toBe(true);
    expect(withPrintOptions(on, { precision: 2 })).toMatchObject({ sciMode: null, precision: 2, edgeitems: 3 });
    expect(withPrintOptions(on, { profile: 'short', precision: 3 })).toMatchObject({ precision: 3, edgeitems: 2 });
  });

  it.each([{ precision: -1 }, { precision: 101 }, { edgeitems: 1.5 }])('refuses %j', (changes) => {
    expect(() => withPrintOptions(DEFAULT_PRINT_OPTIONS, changes)).toThrow('whole number');
  });
});

describe('numbers in text', () => {
  it.each([
    [0.5, 0, '0'],
    [1.5, 0, '2'],
    [2.5, 0, '2'],
    [-0.03125, 4, '-0.0312'],
    [0.00005, 4, '0.0001'],
    [-0, 2, '-0.00'],
    [1e22, 1, '10000000000000000000000.0'],
    [-1e-9, 2, '-0.00'],
  ])('%d with %i digits is %s', (x, precision, text) => {
    expect(fixedText(x, precision)).toBe(text);
  });

  it.each([
    [0, 4, '0.0000e+00'],
    [12345, 3, '1.234e+04'],
    [12355, 3, '1.236e+04'],
    [2.5, 0, '2e+00'],
    [3.5e-200, 0, '4e-200'],
    [-9.99996, 4, '-1.0000e+01'],
    [5e-324, 2, '4.94e-324'],
  ])('%d with %i digits and an exponent is %s', (x, precision, text) => {
    expect(exponentText(x, precision)).toBe(text);
  });
});
