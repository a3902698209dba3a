/** What a document is written with, whatever its media type. */
import { EngineError, showShape } from '../tensor/errors.ts';
import { Float, type Scalar } from '../tensor/scalar.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ByteSink } from './byte-sink.ts';
import type { TextFormat } from './json/tensor-text.ts';

export type { TextFormat } from './json/tensor-text.ts';
export type TensorFormat = TextFormat | 'base64';

/** Where the elements of a tensor stand in a document. */
interface Hole {
  readonly tensor: Tensor;
  readonly format: TextFormat;
  /** In bytes of the sink. */
  readonly at: number;
}

/** A document that was written once, cut where elements stand in it. Its bytes are of one media type. */
export interface Template {
  /** One more than holes. */
  readonly pieces: readonly Uint8Array[];
  readonly holes: readonly { readonly tensor: number; readonly format: TextFormat }[];
}

export interface WriterOptions {
  /** Called for each 64 KiB or so; it may throw to give up. */
  readonly onFlush?: () => void;
  /** A document of more tensor elements is refused before they are written. */
  readonly maxElements?: number;
  /** Whether JSON has elements that are not finite, and integers beyond 2^53, as bare words and digits, not as strings. */
  readonly bare?: boolean;
  /** Leaves elements out: what is written is to become a {@link Template}. */
  readonly leaveOut?: boolean;
}

/**
 * Appends to one document, item by item, straight to bytes of its media type. A map is `map()`, then each
 * member's `key` and value, then `end()`; a list is `list()`, its items, `end()`. Nobody counts items or
 * writes separators. Tensors must stay as they are until the document is finished.
 *
 * @example
 * const writer = new JsonWriter();
 * writer.map().key('output').tensor(output, 'nested').key('ids').list().number(1).number(2).end().end();
 * writer.finish(); // {"output":{…},"ids":[1,2]}
 */
export abstract class DocumentWriter {
  protected readonly sink: ByteSink;
  private readonly maxElements: number;
  private elements = 0;
  private readonly holes: Hole[] | undefined;

  constructor({ onFlush, maxElements = Number.POSITIVE_INFINITY, leaveOut = false }: WriterOptions = {}) {
    this.sink = new ByteSink(onFlush);
    this.maxElements = maxElements;
    this.holes = leaveOut ? [] : undefined;
  }

  /** Begins a map. */
  abstract map(): this;
  /** Begins a list. */
  abstract list(): this;
  /** Ends the map or the list that was begun last. */
  abstract end(): this;
  /** The name of a map's next member. */
  abstract key(name: string): this;
  abstract string(text: string): this;
  /** JSON has what is not finite as a string. */
  abstract number(value: number): this;
  abstract boolean(value: boolean): this;
  abstract null(): this;
  /** A Python number, such that it is read back as the same: `2.0` is not `2`. */
  abstract scalar(value: Scalar): this;
  /** The elements as bytes in the way of the media type: the value of a member `base64`. */
  abstract base64(t: Tensor): this;
  /** The whole document. */
  abstract finish(): string | Buffer;

  /** Notes that an item begins here. */
  protected abstract begin(): void;
  protected abstract putElements(t: Tensor, format: TextFormat): void;
  /** The document, cut at bytes of the sink. */
  protected abstract cut(places: readonly number[]): Uint8Array[];

  /** The elements alone. */
  data(t: Tensor, format: TextFormat = 'nested'): this {
    this.begin();
    if (this.holes !== undefined) this.holes.push({ tensor: t, format, at: this.sink.pos });
    else {
      this.count(t);
      this.putElements(t, format);
    }
    return this;
  }

  /** `{"dtype", "shape", "data"}`, or `base64` in place of `data`. */
  tensor(t: Tensor, format: TensorFormat = 'nested'): this {
    this.map().key('dtype').string(t.dtype).key('shape').shape(t);
    return this.content(t, format).end();
  }

  /** The sizes of a tensor, in a list. */
  shape(t: Pick<Tensor, 'shape'>): this {
    const { shape } = t;
    this.list();
    for (let i = 0; i < shape.length; i++) this.number(shape[i]);
    return this.end();
  }

  /** The member `data` or `base64`. */
  content(t: Tensor, format: TensorFormat): this {
    return format === 'base64' ? this.key('base64').base64(t) : this.key('data').data(t, format);
  }

  /** Plain data: numbers as {@link scalar} has them, strings, bools, null, arrays, and objects or Maps of them. */
  value(value: unknown): this {
    switch (typeof value) {
      case 'string':
        return this.string(value);
      case 'boolean':
        return this.boolean(value);
      case 'number':
      case 'bigint':
        return this.scalar(value);
    }
    if (value == null) return this.null();
    if (value instanceof Float) return this.scalar(value);
    if (Array.isArray(value)) {
      this.list();
      for (const item of value) this.value(item);
      return this.end();
    }
    this.map();
    for (const [name, item] of value instanceof Map ? value : Object.entries(value)) {
      if (item !== undefined) this.key(name).value(item);
    }
    return this.end();
  }

  /** What was written, as a template of documents that differ in the elements of these tensors alone. */
  template(tensors: readonly Tensor[]): Template {
    const holes = this.holes ?? [];
    return {
      pieces: this.cut(holes.map(({ at }) => at)),
      holes: holes.map(({ tensor, format }) => {
        const place = tensors.indexOf(tensor);
        if (place < 0) throw new Error('the document holds a tensor that is not among those that were named');
        return { tensor: place, format };
      }),
    };
  }

  /** The document of a template with the elements of these tensors. */
  fill({ pieces, holes }: Template, tensors: readonly Tensor[]): this {
    this.begin();
    for (let i = 0; i < holes.length; i++) {
      this.sink.appendAll(pieces[i]);
      const t = tensors[holes[i].tensor];
      this.count(t);
      this.putElements(t, holes[i].format);
    }
    this.sink.appendAll(pieces[holes.length]);
    return this;
  }

  /** Counts a tensor that is to be written, or refuses it. */
  protected count(t: Tensor): void {
    this.elements += t.numel;
    if (this.elements <= this.maxElements) return;
    throw new EngineError(
      'budget',
      `the answer would hold too many elements: a value of shape ${showShape(t.shape)} is over what is left`,
    );
  }
}
