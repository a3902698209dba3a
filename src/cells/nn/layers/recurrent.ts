/** Recurrent layers: RNN, LSTM, GRU, and the cells that are one step of them. */
import { zeros } from '../../../ops/creation/index.ts';
import { cat, narrow, squeeze, stack, transpose, unsqueeze } from '../../../ops/shape/index.ts';
import { select } from '../../../ops/shape/windows.ts';
import { showShape } from '../../../tensor/errors.ts';
import { sameShape } from '../../../tensor/shape.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { PyError, runtimeError, valueError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { PyClass, type PyInstance, PyTuple, type Value } from '../../runtime/values.ts';
import { itemsOf } from '../../torch/convert.ts';
import { guarded } from '../../torch/errors.ts';
import { call } from '../call.ts';
import { blank, integer, number, tensorOf } from '../convert.ts';
import { attribute, defineModule } from '../define.ts';
import { uniform } from '../fillings.ts';
import { isPacked, permuted, stepsOf, unpackTuple, withData } from '../packed.ts';
import { makeParameter } from '../parameter.ts';
import { addParameter, moduleClass, stateOf, weightOf } from '../state.ts';
import { GATES, type Hidden, type Kind, overTime, stepOf, type Weights } from './steps.ts';

/** What all recurrent layers are, and all cells. */
export const rnnBase = new PyClass('RNNBase', [moduleClass]);
export const rnnCellBase = new PyClass('RNNCellBase', [moduleClass]);

const size = (self: PyInstance, name: string): number => integer(attribute(self, name));
const is = (self: PyInstance, name: string): boolean => attribute(self, name) === true;
const parameter = (self: PyInstance, name: string): Tensor | undefined => {
  const value = weightOf(self, name);
  return value instanceof Tensor ? value : undefined;
};

/** Makes parameters by name and shape. */
function addAll(self: PyInstance, shapes: readonly (readonly [string, readonly number[]])[], dtype: Value): void {
  for (const [name, shape] of shapes) addParameter(self, name, makeParameter(blank(shape, dtype)));
}

/** All parameters drawn from one interval. */
function resetAll(self: PyInstance): void {
  const hidden = size(self, 'hidden_size');
  const bound = hidden > 0 ? 1 / Math.sqrt(hidden) : 0;
  for (const t of stateOf(self).parameters.values()) if (t !== null) uniform(t, -bound, bound);
}

function weightsOf(self: PyInstance, suffix: string): Weights {
  const get = (name: string): Tensor | undefined => parameter(self, `${name}${suffix}`);
  return {
    input: get('weight_ih') as Tensor,
    hidden: get('weight_hh') as Tensor,
    inputBias: get('bias_ih'),
    hiddenBias: get('bias_hh'),
    projection: get('weight_hr'),
  };
}

const kindOf = (self: PyInstance): Kind => attribute(self, 'mode') as Kind;
const directions = (self: PyInstance): number => (is(self, 'bidirectional') ? 2 : 1);

function shapesOf(self: PyInstance, interpreter: Interpreter): [string, number[]][] {
  const [hidden, projected] = [size(self, 'hidden_size'), size(self, 'proj_size')];
  const rows = GATES[kindOf(self)] * hidden;
  const given = projected > 0 ? projected : hidden;
  const shapes: [string, number[]][] = [];
  for (let layer = 0; layer < size(self, 'num_layers'); layer++) {
    interpreter.budget.step(10);
    for (let direction = 0; direction < directions(self); direction++) {
      const suffix = `_l${layer}${direction === 1 ? '_reverse' : ''}`;
      const width = layer === 0 ? size(self, 'input_size') : given * directions(self);
      shapes.push([`weight_ih${suffix}`, [rows, width]], [`weight_hh${suffix}`, [rows, given]]);
      if (is(self, 'bias')) shapes.push([`bias_ih${suffix}`, [rows]], [`bias_hh${suffix}`, [rows]]);
      if (projected > 0) shapes.push([`weight_hr${suffix}`, [projected, hidden]]);
    }
  }
  return shapes;
}

