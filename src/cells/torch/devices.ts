/** torch.device: there is one. */
import { PyError, runtimeError, typeError } from '../runtime/errors.ts';
import { PyObject, type Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';

export class Device extends PyObject {
  readonly type = 'torch.device';
  readonly kind: string;
  readonly index: number | null;
  constructor(kind: string, index: number | null = null) {
    super();
    this.kind = kind;
    this.index = index;
  }
  references(): void {}
}

export const CPU = new Device('cpu');

const KINDS = new Set(['cpu', 'cuda', 'mps', 'xpu', 'meta', 'hpu', 'xla']);

/** A device by its name, `cuda:1`. */
export function deviceOf(value: Value): Device {
  if (value instanceof Device) return value;
  if (typeof value !== 'string')
    throw typeError(`device(): argument 'type' (position 1) must be str, not ${typeName(value)}`);
  const [kind, index] = value.split(':');
  if (!KINDS.has(kind) || (index !== undefined && !/^\d{1,3}$/.test(index)))
    throw runtimeError(`Invalid device string: '${value}'`);
  return kind === 'cpu' && index === undefined ? CPU : new Device(kind, index === undefined ? null : Number(index));
}

/** Refuses to put a tensor anywhere but here. */
export function checkDevice(value: Value): void {
  if (value === null) return;
  const device = deviceOf(value);
  if (device.kind === 'cpu') return;
  if (device.kind === 'cuda') throw new PyError('AssertionError', 'Torch not compiled with CUDA enabled');
  throw runtimeError(`there is no device ${device.kind} here`);
}

export const deviceRepr = (d: Device): string =>
  `device(type='${d.kind}'${d.index === null ? '' : `, index=${d.index}`})`;
