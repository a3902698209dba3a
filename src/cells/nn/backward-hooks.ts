/** Full backward hooks: shown the gradients of a module's inputs and outputs as a backward pass comes by. */
import { makeResult } from '../../autograd/custom.ts';
import { holds } from '../../autograd/held.ts';
import { isGradEnabled } from '../../autograd/mode.ts';
import { type BackwardRule, edgeTo, Node } from '../../autograd/node.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError } from '../runtime/errors.ts';
import type { Holder, Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { itemsOf } from '../torch/convert.ts';

type Grads = readonly (Tensor | null)[];

/** One call of a module: what its outputs' gradients were is kept until those of its inputs are there. */
export class BackwardHooks implements Holder {
  private readonly module: PyInstance;
  private readonly hooks: readonly Value[];
  private readonly interpreter: Interpreter;
  private inputs = 0;
  private watchesInput = false;
  private outputGrads: PyTuple | null = null;

  constructor(module: PyInstance, hooks: readonly Value[], interpreter: Interpreter) {
    this.module = module;
    this.hooks = hooks;
    this.interpreter = interpreter;
  }

  references(visit: Visit): void {
    visit(this.module);
    visit(this.hooks);
    visit(this.outputGrads);
  }

  watchInput(args: readonly Value[]): readonly Value[] {
    this.inputs = args.length;
    const watched = passThrough(args, this, new InputRule(this));
    this.watchesInput = watched !== null;
    return watched ?? args;
  }

  watchOutput(output: Value): Value {
    const results = output instanceof PyTuple ? output.items : [output];
    const watched = passThrough(results, this, new OutputRule(this, results.length));
    if (watched === null) return output;
    return output instanceof PyTuple ? new PyTuple(watched, output.type, output.fields) : watched[0];
  }

  sawOutput(grads: PyTuple): void {
    this.outputGrads = grads;
    if (this.watchesInput) return;
    const none = new PyTuple(new Array<Value>(this.inputs).fill(null));
    for (const hook of this.hooks) {
      const given = this.interpreter.call(hook, [this.module, none, grads]);
      if (given !== null && !(given instanceof PyTuple && given.items.every((item) => item === null))) {
        throw runtimeError(
          'Backward hook for Modules where no input requires gradient should always return None or None for all gradients.',
        );
      }
    }
    this.outputGrads = null;
  }

  sawInput(grads: Grads, places: readonly number[]): Grads {
    // A gradient that did not come through the output, as in a second derivative, is not shown.
    if (this.outputGrads === null) return grads;
    const packed = new Array<Value>(this.inputs).fill(null);
    places.forEach((at, i) => {
      packed[at] = grads[i];
    });
    let shown = new PyTuple(packed);
    for (const hook of this.hooks) {
      const given = this.interpreter.call(hook, [this.module, shown, this.outputGrads]);
      if (given === null) continue;
      const items = given instanceof Tensor ? [given] : (itemsOf(given) ?? [given]);
      if (items.length !== this.inputs) {
        throw runtimeError(
          `Backward hook returned an invalid number of grad_input, got ${items.length}, but expected ${this.inputs}`,
        );
      }
      shown = new PyTuple(items);
    }
    this.outputGrads = null;
    return places.map((at) => {
      const grad = shown.items[at];
      return grad instanceof Tensor ? grad : null;
    });
  }
}

/** Gradients go on as they are, once the hooks have seen them. */
class InputRule implements BackwardRule {
  private readonly seen: BackwardHooks;
  constructor(seen: BackwardHooks) {
    this.seen = seen;
  }
  apply(node: Node, grads: Grads): Grads {
    const changed = this.seen.sawInput(
      node.edges.map(({ param }) => grads[param] ?? null),
      node.edges.map(({ item }) => item),
    );
    return changed;
  }
}

class OutputRule implements BackwardRule {
  private readonly seen: BackwardHooks;
  private readonly count: number;
  constructor(seen: BackwardHooks, count: number) {
    this.seen = seen;
    this.count = count;
  }
  apply(node: Node, grads: Grads): Grads {
    const packed = new Array<Value>(this.count).fill(null);
    for (const { param, item } of node.edges) packed[item] = grads[param] ?? null;
    this.seen.sawOutput(new PyTuple(packed));
    return node.edges.map(({ param }) => grads[param] ?? null);
  }
}

/** The values with each tensor that requires grad a result of one node; null where none does. */
function passThrough(values: readonly Value[], holder: BackwardHooks, rule: BackwardRule): Value[] | null {
  const tensors = values.flatMap((t, item) => (t instanceof Tensor && t.requiresGrad ? [{ t, item }] : []));
  if (tensors.length === 0 || !isGradEnabled()) return null;
  const edges = tensors.map(({ t, item }, i) => edgeTo(t, i, item));
  const node = new Node('BackwardHookFunctionBackward', holds(rule, holder), edges, {});
  const out = [...values];
  tensors.forEach(({ t, item }, i) => {
    const window = t.alias();
    window.windowOn(t, 'no_grad');
    if (isFloating(window.dtype)) makeResult(window, node, i);
    out[item] = window;
  });
  return out;
}
