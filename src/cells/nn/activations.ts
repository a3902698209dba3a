/** The activations of torch.nn, made from one table. */

import { fill } from '../../kernels/pointwise.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { valueError } from '../runtime/errors.ts';
import type { PyClass, Value } from '../runtime/values.ts';
import { call } from './call.ts';
import { blank, integer, number } from './convert.ts';
import { attribute, defineModule } from './define.ts';
import { makeParameter } from './parameter.ts';
import { addParameter, held } from './state.ts';

interface Row {
  readonly fn: string;
  /** What the constructor takes, and hands on to the function under the same names. */
  readonly takes?: string;
  readonly shows?: string;
  /** What the function is given beside. */
  readonly also?: Readonly<Record<string, Value | ((training: Value) => Value)>>;
}

const TABLE: Readonly<Record<string, Row>> = {
  ReLU: { fn: 'relu', takes: 'inplace=False', shows: 'inplace?' },
  ReLU6: { fn: 'relu6', takes: 'inplace=False', shows: 'inplace?' },
  RReLU: {
    fn: 'rrelu',
    takes: 'lower=0.125, upper=0.3333333333333333, inplace=False',
    shows: 'lower upper inplace?',
    also: { training: (training) => training },
  },
  LeakyReLU: { fn: 'leaky_relu', takes: 'negative_slope=0.01, inplace=False', shows: 'negative_slope inplace?' },
  ELU: { fn: 'elu', takes: 'alpha=1.0, inplace=False', shows: 'alpha inplace?' },
  CELU: { fn: 'celu', takes: 'alpha=1.0, inplace=False', shows: 'alpha inplace?' },
  SELU: { fn: 'selu', takes: 'inplace=False', shows: 'inplace?' },
  GELU: { fn: 'gelu', takes: "approximate='none'", shows: 'approximate' },
  GLU: { fn: 'glu', takes: 'dim=-1', shows: 'dim' },
  SiLU: { fn: 'silu', takes: 'inplace=False', shows: 'inplace?' },
  Mish: { fn: 'mish', takes: 'inplace=False', shows: 'inplace?' },
  Sigmoid: { fn: 'sigmoid' },
  LogSigmoid: { fn: 'logsigmoid' },
  Hardsigmoid: { fn: 'hardsigmoid', takes: 'inplace=False' },
  Hardswish: { fn: 'hardswish', takes: 'inplace=False' },
  Hardshrink: { fn: 'hardshrink', takes: 'lambd=0.5', shows: '!lambd' },
  Softshrink: { fn: 'softshrink', takes: 'lambd=0.5', shows: '!lambd' },
  Softplus: { fn: 'softplus', takes: 'beta=1, threshold=20', shows: 'beta threshold' },
  Softsign: { fn: 'softsign' },
  Tanh: { fn: 'tanh' },
  Tanhshrink: { fn: 'tanhshrink' },
  Threshold: { fn: 'threshold', takes: 'threshold, value, inplace=False', shows: 'threshold value inplace?' },
  Softmax: { fn: 'softmax', takes: 'dim=None', shows: 'dim' },
  Softmin: { fn: 'softmin', takes: 'dim=None', shows: 'dim' },
  LogSoftmax: { fn: 'log_softmax', takes: 'dim=None', shows: 'dim' },
};

function fromRow(name: string, { fn, takes, shows, also }: Row): PyClass {
  const names = (takes ?? '').split(',').map((part) => part.trim().split('=')[0]);
  return defineModule({
    name,
    takes,
    shows,
    forward(self, { input }, interpreter) {
      const named: Record<string, Value> = {};
      for (const key of names) if (key !== '') named[key] = attribute(self, key);
      if (named.inplace === false) delete named.inplace;
      for (const key in also) {
        const value = also[key];
        named[key] = typeof value === 'function' ? value(attribute(self, 'training')) : value;
      }
      return call(fn, [input], named, interpreter);
    },
  });
}

const Hardtanh = defineModule({
  name: 'Hardtanh',
  takes: 'min_val=-1.0, max_val=1.0, inplace=False, min_value=None, max_value=None',
  hidden: ['min_value', 'max_value'],
  shows: 'min_val max_val inplace?',
  init(self, { min_value, max_value }) {
    if (min_value !== null) self.attributes.set('min_val', min_value);
    if (max_value !== null) self.attributes.set('max_val', max_value);
    if (!(number(attribute(self, 'max_val')) > number(attribute(self, 'min_val')))) throw valueError('');
  },
  forward(self, { input }, interpreter) {
    const named: Record<string, Value> = { min_val: attribute(self, 'min_val'), max_val: attribute(self, 'max_val') };
    if (attribute(self, 'inplace') === true) named.inplace = true;
    return call('hardtanh', [input], named, interpreter);
  },
});

const PReLU = defineModule({
  name: 'PReLU',
  takes: 'num_parameters=1, init=0.25, device=None, dtype=None',
  hidden: ['init'],
  shows: 'num_parameters',
  init(self, { num_parameters, init, dtype }) {
    const weight = fill(blank([integer(num_parameters)], dtype), number(init));
    addParameter(self, 'weight', makeParameter(weight));
  },
  forward: (self, { input }, interpreter) => call('prelu', [input, held(self, 'weight') ?? null], {}, interpreter),
});

const Softmax2d = defineModule({
  name: 'Softmax2d',
  forward(_self, { input }, interpreter) {
    if (input instanceof Tensor && input.ndim !== 3 && input.ndim !== 4) {
      throw valueError('Softmax2d requires a 3D or 4D tensor as input');
    }
    return call('softmax', [input], { dim: -3n }, interpreter);
  },
});

export const activations: readonly PyClass[] = [
  ...Object.entries(TABLE).map(([name, row]) => fromRow(name, row)),
  Hardtanh,
  PReLU,
  Softmax2d,
];
