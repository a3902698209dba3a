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

const KINDS = [
  'cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga ort xla lazy vulkan mps meta hpu privateuseone',
].flatMap((names) => names.split(' '));

/** Each made once, so that equal ones are the same. */
const made = new Map<string, Device>();

/** No machine has more of one kind. */
const MOST = 1000;

function device(kind: string, index: number | null = null): Device {
  const name = index === null ? kind : `${kind}:${index}`;
  let known = made.get(name);
  if (known === undefined) {
    known = new Device(kind, index);
    made.set(name, known);
  }
  return known;
}

export const CPU = device('cpu');

/** A device by its name, `cuda:1`, or by its number among those of CUDA. */
export function deviceOf(value: Value): Device {
  if (value instanceof Device) return value;
  if (typeof value === 'bigint') return numbered('cuda', value);
  if (typeof value !== 'string')
    throw typeError(`device(): argument 'type' (position 1) must be str, not ${typeName(value)}`);
  const [, kind, index] = /^([a-z_]*)(?::(\d{1,4}))?$/.exec(value) ?? [];
  if (kind === undefined) throw runtimeError(`Invalid device string: '${value.slice(0, 100)}'`);
  if (!KINDS.includes(kind))
    throw runtimeError(
      `Expected one of ${KINDS.join(', ')} device type at start of device string: ${kind.slice(0, 100)}`,
    );
  return index === undefined ? device(kind) : numbered(kind, BigInt(index));
}

/** `torch.device('cuda', 1)`. */
export function numbered(kind: string, index: bigint): Device {
  if (index < 0n) throw runtimeError('Device index must not be negative');
  if (index >= MOST) throw runtimeError(`Device index must be less than ${MOST}, got ${index}`);
  return device(kind, Number(index));
}

/** Refuses to put a tensor anywhere but here. */
export function checkDevice(value: Value): void {
  if (value === null) return;
  const device = deviceOf(value);
  if (device.kind === 'cpu') return;
  if (device.kind === 'cuda') throw new PyError('AssertionError', 'Torch not compiled with CUDA enabled');
  throw runtimeError(
    `PyTorch is not linked with support for ${device.kind} devices: this service computes on the device cpu`,
  );
}

export const deviceRepr = (d: Device): string =>
  `device(type='${d.kind}'${d.index === null ? '' : `, index=${d.index}`})`;

export const deviceText = (d: Device): string => (d.index === null ? d.kind : `${d.kind}:${d.index}`);
