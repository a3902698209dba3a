/** A million numbers to sigmoid, in each format of the wire. */
import { type Answer, JSON_TYPE, jsonBody } from '../client.ts';
import { atLeast, type Target } from '../comparison.ts';
import { numbers } from '../numbers.ts';
import { checkSame } from './evaluate.ts';

const COUNT = 1_000_000;
export const CBOR_TYPE = { 'content-type': 'application/cbor', accept: 'application/cbor' } as const;

export interface Format {
  readonly name: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Throws where an answer does not hold sigmoid of the numbers. */
  check(answer: Answer): void;
  readonly plainTarget: Target;
  readonly tunedTarget?: Target;
}

/** The head of a float32, little-endian typed array, tag 85 of RFC 8746, and of its bytes, their count in four bytes. */
const typedArrayHead = (bytes: number): Buffer =>
  Buffer.from([0xd8, 85, 0x5a, ...[24, 16, 8, 0].map((shift) => (bytes >>> shift) & 0xff)]);

/** CBOR of `{"input": values}`: a map of one, its key a text of five bytes. */
export const cborBody = (values: Float32Array): Buffer =>
  Buffer.concat([
    Buffer.from([0xa1, 0x65]),
    Buffer.from('input'),
    typedArrayHead(values.byteLength),
    Buffer.from(values.buffer),
  ]);

function checkClose(values: ArrayLike<number>, expected: Float32Array): void {
  if (values.length !== expected.length) throw new Error(`${values.length} outputs, not ${expected.length}`);
  for (let i = 0; i < expected.length; i++) checkSame(values[i], expected[i], 1e-5);
}

function floatsOf(bytes: Buffer): Float32Array {
  const copy = Uint8Array.from(bytes);
  return new Float32Array(copy.buffer);
}

export function formats(): Format[] {
  const values = numbers(COUNT);
  const floats = Float32Array.from(values);
  const outputs = floats.map((x) => 1 / (1 + Math.exp(-x)));
  const tensor = { base64: Buffer.from(floats.buffer).toString('base64'), shape: [COUNT], dtype: 'float32' };
  return [
    {
      name: 'JSON',
      body: jsonBody({ input: values }),
      headers: JSON_TYPE,
      check: ({ body }) => checkClose(JSON.parse(body.toString()).output.data, outputs),
      plainTarget: atLeast(20),
      tunedTarget: atLeast(5),
    },
    {
      name: 'base64',
      body: jsonBody({ input: tensor, tensor_format: 'base64' }),
      headers: JSON_TYPE,
      check({ body }) {
        const { base64 } = JSON.parse(body.toString()).output;
        checkClose(floatsOf(Buffer.from(base64, 'base64')), outputs);
      },
      plainTarget: atLeast(60),
    },
    {
      name: 'CBOR',
      body: cborBody(floats),
      headers: CBOR_TYPE,
      check({ body, headers }) {
        if (headers['content-type'] !== CBOR_TYPE.accept) throw new Error(`answered as ${headers['content-type']}`);
        const head = typedArrayHead(outputs.byteLength);
        const output = body.indexOf('output');
        const start = body.indexOf(head, output);
        if (output < 0 || start < 0) throw new Error('the answer has no output that is a float32 typed array');
        const from = start + head.length;
        checkClose(floatsOf(body.subarray(from, from + outputs.byteLength)), outputs);
      },
      plainTarget: atLeast(60),
    },
  ];
}
