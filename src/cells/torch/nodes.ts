/** `x.grad_fn` as an object of Python's. */
import type { Node } from '../../autograd/node.ts';
import type { GradFn, Tensor } from '../../tensor/tensor.ts';
import type { Visit } from '../runtime/holding.ts';
import { BoundMethod, NativeFunction, PyObject, PyTuple, type Value } from '../runtime/values.ts';

export class NodeValue extends PyObject {
  readonly type: string;
  readonly node: Node;
  constructor(node: Node) {
    super();
    this.node = node;
    this.type = node.name;
  }
  references(visit: Visit): void {
    visit(this.node);
  }
}

/** The end of a path: where a leaf's gradient is added up. */
export class AccumulateGrad extends PyObject {
  readonly type = 'AccumulateGrad';
  readonly leaf: Tensor;
  constructor(leaf: Tensor) {
    super();
    this.leaf = leaf;
  }
  references(visit: Visit): void {
    visit(this.leaf);
  }
}

const NAME = new NativeFunction('name', ([node]) => (node instanceof PyObject ? node.type : null));

const known = new WeakMap<object, NodeValue | AccumulateGrad>();

/** The same object each time. */
export function nodeValue(fn: GradFn): NodeValue {
  let value = known.get(fn) as NodeValue | undefined;
  if (value === undefined || value.type !== fn.name) {
    value = new NodeValue(fn as Node);
    known.set(fn, value);
  }
  return value;
}

function accumulator(leaf: Tensor): AccumulateGrad {
  const value = (known.get(leaf) as AccumulateGrad | undefined) ?? new AccumulateGrad(leaf);
  known.set(leaf, value);
  return value;
}

export function nodeAttribute(value: NodeValue | AccumulateGrad, name: string): Value | undefined {
  if (name === 'name') return new BoundMethod(value, NAME);
  if (value instanceof AccumulateGrad)
    return name === 'variable' ? value.leaf : name === 'next_functions' ? new PyTuple([]) : undefined;
  if (name !== 'next_functions') return undefined;
  return new PyTuple(
    value.node.edges.map((edge) => {
      const next = edge.node === null ? accumulator(edge.leaf as Tensor) : nodeValue(edge.node);
      return new PyTuple([next, BigInt(edge.node === null ? 0 : edge.index)]);
    }),
  );
}
