/** Directions of what an op gives, where its arguments have some. */
import { tangentOf } from '../autograd/forward.ts';
import { type Edge, edgeTo, Node, plainOf } from '../autograd/node.ts';
import { pushForward as pushAlong } from '../autograd/push-forward.ts';
import { isFloating } from '../tensor/dtype.ts';
import { Tensor } from '../tensor/tensor.ts';
import { CallArgs, type OpRule } from './rule.ts';

/** What has to be known of an op. */
export interface ForwardShape {
  /** Of its parameters, and the places of those that are differentiable. */
  readonly keys: readonly string[];
  readonly diffPlaces: readonly number[];
  readonly constantResults: readonly number[];
  readonly single: OpRule;
  readonly several: OpRule;
}

/** A direction has none of its own. */
const plain = (value: unknown): unknown =>
  value instanceof Tensor && tangentOf(value) !== null ? plainOf(value) : value;

/** Gives results the directions that follow from those of the arguments. */
export function pushForward(
  op: ForwardShape,
  args: CallArgs,
  values: readonly unknown[],
  out: Tensor | readonly Tensor[],
): void {
  const outputs = (out instanceof Tensor ? [out] : out).map((t, i) =>
    isFloating(t.dtype) && !op.constantResults.includes(i) ? t : null,
  );
  const tangents: Tensor[] = [];
  const edges: Edge[] = [];
  const note = (t: unknown, param: number, item: number): void => {
    const tangent = t instanceof Tensor ? tangentOf(t) : null;
    if (tangent === null) return;
    tangents.push(tangent);
    edges.push(edgeTo((t as Tensor).detach().requiresGrad_(), param, item));
  };
  op.diffPlaces.forEach((place, param) => {
    const value = values[place];
    if (Array.isArray(value)) for (let i = 0; i < value.length; i++) note(value[i], param, i);
    else note(value, param, -1);
  });
  if (tangents.length === 0 || outputs.every((t) => t === null)) return;
  const own = new CallArgs();
  for (const key of op.keys)
    own[key] = Array.isArray(args[key]) ? (args[key] as unknown[]).map(plain) : plain(args[key]);
  own.result = out;
  const node = new Node('Forward', out instanceof Tensor ? op.single : op.several, edges, own);
  const hangs = [...values.flat(), ...tangents].some((t) => t instanceof Tensor && t.requiresGrad);
  pushAlong(node, tangents, outputs, hangs);
}
