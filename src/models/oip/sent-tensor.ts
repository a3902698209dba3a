/** A tensor as a request of the Open Inference Protocol sends it: numbers in JSON, or bytes behind it. */
import { type JsonError, jsonError } from '../../codec/json/json-error.ts';
import { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import { arrayOf, type DType, isFloating, isIntegral, rowOf } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import { numelOf, type Shape } from '../../tensor/shape.ts';
import type { Datatype } from './datatypes.ts';

export interface Sent {
  readonly name: string;
  readonly shape: Shape;
  readonly datatype: Datatype;
  /** JSON Pointer to the tensor. */
  readonly pointer: string;
  /** In row-major order, nested in any way. */
  readonly elements: TensorLiteral | Uint8Array;
}

export class SentTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly datatype: Datatype;
  readonly pointer: string;
  private readonly elements: TensorLiteral | Uint8Array;

  constructor({ name, shape, datatype, pointer, elements }: Sent) {
    this.name = name;
    this.shape = shape;
    this.datatype = datatype;
    this.pointer = pointer;
    this.elements = elements;
  }

  /**
   * The tensor as it is computed with: of the dtype that holds its datatype, or, of integers, of the integer dtype
   * that is wanted.
   *
   * @throws JsonError for an integer that its datatype or the wanted dtype does not hold; EngineError where the
   * gradient of integers is asked for
   */
  literal(wanted?: DType, requiresGrad = false): TensorLiteral {
    const { datatype, elements, shape, pointer } = this;
    const { range } = datatype;
    const dtype = range !== undefined && wanted !== undefined && isIntegral(wanted) ? wanted : datatype.dtype;
    if (requiresGrad && !isFloating(dtype))
      throw new EngineError(
        'no_grad_required',
        `there is no gradient with respect to "${this.name}": it is ${datatype.name}, and gradients are of floating tensors`,
      );
    if (datatype.exact && dtype === datatype.dtype) {
      if (elements instanceof TensorLiteral) return elements.shaped(shape, dtype, requiresGrad);
      return new TensorLiteral(pointer, shape, dtype, requiresGrad, { kind: 'bytes', bytes: elements, pointer });
    }
    const wide = this.integers();
    const { min, max } = rowOf(dtype);
    this.checkRange(wide, [BigInt(min), BigInt(max)], dtype);
    const cast = dtype === 'int64' ? wide : (arrayOf(dtype) as Int32ArrayConstructor).from(wide, Number);
    const bytes = new Uint8Array(cast.buffer, cast.byteOffset, cast.byteLength);
    return new TensorLiteral(pointer, shape, dtype, requiresGrad, { kind: 'bytes', bytes, pointer });
  }

  /** All elements as integers of 64 bits. */
  private integers(): BigInt64Array {
    const { datatype, elements, shape } = this;
    const { range, array, name } = datatype;
    if (range === undefined || array === undefined) throw new Error(`${name} is no integer datatype`);
    if (elements instanceof TensorLiteral) {
      const wide = new BigInt64Array(numelOf(shape));
      elements.shaped(shape, 'int64', false).writeInto(wide, 'int64');
      this.checkRange(wide, range, name);
      return wide;
    }
    // They may stand at an odd address.
    const aligned = Uint8Array.from(elements).buffer;
    if (array === BigInt64Array) return new BigInt64Array(aligned);
    if (array === BigUint64Array) {
      const wide = new BigInt64Array(aligned);
      const beyond = wide.findIndex((value) => value < 0n);
      if (beyond >= 0) throw this.misfit(beyond, BigInt.asUintN(64, wide[beyond]), 'int64');
      return wide;
    }
    return BigInt64Array.from(new (array as Int32ArrayConstructor)(aligned), BigInt);
  }

  private checkRange(values: BigInt64Array, [least, most]: readonly [bigint, bigint], what: string): void {
    for (let i = 0; i < values.length; i++)
      if (values[i] < least || values[i] > most) throw this.misfit(i, values[i], what);
  }

  private misfit(index: number, value: bigint, what: string): JsonError {
    return jsonError(this.pointer, `element ${index} is ${value}, which ${what} does not hold`);
  }
}
