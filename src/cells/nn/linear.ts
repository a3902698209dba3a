/** Linear, Bilinear, Identity. */
import { valueError } from '../runtime/errors.ts';
import type { PyClass, PyInstance } from '../runtime/values.ts';
import { call } from './call.ts';
import { blank, integer } from './convert.ts';
import { defineModule, method, ownTensor } from './define.ts';
import { fillLayer, uniform } from './fillings.ts';
import { makeParameter } from './parameter.ts';
import { attributesText } from './print.ts';
import { addParameter, begin, weightOf } from './state.ts';

const hasBias = (self: PyInstance): string => (weightOf(self, 'bias') === null ? 'False' : 'True');

/** How Linear and the convolutions begin. */
export function resetLayer(self: PyInstance): void {
  const weight = ownTensor(self, 'weight');
  if (weight !== null) fillLayer(weight, ownTensor(self, 'bias'));
}

export const Linear = defineModule({
  name: 'Linear',
  takes: 'in_features, out_features, bias=True, device=None, dtype=None',
  hidden: ['bias'],
  shows: (self, interpreter) =>
    `${attributesText(self, 'in_features out_features', interpreter)}, bias=${hasBias(self)}`,
  init(self, { in_features, out_features, bias, dtype }, interpreter) {
    const out = integer(out_features);
    const weight = makeParameter(blank([out, integer(in_features)], dtype));
    addParameter(self, 'weight', weight);
    addParameter(self, 'bias', interpreter.truth(bias) ? makeParameter(blank([out], dtype)) : null);
  },
  reset: resetLayer,
  forward: (self, { input }, interpreter) =>
    call('linear', [input, weightOf(self, 'weight'), weightOf(self, 'bias')], {}, interpreter),
});

export const Bilinear = defineModule({
  name: 'Bilinear',
  takes: 'in1_features, in2_features, out_features, bias=True, device=None, dtype=None',
  hidden: ['bias'],
  shows: (self, interpreter) =>
    `${attributesText(self, 'in1_features in2_features out_features', interpreter)}, bias=${hasBias(self)}`,
  init(self, { in1_features, in2_features, out_features, bias, dtype }, interpreter) {
    const sizes = [out_features, in1_features, in2_features].map(integer);
    if (sizes[1] <= 0) throw valueError(`in1_features must be > 0, but got ${sizes[1]}`);
    addParameter(self, 'weight', makeParameter(blank(sizes, dtype)));
    addParameter(self, 'bias', interpreter.truth(bias) ? makeParameter(blank([sizes[0]], dtype)) : null);
  },
  reset(self) {
    const [weight, bias] = ['weight', 'bias'].map((name) => ownTensor(self, name));
    if (weight === null) return;
    const bound = 1 / Math.sqrt(weight.shape[1]);
    uniform(weight, -bound, bound);
    if (bias !== null) uniform(bias, -bound, bound);
  },
  input: 'input1, input2',
  forward: (self, { input1, input2 }, interpreter) =>
    call('bilinear', [input1, input2, weightOf(self, 'weight'), weightOf(self, 'bias')], {}, interpreter),
});

export const Identity = defineModule({ name: 'Identity', forward: (_self, { input }) => input });
Identity.members.set(
  '__init__',
  method('__init__', (self) => {
    begin(self);
    return null;
  }),
);

export const linear: readonly PyClass[] = [Linear, Bilinear, Identity];
