/** Nested tuples, lists and dicts with values at their leaves, as torch.utils._pytree walks them. */
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyDict, PyList, PyTuple, type Value } from '../runtime/values.ts';

/** Deeper ones are refused. */
const DEEPEST = 100;

/** The values that stand in a node, where it is one. */
function childrenOf(value: Value): readonly Value[] | undefined {
  if (value instanceof PyList) return value.items;
  if (value instanceof PyTuple) return value.type === 'torch.Size' ? undefined : value.items;
  if (value instanceof PyDict) return [...value.entries.values()].map(([, item]) => item);
  return undefined;
}

/** A node of the same kind as another, with other values in it. */
function rebuilt(like: Value, children: readonly Value[]): Value {
  if (like instanceof PyList) return new PyList([...children]);
  if (like instanceof PyTuple) return new PyTuple(children, like.type, like.fields);
  const from = like as PyDict;
  const dict = new PyDict(from.type);
  let at = 0;
  for (const [held, [key]] of from.entries) dict.entries.set(held, [key, children[at++]]);
  return dict;
}

export function mapTree(interpreter: Interpreter, tree: Value, of: (leaf: Value) => Value, depth = 0): Value {
  interpreter.budget.step();
  if (depth > DEEPEST) throw valueError(`values nested more than ${DEEPEST} deep are not supported`);
  const children = childrenOf(tree);
  if (children === undefined) return of(tree);
  return rebuilt(
    tree,
    children.map((child) => mapTree(interpreter, child, of, depth + 1)),
  );
}

export function leavesOf(interpreter: Interpreter, tree: Value): Value[] {
  const leaves: Value[] = [];
  mapTree(interpreter, tree, (leaf) => {
    leaves.push(leaf);
    return leaf;
  });
  return leaves;
}

/** The tree with other leaves, in order. */
export function withLeaves(interpreter: Interpreter, tree: Value, leaves: readonly Value[]): Value {
  let at = 0;
  return mapTree(interpreter, tree, () => leaves[at++]);
}

export const tensorsOf = (interpreter: Interpreter, tree: Value): Tensor[] =>
  leavesOf(interpreter, tree).filter((leaf) => leaf instanceof Tensor);

/** Whether two trees differ in their leaves alone. */
export function sameStructure(interpreter: Interpreter, a: Value, b: Value): boolean {
  interpreter.budget.step();
  const [own, other] = [childrenOf(a), childrenOf(b)];
  if (own === undefined || other === undefined) return own === other;
  if (own.length !== other.length) return false;
  if (a instanceof PyList !== b instanceof PyList || a instanceof PyTuple !== b instanceof PyTuple) return false;
  if (a instanceof PyDict && b instanceof PyDict)
    for (const key of a.entries.keys()) if (!b.entries.has(key)) return false;
  return own.every((child, i) => sameStructure(interpreter, child, other[i]));
}

/** Leaves of `prefix`, each as often as there are leaves below its place in `tree`; undefined where it does not fit. */
export function broadcastLeaves(interpreter: Interpreter, prefix: Value, tree: Value): Value[] | undefined {
  interpreter.budget.step();
  const own = childrenOf(prefix);
  if (own === undefined) return leavesOf(interpreter, tree).map(() => prefix);
  const below = childrenOf(tree);
  if (below === undefined || below.length !== own.length) return undefined;
  if (prefix instanceof PyList !== tree instanceof PyList || prefix instanceof PyDict !== tree instanceof PyDict)
    return undefined;
  const leaves: Value[] = [];
  for (let i = 0; i < own.length; i++) {
    const part = broadcastLeaves(interpreter, own[i], below[i]);
    if (part === undefined) return undefined;
    leaves.push(...part);
  }
  return leaves;
}

/** A tree as messages show its structure: `TreeSpec(tuple, None, [*, *])`. */
export function structureText(interpreter: Interpreter, tree: Value): string {
  interpreter.budget.step();
  const children = childrenOf(tree);
  if (children === undefined) return '*';
  const kind = tree instanceof PyList ? 'list' : tree instanceof PyDict ? 'dict' : 'tuple';
  const keys = tree instanceof PyDict ? new PyList([...tree.entries.values()].map(([key]) => key)) : null;
  return `TreeSpec(${kind}, ${interpreter.repr(keys)}, [${children.map((child) => structureText(interpreter, child)).join(', ')}])`;
}

/** The same, as the tree itself is written: `(*, [*])`. */
export function outline(interpreter: Interpreter, tree: Value): string {
  return interpreter.repr(mapTree(interpreter, tree, () => '*')).replaceAll("'*'", '*');
}

export const typeText = (interpreter: Interpreter, value: Value): string =>
  interpreter.str(interpreter.getAttribute(value, '__class__'));

/** All leaves, which have to be tensors. */
export function onlyTensors(interpreter: Interpreter, tree: Value, api: string): Tensor[] {
  const leaves = leavesOf(interpreter, tree);
  if (leaves.length === 0 || (leaves.length === 1 && leaves[0] === null))
    throw runtimeError(
      `${api}: Expected f to be a function that has non-empty output (got output = ${interpreter.repr(new PyList(leaves))})`,
    );
  return leaves.map((leaf) => {
    if (leaf instanceof Tensor) return leaf;
    throw runtimeError(
      `${api}: expected f(*primals) to return only tensors, got unsupported type ${typeText(interpreter, leaf)}`,
    );
  });
}
