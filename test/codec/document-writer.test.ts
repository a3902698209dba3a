/** What both writers make of one document. */
import { decode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { DocumentWriter, TextFormat } from '../../src/codec/document-writer.ts';
import { DOCUMENT_TYPES } from '../../src/codec/read-body.ts';
import { documentOf, documentWriter } from '../../src/codec/write-document.ts';
import { DTYPES, halfOf, type TypedArray } from '../../src/tensor/dtype.ts';
import { Float, type Scalar } from '../../src/tensor/scalar.ts';
import { numelOf } from '../../src/tensor/shape.ts';
import { heapAllocator, storageOf } from '../../src/tensor/storage.ts';
import { fromStorage, type Tensor } from '../../src/tensor/tensor.ts';

const [JSON_TYPE, CBOR_TYPE] = DOCUMENT_TYPES;

/** An item of a document, as the writer is told of it. */
type Item =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'scalar'; readonly value: Scalar }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'null' }
  | { readonly kind: 'tensor' | 'data'; readonly tensor: Tensor; readonly format: TextFormat }
  | { readonly kind: 'list'; readonly items: readonly Item[] }
  | { readonly kind: 'map'; readonly members: ReadonlyMap<string, Item> };

function put(writer: DocumentWriter, item: Item): void {
  switch (item.kind) {
    case 'string':
      writer.string(item.text);
      return;
    case 'scalar':
      writer.scalar(item.value);
      return;
    case 'number':
      writer.number(item.value);
      return;
    case 'null':
      writer.null();
      return;
    case 'tensor':
      writer.tensor(item.tensor, item.format);
      return;
    case 'data':
      writer.data(item.tensor, item.format);
      return;
    case 'list':
      writer.list();
      for (const each of item.items) put(writer, each);
      writer.end();
      return;
    case 'map':
      writer.map();
      for (const [name, each] of item.members) {
        writer.key(name);
        put(writer, each);
      }
      writer.end();
  }
}

const written = (type: (typeof DOCUMENT_TYPES)[number], item: Item): string | Buffer => {
  const writer = documentWriter(type);
  put(writer, item);
  return writer.finish();
};

/** Numbers that JSON has as strings, and those beyond 2^53, of which JSON.parse gives the nearest. */
const numberOf = (x: number | bigint): unknown => (Number.isFinite(Number(x)) ? Number(x) : String(x));

/** What both media types say, in the words of JSON: elements flat, a map as a Map. */
function plain(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'bigint') return numberOf(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number | bigint>, numberOf);
  if (value instanceof Map) return new Map([...value].map(([name, item]) => [name, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return plain(new Map(Object.entries(value)));
}

/** The same of what is known to be the document: JSON's elements follow their dtype as CBOR's do. */
function wanted(item: Item): unknown {
  switch (item.kind) {
    case 'string':
      // UTF-8 has no lone surrogates.
      return item.text;
    case 'number':
      return numberOf(item.value);
    case 'scalar':
      return typeof item.value === 'boolean'
        ? item.value
        : numberOf(item.value instanceof Float ? item.value.value : item.value);
    case 'null':
      return null;
    case 'data':
      return Array.from(item.tensor.storage.data as ArrayLike<number | bigint>, numberOf);
    case 'tensor':
      return new Map<string, unknown>([
        ['dtype', item.tensor.dtype],
        ['shape', [...item.tensor.shape]],
        ['data', wanted({ ...item, kind: 'data' })],
      ]);
    case 'list':
      return item.items.map(wanted);
    case 'map':
      return new Map([...item.members].map(([name, each]) => [name, wanted(each)]));
  }
}

/** JSON.parse, with members in Maps and the elements of tensors flat and in numbers. */
function fromJson(text: string, item: Item): unknown {
  const follow = (value: unknown, at: Item): unknown => {
    const bool = (x: unknown): unknown =>
      typeof x === 'boolean' ? Number(x) : typeof x === 'string' && /^-?[0-9]+$/.test(x) ? Number(x) : x;
    if (at.kind === 'data') return [value].flat(Number.POSITIVE_INFINITY).map(bool);
    if (at.kind === 'tensor') {
      const { dtype, shape, data } = value as Record<string, unknown>;
      return new Map<string, unknown>([
        ['dtype', dtype],
        ['shape', shape],
        ['data', follow(data, { ...at, kind: 'data' })],
      ]);
    }
    if (at.kind === 'list') return (value as unknown[]).map((each, i) => follow(each, at.items[i]));
    if (at.kind === 'map')
      return new Map(
        [...at.members].map(([name, each]) => [name, follow((value as Record<string, unknown>)[name], each)]),
      );
    return value;
  };
  return follow(JSON.parse(text), item);
}

/** Half floats are bits that other readers leave to us. */
const PLAIN_DTYPES = DTYPES.filter((dtype) => halfOf(dtype) === undefined);

const tensors: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom(...PLAIN_DTYPES),
    shape: fc.oneof(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }), fc.constantFrom([70], [300], [3, 100])),
    bytes: fc.uint8Array({ minLength: 8, maxLength: 40 }),
  })
  .map(({ dtype, shape, bytes }) => {
    const storage = heapAllocator.alloc(dtype, numelOf(shape));
    const { buffer, byteOffset, byteLength } = storage.data;
    const raw = new Uint8Array(buffer, byteOffset, byteLength);
    for (let i = 0; i < raw.length; i++)
      raw[i] = dtype === 'bool' ? bytes[i % bytes.length] & 1 : bytes[(i * 7) % bytes.length];
    // A float32 in JSON is its own shortest digits, whose nearest double is another number.
    if (dtype === 'float32')
      for (let i = 0; i < storage.data.length; i++) storage.data[i] = Math.trunc(Number(storage.data[i]) % 1e6);
    return fromStorage(storage, shape);
  });

