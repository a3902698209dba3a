/** MultiheadAttention. */
import { transpose } from '../../../ops/shape/index.ts';
import { isFloating } from '../../../tensor/dtype.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { PyError } from '../../runtime/errors.ts';
import { PyClass, type PyInstance, PyTuple, type Value } from '../../runtime/values.ts';
import { guarded } from '../../torch/errors.ts';
import { attend } from '../attention.ts';
import { blank, integer, number, tensorOf } from '../convert.ts';
import { attribute, defineModule } from '../define.ts';
import { constant, xavierNormal, xavierUniform } from '../fillings.ts';
import { Linear } from '../linear.ts';
import { makeParameter } from '../parameter.ts';
import { addModule, addParameter, isModule, memberOf, weightOf } from '../state.ts';

const assertion = (message: string): PyError => new PyError('AssertionError', message);

/** The projection of what the heads give: a Linear under another name. */
const projection = new PyClass(
  'NonDynamicallyQuantizableLinear',
  [Linear],
  new Map<string, Value>([['__module__', 'torch.nn.modules.linear']]),
);

const optional = (self: PyInstance, name: string): Tensor | null => {
  const value = weightOf(self, name);
  return value instanceof Tensor ? value : null;
};

export const mask = (value: Value, name: string): Tensor | null => (value === null ? null : tensorOf(value, name));

/** Refuses masks of padding that are neither truths nor numbers to be added. */
export function checkPadding(padding: Tensor | null): void {
  if (padding === null || padding.dtype === 'bool' || isFloating(padding.dtype)) return;
  throw assertion('only bool and floating types of key_padding_mask are supported');
}

const SEPARATE = ['q_proj_weight', 'k_proj_weight', 'v_proj_weight'];

/** Fills the weights of the projections in; that of the output has been filled by itself. */
function reset(self: PyInstance): void {
  for (const name of ['in_proj_weight', ...SEPARATE]) {
    const weight = optional(self, name);
    if (weight !== null) xavierUniform(weight);
  }
  const bias = optional(self, 'in_proj_bias');
  const out = memberOf(self, 'out_proj');
  if (bias !== null && isModule(out)) {
    constant(bias, 0);
    const offset = optional(out, 'bias');
    if (offset !== null) constant(offset, 0);
  }
  for (const name of ['bias_k', 'bias_v']) {
    const extra = optional(self, name);
    if (extra !== null) xavierNormal(extra);
  }
}

export const multiheadAttention = defineModule({
  name: 'MultiheadAttention',
  takes:
    'embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, vdim=None, batch_first=False, device=None, dtype=None',
  hidden: ['bias', 'add_bias_kv'],
  init(self, args, interpreter) {
    const { dtype } = args;
    const [width, heads] = [args.embed_dim, args.num_heads].map(integer);
    const [keys, values] = [args.kdim ?? args.embed_dim, args.vdim ?? args.embed_dim];
    const same = integer(keys) === width && integer(values) === width;
    const size = Math.floor(width / heads);
    const set = (name: string, value: Value): void => void self.attributes.set(name, value);
    set('kdim', keys);
    set('vdim', values);
    set('_qkv_same_embed_dim', same);
    set('head_dim', BigInt(size));
    if (size * heads !== width) throw assertion('embed_dim must be divisible by num_heads');
    const add = (name: string, shape: readonly number[] | null): void =>
      addParameter(self, name, shape === null ? null : makeParameter(blank(shape, dtype)));
    const widths = [width, integer(keys), integer(values)];
    SEPARATE.forEach((name, i) => void add(name, same ? null : [width, widths[i]]));
    add('in_proj_weight', same ? [3 * width, width] : null);
    add('in_proj_bias', interpreter.truth(args.bias) ? [3 * width] : null);
    const named = new Map<string, Value>([
      ['bias', args.bias],
      ['dtype', dtype],
    ]);
    addModule(self, 'out_proj', interpreter.call(projection, [args.embed_dim, args.embed_dim], named) as PyInstance);
    for (const name of ['bias_k', 'bias_v']) add(name, interpreter.truth(args.add_bias_kv) ? [1, 1, width] : null);
    reset(self);
  },
  methods: {
    '_reset_parameters()': (self) => {
      reset(self);
      return null;
    },
  },
  input: 'query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True',
  forward(self, args, interpreter) {
    const [query, key, value] = ['query', 'key', 'value'].map((name) => tensorOf(args[name], name));
    const keyPadding = mask(args.key_padding_mask, 'key_padding_mask');
    checkPadding(keyPadding);
    const turns = attribute(self, 'batch_first') === true && query.ndim === 3;
    const turned = new Map<Tensor, Tensor>();
    const turn = (t: Tensor): Tensor => {
      if (!turns || t.ndim < 2) return t;
      const known = turned.get(t) ?? transpose(t, 1, 0);
      turned.set(t, known);
      return known;
    };
    const out = memberOf(self, 'out_proj');
    if (!isModule(out)) throw assertion('out_proj must be a module');
    return guarded(() => {
      const [output, weights] = attend(
        {
          query: turn(query),
          key: turn(key),
          value: turn(value),
          embedDim: integer(attribute(self, 'embed_dim')),
          heads: integer(attribute(self, 'num_heads')),
          weight: optional(self, 'in_proj_weight'),
          weights: SEPARATE.map((name) => optional(self, name)),
          bias: optional(self, 'in_proj_bias'),
          keyBias: optional(self, 'bias_k'),
          valueBias: optional(self, 'bias_v'),
          addZero: attribute(self, 'add_zero_attn') === true,
          dropout: number(attribute(self, 'dropout')),
          outWeight: tensorOf(weightOf(out, 'weight'), 'weight'),
          outBias: optional(out, 'bias'),
          training: attribute(self, 'training') === true,
          keyPadding,
          needWeights: interpreter.truth(args.need_weights),
          mask: mask(args.attn_mask, 'attn_mask'),
          average: interpreter.truth(args.average_attn_weights),
        },
        interpreter,
      );
      return new PyTuple([turns ? transpose(output, 1, 0) : output, weights]);
    });
  },
});