function shown(self: PyInstance, interpreter: Interpreter): string {
  const text = (name: string): string => interpreter.str(attribute(self, name));
  const parts = [text('input_size'), text('hidden_size')];
  if (size(self, 'proj_size') !== 0) parts.push(`proj_size=${text('proj_size')}`);
  if (size(self, 'num_layers') !== 1) parts.push(`num_layers=${text('num_layers')}`);
  if (!is(self, 'bias')) parts.push('bias=False');
  if (is(self, 'batch_first')) parts.push('batch_first=True');
  if (attribute(self, 'dropout') !== 0) parts.push(`dropout=${text('dropout')}`);
  if (is(self, 'bidirectional')) parts.push('bidirectional=True');
  return parts.join(', ');
}

/** A hidden state given by the caller, as [layers * directions, batch, width]. */
function given(
  value: Tensor | undefined,
  shape: readonly number[],
  single: boolean,
  like: Tensor,
  name: string,
): Tensor {
  if (value === undefined) return zeros([...shape], like.dtype);
  if (value.ndim !== (single ? 2 : 3)) {
    const [words, dims] = single ? ['unbatched 2-D', '2-D'] : ['batched 3-D', '3-D'];
    throw runtimeError(`For ${words} input, hx should also be ${dims} but got ${value.ndim}-D tensor`);
  }
  const hidden = single ? unsqueeze(value, 1) : value;
  if (!sameShape(hidden.shape, shape)) {
    throw runtimeError(`Expected ${name} size (${shape.join(', ')}), got ${showShape(hidden.shape)}`);
  }
  return hidden;
}

/** What a call of a layer is about: its steps in time, and the sequences at the first one. */
interface Input {
  readonly steps: readonly Tensor[];
  readonly batch: number;
  readonly like: Tensor;
}

function checkWidth(self: PyInstance, input: Tensor): void {
  const [wanted, width] = [size(self, 'input_size'), input.shape.at(-1)];
  if (width === wanted) return;
  throw runtimeError(`input.size(-1) must be equal to input_size. Expected ${wanted}, got ${width}`);
}

/** The hidden states that the caller gave, or zeros. */
function begin(self: PyInstance, { batch, like }: Input, hx: Value, single: boolean): [Tensor, Tensor | undefined] {
  const kind = kindOf(self);
  const rows = size(self, 'num_layers') * directions(self);
  const projected = size(self, 'proj_size');
  const out = projected > 0 ? projected : size(self, 'hidden_size');
  const [h0, c0] = kind === 'LSTM' ? (hx === null ? [] : (itemsOf(hx) ?? [])) : [hx];
  const optional = (value: Value | undefined): Tensor | undefined =>
    value === null || value === undefined ? undefined : tensorOf(value, 'hx');
  const hidden = given(optional(h0), [rows, batch, out], single, like, kind === 'LSTM' ? 'hidden[0]' : 'hidden');
  if (kind !== 'LSTM') return [hidden, undefined];
  return [hidden, given(optional(c0), [rows, batch, size(self, 'hidden_size')], single, like, 'hidden[1]')];
}

/** All layers in all directions: the outputs of the last, and the hidden states that they ended with. */
function through(
  self: PyInstance,
  input: readonly Tensor[],
  [hiddens, cells]: readonly [Tensor, Tensor | undefined],
  interpreter: Interpreter,
): [Tensor[], Hidden[]] {
  const [layers, ways] = [size(self, 'num_layers'), directions(self)];
  let steps = [...input];
  const last: Hidden[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const results = Array.from({ length: ways }, (_, way) => {
      const at = layer * ways + way;
      const first: Hidden = [select(hiddens, 0, at), cells && select(cells, 0, at)];
      const suffix = `_l${layer}${way === 1 ? '_reverse' : ''}`;
      interpreter.budget.step(steps.length);
      const [outputs, hidden] = overTime(kindOf(self), steps, first, weightsOf(self, suffix), way === 1);
      last.push(hidden);
      return outputs;
    });
    steps = ways === 1 ? results[0] : results[0].map((t, k) => cat([t, results[1][k]], 1));
    const p = number(attribute(self, 'dropout'));
    if (p > 0 && is(self, 'training') && layer < layers - 1) steps = dropped(steps, p, interpreter);
  }
  return [steps, last];
}

