/**
 * Makes the nodes of a graph document. Each is carried out as it is made, twice and without elements, so that
 * sizes are known; what is small and hangs on sizes alone is computed, and becomes a constant where it is sure.
 */
import { noGrad } from '../../../autograd/mode.ts';
import { withRecorder } from '../../../autograd/recorder.ts';
import { JsonError } from '../../../codec/json/json-error.ts';
import { TensorLiteral } from '../../../codec/json/tensor-literal.ts';
import { bytesOfTensor } from '../../../codec/raw.ts';
import { numbersIn } from '../../../kernels/index.ts';
import type { OpDef } from '../../../ops/define.ts';
import { Refusal } from '../../../ops/params.ts';
import { findOp } from '../../../ops/registry.ts';
import { type DType, isFloating } from '../../../tensor/dtype.ts';
import { EngineError } from '../../../tensor/errors.ts';
import type { Scalar } from '../../../tensor/scalar.ts';
import { MAX_DIMS, numelOf } from '../../../tensor/shape.ts';
import { type Allocator, DataDependent, heapAllocator, metaAllocator, withAllocator } from '../../../tensor/storage.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { withWarnings } from '../../../tensor/warnings.ts';
import { rankOf } from './ranks.ts';
import { type Probes, Val } from './val.ts';

/** What stands in a tensor's place: a value, a list of them, a number, or nothing. */
export type Input = Val | readonly Val[] | Scalar | null | undefined;

/** JSON with values in it: each is read when the node runs. */
export type AttrValue = unknown;

/** A node of the document that comes out. */
export interface Emitted {
  readonly op: string;
  readonly inputs: readonly (Val | readonly Val[] | null)[];
  readonly attrs: Readonly<Record<string, AttrValue>>;
  readonly outputs: Val[];
  /** After what its values are named, where they have no names of their own. */
  readonly base: string;
}

/** Nodes of one graph: the file's own, or that of a branch or a body. */
export class Scope {
  readonly nodes: Emitted[] = [];
  readonly parent: Scope | null;
  constructor(parent: Scope | null) {
    this.parent = parent;
  }
}

/** So many elements are computed while a file is read. */
export const SMALL = 4096;

class TooMuch extends Error {}

/** Takes no more than is small: attributes are anybody's. */
const smallAllocator: Allocator = {
  alloc(dtype, numel) {
    if (numel > SMALL) throw new TooMuch();
    return heapAllocator.alloc(dtype, numel);
  },
};

/** Ops that move elements and leave them as they are: which of the results are sure follows from where they went. */
const MOVING = new Set(
  'reshape squeeze unsqueeze permute getitem slice select index_select cat stack alias flatten repeat flip expand'.split(
    ' ',
  ),
);

type Outcome = Tensor[] | 'unknown';

const valsIn = (value: AttrValue, out: Val[] = []): Val[] => {
  if (value instanceof Val) out.push(value);
  else if (Array.isArray(value)) for (const item of value) valsIn(item, out);
  else if (value !== null && typeof value === 'object')
    for (const item of Object.values(value as object)) valsIn(item, out);
  return out;
};

export class Builder {
  scope = new Scope(null);
  /** How often sizes stayed unknown because an op refused what the runs brought. */
  refusals = 0;
  /** What the nodes that are made now belong to. */
  base = 'value';
  private made = 0;
  private readonly tick: () => void;
  private readonly maxNodes: number;
  /** What stands, in either run, for a size that nobody knows. */
  private readonly fresh: () => readonly [number, number];

  constructor(maxNodes: number, tick: () => void, fresh: () => readonly [number, number]) {
    this.maxNodes = maxNodes;
    this.tick = tick;
    this.fresh = fresh;
  }

  /** The one result of an op. */
  one(name: string, inputs: readonly Input[], attrs: Readonly<Record<string, AttrValue>> = {}): Val {
    return this.op(name, inputs, attrs)[0];
  }

