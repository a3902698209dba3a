/** Sequences of several lengths: padded, packed, and back (torch.nn.utils.rnn). */
import { to as castTo, full } from '../../ops/creation/index.ts';
import { indexSelect } from '../../ops/indexing/index.ts';
import { cat, narrow, select, stack, transpose } from '../../ops/shape/index.ts';
import type { DType } from '../../tensor/dtype.ts';
import { sameShape } from '../../tensor/shape.ts';
import { bigintsOf, empty, Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyProperty } from '../runtime/objects.ts';
import { TUPLE } from '../runtime/types.ts';
import { DTypeValue, NativeFunction, PyClass, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { elementAt, toDType, typeName } from '../torch/convert.ts';
import { guarded } from '../torch/errors.ts';
import { integer, number, tensorOf } from './convert.ts';
import { functionsOf } from './functional.ts';
import { type Bound, signature } from './signature.ts';

const FIELDS = ['data', 'batch_sizes', 'sorted_indices', 'unsorted_indices'];

/** What a PackedSequence holds: rows of one step after the other, and how many each step has. */
export interface Packed {
  readonly data: Tensor;
  readonly sizes: readonly number[];
  readonly sorted: Tensor | null;
  readonly unsorted: Tensor | null;
}

const integersOf = (t: Tensor): number[] =>
  Array.from({ length: t.numel }, (_, i) => Number(elementAt(t, t.offset + i * (t.strides[0] ?? 1))));

function int64(values: readonly number[]): Tensor {
  const t = empty([values.length], 'int64');
  bigintsOf(t).set(values.map(BigInt), t.offset);
  return t;
}

const optional = (t: Value | undefined): Tensor | null => (t instanceof Tensor ? t : null);

export const isPacked = (value: Value): value is PyTuple =>
  value instanceof PyTuple && value.type === 'PackedSequence' && value.items.length === FIELDS.length;

export function unpackTuple(value: PyTuple): Packed {
  const [data, sizes, sorted, unsorted] = value.items;
  return {
    data: tensorOf(data, 'data'),
    sizes: integersOf(tensorOf(sizes, 'batch_sizes')),
    sorted: optional(sorted),
    unsorted: optional(unsorted),
  };
}

const tuple = (data: Value, sizes: Value, sorted: Value, unsorted: Value): PyTuple =>
  new PyTuple([data, sizes, sorted, unsorted], 'PackedSequence', FIELDS);

/** A sequence of the same lengths with other elements. */
export const withData = (packed: PyTuple, data: Tensor): PyTuple => {
  const [, sizes, sorted, unsorted] = packed.items;
  return tuple(data, sizes, sorted, unsorted);
};

function inverse(permutation: Tensor): Tensor {
  const out = new Array<number>(permutation.numel);
  integersOf(permutation).forEach((to, from) => {
    out[to] = from;
  });
  return int64(out);
}

function selfOf(value: Value | undefined): PyTuple {
  if (value !== undefined && value !== null && isPacked(value)) return value;
  throw typeError('expected a PackedSequence');
}

const packedTakes = signature(
  'PackedSequence.__new__',
  'data, batch_sizes=None, sorted_indices=None, unsorted_indices=None',
  1,
);

const cast = (self: PyTuple, dtype: DType): PyTuple => {
  const data = tensorOf(self.items[0], 'data');
  return data.dtype === dtype
    ? self
    : withData(
        self,
        guarded(() => castTo(data, dtype)),
      );
};

const CASTS: readonly (readonly [string, DType])[] = [
  ['double', 'float64'],
  ['float', 'float32'],
  ['long', 'int64'],
];

export const packedClass = new PyClass(
  'PackedSequence',
  [TUPLE],
  new Map<string, Value>([
    ['__module__', 'torch.nn.utils.rnn'],
    ...CASTS.map(([name, dtype]): [string, Value] => [
      name,
      new NativeFunction(name, ([self]) => cast(selfOf(self), dtype)),
    ]),
    ['cpu', new NativeFunction('cpu', ([self]) => selfOf(self))],
    [
      'to',
      new NativeFunction('to', ([self, ...args], kwargs) => {
        const dtype = [...args, ...kwargs.values()].find((value) => value instanceof DTypeValue);
        return dtype === undefined ? selfOf(self) : cast(selfOf(self), toDType(dtype));
      }),
    ],
    ['is_cuda', new PyProperty(new NativeFunction('is_cuda', () => false))],
    ['is_pinned', new NativeFunction('is_pinned', () => false)],
  ]),
  (args, kwargs) => {
    const { data, batch_sizes, sorted_indices, unsorted_indices } = packedTakes(args, kwargs);
    const sizes = tensorOf(batch_sizes, 'batch_sizes');
    const sorted = optional(sorted_indices);
    return tuple(data, sizes, sorted, unsorted_indices ?? (sorted === null ? null : inverse(sorted)));
  },
);

const UNSORTED =
  '`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.';

const lengthsOf = (value: Value, interpreter: Interpreter): number[] =>
  value instanceof Tensor ? integersOf(value) : [...interpreter.iterate(value)].map(integer);

function pack(given: Tensor, givenLengths: readonly number[], first: boolean, enforce: boolean): PyTuple {
  let input = given;
  let lengths = [...givenLengths];
  const dim = first ? 0 : 1;
  let sorted: Tensor | null = null;
  if (input.ndim < 2) indexSelect(input, dim, int64([]));
  if (lengths.length !== input.shape[dim]) {
    throw runtimeError(
      `Expected \`len(lengths)\` to be equal to batch_size, but got ${lengths.length} (batch_size=${input.shape[dim]})`,
    );
  }
  if (!enforce) {
    const order = lengths.map((_, i) => i).sort((a, b) => lengths[b] - lengths[a] || a - b);
    sorted = int64(order);
    lengths = order.map((i) => lengths[i]);
    input = indexSelect(input, dim, sorted);
  }
  if (lengths.some((n, i) => i > 0 && n > lengths[i - 1])) throw runtimeError(UNSORTED);
  if (lengths.some((n) => n <= 0)) {
    throw runtimeError(
      "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0",
    );
  }
  const steps = first ? transpose(input, 0, 1) : input;
  const [most = 0] = lengths;
  if (most > steps.shape[0]) {
    throw runtimeError(`Expected sequences of at most ${steps.shape[0]} steps, but got a length of ${most}`);
  }
  const sizes = Array.from({ length: most }, (_, t) => lengths.filter((n) => n > t).length);
  const data = cat(sizes.map((size, t) => narrow(select(steps, 0, t), 0, 0, size)));
  return tuple(data, int64(sizes), sorted, sorted === null ? null : inverse(sorted));
}

/** The rows of each step. */
export function stepsOf({ data, sizes }: Packed): Tensor[] {
  let at = 0;
  return sizes.map((size) => {
    at += size;
    return narrow(data, 0, at - size, size);
  });
}

function padPacked(value: PyTuple, first: boolean, padding: number, total: Value): PyTuple {
  const packed = unpackTuple(value);
  const { sizes, data, unsorted } = packed;
  const length = total === null ? sizes.length : integer(total);
  if (length < sizes.length) {
    throw valueError(
      `Expected total_length to be at least the length of the longest sequence in input, but got total_length=${length} and max sequence length being ${sizes.length}`,
    );
  }
  const [batch] = sizes;
  const rest = data.shape.slice(1);
  const filler = (rows: number): Tensor => full([rows, ...rest], padding, data.dtype);
  const steps = stepsOf(packed).map((rows) =>
    rows.shape[0] === batch ? rows : cat([rows, filler(batch - rows.shape[0])]),
  );
  while (steps.length < length) steps.push(filler(batch));
  let padded = stack(steps, first ? 1 : 0);
  let lengths = Array.from({ length: batch }, (_, i) => sizes.filter((size) => size > i).length);
  if (unsorted !== null) {
    padded = indexSelect(padded, first ? 0 : 1, unsorted);
    lengths = integersOf(unsorted).map((i) => lengths[i]);
  }
  return new PyTuple([padded, int64(lengths)]);
}

function sequencesOf(value: Value, interpreter: Interpreter): Tensor[] {
  const list = [...interpreter.iterate(value)];
  if (list.length === 0) throw runtimeError('received an empty list of sequences');
  return list.map((item, i) => {
    if (item instanceof Tensor) return item;
    throw typeError(`expected Tensor as element ${i} in argument 0, but got ${typeName(item)}`);
  });
}

function pad(sequences: readonly Tensor[], first: boolean, padding: number): Tensor {
  const longest = Math.max(...sequences.map((t) => t.shape[0]));
  const [{ shape, dtype }] = sequences;
  const rest = shape.slice(1);
  const rows = sequences.map((t) => {
    if (!sameShape(t.shape.slice(1), rest)) {
      const d = t.shape.findIndex((size, i) => i > 0 && size !== shape[i]);
      throw runtimeError(
        `The size of tensor a (${shape[d]}) must match the size of tensor b (${t.shape[d]}) at non-singleton dimension ${d}`,
      );
    }
    const missing = longest - t.shape[0];
    return missing === 0 ? t : cat([t, full([missing, ...rest], padding, dtype)]);
  });
  return stack(rows, first ? 0 : 1);
}

function unpad(padded: Tensor, lengths: readonly number[], first: boolean): PyList {
  const rows = first ? padded : transpose(padded, 0, 1);
  return new PyList(lengths.map((n, i) => narrow(select(rows, 0, i), 0, 0, n)));
}

const is = (value: Value): boolean => value === true;

const FUNCTIONS: Readonly<Record<string, (args: Bound, interpreter: Interpreter) => Value>> = {
  'pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True)': (args, interpreter) =>
    pack(
      tensorOf(args.input, 'input'),
      lengthsOf(args.lengths, interpreter),
      is(args.batch_first),
      is(args.enforce_sorted),
    ),
  'pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None)': (args) =>
    padPacked(selfOf(args.sequence), is(args.batch_first), number(args.padding_value), args.total_length),
  'pad_sequence(sequences, batch_first=False, padding_value=0.0)': (args, interpreter) =>
    pad(sequencesOf(args.sequences, interpreter), is(args.batch_first), number(args.padding_value)),
  'unpad_sequence(padded_sequences, lengths, batch_first=False)': (args, interpreter) =>
    unpad(
      tensorOf(args.padded_sequences, 'padded_sequences'),
      lengthsOf(args.lengths, interpreter),
      is(args.batch_first),
    ),
  'pack_sequence(sequences, enforce_sorted=True)': (args, interpreter) => {
    const sequences = sequencesOf(args.sequences, interpreter);
    const lengths = sequences.map((t) => t.shape[0]);
    return pack(pad(sequences, false, 0), lengths, false, is(args.enforce_sorted));
  },
  'unpack_sequence(packed_sequences)': (args) => {
    const [padded, lengths] = padPacked(selfOf(args.packed_sequences), true, 0, null).items;
    return unpad(padded as Tensor, integersOf(lengths as Tensor), true);
  },
  'invert_permutation(permutation)': ({ permutation }) =>
    permutation === null ? null : inverse(tensorOf(permutation, 'permutation')),
};

export const rnnUtils: readonly [string, Value][] = [['PackedSequence', packedClass], ...functionsOf(FUNCTIONS)];

/** The values in another order of the sequences. */
export const permuted = (t: Tensor, order: Tensor | null): Tensor => (order === null ? t : indexSelect(t, 1, order));
