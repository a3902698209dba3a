/** grad, vjp, jvp and what is made of them: functions of functions. */
import { grad as differentiate } from '../../autograd/backward.ts';
import { unit } from '../../autograd/derivatives.ts';
import { enableGrad, isGradEnabled } from '../../autograd/mode.ts';
import type { Node } from '../../autograd/node.ts';
import { zerosLike } from '../../ops/creation/index.ts';
import { detach } from '../../ops/pointwise/index.ts';
import { alias, reshape, stack } from '../../ops/shape/index.ts';
import { isFloating, typeNameOf } from '../../tensor/dtype.ts';
import { empty, Tensor } from '../../tensor/tensor.ts';
import { signature } from '../nn/signature.ts';
import { runtimeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, NativeClosure, NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { guarded } from '../torch/errors.ts';
import {
  leavesOf,
  mapTree,
  onlyTensors,
  outline,
  sameStructure,
  structureText,
  tensorsOf,
  typeText,
  withLeaves,
} from './trees.ts';
import { nameOf } from './vmap.ts';

/** Tensors of a run of its own: leaves, or parts of the graph that they came from. */
const differentiable = (interpreter: Interpreter, tree: Value): Value =>
  mapTree(interpreter, tree, (leaf) => {
    if (!(leaf instanceof Tensor))
      throw valueError(`Thing passed to transform API must be Tensor, got ${typeText(interpreter, leaf)}`);
    if (!isFloating(leaf.dtype)) throw runtimeError('only Tensors of floating point dtype can require gradients');
    return leaf.requiresGrad ? guarded(() => alias(leaf)) : guarded(() => detach(leaf)).requiresGrad_();
  });

/** Whether results hang on what is not the transform's own: then they can be differentiated further. */
function isAttached(interpreter: Interpreter, outputs: readonly Tensor[], own: readonly Tensor[]): boolean {
  if (own.some((t) => t.gradFn !== null)) return true;
  const leaves = new Set(own);
  const seen = new Set<Node>();
  const open: Node[] = [];
  const meet = (node: Node | null): void => {
    if (node === null || seen.has(node)) return;
    seen.add(node);
    open.push(node);
  };
  for (const t of outputs) {
    if (t.gradFn === null && t.requiresGrad && !leaves.has(t)) return true;
    meet(t.gradFn as Node | null);
  }
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    interpreter.budget.step();
    for (const edge of node.edges) {
      if (edge.leaf !== null && !leaves.has(edge.leaf)) return true;
      meet(edge.node);
    }
  }
  return false;
}

/** What a run is left with, outside of it. */
const settled = (t: Tensor, attached: boolean): Tensor => (attached ? t : guarded(() => detach(t)));

/** Gradients of some outputs, zero where there are none. */
function gradients(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  seeds: readonly Tensor[] | undefined,
  createGraph: boolean,
): Tensor[] {
  const rows = outputs.map((t, i) => [t, seeds?.[i] ?? null] as const).filter(([t]) => t.requiresGrad);
  const zeros = (i: number): Tensor => zerosLike(inputs[i]);
  return guarded(() => {
    if (rows.length === 0) return inputs.map((_, i) => zeros(i));
    const found = differentiate(
      rows.map(([t]) => t),
      inputs,
      rows.map(([, seed]) => seed),
      { createGraph, retainGraph: true, allowUnused: true },
    );
    return found.map((g, i) => g ?? zeros(i));
  });
}

/** Which arguments are differentiated, counted from 0. */
function placesOf(interpreter: Interpreter, argnums: Value, count: number): number[] {
  const list = argnums instanceof PyTuple ? argnums.items : [argnums];
  if (argnums instanceof PyTuple && list.length === 0) throw runtimeError('argnums must be non-empty');
  const places = list.map((n) => {
    if (typeof n !== 'bigint')
      throw runtimeError(
        argnums instanceof PyTuple
          ? `argnum must be int, got: ${typeText(interpreter, n)}`
          : `argnums must be int or Tuple[int, ...], got: ${typeText(interpreter, n)}`,
      );
    const at = Number(n);
    if (at >= count || at < -count) throw runtimeError(`Got argnum=${at}, but only ${count} positional inputs`);
    return at < 0 ? at + count : at;
  });
  if (new Set(places).size !== places.length)
    throw runtimeError(`argnums elements must be unique, got ${interpreter.repr(argnums)}`);
  return places;
}

/** The arguments that are differentiated: one tree, or a tuple of them. */
const sliced = (args: readonly Value[], places: readonly number[], argnums: Value): Value =>
  argnums instanceof PyTuple ? new PyTuple(places.map((i) => args[i])) : args[places[0]];

/** One run of the function, its arguments made differentiable. */
interface Run {
  readonly own: Value;
  readonly output: Value;
  readonly aux: Value;
}

