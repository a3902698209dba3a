/** torch.autograd.Function: an op of the cell's own, with its own gradient rule. */
import { apart, checkWritten, closed, makeNextVersion, makeResult } from '../../autograd/custom.ts';
import { forwardLevel, setTangent, tangentOf, withoutForward } from '../../autograd/forward.ts';
import { enableGrad, isGradEnabled, noGrad } from '../../autograd/mode.ts';
import { type BackwardRule, type Edge, edgeTo, Node, sequence } from '../../autograd/node.ts';
import { primitives } from '../../autograd/primitives.ts';
import { currentRecorder, type OwnListener, type RuleListener } from '../../autograd/recorder.ts';
import { savedHooks } from '../../autograd/saved.ts';
import { refreshWindows } from '../../autograd/windows.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import { PyError, runtimeError, typeError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { lookup } from '../runtime/mro.ts';
import { PyClassMethod, PyProperty, PyStaticMethod } from '../runtime/objects.ts';
import { TYPE } from '../runtime/types.ts';
import { NativeClosure, NativeFunction, PyClass, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';
import { guarded } from './errors.ts';
import { contextClass, contextClassOf, contextOf, FunctionContext } from './function-context.ts';
import { classOfContext } from './nodes.ts';

/** The rule that the class's own `backward` is. */
class CustomRule implements BackwardRule {
  readonly takesNothing = true;
  /** Set once the call is over. */
  heard: Call['heard'] = null;
  private readonly call: Omit<Call, 'heard'>;
  /** What the call gave; results that are no tensors get no gradient. */
  private readonly results: readonly Value[];

  constructor(call: Omit<Call, 'heard'>, results: readonly Value[]) {
    this.call = call;
    this.results = results;
  }

  get context(): PyInstance {
    return this.call.ctx;
  }

  references(visit: Visit): void {
    const { cls, ctx, args } = this.call;
    visit(cls);
    visit(ctx);
    visit(args);
    visit(this.results);
  }

  steps(node: Node): (Edge | null)[] {
    const places = this.call.args.flatMap((arg, i) => (arg instanceof Tensor ? [i] : []));
    return places.map((place) => node.edges.find((e) => e.item === place) ?? null);
  }

  apply(node: Node, grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    if (node.isFreed) node.unpack();
    const grad = carryOut({ ...this.call, heard: this.heard }, this.results, grads);
    return node.edges.map(({ item }) => grad[item]);
  }
}

/** The places of the results that gradients flow from. */
const flowing = (results: readonly Value[], constant: ReadonlySet<Value>): number[] =>
  results.flatMap((t, i) => (t instanceof Tensor && isFloating(t.dtype) && !constant.has(t) ? [i] : []));

/** Calls the class's own rule, and gives a gradient for each argument. Who listens hears it. */
function carryOut(call: Call, results: readonly Value[], grads: readonly (Tensor | null)[]): (Tensor | null)[] {
  const { cls, ctx, args, interpreter, heard } = call;
  const { materialize } = contextOf(ctx);
  const zeros = (t: Value): Tensor | null => (materialize && t instanceof Tensor ? primitives().zerosLike(t) : null);
  const ask = (incoming: readonly (Tensor | null)[]): (Tensor | null)[] => {
    const given = results.map((t, i) => incoming[i] ?? zeros(t));
    const result = interpreter.call(interpreter.getAttribute(cls, ruleOf(cls)), [ctx, ...given]);
    const found = result instanceof PyTuple ? result.items : [result];
    const name = `${cls.name}Backward`;
    if (found.length < args.length || found.slice(args.length).some((g) => g !== null)) {
      throw runtimeError(
        `function ${name} returned an incorrect number of gradients (expected ${args.length}, got ${found.length})`,
      );
    }
    return found.slice(0, args.length).map((g, i) => checked(name, args[i], g, i));
  };
  if (heard === null) return ask(grads);
  // It hears of tensors alone, and of gradients of what gradients flow from.
  const from = apart(heard.results.map((i) => grads[i] ?? zeros(results[i])));
  const tensors = args.flatMap((arg, i) => (arg instanceof Tensor ? [i] : []));
  let all: (Tensor | null)[] = [];
  heard.listener.run(from, () => {
    const incoming: (Tensor | null)[] = results.map(() => null);
    heard.results.forEach((place, i) => {
      incoming[place] = from[i];
    });
    all = ask(incoming);
    return tensors.map((i) => all[i]);
  });
  return all;
}

/** A gradient as the function gave it, if it may stand for that argument's. */
function checked(name: string, arg: Value, grad: Value, at: number): Tensor | null {
  if (grad === null) return null;
  if (!(arg instanceof Tensor))
    throw runtimeError(
      `function ${name} returned a gradient different than None at position ${at + 1}, but the corresponding forward input was not a Variable`,
    );
  if (!(grad instanceof Tensor)) throw runtimeError(`expected Variable or None (got ${typeName(grad)})`);
  return grad;
}

/** Carries the rule out for gradients of ones, only to be heard: where it fails there is nothing to hear. */
function trace(call: Call, results: readonly Value[]): void {
  const { ctx, args, heard } = call;
  const { attributes } = ctx;
  const needs = attributes.get('needs_input_grad') ?? null;
  // Where nobody asked for a gradient, all may be asked for in a replay.
  const asked = args.some((arg) => arg instanceof Tensor && arg.requiresGrad);
  if (!asked) attributes.set('needs_input_grad', new PyTuple(args.map(mayNeed)));
  const ones = results.map((t, i) => (heard?.results.includes(i) ? primitives().onesLike(t as Tensor) : null));
  try {
    enableGrad(() => carryOut(call, results, ones));
  } catch (error) {
    if (!(error instanceof PyError || error instanceof EngineError)) throw error;
  } finally {
    attributes.set('needs_input_grad', needs);
  }
}

const mayNeed = (arg: Value): boolean => arg instanceof Tensor && isFloating(arg.dtype);

/** Tells who listens that a call is done. */
function tell(
  listener: OwnListener,
  call: Omit<Call, 'heard'>,
  made: readonly Value[],
  given: readonly Value[],
  [first, last]: readonly [number, number],
): Call['heard'] {
  const { cls, args, ctx, interpreter } = call;
  const results = flowing(made, contextOf(ctx).constant);
  if (results.length === 0) return null;
  const tensors = args.filter((arg) => arg instanceof Tensor);
  const asked = tensors.some((t) => t.requiresGrad);
  const heard = {
    results,
    listener: listener.done({
      name: cls.name,
      needs: tensors.map((t) => (asked ? t.requiresGrad : mayNeed(t))),
      results: results.map((i) => ({ made: made[i] as Tensor, given: given[i] as Tensor })),
      once: ['backward', 'vjp'].some((name) => isOnce(interpreter.getAttribute(cls, name))),
      first,
      last,
      trace: () => trace({ ...call, heard }, given),
    }),
  };
  return heard;
}

/** Under which of its two names a class has its rule. */
function ruleOf(cls: PyClass): string {
  const own = (name: string): boolean => lookup(cls, name)?.owner !== functionClass;
  if (own('vjp') && own('backward'))
    throw runtimeError(
      "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of them.",
    );
  return own('vjp') ? 'vjp' : 'backward';
}

/** One call of `apply`. */
interface Call {
  readonly cls: PyClass;
  readonly ctx: PyInstance;
  readonly args: readonly Value[];
  readonly interpreter: Interpreter;
  /** Who hears the rule, and the places of the results that it gets the gradients of. */
  readonly heard: { readonly listener: RuleListener; readonly results: readonly number[] } | null;
}

/** Edges to the tensors among the arguments: `param` counts these, `item` is the place among all. */
function edgesTo(args: readonly Value[]): Edge[] {
  const edges: Edge[] = [];
  let tensors = 0;
  args.forEach((arg, i) => {
    if (!(arg instanceof Tensor)) return;
    if (arg.requiresGrad) edges.push(edgeTo(arg, tensors, i));
    tensors++;
  });
  return edges;
}

export function apply(cls: Value, args: readonly Value[], interpreter: Interpreter): Value {
  if (!(cls instanceof PyClass)) throw typeError('apply is called on a class');
  guarded(() => refreshWindows(args));
  const ctx = new PyInstance(contextClassOf(cls));
  const context = new FunctionContext();
  ctx.native = context;
  ctx.attributes.set('needs_input_grad', new PyTuple(args.map((a) => a instanceof Tensor && a.requiresGrad)));
  // What the arguments are before the function writes to them.
  const edges = edgesTo(args);
  const tracked = isGradEnabled() && edges.length > 0;
  const listener = currentRecorder()?.own?.(args.filter((arg) => arg instanceof Tensor)) ?? null;
  const given = withoutForward(() =>
    noGrad(() => interpreter.call(interpreter.getAttribute(cls, 'forward'), [ctx, ...args])),
  );
  const results = given instanceof PyTuple ? given.items : [given];
  const { dirty, constant } = context;
  if ([...dirty].some((t) => !results.includes(t)))
    throw runtimeError(
      'Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified inplace must all be outputs of the Function.',
    );
  if (tracked && [...dirty].some((t) => !args.includes(t)))
    warn(
      'Only input Tensors should be given to ctx.mark_dirty(). If a Tensor is not an input, there is no need to pass it to mark_dirty().',
    );
  guarded(() => {
    for (const t of dirty) if (args.includes(t)) checkWritten(t, results.length, tracked);
  });
  const isNext = (t: Tensor): boolean => tracked && dirty.has(t) && args.includes(t);
  const items = results.map((t) => (t instanceof Tensor && !isNext(t) ? own(t, args) : t));
  const call = { cls, ctx, args, interpreter };
  if (forwardLevel() !== null) pushForward(call, results, items);
  const first = sequence();
  if (tracked) {
    const rule = new CustomRule(call, items);
    const saved = context.saved.filter((t) => t instanceof Tensor);
    const node = new Node(`${cls.name}Backward`, rule, edges, context.state(), saved, true);
    context.node = node;
    items.forEach((t, i) => {
      if (!(t instanceof Tensor) || constant.has(results[i] as Tensor)) return;
      if (isNext(t)) makeNextVersion(t, node, i);
      else makeResult(t, node, i);
    });
    const hooks = savedHooks();
    if (hooks !== null) guarded(() => node.pack(hooks, ['saved']));
    if (listener !== null) rule.heard = tell(listener, call, results, items, [first, sequence()]);
  } else if (listener !== null) tell(listener, call, results, items, [first, first]);
  return given instanceof PyTuple ? new PyTuple(items) : items[0];
}

/** Gives the results the directions that the class's own `jvp` makes of those of the arguments. */
function pushForward(
  { cls, ctx, args, interpreter }: Omit<Call, 'heard'>,
  results: readonly Value[],
  items: readonly Value[],
): void {
  if (!args.some((arg) => arg instanceof Tensor && tangentOf(arg) !== null)) return;
  const { materialize } = contextOf(ctx);
  const tangents = args.map((arg) => {
    if (!(arg instanceof Tensor)) return null;
    return tangentOf(arg) ?? (materialize && isFloating(arg.dtype) ? primitives().zerosLike(arg) : null);
  });
  const context = contextOf(ctx);
  const versions = tangents.map((t) => t?.storage.version);
  const kept = context.saved;
  context.saved = context.forward;
  const found = withoutForward(() => interpreter.call(interpreter.getAttribute(cls, 'jvp'), [ctx, ...tangents]));
  context.saved = kept;
  const given = found instanceof PyTuple ? found.items : [found];
  if (given.length !== items.length)
    throw runtimeError(
      `jvp function returned an incorrect number of gradients (expected ${items.length}, got ${given.length})`,
    );
  items.forEach((t, i) => {
    const tangent = given[i];
    if (!(t instanceof Tensor) || tangent === null) return;
    if (!(tangent instanceof Tensor)) throw runtimeError(`expected Variable or None (got ${typeName(tangent)})`);
    const at = args.indexOf(results[i]);
    if (at >= 0 && context.dirty.has(results[i] as Tensor)) {
      if (tangent !== tangents[at] || versions[at] === tangent.storage.version)
        throw runtimeError(
          'An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is modifying an input inplace, then the jvp function must modify the corresponding gradient inplace.',
        );
    } else if (t.base !== null) checkShown(t, tangent, args, tangents);
    guarded(() => setTangent(t, tangent));
  });
}

/** The direction of a window that the function gives is a window on that of what it shows. */
function checkShown(t: Tensor, tangent: Tensor, args: readonly Value[], tangents: readonly (Tensor | null)[]): void {
  if (tangent.base === null)
    throw runtimeError(
      "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view.",
    );
  const at = args.findIndex((arg) => arg instanceof Tensor && (arg === t.base || arg.base === t.base));
  const of = at < 0 ? null : tangents[at];
  if (of !== null && tangent.base !== of && tangent.base !== of.base)
    throw runtimeError(
      `A custom Function is returning a view but the jvp is not returning a view of the ${of.base === null ? 'given grad input' : 'same base as the given grad input'}.`,
    );
}

/** A result with a history of its own: of an argument that is given back, a window on it. */
function own(t: Tensor, args: readonly Value[]): Tensor {
  if (args.includes(t)) {
    const window = t.alias();
    window.windowOn(t, 'custom');
    return window;
  }
  if (t.base !== null) {
    // Writes until here were the function's own.
    t.windowKind = 'custom';
    t.windowVersion = t.storage.version;
  }
  return t.gradFn === null ? t : t.alias();
}

/** The class of a function's nodes, by which `type(y.grad_fn)` is known. */
const functionMeta = new PyClass(
  'FunctionMeta',
  [TYPE],
  new Map<string, Value>([
    ['__module__', 'torch.autograd.function'],
    [
      '_backward_cls',
      new PyProperty(
        new NativeFunction('_backward_cls', ([cls]) =>
          cls instanceof PyClass ? classOfContext(contextClassOf(cls)) : null,
        ),
      ),
    ],
  ]),
);

const LEGACY_ATTRIBUTE = (name: string): PyError =>
  runtimeError(
    `Attribute '${name}' is invalid for this instance of _C._FunctionBase. Accessing this attribute directly on an instance of autograd.Function is a legacy access pattern that is no longer supported. For examples on how to use new-style autograd functions, see https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function `,
  );

const refusing = (name: string, refusal: () => PyError): NativeFunction =>
  new NativeFunction(name, () => {
    throw refusal();
  });

/** What instances have of nodes, though they are none. */
const OF_NO_NODE: readonly (readonly [string, Value])[] = [
  ...['_register_hook_dict', 'register_hook', 'name'].map((name): [string, Value] => [
    name,
    refusing(name, () => LEGACY_ATTRIBUTE(name)),
  ]),
  ['next_functions', new PyProperty(refusing('next_functions', () => LEGACY_ATTRIBUTE('next_functions')))],
  [
    'metadata',
    new PyProperty(
      refusing('metadata', () =>
        runtimeError(
          "You attempted to access the anomaly metadata of a custom autograd function but the underlying PyNode has already been deallocated.  The most likely reason this occurred is because you assigned x.grad_fn to a local variable and then let the original variable get deallocated.  Don't do that!  If you really have no way of restructuring your code so this is the case, please file an issue reporting that you are affected by this.",
        ),
      ),
    ),
  ],
];

const INSTANTIATED = (cls: PyClass): string =>
  `<class '${cls.name}'> should not be instantiated. Methods on autograd functionsare all static, so you should invoke them on the class itself. Instantiating an autograd function will raise an error in a future version of PyTorch.`;

export const functionClass: PyClass = Object.assign(
  new PyClass(
    'Function',
    [],
    new Map<string, Value>([
      ['__module__', 'torch.autograd.function'],
      ...OF_NO_NODE,
      [
        '__init__',
        new NativeFunction('__init__', ([self], _, interpreter) => {
          if (self instanceof PyInstance) interpreter.warn('DeprecationWarning', INSTANTIATED(self.cls));
          return null;
        }),
      ],
      [
        'apply',
        new PyClassMethod(
          new NativeFunction('apply', ([cls, ...args], kwargs, interpreter) => {
            if (kwargs.size > 0) throw typeError('apply() takes no keyword arguments');
            return apply(cls, args, interpreter);
          }),
        ),
      ],
      [
        'forward',
        new NativeFunction('forward', () => {
          throw new PyError(
            'NotImplementedError',
            'You must implement the forward function for custom autograd.Function.',
          );
        }),
      ],
      ...['backward', 'vjp'].map((name): [string, Value] => [
        name,
        new NativeFunction(name, () => {
          throw new PyError(
            'NotImplementedError',
            'You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD.',
          );
        }),
      ]),
      [
        'jvp',
        new NativeFunction('jvp', () => {
          throw new PyError(
            'NotImplementedError',
            'You must implement the jvp function for custom autograd.Function to use it with forward mode AD.',
          );
        }),
      ],
      [
        '__call__',
        new NativeFunction('__call__', () => {
          throw runtimeError(
            'Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)',
          );
        }),
      ],
    ]),
  ),
  { metaclass: functionMeta },
);

/** Refuses the derivative of what a rule that is differentiated once has given. */
const refuseTwice = (): never => {
  throw runtimeError('trying to differentiate twice a function that was marked with @once_differentiable');
};

/** A rule whose own computation is not recorded. */
function runOnce(fn: Value, args: readonly Value[], interpreter: Interpreter): Value {
  const given = noGrad(() => interpreter.call(fn, args));
  if (!isGradEnabled() || edgesTo(args).length === 0) return given;
  return given instanceof PyTuple ? new PyTuple(closed(given.items, refuseTwice)) : closed([given], refuseTwice)[0];
}

const inplaceFunctionClass = Object.assign(new PyClass('InplaceFunction', [functionClass]), {
  metaclass: functionMeta,
});
/** A rule that is marked so. */
class OnceDifferentiable extends NativeClosure<{ inner: Value }> {}

const isOnce = (rule: Value): boolean => rule instanceof OnceDifferentiable;

/** torch.autograd.function. */
export const FUNCTION: readonly [string, Value][] = [
  ['Function', functionClass],
  ['FunctionCtx', contextClass],
  ['InplaceFunction', inplaceFunctionClass],
  [
    'once_differentiable',
    new NativeFunction('once_differentiable', ([fn = null]) => {
      const inner = fn instanceof PyStaticMethod ? fn.fn : fn;
      const once = new OnceDifferentiable('backward', { inner }, (held, args, _, interpreter) =>
        runOnce(held.inner, args, interpreter),
      );
      return fn instanceof PyStaticMethod ? new PyStaticMethod(once) : once;
    }),
  ],
];
