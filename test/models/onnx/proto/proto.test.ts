import { describe, expect, it } from 'vitest';
import { ATTRIBUTE, DATA_TYPE, type ModelProto } from '#src/models/onnx/proto/messages.ts';
import { readModel } from '#src/models/onnx/proto/read.ts';
import { type SparseModel, writeModel } from '#src/models/onnx/proto/write.ts';

const model = (over: SparseModel = {}): SparseModel => ({
  irVersion: 8n,
  opsetImport: [{ domain: '', version: 17n }],
  producerName: 'gradwire',
  graph: {
    name: 'g',
    node: [
      {
        input: ['x', '', 'w'],
        output: ['y'],
        opType: 'Clip',
        attribute: [
          { name: 'axes', type: ATTRIBUTE.INTS, ints: [0n, -1n, 9223372036854775807n, -9223372036854775808n] },
          { name: 'alpha', type: ATTRIBUTE.FLOAT, f: 0.5 },
          { name: 'zero', type: ATTRIBUTE.INT, i: 0n },
          { name: 'mode', type: ATTRIBUTE.STRING, s: new TextEncoder().encode('größe') },
        ],
      },
    ],
    initializer: [
      { name: 'w', dims: [2n, 2n], dataType: DATA_TYPE.FLOAT, rawData: new Uint8Array(16).fill(7) },
      { name: 'd', dims: [2n], dataType: DATA_TYPE.DOUBLE, doubleData: [1.5, -0] },
      { name: 'f', dims: [3n], dataType: DATA_TYPE.FLOAT, floatData: [1, Number.NaN, Number.NEGATIVE_INFINITY] },
      { name: 'u', dims: [1n], dataType: DATA_TYPE.UINT64, uint64Data: [18446744073709551615n] },
      { name: 'i', dims: [2n], dataType: DATA_TYPE.INT32, int32Data: [-1, 300] },
    ],
    input: [
      {
        name: 'x',
        type: {
          tensorType: { elemType: DATA_TYPE.FLOAT, shape: { dim: [{ dimValue: 3n }, { dimParam: 'n' }, {}] } },
        },
      },
    ],
  },
  ...over,
});

const read = (given: SparseModel): ModelProto => readModel(writeModel(given));

describe('protobuf', () => {
  it('reads what it wrote', () => {
    const { graph, irVersion, opsetImport } = read(model());
    expect(irVersion).toBe(8n);
    expect(opsetImport).toEqual([{ domain: '', version: 17n }]);
    const [node] = graph?.node ?? [];
    expect(node.input).toEqual(['x', '', 'w']);
    expect([...node.attribute[0].ints]).toEqual([0n, -1n, 9223372036854775807n, -9223372036854775808n]);
    expect(node.attribute[1].f).toBe(0.5);
    expect(node.attribute[2].i).toBe(0n);
    expect(node.attribute[2].f).toBeUndefined();
    expect(new TextDecoder().decode(node.attribute[3].s)).toBe('größe');
    const [w, d, f, u, i] = graph?.initializer ?? [];
    expect(w.rawData).toEqual(new Uint8Array(16).fill(7));
    expect(w.floatData).toHaveLength(0);
    expect([...d.doubleData]).toEqual([1.5, -0]);
    expect([...f.floatData]).toEqual([1, Number.NaN, Number.NEGATIVE_INFINITY]);
    expect([...u.uint64Data]).toEqual([18446744073709551615n]);
    expect([...i.int32Data]).toEqual([-1, 300]);
    expect(graph?.input[0].type?.tensorType?.shape?.dim.map((dim) => dim.dimValue ?? dim.dimParam)).toEqual([
      3n,
      'n',
      undefined,
    ]);
  });

  it('shows elements where they are', () => {
    const bytes = writeModel(model());
    expect(readModel(bytes).graph?.initializer[0].rawData?.buffer).toBe(bytes.buffer);
  });

  it('takes lists element by element, in parts, and messages in parts', () => {
    // A tensor of dims 1, 2 (each with its tag), then 3 and 4 packed, inside a graph that comes twice.
    const tensor = [0x08, 1, 0x08, 2, 0x0a, 2, 3, 4];
    const graph = [0x2a, tensor.length, ...tensor];
    const bytes = Uint8Array.from([0x3a, graph.length, ...graph, 0x3a, graph.length, ...graph]);
    const { initializer } = readModel(bytes).graph as NonNullable<ModelProto['graph']>;
    expect(initializer.map(({ dims }) => [...dims])).toEqual([
      [1n, 2n, 3n, 4n],
      [1n, 2n, 3n, 4n],
    ]);
  });

  it('passes over fields that it does not know', () => {
    const bytes = Uint8Array.from([0xa2, 0x01, 2, 0, 0, 0xf8, 0x7f, 0xff, 0x01, 0xfd, 0x7f, 1, 2, 3, 4, 0x08, 9]);
    expect(readModel(bytes).irVersion).toBe(9n);
  });

  it('refuses every file that is cut off, or has other bytes, in a sentence', () => {
    const bytes = writeModel(model());
    let read = 0;
    for (let length = 0; length < bytes.length; length++) {
      try {
        readModel(bytes.subarray(0, length));
        read++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_graph', message: expect.stringMatching(/at byte \d+/) });
      }
    }
    // Between two fields a file may end.
    expect(read).toBeLessThan(8);
    for (let i = 0; i < bytes.length; i++) {
      for (const byte of [0, 0x7f, 0x80, 0xff]) {
        const other = bytes.slice();
        other[i] = byte;
        try {
          readModel(other);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_graph' });
        }
      }
    }
  });

  it('refuses lengths that lie', () => {
    expect(() => readModel(Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f]))).toThrow(
      /4294967295 bytes are announced where 0 are left/,
    );
    expect(() => readModel(Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]))).toThrow(
      /beyond 2\^32/,
    );
    expect(() => readModel(new Uint8Array(20).fill(0xff))).toThrow(/more than ten bytes/);
  });

  it('refuses deep nesting', () => {
    // Each graph's only node has an attribute that is a graph.
    let graph: NonNullable<SparseModel['graph']> = { name: 'inner' };
    for (let i = 0; i < 60; i++) graph = { node: [{ attribute: [{ g: graph as never }] }] };
    expect(() => readModel(writeModel({ graph }))).toThrow(/nested more than 100 deep/);
  });

  it('refuses more things than it would hold', () => {
    const nodes = new Uint8Array(2 * 1_000_001);
    for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a;
    const length = nodes.length;
    const head = [
      0x3a,
      (length & 0x7f) | 0x80,
      ((length >> 7) & 0x7f) | 0x80,
      ((length >> 14) & 0x7f) | 0x80,
      length >> 21,
    ];
    const bytes = new Uint8Array(head.length + length);
    bytes.set(head);
    bytes.set(nodes, head.length);
    expect(() => readModel(bytes)).toThrow(/more than 1000000 messages/);
  });
});
