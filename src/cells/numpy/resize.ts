/** `a.resize(shape)`: the array itself made longer or shorter. */
import { numelOf } from '../../tensor/shape.ts';
import { valueError } from '../runtime/errors.ts';
import { type PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { ArrayData, own } from './array.ts';
import { sequenceOf, toShape } from './convert.ts';
import { raw } from './define.ts';
import { op } from './specs.ts';

export const RESIZE = raw('resize', 1, ([array, ...sizes], _, i) => {
  const data = own(array);
  const given = sizes.length === 1 && sequenceOf(sizes[0]) !== undefined ? sizes[0] : new PyTuple(sizes as Value[]);
  const shape = toShape(given, i).map(Number);
  if (shape.some((n) => n < 0)) throw valueError('all elements of `new_shape` must be non-negative');
  const { tensor, type, bond, base, cells } = data;
  const [has, wanted] = [tensor.numel, numelOf(shape)];
  i.budget.room(wanted);
  if (!tensor.isContiguous) throw valueError('resize only works on single-segment arrays');
  if (wanted !== has && (base !== null || cells !== null))
    throw valueError('cannot resize this array: it does not own its data');
  let flat = op('reshape', tensor, [-1]);
  if (wanted < has) flat = op('clone', op('narrow', flat, 0, 0, wanted));
  else if (wanted > has) flat = op('cat', [flat, op('zeros', [wanted - has], tensor.dtype)], 0);
  const owner = wanted === has ? { bond, base } : { bond: { torch: false }, base: null };
  (array as PyInstance).native = new ArrayData(op('reshape', flat, shape), type, cells, owner.bond, owner.base);
  return null;
});
