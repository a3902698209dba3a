/** Functions of torch.nn.functional that are made of others, or of what modules share. */

import { fill } from '../../kernels/pointwise.ts';
import { softmax } from '../../ops/activations/index.ts';
import { scatter } from '../../ops/indexing/index.ts';
import { add, div, log, neg, sub } from '../../ops/pointwise/index.ts';
import { argmax } from '../../ops/reductions/index.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { guarded } from '../torch/errors.ts';
import { attend } from './attention.ts';
import { call } from './call.ts';
import { integer, number, tensorOf } from './convert.ts';
import { type Bound, signature } from './signature.ts';

const optional = (value: Value): Tensor | null => (value instanceof Tensor ? value : null);

/** Noise is added, then softmax; `hard` gives the largest alone, with the gradient of the soft answer. */
function gumbelSoftmax({ logits, tau, hard, eps, dim }: Bound, interpreter: Interpreter): Tensor {
  const given = tensorOf(logits, 'logits');
  if (number(eps) !== 1e-10) warn('`eps` parameter is deprecated and has no effect.');
  const noise = empty(given.shape, given.dtype);
  interpreter.call(interpreter.getAttribute(noise, 'exponential_'), []);
  const along = integer(dim);
  const soft = softmax(div(add(given, neg(log(noise))), number(tau)), along);
  if (!interpreter.truth(hard)) return soft;
  const most = argmax(soft.detach(), along, true);
  const one = fill(empty(most.shape, given.dtype), 1);
  const only = scatter(empty(given.shape, given.dtype), along, most, one);
  return add(sub(only, soft.detach()), soft);
}

const attention = (args: Bound, interpreter: Interpreter): Value => {
  const is = (name: string): boolean => interpreter.truth(args[name]);
  const separate = is('use_separate_proj_weight');
  const [output, weights] = attend(
    {
      query: tensorOf(args.query, 'query'),
      key: tensorOf(args.key, 'key'),
      value: tensorOf(args.value, 'value'),
      embedDim: integer(args.embed_dim_to_check),
      heads: integer(args.num_heads),
      weight: separate ? null : tensorOf(args.in_proj_weight, 'in_proj_weight'),
      weights: ['q_proj_weight', 'k_proj_weight', 'v_proj_weight'].map((name) => optional(args[name])),
      bias: optional(args.in_proj_bias),
      keyBias: optional(args.bias_k),
      valueBias: optional(args.bias_v),
      addZero: is('add_zero_attn'),
      dropout: number(args.dropout_p),
      outWeight: tensorOf(args.out_proj_weight, 'out_proj_weight'),
      outBias: optional(args.out_proj_bias),
      training: is('training'),
      keyPadding: optional(args.key_padding_mask),
      needWeights: is('need_weights'),
      mask: optional(args.attn_mask),
      average: is('average_attn_weights'),
    },
    interpreter,
  );
  return new PyTuple([output, weights]);
};

/** Names of old for `interpolate`. */
const upsample = (name: string, args: Bound, interpreter: Interpreter): Value => {
  warn(`nn.functional.${name} is deprecated. Use nn.functional.interpolate instead.`);
  const { input, ...named } = args;
  return call('interpolate', [input], named, interpreter);
};

const FUNCTIONS: Readonly<Record<string, (args: Bound, interpreter: Interpreter) => Value>> = {
  'gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1)': gumbelSoftmax,
  'multi_head_attention_forward(query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn, dropout_p, out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True, attn_mask=None, use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None, static_v=None, average_attn_weights=True)':
    attention,
  "upsample(input, size=None, scale_factor=None, mode='nearest', align_corners=None)": (args, interpreter) =>
    upsample('upsample', args, interpreter),
  'upsample_nearest(input, size=None, scale_factor=None)': (args, interpreter) =>
    upsample('upsample_nearest', { ...args, mode: 'nearest' }, interpreter),
  'upsample_bilinear(input, size=None, scale_factor=None)': (args, interpreter) =>
    upsample('upsample_bilinear', { ...args, mode: 'bilinear', align_corners: true }, interpreter),
};

/** Functions by a table of their signatures. */
export const functionsOf = (
  table: Readonly<Record<string, (args: Bound, interpreter: Interpreter) => Value>>,
): [string, Value][] =>
  Object.entries(table).map(([text, body]) => {
    const [, name, takes] = /^(\w+)\((.*)\)$/.exec(text) as unknown as string[];
    const reads = signature(name, takes);
    const run = (args: Bound, interpreter: Interpreter): Value => guarded(() => body(args, interpreter));
    const fn = new NativeFunction(name, (args, kwargs, at) => run(reads(args, kwargs), at), 'function');
    return [name, fn];
  });

export const functionalOfModules: readonly [string, Value][] = functionsOf(FUNCTIONS);
