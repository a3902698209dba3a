/** Attention of several heads: the function, and the module that holds its weights. */
import { isGradEnabled } from '../../autograd/mode.ts';
import { softmax } from '../../ops/activations/index.ts';
import { to as castTo, zeros } from '../../ops/creation/index.ts';
import { maskedFill } from '../../ops/indexing/index.ts';
import { baddbmm, bmm, linear } from '../../ops/linalg/index.ts';
import { pad } from '../../ops/nn/index.ts';
import { div, logicalOr } from '../../ops/pointwise/index.ts';
import { sum } from '../../ops/reductions/index.ts';
import { cat, chunk, expand, repeat, reshape, split, squeeze, transpose, unsqueeze } from '../../ops/shape/index.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { PyError, runtimeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { call } from './call.ts';

export interface Attention {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly embedDim: number;
  readonly heads: number;
  /** One weight for all three, or one for each. */
  readonly weight: Tensor | null;
  readonly weights: readonly (Tensor | null)[];
  readonly bias: Tensor | null;
  readonly keyBias: Tensor | null;
  readonly valueBias: Tensor | null;
  readonly addZero: boolean;
  readonly dropout: number;
  readonly outWeight: Tensor;
  readonly outBias: Tensor | null;
  readonly training: boolean;
  readonly keyPadding: Tensor | null;
  readonly needWeights: boolean;
  readonly mask: Tensor | null;
  readonly average: boolean;
}

const assertion = (message: string): PyError => new PyError('AssertionError', message);
const sizeText = (shape: readonly number[]): string => `torch.Size([${shape.join(', ')}])`;
const tupleText = (shape: readonly number[]): string => `(${shape.join(', ')})`;

/** Refuses shapes that do not belong together; whether there is a batch. */
function checkShapes({ query, key, value, keyPadding, mask, heads }: Attention): boolean {
  const check = (n: number, words: string): void => {
    const head = `For ${words} (${n}-D) \`query\`, expected`;
    if (key.ndim !== n || value.ndim !== n) {
      throw assertion(
        `${head} \`key\` and \`value\` to be ${n}-D but found ${key.ndim}-D and ${value.ndim}-D tensors respectively`,
      );
    }
    if (keyPadding !== null && keyPadding.ndim !== n - 1) {
      throw assertion(
        `${head} \`key_padding_mask\` to be \`None\` or ${n - 1}-D but found ${keyPadding.ndim}-D tensor instead`,
      );
    }
    if (mask !== null && mask.ndim !== 2 && mask.ndim !== 3) {
      throw assertion(`${head} \`attn_mask\` to be \`None\`, 2-D or 3-D but found ${mask.ndim}-D tensor instead`);
    }
  };
  if (query.ndim === 3) {
    check(3, 'batched');
    return true;
  }
  if (query.ndim !== 2) {
    throw assertion(`query should be unbatched 2D or batched 3D tensor but received ${query.ndim}-D query tensor`);
  }
  check(2, 'unbatched');
  const expected = [heads, query.shape[0], key.shape[0]];
  if (mask?.ndim === 3 && !sameShape(mask.shape, expected)) {
    throw assertion(`Expected \`attn_mask\` shape to be ${tupleText(expected)} but got ${sizeText(mask.shape)}`);
  }
  return false;
}

/** Query, key and value as the heads see them. */
function project(given: Attention): readonly Tensor[] {
  const { query, key, value, weight, weights, bias, embedDim } = given;
  const plain = (x: Tensor, w: Tensor, b: Tensor | undefined): Tensor => linear(x, w, b);
  if (weight === null) {
    const biases = bias === null ? [] : chunk(bias, 3, 0);
    return [query, key, value].map((x, i) => plain(x, weights[i] as Tensor, biases[i]));
  }
  if (query === key && key === value) return chunk(plain(query, weight, bias ?? undefined), 3, -1);
  if (key === value) {
    const [w, rest] = split(weight, [embedDim, 2 * embedDim], 0);
    const [b, others] = bias === null ? [] : split(bias, [embedDim, 2 * embedDim], 0);
    return [plain(query, w, b), ...chunk(plain(key, rest, others), 2, -1)];
  }
  const ws = chunk(weight, 3, 0);
  const bs = bias === null ? [] : chunk(bias, 3, 0);
  return [query, key, value].map((x, i) => plain(x, ws[i], bs[i]));
}

/** A mask of one matrix, or one for each head of each item; bytes are read as truths. */
function checkMask(given: Tensor, length: number, source: number, batch: number, heads: number): Tensor {
  let mask = given;
  if (mask.dtype === 'uint8') {
    warn('Byte tensor for attn_mask in nn.MultiheadAttention is deprecated. Use bool tensor instead.');
    mask = castTo(mask, 'bool');
  }
  if (mask.dtype !== 'bool' && !isFloating(mask.dtype)) {
    throw assertion(`Only float, byte, and bool types are supported for attn_mask, not torch.${mask.dtype}`);
  }
  const expected = mask.ndim === 2 ? [length, source] : [batch * heads, length, source];
  if (!sameShape(mask.shape, expected)) {
    throw runtimeError(
      `The shape of the ${mask.ndim}D attn_mask is ${sizeText(mask.shape)}, but should be ${tupleText(expected)}.`,
    );
  }
  return mask.ndim === 2 ? unsqueeze(mask, 0) : mask;
}

