/**
 * A request to infer, read from its bytes: JSON, and behind it the elements of tensors that say
 * `binary_data_size`. All lengths are checked before anything is made of them.
 */
import { JsonError, jsonError } from '../../codec/json/json-error.ts';
import { readJson, type Slot } from '../../codec/json/reader.ts';
import { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import { showShape } from '../../tensor/errors.ts';
import { MAX_DIMS, numelOf } from '../../tensor/shape.ts';
import { DATATYPES, type Datatype } from './datatypes.ts';
import { SentTensor } from './sent-tensor.ts';

export interface AskedOutput {
  readonly name: string;
  readonly binary: boolean;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly inputs: ReadonlyMap<string, SentTensor>;
  /** Undefined where none are asked for by name. */
  readonly outputs: readonly AskedOutput[] | undefined;
  /** Whether an output that does not say is answered in binary form. */
  readonly binary: boolean;
}

const SLOT: Slot = { fields: { inputs: { items: { fields: { data: 'tensor' } } } } };

/** Of inputs and of outputs. */
const MAX_TENSORS = 1000;

const BYTES =
  'BYTES tensors hold strings, which nothing is computed of here: send numbers, as FP32 or another datatype of numbers';

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof TensorLiteral);

function object(value: unknown, pointer: string): Members {
  if (isObject(value)) return value;
  throw jsonError(pointer, value === undefined ? 'required: an object' : 'expected an object');
}

function text(value: unknown, pointer: string): string {
  if (typeof value === 'string') return value;
  throw jsonError(pointer, value === undefined ? 'required: a string' : 'expected a string');
}

function list(value: unknown, pointer: string): readonly unknown[] {
  if (!Array.isArray(value)) throw jsonError(pointer, value === undefined ? 'required: an array' : 'expected an array');
  if (value.length > MAX_TENSORS) throw jsonError(pointer, `${value.length} tensors; at most ${MAX_TENSORS} are read`);
  return value;
}

function parametersOf(value: unknown, pointer: string): Members {
  return value == null ? {} : object(value, pointer);
}

function flag(value: unknown, pointer: string): boolean | undefined {
  if (value == null) return undefined;
  if (typeof value !== 'boolean') throw jsonError(pointer, 'expected true or false');
  return value;
}

function shapeOf(value: unknown, pointer: string): number[] {
  const sizes = list(value, pointer);
  if (sizes.length > MAX_DIMS) throw jsonError(pointer, `a tensor has at most ${MAX_DIMS} dimensions`);
  return sizes.map((size, i) => {
    if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size + 0;
    throw jsonError(`${pointer}/${i}`, 'expected a size, an integer from 0 on');
  });
}

function datatypeAt(value: unknown, pointer: string): Datatype {
  const name = text(value, pointer);
  if (name === 'BYTES') throw jsonError(pointer, BYTES);
  const datatype = DATATYPES.get(name);
  if (datatype !== undefined) return datatype;
  throw jsonError(
    pointer,
    `there is no datatype "${name.slice(0, 40)}"; there are ${[...DATATYPES.keys()].join(', ')}`,
  );
}

function noSharedMemory(parameters: Members, pointer: string): void {
  if (parameters.shared_memory_region !== undefined)
    throw jsonError(`${pointer}/parameters/shared_memory_region`, 'shared memory is not offered here');
}

/** Gives out what follows the JSON, tensor by tensor. */
class Tail {
  private readonly bytes: Uint8Array;
  private pos = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  take(size: number, pointer: string): Uint8Array {
    const left = this.bytes.length - this.pos;
    if (size > left)
      throw jsonError(pointer, `${size} bytes are announced, but ${left} of what follows the JSON are left`);
    this.pos += size;
    return this.bytes.subarray(this.pos - size, this.pos);
  }

  end(): void {
    const left = this.bytes.length - this.pos;
    if (left > 0) throw jsonError('', `${left} bytes follow the last binary tensor, and belong to none`);
  }
}

