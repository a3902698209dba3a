/** torch.autograd.Function: an op of the cell's own, with its own gradient rule. */
import { holds } from '../../autograd/held.ts';
import { isGradEnabled, noGrad } from '../../autograd/mode.ts';
import { edgeTo, Node } from '../../autograd/node.ts';
import { primitives } from '../../autograd/primitives.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyClassMethod, PyProperty } from '../runtime/objects.ts';
import { NativeFunction, PyClass, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf, typeName } from './convert.ts';

/** What each call's context saved, apart from its attributes. */
class Context extends Native {
  saved: readonly Value[] = [];
  /** Set once the call is over: reads refuse what was freed or written over. */
  node: Node | null = null;
  /** Whether a gradient that did not come is given as zeros. */
  materialize = true;

  references(visit: Visit): void {
    visit(this.saved);
    visit(this.node);
  }
}

function contextOf(value: Value): Context {
  const found = value instanceof PyInstance ? value.native : null;
  if (!(found instanceof Context))
    throw typeError(`expected the context of an autograd Function, not ${typeName(value)}`);
  return found;
}

const nothing = (name: string): NativeFunction => new NativeFunction(name, () => null);

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
    ['mark_dirty', nothing('mark_dirty')],
    ['mark_non_differentiable', nothing('mark_non_differentiable')],
  ]),
);

/** The rule that the class's own `backward` is. */
function ruleOf(
  cls: PyClass,
  ctx: PyInstance,
  inputs: readonly Value[],
  places: readonly number[],
  outputs: readonly Tensor[],
  interpreter: Interpreter,
) {
  return {
    apply(node: Node, grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
      node.unpack();
      const { materialize } = contextOf(ctx);
      const given = outputs.map((t, i) => grads[i] ?? (materialize ? primitives().zerosLike(t) : null));
      const result = interpreter.call(interpreter.getAttribute(cls, 'backward'), [ctx, ...given]);
      const found = result instanceof PyTuple ? result.items : [result];
      if (found.length < inputs.length || found.slice(inputs.length).some((g) => g !== null)) {
        throw runtimeError(
          `function ${node.name} returned an incorrect number of gradients (expected ${inputs.length}, got ${found.length})`,
        );
      }
      return places.map((at) => {
        const grad = found[at];
        if (grad !== null && !(grad instanceof Tensor))
          throw typeError(`expected Variable or None (got ${typeName(grad)})`);
        return grad;
      });
    },
  };
}

function apply(cls: Value, args: readonly Value[], interpreter: Interpreter): Value {
  if (!(cls instanceof PyClass)) throw typeError('apply is called on a class');
  const ctx = new PyInstance(contextClass);
  const context = new Context();
  ctx.native = context;
  ctx.attributes.set('needs_input_grad', new PyTuple(args.map((a) => a instanceof Tensor && a.requiresGrad)));
  const result = noGrad(() => interpreter.call(interpreter.getAttribute(cls, 'forward'), [ctx, ...args]));
  const own = (t: Value): Value => (t instanceof Tensor && (args.includes(t) || t.gradFn !== null) ? t.alias() : t);
  const items = (result instanceof PyTuple ? (itemsOf(result) as readonly Value[]) : [result]).map(own);
  const outputs = items.filter((t) => t instanceof Tensor);
  const places = args.flatMap((a, i) => (a instanceof Tensor && a.requiresGrad ? [i] : []));
  if (isGradEnabled() && places.length > 0) {
    const saved = context.saved.filter((t) => t instanceof Tensor);
    const rule = holds(ruleOf(cls, ctx, args, places, outputs, interpreter), cls, ctx, args, outputs);
    const node = new Node(
      `${cls.name}Backward`,
      rule,
      places.map((i) => edgeTo(args[i] as Tensor)),
      { saved: context.saved },
      saved,
      true,
    );
    context.node = node;
    outputs.forEach((t, i) => {
      if (!isFloating(t.dtype)) return;
      Object.assign(t, { requiresGrad: true, gradFn: node, outputIndex: i });
    });
  }
  return result instanceof PyTuple ? new PyTuple(items) : items[0];
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