const MINUS_INFINITY = Number.NEGATIVE_INFINITY;

/** Both masks as one. */
function joinMasks(mask: Tensor | null, padding: Tensor | null, batch: number, heads: number, length: number) {
  if (padding === null) return mask;
  if (!sameShape(padding.shape, [batch, length])) {
    throw assertion(
      `expecting key_padding_mask shape of ${tupleText([batch, length])}, but got ${sizeText(padding.shape)}`,
    );
  }
  const spread = expand(reshape(padding, [batch, 1, 1, length]), [-1, heads, -1, -1]);
  const own = reshape(spread, [batch * heads, 1, length]);
  if (mask === null) return own;
  return mask.dtype === 'bool' ? logicalOr(mask, own) : maskedFill(mask, own, MINUS_INFINITY);
}

/** `multi_head_attention_forward`: what is attended to, and the weights where they are asked for. */
export function attend(given: Attention, interpreter: Interpreter): readonly [Tensor, Tensor | null] {
  const batched = checkShapes(given);
  const lift = (t: Tensor): Tensor => (batched ? t : unsqueeze(t, 1));
  const query = lift(given.query);
  const key = given.key === given.query ? query : lift(given.key);
  const value = given.value === given.key ? key : lift(given.value);
  let padding = given.keyPadding !== null && !batched ? unsqueeze(given.keyPadding, 0) : given.keyPadding;
  const [length, batch, width] = query.shape;
  const { heads, embedDim, keyBias, valueBias } = given;
  if (padding !== null && padding.dtype !== 'bool' && !isFloating(padding.dtype)) {
    throw assertion('only bool and floating types of key_padding_mask are supported');
  }
  if (width !== embedDim) throw assertion(`was expecting embedding dimension of ${embedDim}, but got ${width}`);
  const size = Math.floor(embedDim / heads);
  if (size * heads !== embedDim) throw assertion(`embed_dim ${embedDim} not divisible by num_heads ${heads}`);
  if (given.weight !== null && !sameShape(key.shape, value.shape)) {
    throw assertion(`key shape ${sizeText(key.shape)} does not match value shape ${sizeText(value.shape)}`);
  }
  if (!sameShape(key.shape.slice(0, 2), value.shape.slice(0, 2))) {
    throw assertion(
      `key's sequence and batch dims ${sizeText(key.shape.slice(0, 2))} do not match value's ${sizeText(value.shape.slice(0, 2))}`,
    );
  }
  let [q, k, v] = project({ ...given, query, key, value });
  let mask = given.mask === null ? null : checkMask(given.mask, length, key.shape[0], batch, heads);
  const longer = (t: Tensor | null): Tensor | null => (t === null ? null : pad(t, [0, 1]));
  if (keyBias !== null && valueBias !== null) {
    k = cat([k, repeat(keyBias, [1, batch, 1])]);
    v = cat([v, repeat(valueBias, [1, batch, 1])]);
    [mask, padding] = [longer(mask), longer(padding)];
  }
  const apart = (t: Tensor): Tensor => transpose(reshape(t, [t.shape[0], batch * heads, size]), 0, 1);
  [q, k, v] = [apart(q), apart(k), apart(v)];
  if (given.addZero) {
    const zero = zeros([batch * heads, 1, size], k.dtype);
    [k, v] = [cat([k, zero], 1), cat([v, zero], 1)];
    [mask, padding] = [longer(mask), longer(padding)];
  }
  const source = k.shape[1];
  mask = joinMasks(mask, padding, batch, heads, source);
  if (mask?.dtype === 'bool') mask = maskedFill(zeros([...mask.shape], q.dtype), mask, MINUS_INFINITY);
  const scaled = div(q, Math.sqrt(size));
  const keys = transpose(k, -2, -1);
  let weights = softmax(mask === null ? bmm(scaled, keys) : baddbmm(mask, scaled, keys), -1);
  if (given.training && given.dropout > 0) {
    weights = call('dropout', [weights], { p: given.dropout }, interpreter) as Tensor;
  }
  const together = reshape(transpose(bmm(weights, v), 0, 1), [length * batch, embedDim]);
  const flat = linear(together, given.outWeight, given.outBias ?? undefined);
  const output = reshape(flat, [length, batch, flat.shape[1]]);
  const lower = (t: Tensor, dim: number): Tensor => (batched ? t : squeeze(t, dim));
  if (!given.needWeights) return [lower(output, 1), null];
  const each = reshape(weights, [batch, heads, length, source]);
  return [lower(output, 1), lower(given.average ? div(sum(each, [1]), heads) : each, 0)];
}

/** Whether PyTorch takes its way for inference, on which no gradient is recorded. */
export const infers = (tensors: readonly (Tensor | null)[]): boolean =>
  !isGradEnabled() || !tensors.some((t) => t?.requiresGrad === true);
