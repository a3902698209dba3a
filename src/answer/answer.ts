/** What every computing request asks of its answer, and how the parts common to all are written. */
import type { DocumentWriter } from '../codec/document-writer.ts';
import type { DocumentType } from '../codec/read-body.ts';
import { documentWriter } from '../codec/write-document.ts';
import type { Document } from '../graph/document.ts';
import { type GraphValues, writeGraph } from '../graph/write.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { WarningCategory } from '../tensor/warnings.ts';

export const TENSOR_FORMATS = ['nested', 'flat', 'base64'] as const;
export const GRAPH_VALUES = ['small', 'all', 'none'] as const;
export const GRAPH_SCOPES = ['forward', 'both', 'none'] as const;
/** Media types of what a cell shows. */
export const DISPLAY_TYPES = ['image/svg+xml', 'text/markdown', 'text/latex', 'text/html', 'text/plain'] as const;
export const ABSENCES = ['unreachable', 'requires_grad_false', 'detached', 'integer_dtype'] as const;

/** Elements that one answer may hold: more would be a text of a gigabyte. */
export const MAX_ANSWER = 2 ** 26;

/** Forms of an answer that is told, not a document. */
export const TEXT_TYPES = ['text/markdown', 'text/plain'] as const;
/** Media types of answers. */
export type AnswerType = DocumentType | (typeof TEXT_TYPES)[number];

export interface AnswerOptions {
  readonly tensorFormat: (typeof TENSOR_FORMATS)[number];
  readonly graphValues: GraphValues;
  readonly graphScope: (typeof GRAPH_SCOPES)[number];
  readonly anomaly: boolean;
  /** JSON where it is not said. */
  readonly mediaType?: DocumentType;
}

/** Whether elements are copied into the answer as bytes: text is worked out digit by digit. */
export const isBinary = ({ tensorFormat, mediaType }: AnswerOptions): boolean =>
  tensorFormat === 'base64' || mediaType === 'application/cbor';

/** A finished answer, and what the log says of it. */
export interface Answer {
  readonly body: string | Buffer;
  /** Of what is no document. */
  readonly mediaType?: string;
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Elements that came in and that go out. */
  readonly elements: number;
}

/** Why a gradient does not exist. */
export interface Absent {
  readonly reason: (typeof ABSENCES)[number];
}

/** What PyTorch warns of. */
export interface UserWarning {
  readonly message: string;
  readonly category: WarningCategory;
}

/** Where numbers stopped being finite. */
export interface Anomaly {
  readonly code: 'non_finite_output' | 'non_finite_gradient';
  /** Name of the node's first result. */
  readonly node: string;
  readonly op: string;
  readonly message: string;
}

export type Warning = Anomaly | UserWarning;

export class AnswerWriter {
  /** For what is said by this answer alone. */
  readonly document: DocumentWriter;
  private elements = 0;
  private whole: string | Buffer | undefined;
  private readonly options: AnswerOptions;

  /** `tick` is called for each 64 KiB or so. */
  constructor(options: AnswerOptions, tick: () => void) {
    this.options = options;
    this.document = documentWriter(options.mediaType, { onFlush: tick, maxElements: MAX_ANSWER });
  }

  /** Elements of a tensor that was written straight to the document. */
  count(elements: number): void {
    this.elements += elements;
  }

  tensor(tensor: Tensor): void {
    this.count(tensor.numel);
    this.document.tensor(tensor, this.options.tensorFormat);
  }

  /** `[tensor, …]` */
  list(tensors: readonly Tensor[]): void {
    this.document.list();
    for (const tensor of tensors) this.tensor(tensor);
    this.document.end();
  }

  /** `{name: tensor}`, or of several tensors where a name has a list; a gradient that does not exist gives its reason. */
  tensors(entries: Iterable<readonly [string, Tensor | readonly Tensor[] | Absent]>): void {
    const { document } = this;
    document.map();
    for (const [name, value] of entries) {
      document.key(name);
      if ('reason' in value) document.map().key('reason').string(value.reason).end();
      else if (Array.isArray(value)) this.list(value);
      else this.tensor(value as Tensor);
    }
    document.end();
  }

  /** The member `graph`, where it is asked for. */
  graph(graph: Document, outputs: readonly string[], untold?: ReadonlySet<string>): void {
    if (this.options.graphScope === 'none') return;
    this.document.key('graph');
    this.graphDocument(graph, outputs, untold);
  }

  /** The graph document alone. */
  graphDocument(graph: Document, outputs: readonly string[], untold?: ReadonlySet<string>): void {
    const { graphScope, graphValues } = this.options;
    writeGraph(this.document, graph, { values: graphValues, outputs, untold, backward: graphScope === 'both' });
  }

  /** The member `warnings`, where they are asked for or there are any. */
  warnings(warnings: readonly Warning[]): void {
    if (this.options.anomaly || warnings.length > 0) this.document.key('warnings').value(warnings);
  }

  /** Answers a text, or bytes, in place of the document. */
  instead(whole: string | Buffer): void {
    this.whole = whole;
  }

  finish(inputs: readonly Tensor[]): Answer {
    const elements = inputs.reduce((n, t) => n + t.numel, this.elements);
    return { body: this.whole ?? this.document.finish(), elements };
  }
}