/** Dropout over all of time at once, as PyTorch draws it. */
function dropped(steps: readonly Tensor[], p: number, interpreter: Interpreter): Tensor[] {
  const all = call('dropout', [cat([...steps])], { p, training: true }, interpreter) as Tensor;
  let at = 0;
  return steps.map(({ shape: [rows] }) => {
    at += rows;
    return narrow(all, 0, at - rows, rows);
  });
}

/** The hidden states as PyTorch answers them. */
function ended(self: PyInstance, last: readonly Hidden[], finish: (t: Tensor) => Tensor): Value {
  const hidden = finish(stack(last.map(([h]) => h)));
  if (kindOf(self) !== 'LSTM') return hidden;
  return new PyTuple([hidden, finish(stack(last.map(([, c]) => c as Tensor)))]);
}

function run(self: PyInstance, input: Tensor, hx: Value, interpreter: Interpreter): Value {
  const single = input.ndim === 2;
  if (!single && input.ndim !== 3) {
    throw runtimeError(`input must have 2 dimensions or 3, got ${input.ndim}`);
  }
  const timeDim = !single && is(self, 'batch_first') ? 1 : 0;
  const batched = single ? unsqueeze(input, 1) : timeDim === 1 ? transpose(input, 0, 1) : input;
  checkWidth(self, batched);
  const [length, batch] = batched.shape;
  if (length === 0) throw runtimeError('Expected sequence length to be larger than 0 in RNN');
  const start = { steps: Array.from({ length }, (_, t) => select(batched, 0, t)), batch, like: input };
  const [steps, last] = through(self, start.steps, begin(self, start, hx, single), interpreter);
  const output = stack(steps, timeDim);
  const hidden = ended(self, last, (t) => (single ? squeeze(t, 1) : t));
  return new PyTuple([single ? squeeze(output, 1) : output, hidden]);
}

/** Over sequences of several lengths. */
function runPacked(self: PyInstance, input: PyTuple, hx: Value, interpreter: Interpreter): Value {
  const packed = unpackTuple(input);
  const { data, sizes, sorted, unsorted } = packed;
  if (data.ndim !== 2) throw runtimeError(`input must have 2 dimensions, got ${data.ndim}`);
  checkWidth(self, data);
  const start = { steps: stepsOf(packed), batch: sizes[0], like: data };
  const [hidden, cell] = begin(self, start, hx, false);
  const first = [permuted(hidden, sorted), cell && permuted(cell, sorted)] as const;
  const [steps, last] = through(self, start.steps, first, interpreter);
  return new PyTuple([withData(input, cat(steps)), ended(self, last, (t) => permuted(t, unsorted))]);
}

function layer(name: string, extra: string, mode: (nonlinearity: Value) => Kind): PyClass {
  return defineModule({
    name,
    owner: 'RNNBase',
    takes: `input_size, hidden_size, num_layers=1${extra}, bias=True, batch_first=False, dropout=0.0, bidirectional=False, proj_size=0, device=None, dtype=None`,
    shows: shown,
    init(self, { nonlinearity, dropout, proj_size, hidden_size, num_layers, dtype }, interpreter) {
      self.attributes.set('mode', mode(nonlinearity ?? null));
      const p = number(dropout);
      if (p < 0 || p > 1 || typeof dropout === 'boolean') {
        throw valueError(
          'dropout should be a number in range [0, 1] representing the probability of an element being zeroed',
        );
      }
      if (p > 0 && num_layers === 1n)
        interpreter.warn(
          'UserWarning',
          `dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=${interpreter.repr(dropout)} and num_layers=1`,
        );
      self.attributes.set('dropout', p);
      const projected = integer(proj_size);
      if (projected > 0 && name !== 'LSTM') {
        throw valueError('proj_size argument is only supported for LSTM, not RNN or GRU');
      }
      if (projected < 0) throw valueError('proj_size should be a positive integer or zero to disable projections');
      if (projected >= integer(hidden_size)) throw valueError('proj_size has to be smaller than hidden_size');
      addAll(self, shapesOf(self, interpreter), dtype);
    },
    base: rnnBase,
    reset: resetAll,
    input: 'input, hx=None',
    forward: (self, { input, hx }, interpreter) =>
      guarded(() =>
        isPacked(input)
          ? runPacked(self, input, hx, interpreter)
          : run(self, tensorOf(input, 'input'), hx, interpreter),
      ),
    methods: { flatten_parameters: () => null },
  });
}

