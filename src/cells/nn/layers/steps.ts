/** One step in time of the recurrent layers. */
import { relu, sigmoid, tanh } from '../../../ops/activations/index.ts';
import { linear } from '../../../ops/linalg/index.ts';
import { add, mul, rsub } from '../../../ops/pointwise/index.ts';
import { cat, chunk, narrow } from '../../../ops/shape/index.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

/** The weights of one layer in one direction. */
export interface Weights {
  readonly input: Tensor;
  readonly hidden: Tensor;
  readonly inputBias?: Tensor;
  readonly hiddenBias?: Tensor;
  /** LSTM: what is given on is projected to fewer numbers. */
  readonly projection?: Tensor;
}

/** The hidden state, and an LSTM's cell state. */
export type Hidden = readonly [hidden: Tensor, cell?: Tensor];

export type Kind = 'RNN_TANH' | 'RNN_RELU' | 'LSTM' | 'GRU';

/** How many times the hidden size the weights are high. */
export const GATES: Readonly<Record<Kind, number>> = { RNN_TANH: 1, RNN_RELU: 1, LSTM: 4, GRU: 3 };

const STEPS: Readonly<Record<Kind, (fromInput: Tensor, fromHidden: Tensor, before: Hidden) => Hidden>> = {
  RNN_TANH: (x, h) => [tanh(add(x, h))],
  RNN_RELU: (x, h) => [relu(add(x, h))],
  LSTM(x, h, [, cell]) {
    const [take, forget, fresh, give] = chunk(add(x, h), 4, 1);
    const next = add(mul(sigmoid(forget), cell as Tensor), mul(sigmoid(take), tanh(fresh)));
    return [mul(sigmoid(give), tanh(next)), next];
  },
  GRU(x, h, [before]) {
    const [xReset, xKeep, xNew] = chunk(x, 3, 1);
    const [hReset, hKeep, hNew] = chunk(h, 3, 1);
    const keep = sigmoid(add(xKeep, hKeep));
    const fresh = tanh(add(xNew, mul(sigmoid(add(xReset, hReset)), hNew)));
    return [add(mul(rsub(keep, 1), fresh), mul(keep, before))];
  },
};

/** The hidden state after an input of shape [batch, features]. */
export function stepOf(kind: Kind, input: Tensor, before: Hidden, weights: Weights): Hidden {
  const fromInput = linear(input, weights.input, weights.inputBias);
  const fromHidden = linear(before[0], weights.hidden, weights.hiddenBias);
  const [hidden, cell] = STEPS[kind](fromInput, fromHidden, before);
  return [weights.projection === undefined ? hidden : linear(hidden, weights.projection), cell];
}

const rowsOf = ([h]: Hidden): number => h.shape[0];

/** Some rows of a hidden state. */
const part = ([h, c]: Hidden, from: number, count: number): Hidden => [
  narrow(h, 0, from, count),
  c && narrow(c, 0, from, count),
];

const joined = (all: readonly Hidden[]): Hidden => {
  const cells = all.flatMap(([, c]) => (c === undefined ? [] : [c]));
  return [cat(all.map(([h]) => h)), cells.length === 0 ? undefined : cat(cells)];
};

/**
 * One layer in one direction over all of time. Later steps may have fewer rows: the sequences that have
 * ended by then, which are the last ones.
 */
export function overTime(
  kind: Kind,
  steps: readonly Tensor[],
  first: Hidden,
  weights: Weights,
  back: boolean,
): [Tensor[], Hidden] {
  const out = new Array<Tensor>(steps.length);
  const ended: Hidden[] = [];
  let hidden = first;
  if (back && rowsOf(first) > steps[steps.length - 1].shape[0])
    hidden = part(first, 0, steps[steps.length - 1].shape[0]);
  for (let k = 0; k < steps.length; k++) {
    const t = back ? steps.length - 1 - k : k;
    const [rows, known] = [steps[t].shape[0], rowsOf(hidden)];
    if (rows < known) {
      ended.push(part(hidden, rows, known - rows));
      hidden = part(hidden, 0, rows);
    } else if (rows > known) hidden = joined([hidden, part(first, known, rows - known)]);
    hidden = stepOf(kind, steps[t], hidden, weights);
    out[t] = hidden[0];
  }
  return [out, ended.length === 0 ? hidden : joined([hidden, ...ended.reverse()])];
}