  /**
   * Adds a node.
   *
   * @param inputs in the order of the op's parameters that may be tensors
   * @param count how many results it has, where it cannot be carried out without elements
   */
  op(name: string, inputs: readonly Input[], attrs: Readonly<Record<string, AttrValue>> = {}, count = 1): Val[] {
    const def = findOp(name);
    if (def === undefined) throw new Error(`there is no op ${name}`);
    this.count();
    const bound = bind(def, inputs, attrs);
    const vals = [...bound.inputs.flat(), ...valsIn(bound.attrs)].filter((v) => v instanceof Val);
    const first = this.run(def, bound, 0, vals);
    const same = vals.every((v) => v.probes !== null && v.probes[0] === v.probes[1]);
    const second = same || first === 'unknown' ? first : this.run(def, bound, 1, vals);
    const node: Emitted = { op: name, inputs: bound.inputs, attrs: bound.attrs, outputs: [], base: this.base };
    let found: (Probes | null)[];
    // What is dropped where sizes are 1 may be more than it seems.
    const drops = name === 'squeeze' && bound.attrs.dim === undefined && vals[0].shape === undefined;
    if (drops || first === 'unknown' || second === 'unknown' || first.length !== second.length)
      found = new Array(count).fill(null);
    else found = first.map((t, i) => [t, second[i]]);
    const dtype = this.guess(name, bound);
    const rank = found.includes(null) ? rankOf(def, bound) : undefined;
    const vague = found.includes(null);
    if (rank !== undefined) found = found.map(() => this.open(rank, dtype));
    for (const probes of found) {
      const sure = probes === null ? false : this.sureOf(def, bound, vals, probes);
      node.outputs.push(new Val({ dtype: probes?.[0].dtype ?? dtype, probes, sure, maker: node, vague }));
    }
    this.scope.nodes.push(node);
    return node.outputs;
  }

  /** A node that stands for graphs of its own. */
  control(op: string, inputs: Emitted['inputs'], attrs: Emitted['attrs'], outputs: readonly Val[]): Val[] {
    this.count();
    const node: Emitted = { op, inputs, attrs, outputs: [], base: this.base };
    for (const { dtype, probes } of outputs) node.outputs.push(new Val({ dtype, probes, maker: node }));
    this.scope.nodes.push(node);
    return node.outputs;
  }

  /** A value of which only the number of dimensions is known. */
  open(rank: number, dtype: DType): Probes {
    const pairs = Array.from({ length: Math.min(rank, MAX_DIMS) }, () => this.fresh());
    const make = (which: 0 | 1): Tensor => {
      const shape = pairs.map((pair) => pair[which]);
      return new Tensor(metaAllocator.alloc(dtype, numelOf(shape)), shape, stridesOf(shape), 0);
    };
    return [make(0), make(1)];
  }

  private count(): void {
    this.tick();
    if (++this.made > this.maxNodes)
      throw new EngineError(
        'budget',
        `the file makes more than ${this.maxNodes} nodes, loops and functions spread out`,
      );
  }

  /** Runs what makes nodes within a graph of its own. */
  within<T>(body: () => T): { readonly scope: Scope; readonly result: T } {
    const outer = this.scope;
    const scope = new Scope(outer);
    this.scope = scope;
    try {
      return { scope, result: body() };
    } finally {
      this.scope = outer;
    }
  }

  /** A constant of few elements that came about while the file was read. */
  constant(numbers: readonly number[], shape: readonly number[] = [numbers.length], dtype: DType = 'int64'): Val {
    const t = withAllocator(heapAllocator, () => {
      const storage = heapAllocator.alloc(dtype, numbers.length);
      numbers.forEach((n, i) => {
        storage.data[i] = (dtype === 'int64' ? BigInt(n) : n) as never;
      });
      return new Tensor(storage, shape, stridesOf(shape), 0);
    });
    // Floats that came from no file are no parameters.
    const literal = isFloating(dtype)
      ? new TensorLiteral('', shape, dtype, false, { kind: 'bytes', bytes: bytesOfTensor(t), pointer: '' })
      : undefined;
    return new Val({ dtype, probes: [t, t], sure: true, literal });
  }

  private guess(name: string, { inputs, attrs }: Bound): DType {
    if (typeof attrs.dtype === 'string') return attrs.dtype as DType;
    if (/^(eq|ne|lt|le|gt|ge|logical_.*|is.*|any|all)$/.test(name)) return 'bool';
    if (/^arg|nonzero|shape_as_tensor/.test(name)) return 'int64';
    const from = name === 'where' || name === 'embedding' ? inputs.slice(1) : inputs;
    for (const input of from.flat()) if (input instanceof Val) return input.dtype;
    return 'float32';
  }