const nonlinear = (value: Value): Kind => {
  if (value === 'tanh' || value === 'relu') return value === 'tanh' ? 'RNN_TANH' : 'RNN_RELU';
  throw valueError(`Unknown nonlinearity '${String(value)}'`);
};

function cell(name: string, extra: string, kind: (self: PyInstance) => Kind, gates: number): PyClass {
  return defineModule({
    name,
    takes: `input_size, hidden_size, bias=True${extra}, device=None, dtype=None`,
    shows(self, interpreter) {
      const parts = ['input_size', 'hidden_size'].map((key) => interpreter.str(attribute(self, key)));
      if (!is(self, 'bias')) parts.push(`bias=${interpreter.str(attribute(self, 'bias'))}`);
      const nonlinearity = self.attributes.get('nonlinearity') ?? 'tanh';
      if (nonlinearity !== 'tanh') parts.push(`nonlinearity=${interpreter.str(nonlinearity)}`);
      return parts.join(', ');
    },
    init(self, { input_size, hidden_size, bias, dtype }) {
      const [width, hidden] = [input_size, hidden_size].map(integer);
      const rows = gates * hidden;
      const shapes: [string, number[]][] = [
        ['weight_ih', [rows, width]],
        ['weight_hh', [rows, hidden]],
      ];
      if (bias !== false) shapes.push(['bias_ih', [rows]], ['bias_hh', [rows]]);
      addAll(self, shapes, dtype);
      if (bias === false) for (const key of ['bias_ih', 'bias_hh']) addParameter(self, key, null);
    },
    base: rnnCellBase,
    reset: resetAll,
    input: 'input, hx=None',
    forward: (self, { input, hx }) => guarded(() => step(self, kind(self), tensorOf(input, 'input'), hx)),
  });
}

function step(self: PyInstance, kind: Kind, input: Tensor, hx: Value): Value {
  if (input.ndim !== 1 && input.ndim !== 2) {
    throw new PyError(
      'AssertionError',
      `${self.type}: Expected input to be 1-D or 2-D but received ${input.ndim}-D tensor`,
    );
  }
  const single = input.ndim === 1;
  const batch = single ? unsqueeze(input, 0) : input;
  const states = kind === 'LSTM' && hx !== null ? (itemsOf(hx) ?? []) : [hx];
  const read = (value: Value | undefined): Tensor => {
    if (value === null || value === undefined) return zeros([batch.shape[0], size(self, 'hidden_size')], input.dtype);
    const t = tensorOf(value, 'hx');
    return single ? unsqueeze(t, 0) : t;
  };
  const before: Hidden = kind === 'LSTM' ? [read(states[0]), read(states[1])] : [read(states[0])];
  const after = stepOf(kind, batch, before, weightsOf(self, ''));
  const finish = (t: Tensor): Tensor => (single ? squeeze(t, 0) : t);
  return kind === 'LSTM' ? new PyTuple([finish(after[0]), finish(after[1] as Tensor)]) : finish(after[0]);
}

export const recurrent: readonly PyClass[] = [
  layer('RNN', ", nonlinearity='tanh'", nonlinear),
  layer('LSTM', '', () => 'LSTM'),
  layer('GRU', '', () => 'GRU'),
  cell('RNNCell', ", nonlinearity='tanh'", (self) => nonlinear(attribute(self, 'nonlinearity')), 1),
  cell('LSTMCell', '', () => 'LSTM', 4),
  cell('GRUCell', '', () => 'GRU', 3),
];
