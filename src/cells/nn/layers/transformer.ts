/** Transformers: encoder, decoder, and both. */

import { fill } from '../../../kernels/pointwise.ts';
import { full } from '../../../ops/creation/index.ts';
import { where } from '../../../ops/pointwise/index.ts';
import { triu, unsqueeze } from '../../../ops/shape/index.ts';
import { empty, Tensor } from '../../../tensor/tensor.ts';
import { PyError, runtimeError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { PyStaticMethod } from '../../runtime/objects.ts';
import { NativeFunction, type PyClass, type PyInstance, PyList, type Value } from '../../runtime/values.ts';
import { itemOf } from '../../torch/convert.ts';
import { guarded } from '../../torch/errors.ts';
import { functionalMembers } from '../../torch/nn-functional.ts';
import { infers } from '../attention.ts';
import { cloneModule } from '../clone.ts';
import { moduleList } from '../containers.ts';
import { integer, tensorOf } from '../convert.ts';
import { attribute, defineModule } from '../define.ts';
import { xavierUniform } from '../fillings.ts';
import { Linear } from '../linear.ts';
import { type Bound, signature } from '../signature.ts';
import { addModule, assign, isModule, memberOf } from '../state.ts';
import { namedParameters } from '../walk.ts';
import { checkPadding, mask, multiheadAttention } from './attention.ts';
import { layerNorm } from './norms.ts';
import { dropoutLayer } from './plain.ts';

let functional: ReadonlyMap<string, Value> | undefined;

/** An activation by its name, or the function or module that was given. */
function activationOf(value: Value, interpreter: Interpreter): Value {
  if (typeof value !== 'string') return value;
  functional ??= functionalMembers();
  const found = value === 'relu' || value === 'gelu' ? functional.get(value) : undefined;
  if (found === undefined) throw runtimeError(`activation should be relu/gelu, not ${interpreter.str(value)}`);
  return found;
}

/** Calls a child by its name. */
function child(self: PyInstance, name: string, args: readonly Value[], interpreter: Interpreter): Tensor {
  return tensorOf(interpreter.call(memberOf(self, name) ?? null, args), name);
}

const sum = (a: Tensor, b: Value, interpreter: Interpreter): Tensor =>
  tensorOf(interpreter.call(interpreter.getAttribute(a, 'add'), [b]), 'sum');

const LAYER =
  "d_model, nhead, dim_feedforward=2048, dropout=0.1, activation='relu', layer_norm_eps=1e-05, batch_first=False, norm_first=False, device=None, dtype=None";
const LAYER_ONLY = ['d_model', 'nhead', 'dim_feedforward', 'dropout', 'activation', 'layer_norm_eps', 'batch_first'];

/** Makes the children of a layer, in the order in which PyTorch draws their weights. */
function beginLayer(self: PyInstance, args: Bound, attentions: readonly string[], interpreter: Interpreter): void {
  const { d_model, nhead, dim_feedforward, dropout, layer_norm_eps, batch_first, dtype } = args;
  const make = (cls: PyClass, given: readonly Value[], named: Record<string, Value> = {}): PyInstance =>
    interpreter.call(cls, given, new Map(Object.entries(named))) as PyInstance;
  for (const name of attentions) {
    addModule(self, name, make(multiheadAttention, [d_model, nhead], { dropout, batch_first, dtype }));
  }
  addModule(self, 'linear1', make(Linear, [d_model, dim_feedforward], { dtype }));
  addModule(self, 'dropout', make(dropoutLayer, [dropout]));
  addModule(self, 'linear2', make(Linear, [dim_feedforward, d_model], { dtype }));
  const parts = attentions.map((_, i) => i + 1).concat(attentions.length + 1);
  for (const i of parts) addModule(self, `norm${i}`, make(layerNorm, [d_model], { eps: layer_norm_eps, dtype }));
  for (const i of parts) addModule(self, `dropout${i}`, make(dropoutLayer, [dropout]));
  assign(self, 'activation', activationOf(args.activation, interpreter));
}

function feedForward(self: PyInstance, x: Tensor, last: string, interpreter: Interpreter): Tensor {
  const wide = interpreter.call(memberOf(self, 'activation') ?? null, [child(self, 'linear1', [x], interpreter)]);
  const narrow = child(self, 'linear2', [child(self, 'dropout', [wide], interpreter)], interpreter);
  return child(self, last, [narrow], interpreter);
}

/** A layer's parts one after the other, each around what it was given, and standardized before or after. */
function throughParts(
  self: PyInstance,
  input: Tensor,
  parts: readonly ((x: Tensor) => Tensor)[],
  interpreter: Interpreter,
): Tensor {
  const first = attribute(self, 'norm_first') === true;
  let x = input;
  parts.forEach((part, i) => {
    const norm = (t: Tensor): Tensor => child(self, `norm${i + 1}`, [t], interpreter);
    x = first ? sum(x, part(norm(x)), interpreter) : norm(sum(x, part(x), interpreter));
  });
  return x;
}

/** An attention and the dropout behind it. */
function attention(
  self: PyInstance,
  [name, dropout]: readonly [string, string],
  [query, memory]: readonly [Tensor, Tensor],
  [attn_mask, key_padding_mask]: readonly [Value, Value],
  interpreter: Interpreter,
): Tensor {
  const named = new Map<string, Value>(Object.entries({ attn_mask, key_padding_mask, need_weights: false }));
  const given = interpreter.call(memberOf(self, name) ?? null, [query, memory, memory], named);
  const [output] = interpreter.iterate(given);
  return child(self, dropout, [output], interpreter);
}

export const encoderLayer = defineModule({
  name: 'TransformerEncoderLayer',
  takes: LAYER,
  hidden: LAYER_ONLY,
  init: (self, args, interpreter) => beginLayer(self, args, ['self_attn'], interpreter),
  input: 'src, src_mask=None, src_key_padding_mask=None',
  forward(self, { src, src_mask, src_key_padding_mask }, interpreter) {
    checkPadding(mask(src_key_padding_mask, 'src_key_padding_mask'));
    return throughParts(
      self,
      tensorOf(src, 'src'),
      [
        (x) => attention(self, ['self_attn', 'dropout1'], [x, x], [src_mask, src_key_padding_mask], interpreter),
        (x) => feedForward(self, x, 'dropout2', interpreter),
      ],
      interpreter,
    );
  },
});

export const decoderLayer = defineModule({
  name: 'TransformerDecoderLayer',
  takes: LAYER,
  hidden: LAYER_ONLY,
  init: (self, args, interpreter) => beginLayer(self, args, ['self_attn', 'multihead_attn'], interpreter),
  input: 'tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None',
  forward(self, args, interpreter) {
    const memory = tensorOf(args.memory, 'memory');
    const own = [args.tgt_mask, args.tgt_key_padding_mask] as const;
    const others = [args.memory_mask, args.memory_key_padding_mask] as const;
    return throughParts(
      self,
      tensorOf(args.tgt, 'tgt'),
      [
        (x) => attention(self, ['self_attn', 'dropout1'], [x, x], own, interpreter),
        (x) => attention(self, ['multihead_attn', 'dropout2'], [x, memory], others, interpreter),
        (x) => feedForward(self, x, 'dropout3', interpreter),
      ],
      interpreter,
    );
  },
});

/** As many copies of a layer, and what standardizes at the end. */
function beginStack(self: PyInstance, layer: Value, count: Value, norm: Value, interpreter: Interpreter): void {
  if (!isModule(layer)) throw new PyError('AttributeError', 'a layer must be an nn.Module');
  interpreter.budget.room(integer(count));
  const copies = Array.from({ length: integer(count) }, () => cloneModule(layer, interpreter));
  addModule(self, 'layers', interpreter.call(moduleList, [new PyList(copies)]) as PyInstance);
  self.attributes.set('num_layers', count);
  assign(self, 'norm', norm);
}

function finish(self: PyInstance, output: Value, interpreter: Interpreter): Value {
  const norm = memberOf(self, 'norm') ?? null;
  return norm === null ? output : interpreter.call(norm, [output]);
}

/** Whether the padding stands behind all that is to be read, in each sequence. */
function leftAligned(padding: Tensor): boolean {
  const [rows, columns] = padding.shape;
  for (let i = 0; i < rows; i++) {
    let padded = false;
    for (let j = 0; j < columns; j++) {
      const at = itemOf(padding.alias([], [], padding.offset + i * padding.strides[0] + j * padding.strides[1]));
      if (at === true) padded = true;
      else if (padded) return false;
    }
  }
  return true;
}

/** Whether PyTorch's way for inference leaves zeros where there is padding. */
function zeroesPadding(self: PyInstance, src: Tensor, padding: Tensor | null, given: Value): boolean {
  const layers = memberOf(self, 'layers');
  const first = isModule(layers) ? memberOf(layers, '0') : undefined;
  if (!isModule(first) || first.cls !== encoderLayer || padding?.dtype !== 'bool' || padding.ndim !== 2) return false;
  const attn = memberOf(first, 'self_attn');
  if (!isModule(attn) || given !== null || src.ndim !== 3) return false;
  const plain = functionalMembers();
  const activation = memberOf(first, 'activation');
  const known = [plain.get('relu'), plain.get('gelu')].includes(activation ?? null) || isKnownActivation(activation);
  return (
    known &&
    attribute(self, 'enable_nested_tensor') !== false &&
    first.attributes.get('norm_first') !== true &&
    first.attributes.get('training') !== true &&
    attn.attributes.get('batch_first') === true &&
    integer(attribute(attn, 'num_heads')) % 2 === 0 &&
    infers([src, ...[...namedParameters(first)].map(([, p]) => p)]) &&
    leftAligned(padding)
  );
}

const isKnownActivation = (value: Value | undefined): boolean =>
  isModule(value) && (value.cls.name === 'ReLU' || value.cls.name === 'GELU');

export const encoder = defineModule({
  name: 'TransformerEncoder',
  takes: 'encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True',
  hidden: ['encoder_layer', 'norm'],
  init: (self, { encoder_layer, num_layers, norm }, interpreter) =>
    beginStack(self, encoder_layer, num_layers, norm, interpreter),
  input: 'src, mask=None, src_key_padding_mask=None',
  forward(self, { src, mask: srcMask, src_key_padding_mask }, interpreter) {
    const padding = mask(src_key_padding_mask, 'src_key_padding_mask');
    checkPadding(padding);
    const zeroes = zeroesPadding(self, tensorOf(src, 'src'), padding, srcMask);
    const named = new Map<string, Value>(Object.entries({ src_mask: srcMask, src_key_padding_mask }));
    let output = src;
    for (const layer of interpreter.iterate(memberOf(self, 'layers') ?? null)) {
      output = interpreter.call(layer, [output], named);
    }
    if (zeroes && padding !== null && output instanceof Tensor) {
      const kept = output;
      output = guarded(() => where(unsqueeze(padding, -1), fill(empty([], kept.dtype), 0), kept));
    }
    return finish(self, output, interpreter);
  },
});

export const decoder = defineModule({
  name: 'TransformerDecoder',
  takes: 'decoder_layer, num_layers, norm=None',
  hidden: ['decoder_layer', 'norm'],
  init: (self, { decoder_layer, num_layers, norm }, interpreter) =>
    beginStack(self, decoder_layer, num_layers, norm, interpreter),
  input: 'tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None',
  forward(self, { tgt, memory, ...masks }, interpreter) {
    let output = tgt;
    for (const layer of interpreter.iterate(memberOf(self, 'layers') ?? null)) {
      output = interpreter.call(layer, [output, memory], new Map(Object.entries(masks)));
    }
    return finish(self, output, interpreter);
  },
});

function resetTransformer(self: PyInstance): void {
  for (const [, p] of namedParameters(self)) if (p.ndim > 1) xavierUniform(p);
}

function checkSizes(self: PyInstance, src: Tensor, tgt: Tensor): void {
  const batch = attribute(self, 'batch_first') === true ? 0 : 1;
  if (src.ndim === 3 && src.shape[batch] !== tgt.shape[batch]) {
    throw runtimeError('the batch number of src and tgt must be equal');
  }
  const width = integer(attribute(self, 'd_model'));
  if (src.shape.at(-1) !== width || tgt.shape.at(-1) !== width) {
    throw runtimeError('the feature number of src and tgt must be equal to d_model');
  }
}

const transformer = defineModule({
  name: 'Transformer',
  takes:
    "d_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6, dim_feedforward=2048, dropout=0.1, activation='relu', custom_encoder=None, custom_decoder=None, layer_norm_eps=1e-05, batch_first=False, norm_first=False, device=None, dtype=None",
  hidden: [
    'num_encoder_layers',
    'num_decoder_layers',
    'dim_feedforward',
    'dropout',
    'activation',
    'custom_encoder',
    'custom_decoder',
    'layer_norm_eps',
    'norm_first',
  ],
  init(self, args, interpreter) {
    const names = ['d_model', 'nhead', 'dim_feedforward', 'dropout', 'activation', 'layer_norm_eps', 'batch_first'];
    const settings = [...names, 'norm_first'].map((name) => args[name]);
    const make = (cls: PyClass, given: readonly Value[]): PyInstance =>
      interpreter.call(
        cls,
        given,
        new Map(cls === layerNorm || cls.name.endsWith('Layer') ? [['dtype', args.dtype]] : []),
      ) as PyInstance;
    const stack = (cls: PyClass, layer: PyClass, count: Value): PyInstance => {
      const made = make(layer, settings);
      return make(cls, [made, count, make(layerNorm, [args.d_model, args.layer_norm_eps])]);
    };
    assign(self, 'encoder', args.custom_encoder ?? stack(encoder, encoderLayer, args.num_encoder_layers));
    assign(self, 'decoder', args.custom_decoder ?? stack(decoder, decoderLayer, args.num_decoder_layers));
    resetTransformer(self);
  },
  methods: {
    '_reset_parameters()': (self) => {
      resetTransformer(self);
      return null;
    },
  },
  input:
    'src, tgt, src_mask=None, tgt_mask=None, memory_mask=None, src_key_padding_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None',
  forward(self, { src, tgt, src_mask, src_key_padding_mask, ...masks }, interpreter) {
    checkSizes(self, tensorOf(src, 'src'), tensorOf(tgt, 'tgt'));
    const named = new Map<string, Value>(Object.entries({ mask: src_mask, src_key_padding_mask }));
    const memory = interpreter.call(memberOf(self, 'encoder') ?? null, [src], named);
    return interpreter.call(memberOf(self, 'decoder') ?? null, [tgt, memory], new Map(Object.entries(masks)));
  },
});

const maskTakes = signature('Transformer.generate_square_subsequent_mask', "sz, device='cpu'");
transformer.members.set(
  'generate_square_subsequent_mask',
  new PyStaticMethod(
    new NativeFunction('generate_square_subsequent_mask', (args, kwargs) => {
      const size = integer(maskTakes(args, kwargs).sz);
      return guarded(() => triu(full([size, size], Number.NEGATIVE_INFINITY, 'float32'), 1));
    }),
  ),
);

export const transformers: readonly PyClass[] = [
  multiheadAttention,
  transformer,
  encoder,
  decoder,
  encoderLayer,
  decoderLayer,
];