function runOnce(api: string, held: Asked, args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter): Run {
  const places = placesOf(interpreter, held.argnums, args.length);
  const given = [...args];
  for (const i of places) given[i] = differentiable(interpreter, args[i]);
  const output = interpreter.call(held.fn, given, kwargs);
  const own = sliced(given, places, held.argnums);
  if (!held.hasAux) return { own, output, aux: null };
  if (!(output instanceof PyTuple) || output.items.length !== 2)
    throw runtimeError(`${api}: output of function f should be a tuple: (output, aux) if has_aux is True`);
  return { own, output: output.items[0], aux: output.items[1] };
}

/** What such a function of functions was called with. */
interface Asked {
  readonly fn: Value;
  readonly argnums: Value;
  readonly hasAux: boolean;
  readonly [more: string]: unknown;
}

const detached = (interpreter: Interpreter, tree: Value, attached: boolean): Value =>
  mapTree(interpreter, tree, (leaf) => (leaf instanceof Tensor ? settled(leaf, attached) : leaf));

function gradAndValue(held: Asked, args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter): Value {
  const api = 'grad_and_value(f)(*args)';
  const recording = isGradEnabled();
  return enableGrad(() => {
    const { own, output, aux } = runOnce(api, held, args, kwargs, interpreter);
    if (!(output instanceof Tensor))
      throw runtimeError(`${api}: Expected f(*args) to return a Tensor, got ${typeText(interpreter, output)}`);
    if (output.ndim !== 0)
      throw runtimeError(
        `${api}: Expected f(*args) to return a scalar Tensor, got tensor with ${output.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?`,
      );
    const inputs = tensorsOf(interpreter, own);
    const attached = recording && isAttached(interpreter, [output], inputs);
    const found = gradients([output], inputs, undefined, attached);
    const slopes = withLeaves(
      interpreter,
      own,
      found.map((g) => settled(g, attached)),
    );
    const value = settled(output, attached);
    if (held.hasAux) return new PyTuple([slopes, new PyTuple([value, detached(interpreter, aux, attached)])]);
    return new PyTuple([slopes, value]);
  });
}

const takesFunction = (name: string) => signature(name, 'func, argnums=0, has_aux=False');

function transform(
  name: string,
  run: (held: Asked, args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter) => Value,
): NativeFunction {
  const takes = takesFunction(name);
  return new NativeFunction(name, (args, kwargs, interpreter) => {
    const { func, argnums, has_aux } = takes(args, kwargs);
    const held: Asked = { fn: func, argnums, hasAux: has_aux === true };
    return new NativeClosure(nameOf(interpreter, func), held, run, 'function');
  });
}

const gradAndValueFunction = transform('grad_and_value', gradAndValue);

const gradFunction = transform('grad', (held, args, kwargs, interpreter) => {
  const [slopes, value] = (gradAndValue(held, args, kwargs, interpreter) as PyTuple).items;
  return held.hasAux ? new PyTuple([slopes, (value as PyTuple).items[1]]) : slopes;
});

/** What `vjp` answers a function with: gradients for the outputs that it holds. */
function pull(
  held: { readonly outputs: Value; readonly own: Value; readonly attached: boolean },
  [cotangents = null]: readonly Value[],
  _kwargs: Kwargs,
  interpreter: Interpreter,
): Value {
  const { outputs, own, attached } = held;
  if (!sameStructure(interpreter, outputs, cotangents))
    throw runtimeError(
      `Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. cotangents: ${outline(interpreter, cotangents)}, primal output: ${outline(interpreter, outputs)}`,
    );
  const seeds = onlyTensors(interpreter, cotangents, 'vjp(f, *primals)');
  const create = isGradEnabled() && (attached || seeds.some((t) => t.requiresGrad));
  const found = gradients(tensorsOf(interpreter, outputs), tensorsOf(interpreter, own), seeds, create);
  return withLeaves(
    interpreter,
    own,
    found.map((g) => settled(g, create)),
  );
}

const vjp = new NativeFunction('vjp', ([func, ...primals], kwargs, interpreter) => {
  const hasAux = kwargs.get('has_aux') === true;
  const recording = isGradEnabled();
  return enableGrad(() => {
    const api = 'vjp(f, *primals)';
    const argnums = new PyTuple(primals.map((_, i) => BigInt(i)));
    const { own, output, aux } = runOnce(api, { fn: func, argnums, hasAux }, primals, new Map(), interpreter);
    const outputs = onlyTensors(interpreter, output, api);
    for (const t of outputs)
      if (!isFloating(t.dtype))
        throw runtimeError(
          `vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype torch.${t.dtype}`,
        );
    const attached = recording && isAttached(interpreter, outputs, tensorsOf(interpreter, own));
    const back = new NativeClosure('wrapper', { outputs: output, own, attached }, pull, 'function');
    const shown = detached(interpreter, output, attached);
    return new PyTuple(hasAux ? [shown, back, detached(interpreter, aux, attached)] : [shown, back]);
  });
});

const takesJvp = signature('jvp', 'func, primals, tangents, *, strict=False, has_aux=False');