function elementsOf(
  sent: Members,
  pointer: string,
  { shape, datatype }: { shape: readonly number[]; datatype: Datatype },
  tail: Tail,
): TensorLiteral | Uint8Array {
  const parameters = parametersOf(sent.parameters, `${pointer}/parameters`);
  noSharedMemory(parameters, pointer);
  const { binary_data_size: size } = parameters;
  const { data } = sent;
  const numel = numelOf(shape);
  if (size !== undefined) {
    const at = `${pointer}/parameters/binary_data_size`;
    if (data != null) throw jsonError(at, 'the tensor has "data" as well, its elements are sent once');
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
      throw jsonError(at, 'expected a number of bytes');
    const wanted = numel * datatype.bytes;
    if (size !== wanted)
      throw jsonError(
        at,
        `a tensor of shape ${showShape(shape)} and ${datatype.name} has ${wanted} bytes, not ${size}`,
      );
    return tail.take(size, at);
  }
  const at = `${pointer}/data`;
  if (data == null) throw jsonError(at, 'required: the elements, here or in binary form with "binary_data_size"');
  if (!(data instanceof TensorLiteral) || data.dtype !== undefined)
    throw jsonError(at, 'expected numbers, true or false, in an array');
  if (data.numel !== numel)
    throw jsonError(at, `expected ${numel} elements, for shape ${showShape(shape)}, got ${data.numel}`);
  if (numel > 0 && data.tokens === 'bool' && datatype.name !== 'BOOL')
    throw jsonError(at, `expected numbers for ${datatype.name}, got true or false`);
  return data;
}

function inputAt(value: unknown, pointer: string, tail: Tail): SentTensor {
  const sent = object(value, pointer);
  const name = text(sent.name, `${pointer}/name`);
  const datatype = datatypeAt(sent.datatype, `${pointer}/datatype`);
  const shape = shapeOf(sent.shape, `${pointer}/shape`);
  const elements = elementsOf(sent, pointer, { shape, datatype }, tail);
  return new SentTensor({ name, shape, datatype, pointer, elements });
}

function inputsOf(value: unknown, tail: Tail): Map<string, SentTensor> {
  const inputs = new Map<string, SentTensor>();
  list(value, '/inputs').forEach((item, i) => {
    const tensor = inputAt(item, `/inputs/${i}`, tail);
    if (inputs.has(tensor.name)) throw jsonError(`/inputs/${i}/name`, `"${tensor.name}" is sent twice`);
    inputs.set(tensor.name, tensor);
  });
  tail.end();
  return inputs;
}

function outputsOf(value: unknown, binary: boolean): AskedOutput[] | undefined {
  if (value == null) return undefined;
  const seen = new Set<string>();
  const outputs = list(value, '/outputs').map((item, i) => {
    const pointer = `/outputs/${i}`;
    const asked = object(item, pointer);
    const name = text(asked.name, `${pointer}/name`);
    if (seen.has(name)) throw jsonError(`${pointer}/name`, `"${name}" is asked for twice`);
    seen.add(name);
    const parameters = parametersOf(asked.parameters, `${pointer}/parameters`);
    noSharedMemory(parameters, pointer);
    return { name, binary: flag(parameters.binary_data, `${pointer}/parameters/binary_data`) ?? binary };
  });
  return outputs.length === 0 ? undefined : outputs;
}

/** The JSON; strings in the place of numbers are most often meant as BYTES. */
function readHead(bytes: Uint8Array, check: () => void): Members {
  try {
    return object(readJson(bytes, SLOT, { check, bare: true }), '');
  } catch (error) {
    if (error instanceof JsonError && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"BYTES"'))
      throw jsonError(error.errors[0].pointer, BYTES);
    throw error;
  }
}

/**
 * Reads a request.
 *
 * @param headLength the length of the JSON where elements follow it
 * @throws JsonError for whatever is not as the protocol has it, and for lengths that do not add up
 */
export function readInferRequest(bytes: Uint8Array, headLength: number | undefined, check: () => void): InferRequest {
  if (headLength !== undefined && headLength > bytes.length)
    throw jsonError(
      '',
      `Inference-Header-Content-Length announces ${headLength} bytes of JSON, but the body has ${bytes.length}`,
    );
  const head = readHead(bytes.subarray(0, headLength), check);
  const parameters = parametersOf(head.parameters, '/parameters');
  const binary = flag(parameters.binary_data_output, '/parameters/binary_data_output') ?? false;
  return {
    id: head.id == null ? undefined : text(head.id, '/id'),
    parameters,
    inputs: inputsOf(head.inputs, new Tail(bytes.subarray(headLength ?? bytes.length))),
    outputs: outputsOf(head.outputs, binary),
    binary,
  };
}
