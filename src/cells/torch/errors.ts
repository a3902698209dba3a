/** What the engine refuses, as PyTorch's own exceptions. */
import { isDType, typeNameOf } from '../../tensor/dtype.ts';
import { EngineError, type ErrorCode } from '../../tensor/errors.ts';
import { type ErrorType, PyError } from '../runtime/errors.ts';

const TYPES: Partial<Record<ErrorCode, ErrorType>> = { index_out_of_range: 'IndexError' };

/** Words that stand for themselves in PyTorch, where ours say more. */
const WORDS: Partial<Record<ErrorCode, string>> = {
  non_scalar_backward: 'grad can be implicitly created only for scalar outputs',
};

const sizes = (shape: string): string => shape.split(', ').join('x');

/** Sentences of the engine's that say more than PyTorch's, or say it otherwise. */
const REWORDED: readonly [pattern: RegExp, words: (...groups: string[]) => string][] = [
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
      `${words} Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True).`,
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

function reworded(message: string): string {
  for (const [pattern, words] of REWORDED) {
    const found = pattern.exec(message);
    if (found !== null) return words(...found);
  }
  return message;
}

/** Functions that PyTorch wrote in Python raise ValueError where those in C++ raise RuntimeError. */
const VALUE_ERRORS = new Set([
  'affine_grid',
  'gaussian_nll_loss',
  'interpolate',
  'margin_ranking_loss',
  'max_unpool1d',
  'max_unpool2d',
  'max_unpool3d',
  'triplet_margin_with_distance_loss',
  'unflatten',
]);

/** An exception for what was thrown; what is none of the engine's refusals is passed on. */
export function asPyError(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  if (error.code === 'budget') return error;
  const fromValue = error.code === 'value_range' && error.op !== undefined && VALUE_ERRORS.has(error.op);
  const notThere = error.op === 'interpolate' && error.code === 'shape_mismatch';
  const type: ErrorType = notThere
    ? 'NotImplementedError'
    : fromValue
      ? 'ValueError'
      : (TYPES[error.code] ?? 'RuntimeError');
  return new PyError(type, WORDS[error.code] ?? reworded(error.message));
}

/** Runs engine code; what it refuses is raised as PyTorch would. */
export function guarded<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw asPyError(error);
  }
}
