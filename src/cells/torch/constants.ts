/** Layouts and ways to quantize: names that are handed on. There is one layout here. */
import { PyError } from '../runtime/errors.ts';
import { DTypeValue, PyClass, type Value } from '../runtime/values.ts';
import { ForeignDType, FormatValue, typeName } from './convert.ts';

const NAMES: Readonly<Record<string, string>> = {
  'torch.layout': 'strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc',
  'torch.qscheme': 'per_tensor_affine per_tensor_symmetric per_channel_affine per_channel_symmetric',
};

const classes = new Map(
  Object.keys(NAMES).map((type) => [
    type,
    new PyClass(type.slice('torch.'.length), [], new Map<string, Value>([['__module__', 'torch']]), () => {
      throw new PyError('TypeError', `cannot create '${type}' instances`);
    }),
  ]),
);

export const classOfConstant = (value: FormatValue): PyClass => classes.get(value.type) as PyClass;

export const CONSTANTS: readonly (readonly [string, Value])[] = Object.entries(NAMES).flatMap(([type, names]) =>
  names.split(' ').map((name): [string, Value] => [name, new FormatValue(type as FormatValue['type'], name)]),
);

export const CONSTANT_CLASSES: readonly (readonly [string, Value])[] = [...classes.values()].map((cls) => [
  cls.name,
  cls,
]);

export const STRIDED = new Map(CONSTANTS).get('strided') as Value;

/** Arguments of functions that make tensors, which are either as they always are here or refused. */
export function checkOption(fn: string, name: string, value: Value): void {
  if (value === null) return;
  if (name === 'dtype' && !(value instanceof DTypeValue || value instanceof ForeignDType))
    throw new PyError('TypeError', `${fn}(): argument 'dtype' must be torch.dtype, not ${typeName(value)}`);
  if (name === 'names')
    throw new PyError(
      'NotImplementedError',
      'named tensors (names=…) are a prototype of PyTorch that this service does not have: dimensions go by number',
    );
  if (name === 'layout' && value instanceof FormatValue && value !== STRIDED)
    throw new PyError(
      'NotImplementedError',
      `sparse tensors (layout=torch.${value.name}) are not there: tensors are dense`,
    );
}
