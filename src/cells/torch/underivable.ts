/**
 * Functions whose results PyTorch has a place for in its graph, and no derivative: a backward pass that comes there
 * is refused, rather than that it finds nothing to do.
 */
import { isGradEnabled } from '../../autograd/mode.ts';
import { type BackwardRule, type Edge, edgeTo, Node } from '../../autograd/node.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError } from '../runtime/errors.ts';
import { type Kwargs, NativeFunction, PyTuple, type Value } from '../runtime/values.ts';

const refusing = (name: string): BackwardRule => ({
  apply: () => {
    throw new PyError('NotImplementedError', `the derivative for '${name}' is not implemented.`);
  },
});

/** PyTorch's node and its name of the function, by how that is called. */
type Naming = (args: readonly Value[], kwargs: Kwargs) => readonly [node: string, name: string];

/** Whether the last argument, or one by name, says along which dimension: `at` is its place. */
const along =
  (at: number, one: readonly [string, string], other: readonly [string, string]): Naming =>
  (args, kwargs) =>
    (args[at] ?? kwargs.get('dim') ?? null) === null ? other : one;

const NAMINGS: ReadonlyMap<string, Naming> = new Map<string, Naming>([
  ['nextafter', () => ['NextafterBackward0', 'nextafter']],
  ['unique', along(4, ['UniqueDimBackward0', 'unique_dim'], ['Unique2Backward0', '_unique2'])],
  ['unique_consecutive', () => ['UniqueConsecutiveBackward0', 'unique_consecutive']],
]);

/** Makes a result what no gradient goes back from. */
function hang(result: Value, args: readonly Value[], kwargs: Kwargs, naming: Naming): Value {
  if (!isGradEnabled()) return result;
  const edges: Edge[] = [...args, ...kwargs.values()]
    .filter((t): t is Tensor => t instanceof Tensor && t.requiresGrad)
    .map((t, i) => edgeTo(t, i));
  const first = result instanceof PyTuple ? result.items[0] : result;
  if (edges.length === 0 || !(first instanceof Tensor) || !isFloating(first.dtype) || first.requiresGrad) return result;
  const [node, name] = naming(args, kwargs);
  Object.assign(first, { requiresGrad: true, gradFn: new Node(node, refusing(name), edges, {}), outputIndex: 0 });
  return result;
}

/** Puts the refusing ones into a table in the place of those that give results without a history. */
export function refuseDerivatives(table: Map<string, Value>): void {
  for (const [name, naming] of NAMINGS) {
    const own = table.get(name);
    if (!(own instanceof NativeFunction)) continue;
    const call: NativeFunction['call'] = (args, kwargs, interpreter) =>
      hang(own.call(args, kwargs, interpreter), args, kwargs, naming);
    const made = new NativeFunction(name, call, own.type);
    made.home = own.home;
    made.module = own.module;
    table.set(name, made);
  }
}
