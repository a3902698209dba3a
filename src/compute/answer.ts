/** What every computing request asks of its answer, and how the parts common to all are written. */
import { CborWriter } from '../codec/cbor/writer.ts';
import type { DocumentWriter } from '../codec/document-writer.ts';
import { JsonWriter } from '../codec/json/writer.ts';
import type { DocumentType } from '../codec/read-body.ts';
import type { Trace } from '../graph/trace.ts';
import { type GraphValues, writeGraph } from '../graph/write.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Warning } from './anomaly.ts';
import type { Absent } from './gradients.ts';
import { handOff, INLINE } from './scope.ts';

export const TENSOR_FORMATS = ['nested', 'flat', 'base64'] as const;
export const GRAPH_VALUES = ['small', 'all', 'none'] as const;
export const GRAPH_SCOPES = ['forward', 'both', 'none'] as const;

/** Elements that one answer may hold: more would be a text of a gigabyte. */
const MAX_ANSWER = 2 ** 26;

export interface AnswerOptions {
  readonly tensorFormat: (typeof TENSOR_FORMATS)[number];
  readonly graphValues: GraphValues;
  readonly graphScope: (typeof GRAPH_SCOPES)[number];
  readonly anomaly: boolean;
  /** JSON where it is not said. */
  readonly mediaType?: DocumentType;
}

/** A finished answer, and what the log says of it. */
export interface Answer {
  readonly body: string | Buffer;
  /** Elements that came in and that go out. */
  readonly elements: number;
}

export class AnswerWriter {
  /** Takes JSON text, whatever the answer's media type. */
  readonly json: DocumentWriter;
  private elements = 0;
  private readonly options: AnswerOptions;
  private readonly enough: number;
  private pieces = 0;

  /** `tick` is called for each 64 KiB or so; one that is written inline is handed off where it grows long. */
  constructor(options: AnswerOptions, tick: () => void, inline = false) {
    this.options = options;
    const cbor = options.mediaType === 'application/cbor';
    // Bytes are copied, text is worked out digit by digit.
    const quick = cbor || options.tensorFormat === 'base64';
    this.enough = inline && !quick ? INLINE.written : Number.POSITIVE_INFINITY;
    const count = (): void => {
      if (++this.pieces > INLINE.pieces) handOff();
    };
    const flushed = inline ? count : tick;
    this.json = cbor ? new CborWriter(flushed, MAX_ANSWER) : new JsonWriter(flushed, MAX_ANSWER);
  }

  /** Elements of a tensor that was written straight to `json`. */
  count(elements: number): void {
    this.elements += elements;
    if (this.elements > this.enough) handOff();
  }

  tensor(tensor: Tensor): void {
    this.count(tensor.numel);
    this.json.tensor(tensor, this.options.tensorFormat);
  }

  /** `[tensor, …]` */
  list(tensors: readonly Tensor[]): void {
    this.json.raw('[');
    tensors.forEach((tensor, i) => {
      if (i > 0) this.json.raw(',');
      this.tensor(tensor);
    });
    this.json.raw(']');
  }

  /** `{name: tensor}`; a gradient that does not exist gives its reason. */
  tensors(entries: Iterable<readonly [string, Tensor | Absent]>): void {
    const { json } = this;
    json.raw('{');
    let first = true;
    for (const [name, value] of entries) {
      if (!first) json.raw(',');
      first = false;
      json.string(name);
      json.raw(':');
      if ('reason' in value) json.raw(`{"reason":"${value.reason}"}`);
      else this.tensor(value);
    }
    json.raw('}');
  }

  graph(trace: Trace, inputs: readonly Tensor[], outputs: readonly string[]): void {
    if (this.options.graphScope === 'none') return;
    this.json.raw(',"graph":');
    this.document(trace, inputs, outputs);
  }

  /** The graph document alone. */
  document(trace: Trace, inputs: readonly Tensor[], outputs: readonly string[]): void {
    const { graphScope, graphValues } = this.options;
    writeGraph(this.json, trace, inputs, { values: graphValues, outputs, backward: graphScope === 'both' });
  }

  warnings(warnings: readonly Warning[]): void {
    if (this.options.anomaly) this.json.raw(`,"warnings":${JSON.stringify(warnings)}`);
  }

  finish(inputs: readonly Tensor[]): Answer {
    const elements = inputs.reduce((n, t) => n + t.numel, this.elements);
    return { body: this.json.finish(), elements };
  }
}
