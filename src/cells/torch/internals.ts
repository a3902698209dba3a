/**
 * Names under torch._C that code on automatic differentiation asks for: classes of its graph, what is switched on,
 * what a pass will run, and whether a tensor is still there. What else PyTorch keeps there is its own.
 */
import { isGradEnabled } from '../../autograd/mode.ts';
import { type BackwardRule, edgeTo, Node } from '../../autograd/node.ts';
import { currentPass } from '../../autograd/pass.ts';
import { isInferring } from '../../tensor/inference.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { NativeFunction, PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { isAlive, WeakHold } from '../runtime/weak.ts';
import { ANOMALY_QUERIES } from './anomaly.ts';
import { typeName } from './convert.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';
import { AccumulateGrad, accumulatorClass, NodeValue, nodeBehind } from './nodes.ts';
import { closeEvent, openEvent } from './profiling.ts';
import { savedHooksAllowed, savedTensorClass } from './saved-tensors.ts';

/** Hands on no gradient at all. */
const NOTHING: BackwardRule = { apply: (node) => node.edges.map(() => null) };

const IN_FUNCTIONS = (): Map<string, Value> => new Map<string, Value>([['__module__', 'torch._C._functions']]);

/** `UndefinedGrad()(x)`: x as it is, to which no gradient comes. */
const undefinedGrad = new PyClass('UndefinedGrad', [], IN_FUNCTIONS());
undefinedGrad.members.set(
  '__call__',
  native('__call__', 'self input', ([, given]) => {
    if (!(given instanceof Tensor)) throw typeError(`UndefinedGrad() expects a Tensor, not ${typeName(given)}`);
    const shown = guarded(() => given.detach());
    if (!given.requiresGrad || !isGradEnabled()) return shown;
    const node = new Node('UndefinedGradBackward', NOTHING, [edgeTo(given)], {});
    return Object.assign(shown, { requiresGrad: true, gradFn: node, outputIndex: 0 });
  }),
);

const willExecute = native('_will_engine_execute_node', 'node', ([value]) => {
  if (!(value instanceof NodeValue || value instanceof AccumulateGrad))
    throw runtimeError(`_will_engine_execute_node expects an grad_fn, but got ${typeName(value)}`);
  const pass = currentPass();
  if (pass === null) throw runtimeError('_get_should_execute_nodes should only be called during the backward pass');
  const at = nodeBehind(value);
  const runs = at !== null && pass.executes(at);
  if (runs && pass.gives && at instanceof Tensor)
    throw runtimeError(
      'A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad(). This is currently not supported.',
    );
  return runs;
});

/** `_WeakTensorRef(t).expired()`: whether nothing holds the tensor any more. */
const weakTensorRef = new PyClass(
  '_WeakTensorRef',
  [],
  new Map<string, Value>([
    ['__module__', 'torch._C'],
    [
      'expired',
      native('expired', 'self', ([self], interpreter) => {
        const hold = self instanceof PyInstance ? self.native : null;
        if (!(hold instanceof WeakHold)) throw typeError('expired() is called on a _WeakTensorRef');
        return !isAlive(hold, interpreter);
      }),
    ],
  ]),
  ([t]) => {
    if (!(t instanceof Tensor)) throw typeError(`_WeakTensorRef() expects a Tensor, not ${typeName(t)}`);
    const made = new PyInstance(weakTensorRef);
    made.native = new WeakHold(t);
    return made;
  },
);

/** `torch.ops.profiler`, which compiled code marks its parts by. */
const MARKS: readonly NativeFunction[] = [
  native('_record_function_enter', 'name args=', ([name]) => openEvent(name)),
  native('_record_function_enter_new', 'name args=', ([name]) => openEvent(name)),
  native('_record_function_exit', 'handle', ([handle]) => closeEvent(handle)),
];

const entries = (list: readonly NativeFunction[]): [string, Value][] => list.map((fn) => [fn.name, fn]);

/** Modules under torch._C, by their names. */
export const INTERNALS: readonly (readonly [name: string, members: readonly (readonly [string, Value])[]])[] = [
  [
    'torch._C',
    [
      ...entries([
        new NativeFunction('is_grad_enabled', () => isGradEnabled()),
        new NativeFunction('is_inference_mode_enabled', () => isInferring()),
        willExecute,
        ...ANOMALY_QUERIES,
      ]),
      ['_WeakTensorRef', weakTensorRef],
    ],
  ],
  ['torch.ops', []],
  ['torch.ops.profiler', entries(MARKS)],
  [
    'torch._C._functions',
    [
      ['AccumulateGrad', accumulatorClass],
      ['UndefinedGrad', undefinedGrad],
    ],
  ],
  [
    'torch._C._autograd',
    [
      ['SavedTensor', savedTensorClass],
      ...entries([native('_saved_tensors_hooks_is_enabled', '', (_, interpreter) => savedHooksAllowed(interpreter))]),
    ],
  ],
];