const texts = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.constantFrom('__proto__', 'x'.repeat(64), 'y'.repeat(65), 'z'.repeat(300), '\u0000"\\\u007f\u2028'),
);

const { item: items } = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    texts.map((text) => ({ kind: 'string', text }) as const),
    fc
      .oneof(fc.double(), fc.integer(), fc.constantFrom(-0, 2 ** 53, 2 ** 70, -(2 ** 63), 23, 24, 255, 256, 65536))
      .map((value) => ({ kind: 'number', value }) as const),
    fc
      .oneof(
        fc.double(),
        fc.bigInt(),
        fc.boolean(),
        fc.double().map((x) => new Float(x)),
      )
      .map((value) => ({ kind: 'scalar', value }) as const),
    fc.constant({ kind: 'null' } as const),
    fc.record({
      kind: fc.constantFrom('tensor', 'data'),
      tensor: tensors,
      format: fc.constantFrom<TextFormat>('nested', 'flat'),
    }),
    fc.array(tie('item'), { maxLength: 30 }).map((list) => ({ kind: 'list', items: list }) as const),
    fc
      .array(fc.tuple(texts, tie('item')), { maxLength: 30 })
      .map((members) => ({ kind: 'map', members: new Map(members) }) as const),
  ),
}));

describe('a document', () => {
  it('is the same in JSON and in CBOR, as other readers read them', () => {
    fc.assert(
      fc.property(items, (item) => {
        const is = wanted(item);
        expect(
          plain(decode(written(CBOR_TYPE, item) as Buffer, { preferMap: true, rejectDuplicateKeys: true })),
        ).toEqual(is);
        expect(plain(fromJson(String(written(JSON_TYPE, item)), item))).toEqual(is);
      }),
      { numRuns: 500 },
    );
  });

  it('of plain data is, in JSON, what JSON.stringify makes of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = JSON.stringify(value, (_, x) => (Object.is(x, -0) ? 0 : x));
        expect(JSON.parse(String(documentOf(JSON.parse(text))))).toEqual(JSON.parse(text));
        expect(plain(decode(documentOf(JSON.parse(text), CBOR_TYPE) as Buffer))).toEqual(plain(JSON.parse(text)));
      }),
    );
    const value = { a: [1, 2.5, 'x\n', { b: null, none: undefined, c: true }], 'é"': -7, e: 1e-7, big: 1e21 };
    expect(documentOf({ ...value, big: new Float(1e21) })).toBe(JSON.stringify(value));
  });

  it('of one writer does not disturb that of another', () => {
    const writers = Array.from({ length: 8 }, (_, i) =>
      documentWriter(DOCUMENT_TYPES[i % 2])
        .list()
        .string(`${i}`),
    );
    for (const round of [1, 2]) for (const writer of writers) writer.string(`${round}`.repeat(9000));
    for (const [i, writer] of writers.entries()) {
      const out = writer.end().finish();
      const read = i % 2 === 0 ? JSON.parse(String(out)) : decode(out as Buffer);
      expect(read).toEqual([`${i}`, '1'.repeat(9000), '2'.repeat(9000)]);
    }
  });
});

describe.each(DOCUMENT_TYPES)('a template in %s', (type) => {
  const f32 = (shape: number[], from: number): Tensor => {
    const data: TypedArray = Float32Array.from({ length: numelOf(shape) }, (_, i) => from + i);
    return fromStorage(storageOf('float32', data), shape);
  };
  /** More members than one byte can count, elements at the beginning of a long list, twice, and at the end. */
  const document = (writer: DocumentWriter, [a, b, c]: readonly Tensor[]): void => {
    writer.map().key('list').list().data(a).data(b);
    for (let i = 0; i < 300; i++) writer.number(i);
    writer.end();
    for (let i = 0; i < 30; i++) writer.key(`é${i}`).value(['x'.repeat(i), { i }]);
    writer.key('again').tensor(a, 'flat').key('large').tensor(c).end();
  };

  it('gives, for other elements, the same bytes as writing it all', () => {
    const shapes = [[2, 2], [3], [20, 20]];
    const outline = documentWriter(type, { leaveOut: true });
    const first = shapes.map((shape) => f32(shape, 0));
    document(outline, first);
    const template = outline.template(first);
    for (const from of [0, 1000, 0.5]) {
      const tensors = shapes.map((shape) => f32(shape, from));
      const wanted = documentWriter(type);
      wanted.list();
      document(wanted, tensors);
      document(wanted, tensors);
      const filled = documentWriter(type).list().fill(template, tensors).fill(template, tensors).end();
      expect(filled.finish()).toEqual(wanted.end().finish());
    }
  });

  it('counts elements as writing does', () => {
    const outline = documentWriter(type, { leaveOut: true });
    const t = f32([10], 0);
    outline.data(t);
    const writer = documentWriter(type, { maxElements: 15 }).list();
    writer.fill(outline.template([t]), [t]);
    expect(() => writer.fill(outline.template([t]), [t])).toThrow('too many elements');
  });

  it('is of the tensors that are named', () => {
    const outline = documentWriter(type, { leaveOut: true });
    outline.data(f32([1], 0));
    expect(() => outline.template([f32([1], 0)])).toThrow('is not among those');
  });
});

it('CBOR takes no way through JSON', () => {
  const parse = vi.spyOn(JSON, 'parse');
  const stringify = vi.spyOn(JSON, 'stringify');
  documentOf({ 'é"\n': ['\ud800', 'x'.repeat(100), -0, { a: null }] }, CBOR_TYPE);
  expect(parse).not.toHaveBeenCalled();
  expect(stringify).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