/** The Jacobian times tangents: the gradient of vjp with respect to its cotangents. */
const jvp = new NativeFunction('jvp', (args, kwargs, interpreter) => {
  const { func, primals, tangents, strict, has_aux } = takesJvp(args, kwargs);
  const api = 'jvp(f, primals, tangents)';
  if (!(primals instanceof PyTuple))
    throw runtimeError(`${api}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).`);
  if (!sameStructure(interpreter, primals, tangents))
    throw runtimeError(
      `${api}: Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 tensors, tangents also must be. Got primals with structure ${structureText(interpreter, primals)} and tangents with structure ${structureText(interpreter, tangents)}`,
    );
  const directions = leavesOf(interpreter, tangents);
  for (const [what, leaves] of [
    ['primals', leavesOf(interpreter, primals)],
    ['tangents', directions],
  ] as const) {
    if (leaves.length === 0) throw runtimeError(`${api}: Expected ${what} to contain at least one Tensor.`);
    const odd = leaves.find((leaf) => !(leaf instanceof Tensor));
    if (odd !== undefined)
      throw runtimeError(`${api}: Expected ${what} to only contain Tensors, got ${typeText(interpreter, odd)}`);
  }
  const recording = isGradEnabled();
  return enableGrad(() => {
    const argnums = new PyTuple(primals.items.map((_, i) => BigInt(i)));
    const asked: Asked = { fn: func, argnums, hasAux: has_aux === true };
    const { own, output, aux } = runOnce(api, asked, primals.items, new Map(), interpreter);
    const outputs = onlyTensors(interpreter, output, api);
    const inputs = tensorsOf(interpreter, own);
    const attached =
      recording &&
      (isAttached(interpreter, outputs, inputs) || directions.some((t) => t instanceof Tensor && t.requiresGrad));
    const pushed = pushForward(outputs, inputs, directions as Tensor[], attached, strict === true);
    const shown = detached(interpreter, output, attached);
    const slopes = withLeaves(
      interpreter,
      output,
      pushed.map((t) => settled(t, attached)),
    );
    return new PyTuple(has_aux === true ? [shown, slopes, detached(interpreter, aux, attached)] : [shown, slopes]);
  });
});

function pushForward(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  directions: readonly Tensor[],
  attached: boolean,
  strict: boolean,
): Tensor[] {
  const dummies = outputs.map((t) => (isFloating(t.dtype) ? zerosLike(t).requiresGrad_() : zerosLike(t)));
  const linear = gradients(outputs, inputs, dummies, true);
  return outputs.map((t, i) => {
    if (t.requiresGrad) return gradients(linear, [dummies[i]], directions, attached)[0];
    if (strict)
      throw runtimeError(
        'jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed with strict=True.',
      );
    return zerosLike(t);
  });
}

/** All of the Jacobian, row by row. */
function jacobian(held: Asked, args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter): Value {
  const api = 'vjp(f, *primals)';
  const recording = isGradEnabled();
  return enableGrad(() => {
    const { own, output, aux } = runOnce(api, held, args, kwargs, interpreter);
    const outputs = onlyTensors(interpreter, output, api);
    const inputs = tensorsOf(interpreter, own);
    for (const t of outputs)
      if (!isFloating(t.dtype))
        throw runtimeError(
          `vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype ${typeNameOf(t.dtype)}`,
        );
    const attached = recording && isAttached(interpreter, outputs, inputs);
    const blocks = outputs.map((t) => {
      interpreter.budget.room(t.numel);
      const rows: Tensor[][] = inputs.map(() => []);
      for (let place = 0; place < t.numel; place++) {
        interpreter.budget.step();
        gradients([t], inputs, [unit(t, place)], attached).forEach((row, i) => {
          rows[i].push(row);
        });
      }
      const wide = inputs.map((input, i) => {
        const shape = [...t.shape, ...input.shape];
        if (rows[i].length === 0) return empty(shape, input.dtype);
        return guarded(() => settled(reshape(stack(rows[i]), shape), attached));
      });
      return withLeaves(interpreter, own, wide);
    });
    const whole = withLeaves(interpreter, output, blocks);
    return held.hasAux ? new PyTuple([whole, detached(interpreter, aux, attached)]) : whole;
  });
}

const jacrev = transform('jacrev', jacobian);

const takesForward = signature('jacfwd', "func, argnums=0, has_aux=False, *, randomness='error'");
const jacfwd = new NativeFunction('jacfwd', (args, kwargs, interpreter) => {
  const { func, argnums, has_aux } = takesForward(args, kwargs);
  const held: Asked = { fn: func, argnums, hasAux: has_aux === true };
  return new NativeClosure(nameOf(interpreter, func), held, jacobian, 'function');
});

const takesHessian = signature('hessian', 'func, argnums=0');
const hessian = new NativeFunction('hessian', (args, kwargs, interpreter) => {
  const { func, argnums } = takesHessian(args, kwargs);
  return interpreter.call(jacfwd, [interpreter.call(jacrev, [func, argnums]), argnums]);
});

export const DERIVATIVES: readonly NativeFunction[] = [
  gradFunction,
  gradAndValueFunction,
  vjp,
  jvp,
  jacrev,
  jacfwd,
  hessian,
];
