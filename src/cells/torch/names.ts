/** Which of PyTorch's namespaces an op of the registry lives in, where it does not live in all of them. */
import type { Category } from '../../ops/define.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** The engine's own ops, and syntax: found under no name. */
const INTERNAL = words(`
  alias col2im ctc_loss_slope embedding_bag_max_rows getitem im2col index linear_recurrence numpy_T rrelu_with_noise
  setitem slice swish`);
const isInternal = (name: string): boolean =>
  INTERNAL.has(name) || name.endsWith('_backward') || name.startsWith(IN_FUNCTIONAL);

/** What an op is called in torch.nn.functional alone, where its own name is taken by another one. */
const IN_FUNCTIONAL = 'nn_functional_';

const FUNCTIONAL_ONLY = words(`
  binary_cross_entropy cross_entropy elu gaussian_nll_loss gelu glu hardsigmoid hardswish hardtanh huber_loss l1_loss
  leaky_relu linear log_sigmoid logsigmoid mish mse_loss multi_margin_loss multilabel_margin_loss
  multilabel_soft_margin_loss nll_loss relu6 silu smooth_l1_loss soft_margin_loss softmin softplus softshrink softsign
  tanhshrink triplet_margin_with_distance_loss normalize one_hot pad fold local_response_norm adaptive_avg_pool2d
  adaptive_avg_pool3d adaptive_max_pool2d adaptive_max_pool3d avg_pool2d avg_pool3d dropout1d dropout2d dropout3d
  gumbel_softmax interpolate lp_pool1d lp_pool2d upsample max_unpool1d max_unpool2d`);

const FUNCTIONAL_TOO = words(`
  adaptive_avg_pool1d adaptive_max_pool1d alpha_dropout avg_pool1d batch_norm bilinear binary_cross_entropy_with_logits celu channel_shuffle conv1d
  conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d cosine_embedding_loss cosine_similarity ctc_loss
  dropout embedding embedding_bag feature_alpha_dropout group_norm hardshrink
  hinge_embedding_loss instance_norm kl_div layer_norm log_softmax margin_ranking_loss
  max_pool1d max_pool2d max_pool3d pairwise_distance pdist pixel_shuffle pixel_unshuffle poisson_nll_loss prelu relu
  rrelu selu sigmoid softmax tanh threshold triplet_margin_loss`);

const SPECIAL_ONLY = words(`
  entr erfcx expit gammaln i0e i1 i1e log_ndtr ndtr psi ndtri zeta bessel_j0 bessel_j1 bessel_y0 bessel_y1
  modified_bessel_i0 modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0
  scaled_modified_bessel_k1 spherical_bessel_j0 airy_ai`);

const SPECIAL_TOO = words(`
  digamma erf erfc erfinv exp2 expm1 gammainc gammaincc i0 log1p log_softmax logit logsumexp multigammaln polygamma
  round sinc softmax xlog1py xlogy`);

const LINALG_ONLY = words('matrix_norm multi_dot vecdot vector_norm');
const LINALG_TOO = words(
  'cholesky cross det diagonal inv lstsq matmul matrix_exp matrix_power qr slogdet solve svd vander norm',
);

const METHOD_ONLY = words(`
  H T contiguous expand expand_as mH mT new_empty new_full new_ones new_zeros repeat reshape_as sum_to_size to type_as
  unfold view view_as`);

/** What is read without a call. */
export const PROPERTIES = words('H T mH mT');

const NO_METHOD = words(`
  atleast_1d atleast_2d atleast_3d block_diag broadcast_tensors bucketize cartesian_prod cat cdist chain_matmul
  column_stack combinations concat concatenate cumulative_trapezoid dstack einsum hstack isin meshgrid pdist row_stack rsub
  searchsorted stack std_mean tensordot trapezoid trapz var_mean vander vstack`);

/** Methods whose name with `_` writes the result over the tensor. */
const IN_PLACE = words(`
  abs absolute acos acosh add addbmm addcdiv addcmul addmm addmv addr arccos arccosh arcsin arcsinh arctan arctan2 arctanh
  asin asinh atan atan2 atanh baddbmm bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift
  bitwise_xor ceil clamp clamp_max clamp_min clip copysign cos cosh cumprod cumsum deg2rad digamma div divide eq erf erfc
  erfinv exp exp2 expm1 fix float_power floor floor_divide fmod frac gcd ge greater greater_equal gt heaviside hypot i0
  igamma igammac index_add index_copy index_fill index_put index_reduce lcm ldexp le lerp less less_equal lgamma log log10
  log1p log2 logical_and logical_not logical_or logical_xor logit lt masked_fill masked_scatter mul multiply mvlgamma
  nan_to_num ne neg negative nextafter not_equal polygamma pow put rad2deg reciprocal relu remainder renorm round rsqrt
  scatter scatter_add scatter_reduce sgn sigmoid sign sin sinc sinh sqrt square sub subtract tan tanh tril triu
  true_divide trunc xlogy`);

/** Functions of torch, and of torch.nn.functional, that write over their first argument. */
export const TORCH_IN_PLACE = words(`
  abs acos acosh arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh ceil celu clamp clamp_max clamp_min
  clip cos cosh deg2rad erf erfc exp exp2 expm1 fix floor frac gcd i0 lcm log log10 log1p log2 logit nan_to_num neg
  negative rad2deg reciprocal relu round rrelu rsqrt selu sigmoid sin sinc sinh sqrt square tan tanh threshold trunc xlogy`);
export const FUNCTIONAL_IN_PLACE = words('celu elu hardtanh leaky_relu relu rrelu selu threshold');

/** Functions of torch.nn.functional that take `inplace` last. */
export const TAKES_INPLACE = words(`
  celu dropout elu hardsigmoid hardswish hardtanh leaky_relu mish relu relu6 rrelu selu silu threshold alpha_dropout
  dropout1d dropout2d dropout3d feature_alpha_dropout`);

const isLinalg = (name: string): boolean => name.startsWith('linalg_');
const apart = (name: string): boolean =>
  isInternal(name) || isLinalg(name) || FUNCTIONAL_ONLY.has(name) || SPECIAL_ONLY.has(name) || LINALG_ONLY.has(name);

export const inTorch = (name: string): boolean => !apart(name) && !METHOD_ONLY.has(name);
/** The name in torch.nn.functional, if it has one. */
export function functionalName(name: string): string | undefined {
  if (name.startsWith(IN_FUNCTIONAL)) return name.slice(IN_FUNCTIONAL.length);
  return FUNCTIONAL_ONLY.has(name) || FUNCTIONAL_TOO.has(name) ? name : undefined;
}
export const inSpecial = (name: string): boolean => SPECIAL_ONLY.has(name) || SPECIAL_TOO.has(name);
/** The name in torch.linalg, if it has one. */
export function linalgName(name: string): string | undefined {
  if (isLinalg(name)) return name.slice('linalg_'.length);
  return LINALG_ONLY.has(name) || LINALG_TOO.has(name) ? name : undefined;
}

/** Families whose ops are no methods, but for what others have methods for. */
const NO_METHODS: ReadonlySet<Category> = new Set<Category>(['activation', 'creation', 'loss', 'nn']);
const YET_METHODS = words('hardshrink log_softmax prelu relu sigmoid softmax tanh');
export const isMethod = (name: string, category: Category): boolean =>
  METHOD_ONLY.has(name) ||
  (!apart(name) && !NO_METHOD.has(name) && (!NO_METHODS.has(category) || YET_METHODS.has(name)));
export const hasInPlace = (name: string): boolean => IN_PLACE.has(name);
