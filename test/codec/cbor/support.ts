/** CBOR for tests: bytes by hand, and what a reader gives. */
import { expect } from 'vitest';
import { readCbor } from '../../../src/codec/cbor/reader.ts';
import { JsonError, type Slot } from '../../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../../src/codec/json/tensor-literal.ts';
import type { DType, TypedArray } from '../../../src/tensor/dtype.ts';
import { heapAllocator } from '../../../src/tensor/storage.ts';

/** Bytes from hexadecimal digits, spaced as it reads best. */
export const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');

/** `{"x": item}` */
export const member = (item: Uint8Array): Buffer => Buffer.concat([hex('a1 61 78'), item]);

/** Reads a tensor as the member `x` of a body. */
export const literal = (item: Uint8Array, slot: Slot = 'tensor'): TensorLiteral =>
  (readCbor(member(item), { fields: { x: slot } }) as { x: TensorLiteral }).x;

export function write(read: TensorLiteral, wanted: DType = 'float32'): TypedArray {
  const dtype = read.resolveDtype(wanted);
  const target = heapAllocator.alloc(dtype, read.numel).data;
  read.writeInto(target, dtype);
  return target;
}

export const elements = (item: Uint8Array, wanted?: DType): (number | bigint)[] =>
  Array.from<number | bigint>(write(literal(item), wanted));

/** The place and the reason that something is refused with. */
export function complaint(act: () => unknown): [string, string] {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(JsonError);
    return [(error as JsonError).errors[0].pointer, (error as JsonError).errors[0].detail];
  }
  return expect.fail('was accepted');
}
