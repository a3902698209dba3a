/** The tensor: a strided window on a storage, and the place where autograd notes what made it. */
import { type DType, isFloating, type NumberArray, type Operand, type TypedArray } from './dtype.ts';
import { type Scalar, scalarDType } from './scalar.ts';
import { contiguousStrides, numelOf, type Shape } from './shape.ts';
import { allocate, type Storage } from './storage.ts';

/** What a tensor knows of the node that made it. The node itself belongs to autograd/. */
export interface GradFn {
  name: string;
}

/** Shape and dtype without elements: what a gradient rule sees of a tensor it did not save. */
export interface TensorMeta {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Made with recording on, with recording off, in inference mode, as one of several that one call gave, or by a function with its own rule. */
export type WindowKind = 'plain' | 'no_grad' | 'inference' | 'several' | 'custom';

/** A level of forward mode: the directions of tensors, until it ends. */
export interface Directions {
  readonly tangents: WeakMap<Tensor, Tensor>;
}

export class Tensor implements TensorMeta {
  readonly storage: Storage;
  readonly shape: Shape;
  /** In elements; 0 where a dimension was expanded. */
  readonly strides: readonly number[];
  /** Of the first element, in elements. */
  readonly offset: number;
  readonly dtype: DType;
  requiresGrad = false;
  gradFn: GradFn | null = null;
  /** Which result of `gradFn` this is. */
  outputIndex = 0;
  grad: Tensor | null = null;
  /** The tensor whose elements this is a differentiable window on; never a window itself. */
  base: Tensor | null = null;
  /** How the window came about: in-place writes through some are refused. */
  windowKind: WindowKind = 'plain';
  /** What the program that this is a part of knows of it; it belongs to graph/. */
  recorded: object | null = null;
  /** When that was noted: later writes to its elements through other tensors are not accounted for. */
  recordedAt = 0;
  /** A number for what is written through this tensor and windows on it; 0 where nothing was. */
  family = 0;
  /** The level at which it has a direction, or had one. */
  level: Directions | null = null;
  /** The storage's version that `gradFn` of a window belongs to. */
  windowVersion = 0;

  constructor(storage: Storage, shape: Shape, strides: readonly number[], offset: number) {
    this.storage = storage;
    this.dtype = storage.dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
  }

  get ndim(): number {
    return this.shape.length;
  }

  get numel(): number {
    return numelOf(this.shape);
  }

  get isLeaf(): boolean {
    return this.gradFn === null;
  }

  get isContiguous(): boolean {
    let step = 1;
    for (let i = this.shape.length - 1; i >= 0; i--) {
      const size = this.shape[i];
      if (size === 1) continue;
      if (size === 0) return true;
      if (this.strides[i] !== step) return this.shape.includes(0);
      step *= size;
    }
    return true;
  }

  /** Another window on the same storage, with no memory of how it came about. */
  alias(shape: Shape = this.shape, strides: readonly number[] = this.strides, offset: number = this.offset): Tensor {
    return new Tensor(this.storage, shape, strides, offset);
  }

  /** The same window on another storage of the same length. */
  onto(storage: Storage): Tensor {
    return new Tensor(storage, this.shape, this.strides, this.offset);
  }

  /** The same elements outside any graph. */
  detach(): Tensor {
    return this.alias();
  }

  /** Notes that this is a window on `of`, or on what that is a window on. */
  windowOn(of: Tensor, kind: WindowKind): void {
    this.base = of.base ?? of;
    this.windowKind = kind === 'plain' && of.base !== null ? of.windowKind : kind;
    this.windowVersion = this.storage.version;
  }

  /** Marks a leaf. Only floating tensors take part in differentiation. */
  requiresGrad_(value = true): this {
    this.requiresGrad = value && isFloating(this.dtype);
    return this;
  }
}

/** A new contiguous tensor of zeros, from the current allocator. */
export function empty(shape: Shape, dtype: DType): Tensor {
  return new Tensor(allocate(dtype, shape), shape, contiguousStrides(shape), 0);
}

/** A contiguous tensor over elements that are there already. */
export function fromStorage(storage: Storage, shape: Shape): Tensor {
  return new Tensor(storage, shape, contiguousStrides(shape), 0);
}

/** A tensor or a Python number, as type promotion sees it. */
export function operandOf(value: Tensor | TensorMeta | Scalar): Operand {
  if (typeof value === 'object' && 'shape' in value) {
    return { dtype: value.dtype, priority: value.shape.length > 0 ? 'tensor' : 'zero' };
  }
  return { dtype: scalarDType(value), priority: 'number' };
}

/** The elements of any dtype but int64, where loops work in numbers. */
export const numbersOf = (t: Tensor): NumberArray => t.storage.data as NumberArray;
export const bigintsOf = (t: Tensor): BigInt64Array => t.storage.data as BigInt64Array;
export const dataOf = (t: Tensor): TypedArray => t.storage.data;
