/** How many dimensions a result has where its sizes hang on what is known only when the graph runs. */
import type { OpDef } from '../../../ops/define.ts';
import { Val } from './val.ts';

interface Call {
  readonly inputs: readonly (Val | readonly Val[] | null)[];
  readonly attrs: Readonly<Record<string, unknown>>;
}

const ELEMENTWISE = new Set(['pointwise', 'comparison', 'activation']);

/** Ops whose result has as many dimensions as their first operand. */
const SAME = new Set(
  `index_select slice cat transpose permute flip roll pad constant_pad_nd interpolate batch_norm instance_norm layer_norm
  group_norm linear cumsum tril triu dropout split_with_sizes chunk split topk sort conv1d conv2d conv3d conv_transpose1d
  conv_transpose2d conv_transpose3d avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d local_response_norm
  scatter scatter_add scatter_reduce index_put grid_sample masked_fill alias clone softmax log_softmax hardswish
  take_along_dim fourier ones_like zeros_like reshape_as repeat_interleave movedim index_reduce`.split(/\s+/),
);

const FIXED: Readonly<Record<string, number>> = { arange: 1, nonzero: 2, eye: 2, mm: 2, addmm: 2, shape_as_tensor: 1 };

const REDUCING = /^(sum|mean|prod|amax|amin|any|all|argmax|argmin|logsumexp|var|linalg_vector_norm)$/;

/** As many entries as a list has that may be read when the graph runs. */
function lengthOf(list: unknown): number | undefined {
  if (Array.isArray(list)) return list.length;
  return list instanceof Val && list.rank === 1 ? (list.sizes?.[0] ?? undefined) : undefined;
}

function indexed(rank: number, index: unknown, tensors: readonly Val[]): number | undefined {
  let out = rank;
  let advanced = 0;
  let widest = 0;
  for (const item of Array.isArray(index) ? index : [index]) {
    if (typeof item === 'number') out--;
    else if (item === null) out++;
    else if (typeof item === 'object' && 'tensor' in item) {
      const t = tensors[(item as { tensor: number }).tensor];
      if (t?.rank === undefined || t.dtype === 'bool') return undefined;
      advanced++;
      widest = Math.max(widest, t.rank);
    }
  }
  return out - advanced + widest;
}

/** Undefined where nobody knows. */
export function rankOf(def: OpDef, { inputs, attrs }: Call): number | undefined {
  const operands = inputs.flat().filter((v) => v !== null);
  const ranks = operands.map((v) => v.rank);
  const first = ranks[0];
  const { name } = def;
  if (name in FIXED) return FIXED[name];
  if (name.endsWith('_window')) return 1;
  if (name === 'full' || name === 'zeros' || name === 'ones' || name === 'expand') return lengthOf(attrs.size);
  if (name === 'reshape') return lengthOf(attrs.shape);
  if (name === 'where' || (ELEMENTWISE.has(def.category) && !SAME.has(name)))
    return ranks.includes(undefined) || ranks.length === 0 ? undefined : Math.max(...(ranks as number[]));
  if (first === undefined) return undefined;
  if (SAME.has(name)) return first;
  if (name === 'repeat') {
    const count = lengthOf(attrs.repeats);
    return count === undefined ? undefined : Math.max(first, count);
  }
  if (name === 'select' || name === 'squeeze') return attrs.dim === undefined ? undefined : first - 1;
  if (name === 'unfold') return first + 1;
  if (name === 'unsqueeze' || name === 'stack') return first + 1;
  if (name === 'matmul')
    return ranks[1] !== undefined && first >= 2 && ranks[1] >= 2 ? Math.max(first, ranks[1]) : undefined;
  if (name === 'gather') return first;
  if (name === 'getitem') return indexed(first, attrs.index, (inputs[1] ?? []) as readonly Val[]);
  if (REDUCING.test(name)) {
    if (attrs.keepdim === true) return first;
    if (attrs.dim === undefined) return 0;
    const count = typeof attrs.dim === 'number' ? 1 : lengthOf(attrs.dim);
    return count === undefined ? undefined : first - count;
  }
  return undefined;
}
