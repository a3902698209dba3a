/** torch.autograd.Function: an op of the cell's own, with its own gradient rule. */
import { checkWritten, makeNextVersion, makeResult, markWritten } from '../../autograd/custom.ts';
import { holds } from '../../autograd/held.ts';
import { isGradEnabled, noGrad } from '../../autograd/mode.ts';
import { type BackwardRule, type Edge, edgeTo, Node } from '../../autograd/node.ts';
import { primitives } from '../../autograd/primitives.ts';
import { refreshWindows } from '../../autograd/windows.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyClassMethod, PyProperty } from '../runtime/objects.ts';
import { NativeFunction, PyClass, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';
import { guarded } from './errors.ts';

/** What each call's context saved, apart from its attributes. */
class FunctionContext extends Native {
  saved: readonly Value[] = [];
  /** What the call wrote to, and what of its results carries no gradient. */
  readonly dirty = new Set<Tensor>();
  readonly constant = new Set<Tensor>();
  /** Set once the call is over: reads refuse what was freed or written over. */
  node: Node | null = null;
  /** Whether a gradient that did not come is given as zeros. */
  materialize = true;

  /** What the node lets go of after it was walked. */
  state(): object {
    return { saved: this.saved };
  }

  references(visit: Visit): void {
    visit(this.saved);
    visit(this.node);
    for (const t of this.dirty) visit(t);
    for (const t of this.constant) visit(t);
  }
}

function contextOf(value: Value): FunctionContext {
  const found = value instanceof PyInstance ? value.native : null;
  if (!(found instanceof FunctionContext))
    throw typeError(`expected the context of an autograd Function, not ${typeName(value)}`);
  return found;
}

/** `ctx.mark_…(*tensors)`: notes tensors in the context. */
const marking = (
  name: string,
  refusal: (place: number, type: string) => string,
  note: (c: FunctionContext, t: Tensor) => void,
) =>
  new NativeFunction(name, ([ctx, ...tensors]) => {
    const context = contextOf(ctx);
    tensors.forEach((t, i) => {
      if (!(t instanceof Tensor)) throw runtimeError(refusal(i, typeName(t)));
      note(context, t);
    });
    return null;
  });

const contextClass = new PyClass(
  'FunctionCtx',
  [],
  new Map<string, Value>([
    [
      'save_for_backward',
      new NativeFunction('save_for_backward', ([ctx, ...tensors]) => {
        for (const t of tensors) {
          if (t !== null && !(t instanceof Tensor))
            throw typeError(`save_for_backward can only save variables, but argument 0 is of type ${typeName(t)}`);
        }
        contextOf(ctx).saved = tensors;
        return null;
      }),
    ],
    [
      'saved_tensors',
      new PyProperty(
        new NativeFunction('saved_tensors', ([ctx]) => {
          const { node, saved } = contextOf(ctx);
          return new PyTuple(node === null ? saved : node.unpack<{ saved: readonly Value[] }>().saved);
        }),
      ),
    ],
    [
      'set_materialize_grads',
      new NativeFunction('set_materialize_grads', ([ctx, value]) => {
        contextOf(ctx).materialize = value !== false;
        return null;
      }),
    ],
    [
      'mark_dirty',
      marking(
        'mark_dirty',
        (i, type) => `mark_dirty can only accept variables, but argument ${i} is of type ${type}`,
        (context, t) => {
          context.dirty.add(t);
          markWritten(t);
        },
      ),
    ],
    [
      'mark_non_differentiable',
      marking(
        'mark_non_differentiable',
        (_, type) => `mark_non_differentiable only accepts variable arguments, but got ${type}`,
        (context, t) => context.constant.add(t),
      ),
    ],
  ]),
);

/** The rule that the class's own `backward` is. */
class CustomRule implements BackwardRule {
  private readonly call: Call;
  /** What the call gave; results that are no tensors get no gradient. */
  private readonly results: readonly Value[];

  constructor(call: Call, results: readonly Value[]) {
    this.call = call;
    this.results = results;
  }

  apply(node: Node, grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    node.unpack();
    const { cls, ctx, args, interpreter } = this.call;
    const { materialize } = contextOf(ctx);
    const given = this.results.map((t, i) => {
      if (!(t instanceof Tensor)) return null;
      return grads[i] ?? (materialize ? primitives().zerosLike(t) : null);
    });
    const result = interpreter.call(interpreter.getAttribute(cls, 'backward'), [ctx, ...given]);
    const found = result instanceof PyTuple ? result.items : [result];
    if (found.length < args.length || found.slice(args.length).some((g) => g !== null)) {
      throw runtimeError(
        `function ${node.name} returned an incorrect number of gradients (expected ${args.length}, got ${found.length})`,
      );
    }
    const grad = found.slice(0, args.length).map((g, i) => this.checked(node, g, i));
    return node.edges.map(({ item }) => grad[item]);
  }

  /** A gradient as the function gave it, if it may stand for that argument's. */
  private checked(node: Node, grad: Value, at: number): Tensor | null {
    const { args } = this.call;
    if (grad === null) return null;
    const arg = args[at];
    if (!(arg instanceof Tensor))
      throw runtimeError(
        `function ${node.name} returned a gradient different from None at position ${at + 1}, but the corresponding forward input was not a Variable`,
      );
    if (!(grad instanceof Tensor)) throw runtimeError(`expected Variable or None (got ${typeName(grad)})`);
    return grad;
  }
}

/** One call of `apply`. */
interface Call {
  readonly cls: PyClass;
  readonly ctx: PyInstance;
  readonly args: readonly Value[];
  readonly interpreter: Interpreter;
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

function apply(cls: Value, args: readonly Value[], interpreter: Interpreter): Value {
  if (!(cls instanceof PyClass)) throw typeError('apply is called on a class');
  guarded(() => refreshWindows(args));
  const ctx = new PyInstance(contextClass);
  const context = new FunctionContext();
  ctx.native = context;
  ctx.attributes.set('needs_input_grad', new PyTuple(args.map((a) => a instanceof Tensor && a.requiresGrad)));
  // What the arguments are before the function writes to them.
  const edges = edgesTo(args);
  const tracked = isGradEnabled() && edges.length > 0;
  const given = noGrad(() => interpreter.call(interpreter.getAttribute(cls, 'forward'), [ctx, ...args]));
  const results = given instanceof PyTuple ? given.items : [given];
  const { dirty, constant } = context;
  if ([...dirty].some((t) => !results.includes(t)))
    throw runtimeError(
      'Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified inplace must all be outputs of the Function.',
    );
  guarded(() => {
    for (const t of dirty) if (args.includes(t)) checkWritten(t, results.length, tracked);
  });
  const isNext = (t: Tensor): boolean => tracked && dirty.has(t) && args.includes(t);
  const items = results.map((t) => (t instanceof Tensor && !isNext(t) ? own(t, args, tracked) : t));
  if (tracked) {
    const rule = new CustomRule({ cls, ctx, args, interpreter }, items);
    const saved = context.saved.filter((t) => t instanceof Tensor);
    const node = new Node(
      `${cls.name}Backward`,
      holds(rule, cls, ctx, args, items),
      edges,
      context.state(),
      saved,
      true,
    );
    context.node = node;
    items.forEach((t, i) => {
      if (!(t instanceof Tensor) || constant.has(results[i] as Tensor)) return;
      if (isNext(t)) makeNextVersion(t, node, i);
      else makeResult(t, node, i);
    });
  }
  return given instanceof PyTuple ? new PyTuple(items) : items[0];
}

/** A result with a history of its own: of an argument that is given back, a window on it. */
function own(t: Tensor, args: readonly Value[], tracked: boolean): Tensor {
  if (!args.includes(t)) return t.gradFn === null ? t : t.alias();
  const window = t.alias();
  if (tracked) window.windowOn(t, 'no_grad');
  return window;
}

export const functionClass = new PyClass(
  'Function',
  [],
  new Map<string, Value>([
    ['__module__', 'torch.autograd.function'],
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
    [
      'backward',
      new NativeFunction('backward', () => {
        throw new PyError(
          'NotImplementedError',
          'You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode AD.',
        );
      }),
    ],
  ]),
);

/** torch.autograd.function. */
export const FUNCTION: readonly [string, Value][] = [
  ['Function', functionClass],
  ['FunctionCtx', contextClass],
  ['once_differentiable', new NativeFunction('once_differentiable', ([fn]) => fn ?? null)],
];
