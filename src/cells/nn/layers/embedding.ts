/** Embedding, EmbeddingBag. */
import { Tensor } from '../../../tensor/tensor.ts';
import { PyError, typeError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { isSubclass } from '../../runtime/mro.ts';
import { PyClassMethod } from '../../runtime/objects.ts';
import { NativeFunction, type PyClass, type PyInstance, type Value } from '../../runtime/values.ts';
import { call } from '../call.ts';
import { blank, integer } from '../convert.ts';
import { attribute, defineModule, method, ownTensor } from '../define.ts';
import { constant, normal } from '../fillings.ts';
import { makeParameter } from '../parameter.ts';
import { type Bound, signature } from '../signature.ts';
import { addParameter, weightOf } from '../state.ts';

function fillTable(self: PyInstance, args: Bound): void {
  const [rows, size] = [args.num_embeddings, args.embedding_dim].map(integer);
  let padding = args.padding_idx === null ? null : integer(args.padding_idx);
  if (padding !== null) {
    if (padding >= rows || padding < -rows) {
      throw new PyError('AssertionError', 'Padding_idx must be within num_embeddings');
    }
    if (padding < 0) padding += rows;
    self.attributes.set('padding_idx', BigInt(padding));
  }
  if (args._weight instanceof Tensor) {
    addParameter(self, 'weight', makeParameter(args._weight));
    return;
  }
  addParameter(self, 'weight', makeParameter(blank([rows, size], args.dtype)));
  resetTable(self);
}

function resetTable(self: PyInstance): void {
  const weight = ownTensor(self, 'weight');
  if (weight === null) return;
  normal(weight, 0, 1);
  const padding = attribute(self, 'padding_idx');
  const row = [weight.shape[1]];
  if (padding !== null) constant(weight.alias(row, [1], weight.offset + integer(padding) * row[0]), 0);
}

function shown(self: PyInstance, interpreter: Interpreter, modes: boolean): string {
  const value = (name: string): Value => attribute(self, name);
  const text = (name: string): string => interpreter.str(value(name));
  const parts = [text('num_embeddings'), text('embedding_dim')];
  if (value('padding_idx') !== null && !modes) parts.push(`padding_idx=${text('padding_idx')}`);
  if (value('max_norm') !== null) parts.push(`max_norm=${text('max_norm')}`);
  if (value('norm_type') !== 2) parts.push(`norm_type=${text('norm_type')}`);
  if (value('scale_grad_by_freq') !== false) parts.push(`scale_grad_by_freq=${text('scale_grad_by_freq')}`);
  if (modes) parts.push(`mode=${text('mode')}`);
  else if (value('sparse') !== false) parts.push('sparse=True');
  if (modes && value('padding_idx') !== null) parts.push(`padding_idx=${text('padding_idx')}`);
  return parts.join(', ');
}

/** Settings that are handed on where they differ from what the function does by itself. */
function settings(self: PyInstance, names: readonly string[]): Record<string, Value> {
  const named: Record<string, Value> = {};
  for (const name of names) {
    const value = attribute(self, name);
    if (value !== null && value !== false && !(name === 'norm_type' && value === 2)) named[name] = value;
  }
  return named;
}

const embedding = defineModule({
  name: 'Embedding',
  takes:
    'num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False, _weight=None, device=None, dtype=None',
  hidden: ['_weight'],
  shows: (self, interpreter) => shown(self, interpreter, false),
  init: fillTable,
  forward: (self, { input }, interpreter) =>
    call(
      'embedding',
      [input, weightOf(self, 'weight')],
      settings(self, ['padding_idx', 'max_norm', 'norm_type', 'scale_grad_by_freq']),
      interpreter,
    ),
});

const fromTakes = signature(
  'Embedding.from_pretrained',
  'embeddings, freeze=True, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False',
);
const fromTakesBag = signature(
  'EmbeddingBag.from_pretrained',
  "embeddings, freeze=True, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, mode='mean', sparse=False, include_last_offset=False, padding_idx=None",
);

/** `reset_parameters`, which the constructor does not call where it was given the weights. */
const RESET = method('reset_parameters', (self) => {
  resetTable(self);
  return null;
});

/** A table whose elements are there already. */
const FROM_PRETRAINED = new PyClassMethod(
  new NativeFunction('from_pretrained', ([cls, ...args], kwargs, interpreter) => {
    const takes = isSubclass(cls as PyClass, embeddingBag) ? fromTakesBag : fromTakes;
    const { embeddings, freeze, ...rest } = takes(args, kwargs);
    if (!(embeddings instanceof Tensor)) throw typeError('embeddings must be a Tensor');
    if (embeddings.ndim !== 2)
      throw new PyError('AssertionError', 'Embeddings parameter is expected to be 2-dimensional');
    const made = interpreter.call(
      cls,
      embeddings.shape.map(BigInt),
      new Map([...Object.entries(rest), ['_weight', embeddings]]),
    ) as PyInstance;
    const weight = weightOf(made, 'weight');
    if (weight instanceof Tensor) weight.requiresGrad = freeze === false;
    return made;
  }),
);

const embeddingBag = defineModule({
  name: 'EmbeddingBag',
  takes:
    "num_embeddings, embedding_dim, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, mode='mean', sparse=False, _weight=None, include_last_offset=False, padding_idx=None, device=None, dtype=None",
  hidden: ['_weight'],
  shows: (self, interpreter) => shown(self, interpreter, true),
  init: fillTable,
  input: 'input, offsets=None, per_sample_weights=None',
  forward(self, { input, offsets, per_sample_weights }, interpreter) {
    const names = ['max_norm', 'norm_type', 'scale_grad_by_freq', 'mode', 'include_last_offset', 'padding_idx'];
    const named = settings(self, names);
    if (offsets !== null) named.offsets = offsets;
    if (per_sample_weights !== null) named.per_sample_weights = per_sample_weights;
    return call('embedding_bag', [input, weightOf(self, 'weight')], named, interpreter);
  },
});

for (const { members } of [embedding, embeddingBag]) {
  members.set('reset_parameters', RESET);
  members.set('from_pretrained', FROM_PRETRAINED);
}

export const embeddings: readonly PyClass[] = [embedding, embeddingBag];
