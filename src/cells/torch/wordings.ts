/** Sentences of the engine's that say more than PyTorch's, or say it otherwise, in PyTorch's words and types. */
import { anomalyMode } from '../../autograd/anomaly.ts';
import { isDType, typeNameOf } from '../../tensor/dtype.ts';
import type { ErrorType } from '../runtime/errors.ts';
import { LOSS_WORDINGS, NN_WORDINGS } from './wordings-nn.ts';

/** A pattern of a message, the words for it (none: the same), the exception's type where it is another one, and the ops. */
export type Rule = readonly [
  pattern: RegExp,
  words: ((...groups: string[]) => string) | null,
  type?: ErrorType | '_LinAlgError',
  ops?: RegExp,
];

const sizes = (shape: string): string => shape.split(', ').join('x');

/** Sentences of the engine's that say more than PyTorch's, or say it otherwise. */
const REWORDED: readonly Rule[] = [
  [
    /^shapes \S.* cannot be broadcast together: the sizes (\d+) and (\d+) at dimension (\d+)/,
    (_, a, b, dim) =>
      `The size of tensor a (${a}) must match the size of tensor b (${b}) at non-singleton dimension ${dim}`,
  ],
  [
    /^.*shapes cannot be multiplied \(\[([\d, ]*)\] and \[([\d, ]*)\]\)/,
    (_, a, b) => `mat1 and mat2 shapes cannot be multiplied (${sizes(a)} and ${sizes(b)})`,
  ],
  [/^(index -?\d+ is out of bounds for dimension \d+ with size \d+) of the shape .*/, (_, words) => words],
  [/^(too many indices for tensor of dimension \d+), of shape .*/, (_, words) => words],
  [
    /^invalid index of a 0-dim tensor.*/,
    () =>
      'invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number',
  ],
  [
    /^(\w+)\(\): the result's dtype must be floating, but input is (\w+)/,
    (_, op, dtype) =>
      `${op}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${isDType(dtype) ? typeNameOf(dtype) : dtype}`,
  ],
  [/^(Tensors must have same number of dimensions: got \d+ and \d+) \(shapes/, (_, words) => words],
  [/^(One of the differentiated Tensors .*) \(input \d+\)$/, (_, words) => words],
  [/^input \d+ does not require grad$/, () => 'One of the differentiated Tensors does not require grad'],
  [/^(Trying to backward through the graph a second time .*) \(\w+\)$/, (_, words) => words],
  [
    /^(one of the variables needed for gradient computation .* instead\.) It was saved for \w+\.$/,
    (_, words) =>
      `${words} Hint: ${anomalyMode().enabled ? 'the backtrace further above shows the operation that failed to compute its gradient. The variable in question was changed in there or anywhere later. Good luck!' : 'enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True).'}`,
  ],
  [
    /^Mismatch in shape: grad_output\[(\d+)\] has a shape of (\[.*\]) and output\[\d+\] has a shape of (\[.*\])$/,
    (_, i, a, b) =>
      `Mismatch in shape: grad_output[${i}] has a shape of torch.Size(${a}) and output[${i}] has a shape of torch.Size(${b}).`,
  ],
  [
    /^sizes are whole numbers from 0 up, but got the shape \[(.*)\]$/,
    (_, shape) =>
      `Trying to create tensor with negative dimension ${shape.split(', ').find((s) => s.startsWith('-'))}: [${shape}]`,
  ],
  [/^a tensor of shape \[(.*)\] cannot be expanded to \[(.*)\]: only/, (_, from, to) => notExpanded(from, to)],
];

/** What PyTorch says of an `expand` that does not fit. */
function notExpanded(from: string, to: string): string {
  const own = from === '' ? [] : from.split(', ').map(Number);
  const wanted = to === '' ? [] : to.split(', ').map(Number);
  const lead = wanted.length - own.length;
  if (lead < 0)
    return `expand(torch.FloatTensor{[${from}]}, size=[${to}]): the number of sizes provided (${wanted.length}) must be greater or equal to the number of dimensions in the tensor (${own.length})`;
  const at = wanted.findLastIndex((size, d) => d >= lead && size !== own[d - lead] && own[d - lead] !== 1);
  return `The expanded size of the tensor (${wanted[at]}) must match the existing size (${own[at - lead]}) at non-singleton dimension ${at}.  Target sizes: [${to}].  Tensor sizes: [${from}]`;
}

const kindOf = (dtype: string): string => (isDType(dtype) ? typeNameOf(dtype) : dtype);

/** Of what PyTorch says in fewer words: what we add at the end is left out. */
const TRIMMED: readonly Rule[] = [
  [
    /^(linalg\.\w+): A must have at least 2 dimensions, but has shape .*/,
    (_, op) => `${op}: The input tensor A must have at least 2 dimensions.`,
  ],
  [/^(.*A must be batches of square matrices, but they are \d+ by \d+ matrices) \(shape .*/, (_, words) => words],
  [
    /^(linalg\.\w+): expected a floating dtype, but A is (\w+)/,
    (_, op, dtype) => `${op}: Expected a floating point or complex tensor as input. Got ${kindOf(dtype)}`,
  ],
  [
    /^(linalg\.solve: Incompatible shapes of A and B for the equation AX = B) \(\[(.*)\] and \[(.*)\]\)/,
    (_, words, a, b) => `${words} (${sizes(a)} and ${sizes(b)})`,
  ],
  [
    /^(?:linalg\.)(solve: The solver failed because the input matrix is singular\.)/,
    (_, words) => `torch.linalg.${words}`,
    '_LinAlgError',
  ],
  [/not positive-definite|is singular|failed to converge/, null, '_LinAlgError'],
  [
    /^linalg\.cross: dimension \d+ of both inputs must have size 3, but got shapes \[(.*)\] and \[(.*)\]/,
    (_, a, b) =>
      `linalg.cross: inputs dimension -1 must have length 3. Got ${a.split(', ').at(-1)} and ${b.split(', ').at(-1)}`,
  ],
  [
    /^trace: expected a matrix, but input has shape \[(.*)\]/,
    (_, shape) => `trace: expected a matrix, but got tensor with dim ${count(shape)}`,
  ],
  [/^mm: input must be a matrix with 2 dimensions.*/, () => 'self must be a matrix'],
  [/^mm: (mat2|other) must be a matrix with 2 dimensions.*/, () => 'mat2 must be a matrix'],
  [/^bmm: input must be a batch of matrices.*/, () => 'batch1 must be a 3D tensor'],
  [/^bmm: mat2 must be a batch of matrices.*/, () => 'batch2 must be a 3D tensor'],
  [
    /^.*shapes cannot be multiplied \(\[(\d+), \d+, (\d+)\] and \[(\d+), (\d+), \d+\]\)/,
    (_, b, m, b2, k) =>
      `Expected size for first two dimensions of batch2 tensor to be: [${b}, ${m}] but got: [${b2}, ${k}].`,
    undefined,
    /^bmm$/,
  ],
  [
    /^.*shapes cannot be multiplied \(\[(\d+)\] and \[(\d+)\]\)/,
    (_, n, m) =>
      `inconsistent tensor size, expected tensor [${n}] and src [${m}] to have the same number of elements, but got ${n} and ${m} elements respectively`,
    undefined,
    /^(dot|vdot|matmul)$/,
  ],
  [
    /^.*shapes cannot be multiplied \(\[(\d+), (\d+)\] and \[(\d+)\]\)/,
    (_, n, m, k) => `size mismatch, got ${n}, ${n}x${m},${k}`,
    undefined,
    /^(mv|matmul|addmv)$/,
  ],
  [
    /^.*shapes cannot be multiplied \(\[(\d+)\] and \[(\d+), (\d+)\]\)/,
    (_, k, n, m) => `mat1 and mat2 shapes cannot be multiplied (1x${k} and ${m}x${n})`,
    undefined,
    /^linear$/,
  ],
  [
    /^(both arguments to matmul need to be at least 1D, but) got shapes \[(.*)\] and \[(.*)\]/,
    (_, words, a, b) => `${words} they are ${count(a)}D and ${count(b)}D`,
  ],
  [
    /^v?dot: input and \w+ must be vectors with 1 dimension, but have shapes \[(.*)\] and \[(.*)\]/,
    (_, a, b) => `1D tensors expected, but got ${count(a)}D and ${count(b)}D tensors`,
  ],
  [/^permute: repeated dim in .*/, () => 'permute(): duplicate dims are not allowed.'],
  [/^permute(: number of dimensions .*)/, (_, words) => `permute(sparse_coo)${words}`],
  [
    /^(Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor): .*/,
    (_, words) => words,
  ],
  [
    /^(Sizes of tensors must match except in dimension \d+\. Expected size \d+ but got size \d+) at dimension \d+ (for tensor number \d+ in the list): .*/,
    (_, words, more) => `${words} ${more}.`,
  ],
  [
    /^(split_with_sizes expects .* at dimension \d+) of \[[\d, ]*\](\), but got split_sizes=.*)/,
    (_, words, more) => words + more,
  ],
  [/^(unflatten: Provided sizes .* in the input tensor) of shape .*/, (_, words) => words],
  [/^(flatten\(\) has invalid args: start_dim cannot come after end_dim), but got .*/, (_, words) => words],
  [
    /^index -?\d+ is out of bounds for dimension \d+ with size \d+/,
    null,
    'RuntimeError',
    /^(gather|scatter|scatter_add|scatter_reduce)$/,
  ],
  [
    /^index (-?\d+) is out of bounds for dimension \d+ with size (\d+)/,
    () => 'index out of range in self',
    'IndexError',
    /^(index_select|embedding)$/,
  ],
  [
    /^index (-?\d+) is out of bounds for dimension \d+ with size (\d+)/,
    (_, i, n) => `out of range: tried to access index ${i} on a tensor of ${n} elements.`,
    'IndexError',
    /^(take|put)$/,
  ],
  [
    /^\w+: (Index tensor must have the same number of dimensions as (?:input|self) tensor), but got .*/,
    (_, words) => words,
  ],
  [/^(\w+\(\): Expected (?:dtype|self\.dtype|self\.scalar)[^,]*), but got .*/, (_, words) => words],
  [/^(masked_\w+: expected BoolTensor or ByteTensor for mask), but got .*/, (_, words) => words],
  [
    /^index_add\(\)(: Number of indices \(\d+\) should be equal to source\.size\(dim\): \(\d+\), for dim: \d+); .*/,
    (_, words) => `index_add_()${words}`,
  ],
  [/^(selected index k out of range): .*/, (_, words) => words, 'RuntimeError'],
  [
    /^(kthvalue\(\): selected number k)=\d+ (out of range for dimension \d+) of size .*/,
    (_, words, more) => `${words} ${more}`,
  ],
  [
    /^(arg(?:max|min)\(\): Expected reduction dim to be specified for input\.numel\(\) == 0\.).*/,
    (_, words) => words,
    'IndexError',
  ],
  [
    /^(.*Expected reduction dim to be specified for input\.numel\(\) == 0\..*) \(input has shape .*/,
    (_, words) => words,
  ],
  [/^(\w+\(\): Expected reduction dim \d+ to have non-zero size), but .*/, (_, words) => `${words}.`],
  [
    /^\w+: std and var only support floating dtypes.*/,
    () => 'std and var only support floating point and complex dtypes',
  ],
  [/^(upper bound and larger bound inconsistent with step sign): .*/, (_, words) => words],
  [/^(step must be nonzero), but got .*/, (_, words) => words],
  [/^(value cannot be converted to type \w+ without overflow): .*/, (_, words) => words],
  [
    /^bitwise_not is for integer and bool dtypes.*/,
    () => '~ (operator.invert) is only implemented on integer and Boolean-type tensors',
    'TypeError',
    /^bitwise_not$/,
  ],
  [
    /^bitwise_(left|right)_shift is for integer dtypes, but got (\w+)/,
    (_, side, dtype) => `"${side[0]}shift_cpu" not implemented for '${kindOf(dtype)}'`,
  ],
  [
    /^(\w+) is (?:for|implemented for) .*dtypes?, but got (\w+)$/,
    (_, op, dtype) => `"${op}_cpu" not implemented for '${kindOf(dtype)}'`,
  ],
  [
    /^(\w+) is implemented for float32 and float64(?: \w+)?, but got (\w+)$/,
    (_, op, dtype) => `"${SUFFIXED[op] ?? `${op}_cpu`}" not implemented for '${kindOf(dtype)}'`,
  ],
  [
    /^(Negation, the `-` operator, on a bool tensor is not supported\.) Use the/,
    (_, words) => `${words} If you are trying to invert a mask, use the \`~\` or \`logical_not()\` operator instead.`,
  ],
  [/^(Subtraction, the `-` operator, with .*)$/, null],
  [/^ZeroDivisionError: .*/, () => 'ZeroDivisionError'],
  [/^\w+\(\): ord must be .*, but got '(\w+)'/, (_, ord) => `linalg.matrix_norm: Order ${ord} not supported.`],
  [
    /^result type (\w+) can't be cast to the desired output type (\w+)/,
    (_, from, to) => `Found dtype ${to} but expected ${from}`,
    undefined,
    /^pow$/,
  ],
  [/^meshgrid\(\) missing/, () => 'meshgrid expects a non-empty TensorList', 'RuntimeError'],
];

/** Two dtypes that have to be the same. */
const TYPES: readonly Rule[] = [
  [
    /^(Index put requires .*, got) (\w+) (for the destination and) (\w+) (for the source\.)/,
    (_, a, to, b, from, c) => `${a} ${kindOf(to)} ${b} ${kindOf(from)} ${c}`,
  ],
  [
    /^(masked_scatter: expected self and source to have same dtypes but got) (\w+) and (\w+)/,
    (_, words, a, b) => `${words}${kindOf(a)} and ${kindOf(b)}`,
  ],
  [
    /^index_copy\(\): self \((\w+)\) and source \((\w+)\) must have the same scalar type/,
    (_, a, b) =>
      `index_copy_(): self and source expected to have the same dtype, but got (self) ${kindOf(a)} and (source) ${kindOf(b)}`,
  ],
  [
    /^index_add\(\): self \((\w+)\) and source \((\w+)\) must have the same scalar type/,
    (_, a, b) => `index_add_(): self (${kindOf(a)}) and source (${kindOf(b)}) must have the same scalar type`,
  ],
  [/^scatter_\w+(\(\): Expected self\.dtype to be equal to src\.dtype).*/, (_, words) => `scatter${words}`],
  [/^(masked_fill_ only supports .* dimension\(s\)), of shape .*/, (_, words) => `${words}.`],
  [
    /^dot: expected \w+ and \w+ to have the same dtype, but got (\w+) and (\w+)/,
    (_, a, b) => `dot : expected both vectors to have same dtype, but found ${kindOf(a)} and ${kindOf(b)}`,
  ],
  [
    /^(?:matmul|mm|bmm|mv|addmm|baddbmm|addbmm|addmv): expected \w+ and \w+ to have the same dtype, but got (\w+) and (\w+)/,
    (_, a, b) => `expected scalar type ${kindOf(a)} but found ${kindOf(b)}`,
  ],
];

/** What einsum says, without what we add. */
const EINSUM: readonly Rule[] = [
  [/^(einsum\(\): fewer operands were provided than specified in the equation) \(.*/, (_, words) => words],
  [/^(einsum\(\): the number of subscripts .* no ellipsis was given) \(shape .*/, (_, words) => words],
];

/** How PyTorch calls the kernels of some ops. */
const SUFFIXED: Readonly<Record<string, string>> = {
  softmax: 'softmax_lastdim_kernel_impl',
  log_softmax: 'log_softmax_lastdim_kernel_impl',
  cross_entropy: 'log_softmax_lastdim_kernel_impl',
};

/** Of a shape as it is written: how many dimensions it has. */
const count = (shape: string): number => (shape === '' ? 0 : shape.split(', ').length);

const RULES: readonly Rule[] = [...TYPES, ...EINSUM, ...TRIMMED, ...LOSS_WORDINGS, ...NN_WORDINGS, ...REWORDED];

export interface Wording {
  readonly message: string;
  readonly type?: Rule[2];
}

/** What PyTorch says in place of a message of the engine's; undefined where it says the same. */
export function wordingOf(op: string, message: string): Wording | undefined {
  for (const [pattern, words, type, ops] of RULES) {
    if (ops !== undefined && !ops.test(op)) continue;
    const found = pattern.exec(message);
    if (found !== null) return { message: words === null ? message : words(...found), type };
  }
  return undefined;
}