  private run(def: OpDef, bound: Bound, which: 0 | 1, vals: readonly Val[]): Outcome {
    const args = argumentsOf(def, bound, which);
    if (args === 'unknown') return 'unknown';
    const real = vals.every((v) => v.probes !== null && !v.probes[which].storage.meta);
    if (real) {
      const out = this.attempt(def, args.slice(), smallAllocator);
      if (out !== undefined) return out;
    }
    const out = this.attempt(def, args, metaAllocator);
    if (out === undefined) throw new Error(`${def.name} found no room for sizes alone`);
    return out;
  }

  /** What an op gives; undefined where it asks for too much. */
  private attempt(def: OpDef, args: unknown[], allocator: Allocator): Outcome | undefined {
    try {
      const out = withAllocator(allocator, () =>
        withRecorder(null, () =>
          noGrad(() =>
            withWarnings(
              () => {},
              () => def.apply(args),
            ),
          ),
        ),
      );
      return out instanceof Tensor ? [out] : [...out];
    } catch (error) {
      if (error instanceof TooMuch) return undefined;
      if (error instanceof DataDependent) return 'unknown';
      if (error instanceof EngineError || error instanceof JsonError) {
        this.refusals++;
        return 'unknown';
      }
      throw error;
    }
  }

  /** Which elements of a result are the same whatever the sizes are. */
  private sureOf(def: OpDef, bound: Bound, vals: readonly Val[], [a, b]: Probes): boolean | Tensor {
    if (a.storage.meta || b.storage.meta || a.numel !== b.numel) return false;
    if (def.name === 'shape_as_tensor') {
      const { sizes } = vals[0];
      return sizes === undefined ? false : maskOf(sizes.map((n) => n !== null));
    }
    if (vals.every((v) => v.sure === true)) return true;
    const { inputs } = bound;
    if (valsIn(bound.attrs).some((v) => v.sure !== true)) return false;
    if (def.name === 'to') return vals[0].sure;
    if (MOVING.has(def.name)) {
      // What says where to is sure; what moves is replaced by what is sure of it.
      const [moved, ...others] = inputs;
      if (others.flat().some((v) => v !== null && v.sure !== true)) return false;
      return this.masked(def, { ...bound, inputs: [masks(moved), ...others] });
    }
    if (def.category !== 'pointwise' && def.category !== 'comparison') return false;
    return this.product(vals);
  }

  private masked(def: OpDef, bound: Bound): boolean | Tensor {
    const args = argumentsOf(def, bound, 0);
    if (args === 'unknown') return false;
    const out = this.attempt(def, args, smallAllocator);
    return out === undefined || out === 'unknown' || out.length !== 1 ? false : settled(out[0]);
  }

  /** Sure is what all operands are sure of. */
  private product(vals: readonly Val[]): boolean | Tensor {
    const mul = findOp('mul') as OpDef;
    let mask: Tensor | undefined;
    for (const v of vals) {
      const own = maskFor(v);
      const out = mask === undefined ? [own] : this.attempt(mul, [mask, own, undefined], smallAllocator);
      if (out === undefined || out === 'unknown') return false;
      mask = out[0];
    }
    return mask === undefined ? true : settled(mask);
  }
}

const stridesOf = (shape: readonly number[]): number[] => {
  const strides = new Array<number>(shape.length).fill(1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1] * shape[d + 1];
  return strides;
};

function maskOf(bits: readonly boolean[], shape: readonly number[] = [bits.length]): boolean | Tensor {
  if (bits.every((bit) => bit)) return true;
  if (!bits.includes(true)) return false;
  const storage = heapAllocator.alloc('uint8', bits.length);
  bits.forEach((bit, i) => {
    storage.data[i] = (bit ? 1 : 0) as never;
  });
  return new Tensor(storage, shape, stridesOf(shape), 0);
}

const settled = (mask: Tensor): boolean | Tensor =>
  maskOf(
    numbersIn(mask).map((n) => n === 1),
    mask.shape,
  );

