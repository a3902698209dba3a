/** Modules in other dtypes: `to`, `type`, `half` and their kin. */
import { noGrad } from '../../autograd/mode.ts';
import { setData } from '../../autograd/reshape.ts';
import type { MemoryFormat } from '../../kernels/layout.ts';
import { to as castTo } from '../../ops/creation/index.ts';
import { DTYPES, type DType, isFloating, rowOf } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { typeError } from '../runtime/errors.ts';
import { DTypeValue, type PyInstance, type Value } from '../runtime/values.ts';
import { ForeignDType, FormatValue, toDType } from '../torch/convert.ts';
import { checkDevice } from '../torch/devices.ts';
import { guarded } from '../torch/errors.ts';
import { toFormat } from '../torch/formats.ts';
import { method } from './define.ts';
import { stateOf } from './state.ts';
import { taking } from './taking.ts';
import { namedModules } from './walk.ts';

/** Carries every parameter and buffer over to what `convert` makes of it, in place. */
function convertAll(self: PyInstance, convert: (t: Tensor) => Tensor): PyInstance {
  const each = (t: Tensor): void => {
    guarded(() =>
      noGrad(() => {
        setData(t, convert(t.detach()));
        if (t.grad !== null) t.grad = convert(t.grad);
      }),
    );
  };
  const seen = new Set<Tensor>();
  for (const [, module] of namedModules(self)) {
    const { parameters, buffers } = stateOf(module);
    for (const t of [...parameters.values(), ...buffers.values()]) {
      if (t === null || seen.has(t)) continue;
      seen.add(t);
      each(t);
    }
  }
  return self;
}

const floatsTo =
  (dtype: DType) =>
  (t: Tensor): Tensor =>
    isFloating(t.dtype) && t.dtype !== dtype ? castTo(t, dtype) : t;

/** Tensors of the rank that a memory format is for, laid out by it. */
const inFormat =
  (memoryFormat: MemoryFormat) =>
  (t: Tensor): Tensor => {
    const rank = memoryFormat === 'channels_last' ? 4 : memoryFormat === 'channels_last_3d' ? 5 : t.ndim;
    return t.ndim === rank ? castTo(t, t.dtype, memoryFormat) : t;
  };

export const CONVERSIONS: readonly [string, Value][] = [
  [
    'to',
    method('to', (self, args, kwargs) => {
      let dtype: DType | undefined;
      let format: MemoryFormat | undefined;
      for (const value of [...args, ...kwargs.values()]) {
        if (value instanceof DTypeValue || value instanceof ForeignDType) dtype = toDType(value);
        else if (value instanceof Tensor) dtype = value.dtype;
        else if (value instanceof FormatValue) format = toFormat(value);
        else if (typeof value !== 'boolean' && value !== null) checkDevice(value);
      }
      if (format !== undefined) convertAll(self, inFormat(format));
      if (dtype === undefined) return self;
      if (!isFloating(dtype)) {
        throw typeError(
          `nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.${dtype}`,
        );
      }
      return convertAll(self, floatsTo(dtype));
    }),
  ],
  taking('type', 'dst_type', (self, { dst_type }) => {
    const dtype = toDType(dst_type);
    return convertAll(self, (t) => castTo(t, dtype));
  }),
  ...DTYPES.filter(isFloating).map((dtype) =>
    taking(rowOf(dtype).method, '', (self) => convertAll(self, floatsTo(dtype))),
  ),
  taking('cpu', '', (self) => self),
  taking('cuda', 'device=None', (self) => {
    checkDevice('cuda');
    return self;
  }),
  ...['share_memory', 'xpu', 'ipu'].map((name) => taking(name, 'device=None', (self) => self)),
];
