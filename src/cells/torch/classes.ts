/** Classes of the smaller things in torch. */
import { runtimeError, typeError } from '../runtime/errors.ts';
import { TUPLE } from '../runtime/types.ts';
import { PyClass, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf, toInteger, typeName } from './convert.ts';
import { deviceOf, numbered } from './devices.ts';
import { GeneratorValue } from './random.ts';

const named = (name: string, construct: PyClass['construct'], ...bases: PyClass[]): PyClass =>
  new PyClass(name, bases, new Map<string, Value>([['__module__', 'torch']]), construct);

export const dtypeClass = named('dtype', () => {
  throw typeError("cannot create 'torch.dtype' instances");
});

export const deviceClass = named('device', (args, kwargs) => {
  const type = args[0] ?? kwargs.get('type') ?? kwargs.get('device') ?? null;
  const index = args[1] ?? kwargs.get('index') ?? null;
  if (index === null) return deviceOf(type);
  if (typeof index !== 'bigint')
    throw typeError(`device(): argument 'index' (position 2) must be int, not ${typeName(index)}`);
  const { kind, index: own } = deviceOf(type);
  if (own !== null)
    throw runtimeError(`type (string) must not include an index because index was passed explicitly: ${kind}:${own}`);
  return numbered(kind, index);
});

export const generatorClass = named('Generator', (args, kwargs) => {
  const device = deviceOf(args[0] ?? kwargs.get('device') ?? 'cpu');
  if (device.kind !== 'cpu')
    throw runtimeError(`Device type ${device.kind.toUpperCase()} is not supported for torch.Generator() api.`);
  return new GeneratorValue();
});

export const sizeClass = named(
  'Size',
  ([given], _, interpreter) => {
    if (given === undefined) return new PyTuple([], 'torch.Size');
    const items = itemsOf(given) ?? [...interpreter.iterate(given)];
    const sizes = items.map((item) => toInteger(item));
    const bad = sizes.indexOf(undefined);
    if (bad >= 0) throw typeError(`torch.Size() takes an iterable of 'int' (item ${bad} is '${typeName(items[bad])}')`);
    interpreter.budget.room(sizes.length);
    return new PyTuple(
      sizes.map((size) => BigInt(size as number)),
      'torch.Size',
    );
  },
  TUPLE,
);
