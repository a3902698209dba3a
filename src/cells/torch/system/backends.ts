/** torch.backends, torch.version and torch.__config__: what PyTorch says of the machine. */
import { Tensor } from '../../../tensor/tensor.ts';
import { runtimeError, valueError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { PyClass, PyModule, type Value } from '../../runtime/values.ts';
import { typeName } from '../convert.ts';
import { native } from '../define.ts';
import { tensorTypeName } from '../dtypes.ts';
import { PYTORCH_VERSION } from '../public-names.ts';
import { answers, FlagModule, Flags, withFlagsContext } from './flags.ts';

const table = (...entries: readonly (readonly [string, Value])[]): Map<string, Value> => new Map(entries);
const fns = (values: Readonly<Record<string, Value>>): Map<string, Value> =>
  new Map(Object.entries(values).map(([name, value]) => [name, answers(name, value)]));

const CUDNN = withFlagsContext(
  new FlagModule(
    'torch.backends.cudnn',
    { enabled: true, benchmark: false, benchmark_limit: null, deterministic: false, allow_tf32: true },
    fns({ is_available: false, version: null }),
  ),
  'enabled',
  'benchmark',
  'benchmark_limit',
  'deterministic',
  'allow_tf32',
);

const MATMUL = new FlagModule('torch.backends.cuda.matmul', {
  allow_tf32: false,
  allow_fp16_reduced_precision_reduction: true,
});

const MKLDNN = withFlagsContext(
  new FlagModule('torch.backends.mkldnn', { enabled: true }, fns({ is_available: true })),
  'enabled',
);

const CONFIG = [
  'PyTorch built with:',
  '  - Gradwire, an engine of its own behind the names of PyTorch',
  `  - Build settings: TORCH_VERSION=${PYTORCH_VERSION}, USE_CUDA=OFF, USE_CUDNN=OFF, USE_MKL=OFF, USE_MPI=OFF, USE_NCCL=OFF, USE_ROCM=OFF, `,
  '',
].join('\n');

/** The modules by their dotted names: made once, what is set in them is the workspace's. */
export const BACKENDS: readonly PyModule[] = [
  new PyModule('torch.backends'),
  CUDNN,
  new PyModule('torch.backends.cuda', new Map([...fns({ is_built: false }), ['matmul', MATMUL]])),
  MATMUL,
  MKLDNN,
  new PyModule('torch.backends.mkl', fns({ is_available: false })),
  new PyModule('torch.backends.openmp', fns({ is_available: true })),
  new PyModule('torch.backends.mps', fns({ is_available: false, is_built: false })),
  new PyModule(
    'torch.version',
    table(
      ['__version__', PYTORCH_VERSION],
      ['cuda', null],
      ['hip', null],
      ['debug', false],
      ['git_version', 'Unknown'],
    ),
  ),
  new PyModule(
    'torch.__config__',
    fns({ show: CONFIG, parallel_info: 'ATen/Parallel:\n\tat::get_num_threads() : 1\n' }),
  ),
];

/** `torch.typename`: of tensors the class of old. */
function typeNameOf(o: Value, interpreter: Interpreter): string {
  if (o instanceof Tensor) return tensorTypeName(o.dtype);
  const cls = o instanceof PyClass ? o : interpreter.getAttribute(o, '__class__');
  if (!(cls instanceof PyClass)) return typeName(o);
  const module = interpreter.getAttribute(cls, '__module__');
  return module === 'builtins' || typeof module !== 'string' ? cls.name : `${module}.${cls.name}`;
}

const PRECISIONS = ['highest', 'high', 'medium'];

/** Settings of torch itself that change nothing that is computed here, and read as they were set. */
export const SETTINGS = [
  native('get_num_threads', '', (_, i) => i.parts.of(Flags).values.get('threads') ?? 1n),
  native('set_num_threads', 'n', ([n], i) => {
    i.parts.of(Flags).values.set('threads', positive('set_num_threads', n));
    return null;
  }),
  native('get_num_interop_threads', '', (_, i) => i.parts.of(Flags).values.get('interop') ?? 1n),
  native('set_num_interop_threads', 'n', ([n], i) => {
    i.parts.of(Flags).values.set('interop', positive('set_num_interop_threads', n));
    return null;
  }),
  native('use_deterministic_algorithms', 'mode | warn_only=', ([mode, warnOnly], i) => {
    i.parts.of(Flags).values.set('deterministic', mode === true);
    i.parts.of(Flags).values.set('warnOnly', mode === true && warnOnly === true);
    return null;
  }),
  native('are_deterministic_algorithms_enabled', '', (_, i) => i.parts.of(Flags).values.get('deterministic') ?? false),
  native(
    'is_deterministic_algorithms_warn_only_enabled',
    '',
    (_, i) => i.parts.of(Flags).values.get('warnOnly') ?? false,
  ),
  native('get_float32_matmul_precision', '', (_, i) => i.parts.of(Flags).values.get('precision') ?? 'highest'),
  native('set_float32_matmul_precision', 'precision', ([precision], i) => {
    if (typeof precision !== 'string' || !PRECISIONS.includes(precision))
      throw valueError(`set_float32_matmul_precision expects one of ${PRECISIONS.join(', ')}`);
    i.parts.of(Flags).values.set('precision', precision);
    return null;
  }),
  native('set_flush_denormal', 'mode', () => false),
  native('is_autocast_enabled', '', () => false),
  native('is_autocast_cpu_enabled', '', () => false),
  native('compiled_with_cxx11_abi', '', () => true),
  native('typename', 'o', ([o], i) => typeNameOf(o, i)),
];

/** What torch says of how it was built. */
export const BUILT: readonly (readonly [string, Value])[] = [
  ['has_cuda', false],
  ['has_cudnn', false],
  ['has_lapack', true],
  ['has_mkl', false],
  ['has_mkldnn', true],
  ['has_mps', false],
  ['has_openmp', true],
];

function positive(name: string, n: Value): bigint {
  if (typeof n !== 'bigint') throw runtimeError(`${name} expects an int, but got ${typeName(n)}`);
  if (n <= 0n) throw runtimeError(`${name} expects a positive integer`);
  return n;
}