/** A mask of the value's own shape, in the first run. */
function maskFor({ probes, sure }: Val): Tensor {
  if (sure instanceof Tensor) return sure;
  const { shape, numel } = (probes as Probes)[0];
  const storage = heapAllocator.alloc('uint8', numel);
  if (sure) storage.data.fill(1 as never);
  return new Tensor(storage, shape, stridesOf(shape), 0);
}

const asMask = (v: Val): Val => {
  const mask = maskFor(v);
  return new Val({ dtype: 'uint8', probes: [mask, mask] });
};

const masks = (input: Val | readonly Val[] | null): Val | readonly Val[] | null =>
  input === null ? null : input instanceof Val ? asMask(input) : input.map(asMask);

interface Bound {
  readonly inputs: readonly (Val | readonly Val[] | null)[];
  readonly attrs: Readonly<Record<string, AttrValue>>;
}

const isList = (input: Input): input is readonly Val[] => Array.isArray(input);

/** Spreads operands over the op's parameters: numbers become attributes under the parameter's name. */
function bind(def: OpDef, inputs: readonly Input[], attrs: Readonly<Record<string, AttrValue>>): Bound {
  const own: Record<string, AttrValue> = {};
  for (const [name, value] of Object.entries(attrs)) if (value !== undefined) own[name] = value;
  const bound: (Val | readonly Val[] | null)[] = [];
  let i = 0;
  for (const param of def.params) {
    if (param.kind === 'attr') continue;
    if (i >= inputs.length) break;
    const input = inputs[i++];
    if (input === null || input === undefined) bound.push(null);
    else if (input instanceof Val || isList(input)) bound.push(input);
    else {
      own[param.name] = input;
      bound.push(null);
    }
  }
  if (i < inputs.length) throw new Error(`${def.name} takes no ${inputs.length} operands`);
  while (bound.length > 0 && bound.at(-1) === null) bound.pop();
  return { inputs: bound, attrs: own };
}

/** An attribute with the numbers of one run in the place of values; undefined where those are not known. */
function resolved(value: AttrValue, which: 0 | 1): AttrValue {
  if (value instanceof Val) {
    const t = value.probes?.[which];
    if (t === undefined || t.storage.meta) return undefined;
    const numbers = numbersIn(t);
    if (value.dtype === 'bool') return t.ndim === 0 ? numbers[0] === 1 : numbers.map((n) => n === 1);
    return t.ndim === 0 ? numbers[0] : numbers;
  }
  if (Array.isArray(value)) {
    const out = value.map((item) => {
      const one = resolved(item, which);
      // One number in a list may come as a list of one.
      return item instanceof Val && Array.isArray(one) && one.length === 1 ? one[0] : one;
    });
    return out.includes(undefined) ? undefined : out;
  }
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value as object).map(([key, item]) => [key, resolved(item, which)] as const);
    return entries.some(([, item]) => item === undefined) ? undefined : Object.fromEntries(entries);
  }
  return value;
}

function argumentsOf(def: OpDef, { inputs, attrs }: Bound, which: 0 | 1): unknown[] | 'unknown' {
  const args: unknown[] = [];
  let i = 0;
  for (const param of def.params) {
    let value: unknown;
    if (param.kind !== 'attr') {
      const input = inputs[i++] ?? null;
      if (input instanceof Val) {
        if (input.probes === null) return 'unknown';
        value = input.probes[which];
      } else if (input !== null) {
        const list: Tensor[] = [];
        for (const v of input) {
          if (v.probes === null) return 'unknown';
          list.push(v.probes[which]);
        }
        value = list;
      }
    }
    if (value === undefined && param.attr !== undefined && attrs[param.name] !== undefined) {
      const raw = resolved(attrs[param.name], which);
      if (raw === undefined) return 'unknown';
      const read = param.attr.read(raw);
      if (read instanceof Refusal) {
        const single = Array.isArray(raw) && raw.length === 1 ? param.attr.read(raw[0]) : param.attr.read([raw]);
        if (single instanceof Refusal) return 'unknown';
        value = single;
      } else value = read;
    }
    args.push(value);
  }
  return args;
}

/** Whether a value is written down as a constant, not computed when the graph runs. */
export const isFolded = (v: Val): boolean =>
  v.literal === undefined && v.sure === true && v.real && !isFloating(v.dtype);
