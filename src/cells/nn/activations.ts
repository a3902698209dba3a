/** Activations that hold more than the settings of their op, or call it in a way of their own. */

import { fill } from '../../kernels/pointwise.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { valueError } from '../runtime/errors.ts';
import type { PyClass, Value } from '../runtime/values.ts';
import { call } from './call.ts';
import { blank, integer, number } from './convert.ts';
import { attribute, defineModule } from './define.ts';
import { makeParameter } from './parameter.ts';
import { addParameter, weightOf } from './state.ts';

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
  forward: (self, { input }, interpreter) => call('prelu', [input, weightOf(self, 'weight')], {}, interpreter),
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

export const activations: readonly PyClass[] = [Hardtanh, PReLU, Softmax2d];
