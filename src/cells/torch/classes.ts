/** Classes of the smaller things in torch. */
import { typeError } from '../runtime/errors.ts';
import { TUPLE } from '../runtime/types.ts';
import { PyClass, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf, toInteger, toIntegers, typeName } from './convert.ts';
import { Device, deviceOf } from './devices.ts';
import { GeneratorValue } from './random.ts';

const named = (name: string, construct: PyClass['construct'], ...bases: PyClass[]): PyClass =>
  new PyClass(name, bases, new Map<string, Value>([['__module__', 'torch']]), construct);

export const dtypeClass = named('dtype', () => {
  throw typeError("cannot create 'torch.dtype' instances");
});

export const deviceClass = named('device', ([type, index]) => {
  const device = deviceOf(type ?? null);
  const n = toInteger(index ?? null);
  return n === undefined ? device : new Device(device.kind, n);
});

export const generatorClass = named('Generator', () => new GeneratorValue());

export const sizeClass = named(
  'Size',
  ([items]) => {
    if (items === undefined) return new PyTuple([], 'torch.Size');
    const sizes = toIntegers(items);
    if (sizes === undefined) {
      const bad = (itemsOf(items) ?? []).findIndex((item) => toInteger(item) === undefined);
      throw typeError(
        bad < 0
          ? `'${typeName(items)}' object is not iterable`
          : `torch.Size() takes an iterable of 'int' (item ${bad} is '${typeName(itemsOf(items)?.[bad])}')`,
      );
    }
    return new PyTuple(sizes.map(BigInt), 'torch.Size');
  },
  TUPLE,
);
