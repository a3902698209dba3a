/**
 * An ONNX graph as it grows. Every value knows its dtype and shape, so that what ONNX lacks can be written
 * in what it has as one would write it in an eager library.
 */
import { arrayOf, type DType, halfOf, isFloating } from '../../../tensor/dtype.ts';
import { broadcastShapes, normalizeDim, numelOf, reducedShape, type Shape, sameShape } from '../../../tensor/shape.ts';
import { ONNX_TYPE } from '../dtypes.ts';
import { ATTRIBUTE } from '../proto/messages.ts';
import type { SparseModel } from '../proto/write.ts';
import { carriedOutIn } from './operators.ts';

type GraphMessage = NonNullable<SparseModel['graph']>;
export type NodeMessage = NonNullable<GraphMessage['node']>[number];
type TensorMessage = NonNullable<GraphMessage['initializer']>[number];
type AttributeMessage = NonNullable<NodeMessage['attribute']>[number];
export type ValueMessage = NonNullable<GraphMessage['input']>[number];

/** A value of the graph. */
export class Ref {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Undefined until it is given one, or the graph is finished. */
  name: string | undefined;
  /** Elements, of an initializer. */
  readonly bytes: Uint8Array | undefined;

  constructor(dtype: DType, shape: Shape, name?: string, bytes?: Uint8Array) {
    this.dtype = dtype;
    this.shape = shape;
    this.name = name;
    this.bytes = bytes;
  }

  get rank(): number {
    return this.shape.length;
  }

  get numel(): number {
    return numelOf(this.shape);
  }
}

type Attribute = number | bigint | string | readonly bigint[] | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute | undefined>>;

interface Made {
  readonly operator: string;
  readonly inputs: readonly (Ref | null)[];
  readonly outputs: readonly Ref[];
  readonly attributes: Attributes;
  readonly key: string;
}

/** Why something cannot be exported: a sentence's end. */
export class Unsupported extends Error {}

/** A table of more elements would make the file larger than what it computes is worth. */
export function checkTable(count: number): void {
  if (count > 2 ** 22) throw new Unsupported(`it would need a table of ${count} elements`);
}

const bytesOfNumbers = (values: ArrayLike<number | bigint>, dtype: DType): Uint8Array => {
  const whole = dtype === 'int64';
  const data = new (arrayOf(dtype) as Float64ArrayConstructor)(values.length);
  for (let i = 0; i < values.length; i++) data[i] = (whole ? BigInt(values[i]) : Number(values[i])) as number;
  const packed = halfOf(dtype)?.pack(data as unknown as Float32Array) ?? data;
  return new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
};

export class GraphBuilder {
  readonly opset: number;
  /** Which operators were carried out in other dtypes than their operands have, as `Erf: float64 as float32`. */
  readonly casts = new Set<string>();
  private nodes: Made[] = [];
  /** What is computed already, which is not computed twice. */
  private readonly known = new Map<string, Made>();
  private readonly numbers = new Map<Ref, number>();
  /** What transposed values are the transposes of. */
  private readonly transposed = new WeakMap<Ref, { readonly of: Ref; readonly perm: readonly number[] }>();
  private readonly constants = new Map<string, Ref>();

  constructor(opset: number) {
    this.opset = opset;
  }

  /** What has been made so far, to which {@link rewind} goes back. */
  mark(): number {
    return this.nodes.length;
  }

  rewind(mark: number): void {
    for (const node of this.nodes.splice(mark)) this.known.delete(node.key);
  }

  needs(opset: number, what: string): void {
    if (this.opset < opset) throw new Unsupported(`${what} needs opset ${opset} or later`);
  }

  // Constants

  const(values: ArrayLike<number | bigint>, shape: Shape, dtype: DType): Ref {
    return this.constant(bytesOfNumbers(values, dtype), shape, dtype);
  }

