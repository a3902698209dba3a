/** Mixed precision, where there is no device for it: contexts that change nothing, a scaler that does not scale. */
import { PyError, runtimeError, typeError } from '../../runtime/errors.ts';
import type { Visit } from '../../runtime/holding.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import {
  type Kwargs,
  NativeFunction,
  PyClass,
  PyContext,
  PyDict,
  PyInstance,
  type Value,
} from '../../runtime/values.ts';
import { typeName } from '../convert.ts';
import { native } from '../define.ts';

const DISABLED = "User provided device_type of 'cuda', but CUDA is not available. Disabling";

/** `with torch.autocast('cuda'):` */
class Autocast extends PyContext {
  readonly type: string;
  constructor(type: string) {
    super();
    this.type = type;
  }
  enter(): Value {
    return null;
  }
  exit(): void {}
  references(_visit: Visit): void {}
}

function makeAutocast(type: string, kind: Value, kwargs: Kwargs, interpreter: Interpreter): Value {
  const enabled = kwargs.get('enabled') ?? true;
  if (typeof kind !== 'string') throw typeError(`autocast() wants a device type such as 'cuda', not ${typeName(kind)}`);
  if (kind === 'cuda') {
    if (enabled === true) interpreter.warn('UserWarning', DISABLED);
  } else if (kind !== 'cpu') {
    throw runtimeError("User specified autocast device_type must be 'cuda' or 'cpu'");
  } else if (enabled === true) {
    throw new PyError(
      'NotImplementedError',
      "torch.autocast('cpu') would compute in bfloat16, which is not there yet: leave it out, or say enabled=False",
    );
  }
  return new Autocast(type);
}

/** torch.autocast, torch.cuda.amp.autocast (of `device`), torch.cpu.amp.autocast. */
export function autocastClass(device: string | null): PyClass {
  const home = device === null ? 'torch.amp.autocast_mode' : `torch.${device}.amp.autocast_mode`;
  return new PyClass('autocast', [], new Map<string, Value>([['__module__', home]]), (args, kwargs, interpreter) => {
    const type = `${home}.autocast`;
    if (device === null) return makeAutocast(type, args[0] ?? kwargs.get('device_type') ?? null, kwargs, interpreter);
    const named = args[0] === undefined ? kwargs : new Map([...kwargs, ['enabled', args[0]]]);
    return makeAutocast(type, device, named, interpreter);
  });
}

const optimizerOf = (optimizer: Value): PyInstance => {
  if (optimizer instanceof PyInstance) return optimizer;
  throw typeError(`expected an optimizer, not ${typeName(optimizer)}`);
};

/** Without CUDA it is disabled, as PyTorch's: what it is given it gives back. */
export const gradScalerClass = new PyClass(
  'GradScaler',
  [],
  new Map<string, Value>([
    ['__module__', 'torch.cuda.amp.grad_scaler'],
    [
      '__init__',
      new NativeFunction('__init__', (_, kwargs, interpreter) => {
        if (kwargs.get('enabled') !== false) {
          const message = 'torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.';
          interpreter.warn('UserWarning', message);
        }
        return null;
      }),
    ],
    ...[
      native('scale', 'self outputs', ([, outputs]) => outputs),
      native('unscale_', 'self optimizer', () => null),
      native('step', 'self optimizer', ([, optimizer], interpreter) =>
        interpreter.call(interpreter.getAttribute(optimizerOf(optimizer), 'step'), []),
      ),
      native('update', 'self new_scale=', () => null),
      native('is_enabled', 'self', () => false),
      native('get_scale', 'self', () => 1),
      native('state_dict', 'self', () => new PyDict()),
      native('load_state_dict', 'self state_dict', () => null),
    ].map((fn): [string, Value] => [fn.name, fn]),
  ]),
);
