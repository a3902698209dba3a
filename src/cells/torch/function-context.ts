/** The context of a call of an autograd Function: what it saves, marks and is asked for. */
import { markWritten } from '../../autograd/custom.ts';
import type { Node } from '../../autograd/node.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import { PyProperty } from '../runtime/objects.ts';
import { NativeFunction, PyClass, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';
import { guarded } from './errors.ts';
import { nodeValue } from './nodes.ts';
import { SavedTensor } from './saved-tensors.ts';

/** What each call's context saved, apart from its attributes. */
export class FunctionContext extends Native {
  saved: readonly Value[] = [];
  /** What it saved for `jvp`. */
  forward: readonly Value[] = [];
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
    visit(this.forward);
    visit(this.node);
    for (const t of this.dirty) visit(t);
    for (const t of this.constant) visit(t);
  }
}

export function contextOf(value: Value): FunctionContext {
  const found = value instanceof PyInstance ? value.native : null;
  if (!(found instanceof FunctionContext))
    throw typeError(`expected the context of an autograd Function, not ${typeName(value)}`);
  return found;
}

function savedTensors(ctx: Value): PyTuple {
  const { node, saved } = contextOf(ctx);
  return new PyTuple(node === null ? saved : guarded(() => node.unpack<{ saved: readonly Value[] }>()).saved);
}

/** What the node has, the context has too: in PyTorch they are one. */
const OF_NODE = ['name', 'next_functions', 'register_hook', 'register_prehook', 'metadata'].map(
  (name): [string, Value] => [
    name,
    new PyProperty(
      new NativeFunction(name, ([ctx], _, interpreter) => {
        const { node } = contextOf(ctx);
        if (node === null) throw runtimeError(`the node of this call is not there yet: '${name}'`);
        return interpreter.getAttribute(nodeValue(node), name);
      }),
    ),
  ],
);

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

export const contextClass = new PyClass(
  'FunctionCtx',
  [],
  new Map<string, Value>([
    ['__module__', 'torch.autograd.function'],
    ...OF_NODE,
    [
      'save_for_backward',
      new NativeFunction('save_for_backward', ([ctx, ...tensors]) => {
        tensors.forEach((t, i) => {
          if (t !== null && !(t instanceof Tensor))
            throw typeError(`save_for_backward can only save variables, but argument ${i} is of type ${typeName(t)}`);
        });
        contextOf(ctx).saved = tensors;
        return null;
      }),
    ],
    [
      'save_for_forward',
      new NativeFunction('save_for_forward', ([ctx, ...tensors]) => {
        contextOf(ctx).forward = tensors;
        return null;
      }),
    ],
    [
      '_raw_saved_tensors',
      new PyProperty(
        new NativeFunction('_raw_saved_tensors', ([ctx]) => {
          const { node, saved } = contextOf(ctx);
          if (node === null) return new PyTuple([]);
          guarded(() => node.unpack());
          return new PyTuple(saved.map((_, i) => new SavedTensor(node, 'saved', i)));
        }),
      ),
    ],
    ['saved_tensors', new PyProperty(new NativeFunction('saved_tensors', ([ctx]) => savedTensors(ctx)))],
    [
      'saved_variables',
      new PyProperty(
        new NativeFunction('saved_variables', ([ctx], _, interpreter) => {
          interpreter.warn('DeprecationWarning', "'saved_variables' is deprecated; use 'saved_tensors'");
          return savedTensors(ctx);
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

const classes = new WeakMap<PyClass, PyClass>();

/** The class of the contexts of a function: PyTorch's name of its nodes. */
export function contextClassOf(cls: PyClass): PyClass {
  const known = classes.get(cls);
  if (known !== undefined) return known;
  const made = new PyClass(`${cls.name}Backward`, [contextClass]);
  classes.set(cls, made);
  return made;
}
