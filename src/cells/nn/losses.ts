/** The loss whose distance is a function, or a module, of the caller's. */
import type { PyClass, Value } from '../runtime/values.ts';
import { call } from './call.ts';
import { attribute, defineModule } from './define.ts';
import { pairwiseDistance } from './layers/plain.ts';
import { addModule, isModule, memberOf } from './state.ts';

const tripletWithDistance = defineModule({
  name: 'TripletMarginWithDistanceLoss',
  takes: "*, distance_function=None, margin=1.0, swap=False, reduction='mean'",
  hidden: ['distance_function'],
  init(self, { distance_function }, interpreter) {
    const distance = distance_function ?? interpreter.call(pairwiseDistance, []);
    if (isModule(distance)) addModule(self, 'distance_function', distance);
    else self.attributes.set('distance_function', distance);
  },
  input: 'anchor, positive, negative',
  forward(self, { anchor, positive, negative }, interpreter) {
    const named: Record<string, Value> = { distance_function: memberOf(self, 'distance_function') ?? null };
    for (const key of ['margin', 'swap', 'reduction']) named[key] = attribute(self, key);
    return call('triplet_margin_with_distance_loss', [anchor, positive, negative], named, interpreter);
  },
});

export const losses: readonly PyClass[] = [tripletWithDistance];
