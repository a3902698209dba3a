/** torch.cuda of a PyTorch that was built without it: questions are answered, use is refused in PyTorch's words. */
import { PyError, typeError, valueError } from '../../runtime/errors.ts';
import type { Visit } from '../../runtime/holding.ts';
import { type NativeFunction, PyClass, PyContext, PyDict, PyList, PyModule, type Value } from '../../runtime/values.ts';
import { native } from '../define.ts';
import { deviceOf, deviceText } from '../devices.ts';
import { TENSOR_TYPES } from '../dtypes.ts';
import { autocastClass, gradScalerClass } from './amp.ts';

const refusal = (): PyError => new PyError('AssertionError', 'Torch not compiled with CUDA enabled');

/** By name and signature: what asks for a device, or works with one. */
const REFUSED = `
  current_device ; get_device_name device= ; get_device_properties device ; get_device_capability device= ; init ;
  synchronize device= ; current_stream device= ; default_stream device= ; set_device device ; set_stream stream ;
  initial_seed ; get_rng_state device= ; set_rng_state new_state device= ; set_rng_state_all new_states ;
  ipc_collect ; mem_get_info device= ; is_bf16_supported ; memory_summary device= abbreviated= ; memory_snapshot ;
  reset_peak_memory_stats device= ; reset_max_memory_allocated device= ; reset_max_memory_cached device= ;
  current_blas_handle ; set_per_process_memory_fraction fraction device= ; can_device_access_peer device peer_device ;
  utilization device= ; get_sync_debug_mode ; set_sync_debug_mode debug_mode ; stream stream ; Stream device= priority= ;
  Event enable_timing= blocking= interprocess= ; CUDAGraph ; graph cuda_graph pool= stream=
`
  .split(';')
  .map((text) => text.trim().split(/\s+/))
  .map(([name, ...takes]) =>
    native(name, takes.join(' '), () => {
      throw refusal();
    }),
  );

const nothing = (name: string, takes = ''): NativeFunction => native(name, takes, () => null);
const zero = (name: string): NativeFunction => native(name, 'device=', () => 0n);

/** `with torch.cuda.device(0):` is refused where it is entered. */
class CudaDevice extends PyContext {
  readonly type = 'torch.cuda.device';
  enter(): Value {
    throw refusal();
  }
  exit(): void {}
  references(_visit: Visit): void {}
}

const deviceClass = new PyClass('device', [], new Map<string, Value>([['__module__', 'torch.cuda']]), ([which]) => {
  if (which === undefined) throw typeError("device.__init__() missing 1 required positional argument: 'device'");
  if (which === null) return new CudaDevice();
  const device = deviceOf(which);
  if (device.kind !== 'cuda') throw valueError(`Expected a cuda device, but got: ${deviceText(device)}`);
  return new CudaDevice();
});

const tensorTypes = TENSOR_TYPES.map(
  ([name]) =>
    new PyClass(name, [], new Map<string, Value>([['__module__', 'torch.cuda']]), () => {
      throw typeError(`type torch.cuda.${name} not available. Torch not compiled with CUDA enabled.`);
    }),
);

const AMP: readonly (readonly [string, Value])[] = [
  ['autocast', autocastClass('cuda')],
  ['GradScaler', gradScalerClass],
];

const MEMBERS: readonly NativeFunction[] = [
  ...REFUSED,
  native('is_available', '', () => false),
  native('is_initialized', '', () => false),
  native('device_count', '', () => 0n),
  native('get_arch_list', '', () => new PyList([])),
  native('get_gencode_flags', '', () => ''),
  native('get_rng_state_all', '', () => new PyList([])),
  native('memory_stats', 'device=', () => new PyDict('OrderedDict')),
  native('list_gpu_processes', 'device=', () => 'pynvml module not found, please install pynvml'),
  ...['memory_allocated', 'memory_reserved', 'max_memory_allocated', 'max_memory_reserved', 'memory_cached'].map(zero),
  zero('max_memory_cached'),
  nothing('empty_cache'),
  nothing('manual_seed', 'seed'),
  nothing('manual_seed_all', 'seed'),
  nothing('seed'),
  nothing('seed_all'),
];

export const CUDA: readonly PyModule[] = [
  new PyModule(
    'torch.cuda',
    new Map<string, Value>([
      ...MEMBERS.map((fn): [string, Value] => [fn.name, fn]),
      ...tensorTypes.map((cls): [string, Value] => [cls.name, cls]),
      ['device', deviceClass],
      ['has_half', true],
    ]),
  ),
  new PyModule('torch.cuda.amp', new Map(AMP)),
];