  /** Elements as they stand in a file; small ones that are equal are one. */
  constant(bytes: Uint8Array, shape: Shape, dtype: DType): Ref {
    const key = bytes.length <= 256 ? `${dtype}[${shape}]${Buffer.from(bytes).toString('latin1')}` : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known !== undefined) return known;
    const ref = new Ref(dtype, shape, undefined, bytes);
    if (key !== undefined) this.constants.set(key, ref);
    return ref;
  }

  scalar(value: number | bigint, dtype: DType): Ref {
    return this.const([value], [], dtype);
  }

  ints(values: readonly number[]): Ref {
    return this.const(values, [values.length], 'int64');
  }

  filled(value: number | bigint, shape: Shape, dtype: DType): Ref {
    return this.expand(this.scalar(value, dtype), shape);
  }

  // Nodes

  /** Adds a node of one result. Where onnxruntime has no kernel for the dtype, it is cast around. */
  op(operator: string, inputs: readonly (Ref | null)[], dtype: DType, shape: Shape, attributes: Attributes = {}): Ref {
    return this.ops(operator, inputs, [{ dtype, shape }], attributes)[0];
  }

  ops(
    operator: string,
    inputs: readonly (Ref | null)[],
    results: readonly { readonly dtype: DType; readonly shape: Shape }[],
    attributes: Attributes = {},
  ): Ref[] {
    const first = inputs[operator === 'Where' ? 1 : 0] as Ref;
    const dtype = first.dtype;
    const other = carriedOutIn(operator, dtype);
    if (other === dtype) {
      const key = `${operator}(${inputs.map((input) => this.numberOf(input))})${JSON.stringify(attributes, bigAsText)}`;
      const same = this.known.get(key);
      if (same !== undefined) return [...same.outputs];
      const outputs = results.map((result) => new Ref(result.dtype, result.shape));
      const made = { operator, inputs: [...inputs], outputs, attributes, key };
      this.nodes.push(made);
      this.known.set(key, made);
      return outputs;
    }
    if (isFloating(dtype)) this.casts.add(`${operator}: ${dtype} as ${other}`);
    const cast = inputs.map((input) => (input !== null && input.dtype === dtype ? this.cast(input, other) : input));
    const made = this.ops(
      operator,
      cast,
      results.map((result) => (result.dtype === dtype ? { ...result, dtype: other } : result)),
      attributes,
    );
    return made.map((ref, i) => this.cast(ref, results[i].dtype));
  }

  private numberOf(ref: Ref | null): number {
    if (ref === null) return -1;
    let number = this.numbers.get(ref);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(ref, number);
    }
    return number;
  }

  cast(x: Ref, dtype: DType): Ref {
    if (x.dtype === dtype) return x;
    // The other way round onnxruntime, fusing them with a product, loses a cast that is an output as well.
    const turned = this.transposed.get(x);
    if (turned !== undefined) return this.transpose(this.cast(turned.of, dtype), turned.perm);
    return this.op('Cast', [x], dtype, x.shape, { to: ONNX_TYPE[dtype] });
  }

  unary(operator: string, x: Ref, attributes: Attributes = {}): Ref {
    return this.op(operator, [x], x.dtype, x.shape, attributes);
  }

  binary(operator: string, x: Ref, y: Ref, attributes: Attributes = {}): Ref {
    return this.op(operator, [x, y], x.dtype, broadcastShapes(x.shape, y.shape), attributes);
  }

  compare(operator: string, x: Ref, y: Ref): Ref {
    return this.op(operator, [x, y], 'bool', broadcastShapes(x.shape, y.shape));
  }

  /** A number beside a tensor, of its dtype. */
  like(value: number | Ref, x: Ref): Ref {
    return typeof value === 'number' ? this.scalar(value, x.dtype) : value;
  }

  add = (x: Ref, y: Ref | number): Ref => this.binary('Add', x, this.like(y, x));
  sub = (x: Ref, y: Ref | number): Ref => this.binary('Sub', x, this.like(y, x));
  mul = (x: Ref, y: Ref | number): Ref => this.binary('Mul', x, this.like(y, x));
  div = (x: Ref, y: Ref | number): Ref => this.binary('Div', x, this.like(y, x));
  neg = (x: Ref): Ref => this.unary('Neg', x);
  abs = (x: Ref): Ref => this.unary('Abs', x);
  exp = (x: Ref): Ref => this.unary('Exp', x);
  log = (x: Ref): Ref => this.unary('Log', x);
  sqrt = (x: Ref): Ref => this.unary('Sqrt', x);
  floor = (x: Ref): Ref => (isFloating(x.dtype) ? this.unary('Floor', x) : x);
  ceil = (x: Ref): Ref => (isFloating(x.dtype) ? this.unary('Ceil', x) : x);
  /** Towards zero. */
  trunc = (x: Ref): Ref => (isFloating(x.dtype) ? this.where(this.less(x, 0), this.ceil(x), this.floor(x)) : x);
  /** NaN where either is. */
  max = (x: Ref, y: Ref | number): Ref => this.binary('Max', x, this.like(y, x));
  min = (x: Ref, y: Ref | number): Ref => this.binary('Min', x, this.like(y, x));
  less = (x: Ref, y: Ref | number): Ref => this.compare('Less', x, this.like(y, x));
  lessEqual = (x: Ref, y: Ref | number): Ref => this.compare('LessOrEqual', x, this.like(y, x));
  greater = (x: Ref, y: Ref | number): Ref => this.compare('Greater', x, this.like(y, x));
  greaterEqual = (x: Ref, y: Ref | number): Ref => this.compare('GreaterOrEqual', x, this.like(y, x));
  equal = (x: Ref, y: Ref | number): Ref => this.compare('Equal', x, this.like(y, x));
  not = (x: Ref): Ref => this.op('Not', [x], 'bool', x.shape);
  and = (x: Ref, y: Ref): Ref => this.compare('And', x, y);
  or = (x: Ref, y: Ref): Ref => this.compare('Or', x, y);
  isNan = (x: Ref): Ref => this.op('IsNaN', [x], 'bool', x.shape);

  where(condition: Ref, x: Ref, y: Ref): Ref {
    const shape = broadcastShapes(condition.shape, broadcastShapes(x.shape, y.shape));
    return this.op('Where', [condition, x, y], x.dtype, shape);
  }

  // Shapes

  reshape(x: Ref, shape: Shape): Ref {
    if (sameShape(x.shape, shape)) return x;
    // A zero says: as it was, unless that is forbidden.
    const zeros = shape.includes(0) && this.opset >= 14;
    return this.op('Reshape', [x, this.ints(shape)], x.dtype, shape, zeros ? { allowzero: 1 } : {});
  }

  transpose(x: Ref, perm: readonly number[]): Ref {
    if (perm.every((d, i) => d === i)) return x;
    const shape = perm.map((d) => x.shape[d]);
    const made = this.op('Transpose', [x], x.dtype, shape, { perm: perm.map(BigInt) });
    this.transposed.set(made, { of: x, perm });
    return made;
  }

  /** The last two dimensions in each other's places. */
  mT(x: Ref): Ref {
    const { rank } = x;
    return this.transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
  }

  expand(x: Ref, shape: Shape): Ref {
    if (sameShape(x.shape, shape)) return x;
    return this.op('Expand', [x, this.ints(shape)], x.dtype, shape);
  }

  unsqueeze(x: Ref, dim: number): Ref {
    const at = dim < 0 ? dim + x.rank + 1 : dim;
    return this.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
  }

  concat(xs: readonly Ref[], axis: number): Ref {
    if (xs.length === 1) return xs[0];
    const shape = xs[0].shape.map((size, d) => (d === axis ? xs.reduce((sum, x) => sum + x.shape[d], 0) : size));
    return this.op('Concat', xs, xs[0].dtype, shape, { axis });
  }

  /** Elements start, start + step, … of a dimension, below `end`; a negative step goes down to above it. */
  slice(x: Ref, axis: number, start: number, end: number, step = 1): Ref {
    const count = Math.max(0, Math.ceil((end - start) / step));
    if (count === x.shape[axis] && step === 1) return x;
    const stop = end < 0 ? Number.MIN_SAFE_INTEGER : end;
    const shape = x.shape.map((size, d) => (d === axis ? count : size));
    const at = [start, stop, axis, step].map((value) => this.ints([value]));
    return this.op('Slice', [x, ...at], x.dtype, shape);
  }

  /** Rows of a dimension, by an index of any shape that takes its place. */
  gather(x: Ref, index: Ref, axis = 0): Ref {
    const shape = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
    return this.op('Gather', [x, index], x.dtype, shape, { axis });
  }

  gatherElements(x: Ref, index: Ref, axis: number): Ref {
    return this.op('GatherElements', [x, index], x.dtype, index.shape, { axis });
  }

  scatterElements(x: Ref, index: Ref, values: Ref, axis: number, reduction?: 'add' | 'mul'): Ref {
    if (reduction !== undefined) this.needs(16, `ScatterElements with ${reduction}`);
    return this.op('ScatterElements', [x, index, values], x.dtype, x.shape, { axis, reduction });
  }

  /** With zeros, or `value`, before and after each dimension. */
  pad(x: Ref, before: readonly number[], after: readonly number[], value?: Ref): Ref {
    if ([...before, ...after].every((n) => n === 0)) return x;
    const shape = x.shape.map((size, d) => size + before[d] + after[d]);
    const inputs = [x, this.ints([...before, ...after]), ...(value === undefined ? [] : [value])];
    return this.op('Pad', inputs, x.dtype, shape);
  }

  // Reductions and products

  reduce(kind: 'Sum' | 'Mean' | 'Max' | 'Min' | 'Prod' | 'L2', x: Ref, dims?: readonly number[], keepdim = false): Ref {
    const axes = (dims ?? [...x.shape.keys()]).map((d) => normalizeDim(d, x.rank));
    if (axes.length === 0) return x;
    const shape = reducedShape(x.shape, axes, keepdim);
    const operator = `Reduce${kind}`;
    const keepdims = keepdim ? 1 : 0;
    // Only the sum took its axes as a tensor before opset 18.
    return kind === 'Sum'
      ? this.op(operator, [x, this.ints(axes)], x.dtype, shape, { keepdims })
      : this.op(operator, [x], x.dtype, shape, { keepdims, axes: axes.map(BigInt) });
  }

  sum = (x: Ref, dims?: readonly number[], keepdim = false): Ref => this.reduce('Sum', x, dims, keepdim);

  matmul(x: Ref, y: Ref): Ref {
    // Vectors go as matrices: onnxruntime loses a transpose beside a vector when it fuses the two.
    if (y.rank === 1) {
      const made = this.matmul(x, this.reshape(y, [y.numel, 1]));
      return this.reshape(made, made.shape.slice(0, -1));
    }
    if (x.rank === 1) {
      const made = this.matmul(this.reshape(x, [1, x.numel]), y);
      return this.reshape(made, [...made.shape.slice(0, -2), made.shape[made.rank - 1]]);
    }
    const batch = broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2));
    const shape = [...batch, x.shape[x.rank - 2], y.shape[y.rank - 1]];
    return this.op('MatMul', [x, y], x.dtype, shape);
  }

  /** Sums over what was broadcast, so that `x` has `shape`. */
  sumTo(x: Ref, shape: Shape): Ref {
    const lead = x.rank - shape.length;
    const dims = x.shape.flatMap((size, d) => (d < lead || (shape[d - lead] === 1 && size !== 1) ? [d] : []));
    return this.reshape(dims.length === 0 ? x : this.sum(x, dims, true), shape);
  }

  // The end

  /** The graph's nodes and initializers that `outputs` hang on, everything named. */
  finish(
    outputs: readonly Ref[],
    taken: Set<string>,
  ): { nodes: NodeMessage[]; initializers: TensorMessage[]; made: Set<string> } {
    const wanted = new Set<Ref>(outputs);
    const kept: Made[] = [];
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i];
      if (!node.outputs.some((output) => wanted.has(output))) continue;
      for (const input of node.inputs) if (input !== null) wanted.add(input);
      kept.push(node);
    }
    kept.reverse();
    const counts = new Map<string, number>();
    const named = (ref: Ref, base: string): string => {
      while (ref.name === undefined) {
        const n = (counts.get(base) ?? 0) + 1;
        counts.set(base, n);
        const name = `${base}_${n}`;
        if (!taken.has(name)) ref.name = name;
      }
      return ref.name;
    };
    const initializers: TensorMessage[] = [];
    for (const ref of wanted) {
      if (ref.bytes === undefined) continue;
      initializers.push({
        name: named(ref, 'const'),
        dims: ref.shape.map(BigInt),
        dataType: ONNX_TYPE[ref.dtype],
        rawData: ref.bytes,
      });
    }
    const nodes = kept.map(({ operator, inputs, outputs, attributes }, i) => ({
      name: `${operator}_${i}`,
      opType: operator,
      input: inputs.map((input) => (input === null ? '' : named(input, 'value'))),
      output: outputs.map((output) =>
        wanted.has(output) ? named(output, operator) : named(output, `${operator}_unused`),
      ),
      attribute: Object.entries(attributes).flatMap(([name, value]) =>
        value === undefined ? [] : [attributeOf(name, value)],
      ),
    }));
    return { nodes, initializers, made: new Set(nodes.flatMap((node) => node.output)) };
  }
}

const bigAsText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);

function attributeOf(name: string, value: Attribute): AttributeMessage {
  if (typeof value === 'number' || typeof value === 'bigint') return { name, type: ATTRIBUTE.INT, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: ATTRIBUTE.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: ATTRIBUTE.FLOAT, f: value.float };
  return { name, type: ATTRIBUTE.INTS, ints: [...value].map(BigInt) };
}

/** What a value is called and how it looks. */
export const valueMessage = (name: string, dtype: DType, shape: Shape): ValueMessage => ({
  name,
  type: {
    tensorType: { elemType: ONNX_TYPE[dtype], shape: { dim: shape.map((size) => ({ dimValue: BigInt(size) })) } },
  },
});
