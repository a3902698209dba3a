/** torch.no_grad and its like: contexts, and decorators. */
import { isGradEnabled, setGradEnabled } from '../../autograd/mode.ts';
import { isInferring, setInferring } from '../../tensor/inference.ts';
import { typeError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import { NativeFunction, PyClass, PyContext, type Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';

/** A context; put on a function, that runs inside of it. */
export class GradMode extends PyContext {
  readonly type: string;
  private readonly enabled: boolean;
  /** The mode to go back to, where it was changed already. */
  private readonly before: boolean | undefined;
  private entered = false;
  /** Modes to go back to, the innermost last. */
  private readonly stack: boolean[] = [];

  constructor(type: string, enabled: boolean, before?: boolean) {
    super();
    this.type = type;
    this.enabled = enabled;
    this.before = before;
  }

  enter(): null {
    const now = setGradEnabled(this.enabled);
    this.stack.push((this.entered ? undefined : this.before) ?? now);
    this.entered = true;
    return null;
  }

  exit(): void {
    setGradEnabled(this.stack.pop() ?? true);
  }

  references(visit: Visit): void {
    visit.weigh(this.stack.length / 8);
  }
}

/** Inference mode, or back from it. */
class InferenceMode extends PyContext {
  readonly type = 'torch.autograd.grad_mode.inference_mode';
  private readonly mode: boolean;
  /** What to go back to, the innermost last. */
  private readonly stack: { readonly inferring: boolean; readonly grad: boolean }[] = [];

  constructor(mode: boolean) {
    super();
    this.mode = mode;
  }

  enter(): null {
    this.stack.push({ inferring: setInferring(this.mode), grad: setGradEnabled(!this.mode) });
    return null;
  }

  exit(): void {
    const before = this.stack.pop();
    if (before === undefined) return;
    setInferring(before.inferring);
    setGradEnabled(before.grad);
  }

  references(visit: Visit): void {
    visit.weigh(this.stack.length);
  }
}

const IN_GRAD_MODE = new Map<string, Value>([['__module__', 'torch.autograd.grad_mode']]);

function modeClass(name: string, enabled: boolean): PyClass {
  const type = `torch.autograd.grad_mode.${name}`;
  return new PyClass(name, [], IN_GRAD_MODE, (args) => {
    if (args.length > 0)
      throw typeError(`${name}.__init__() takes 1 positional argument but ${args.length + 1} were given`);
    return new GradMode(type, enabled);
  });
}

/** no_grad, enable_grad, inference_mode, set_grad_enabled, is_grad_enabled. */
export const GRAD_MODES: readonly [string, Value][] = [
  ['no_grad', modeClass('no_grad', false)],
  ['enable_grad', modeClass('enable_grad', true)],
  [
    'inference_mode',
    new PyClass('inference_mode', [], IN_GRAD_MODE, (args, kwargs, interpreter) => {
      const mode = args[0] ?? kwargs.get('mode') ?? true;
      return new InferenceMode(interpreter.truth(mode));
    }),
  ],
  [
    'set_grad_enabled',
    new PyClass('set_grad_enabled', [], IN_GRAD_MODE, (args, kwargs) => {
      const mode = args[0] ?? kwargs.get('mode');
      if (typeof mode !== 'boolean')
        throw typeError(`set_grad_enabled(): argument 'enabled' (position 1) must be bool, not ${typeName(mode)}`);
      const before = setGradEnabled(mode);
      return new GradMode('torch.autograd.grad_mode.set_grad_enabled', mode, before);
    }),
  ],
  ['is_grad_enabled', new NativeFunction('is_grad_enabled', () => isGradEnabled())],
  ['is_inference_mode_enabled', new NativeFunction('is_inference_mode_enabled', () => isInferring())],
];
