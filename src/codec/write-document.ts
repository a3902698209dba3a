/** Documents by their media type, as {@link readBody} reads them. */
import { CborWriter } from './cbor/writer.ts';
import type { DocumentWriter, WriterOptions } from './document-writer.ts';
import { JsonWriter } from './json/writer.ts';
import type { DocumentType } from './read-body.ts';

export function documentWriter(type: DocumentType = 'application/json', options?: WriterOptions): DocumentWriter {
  return type === 'application/cbor' ? new CborWriter(options) : new JsonWriter(options);
}

/** A whole document of plain data. */
export const documentOf = (value: unknown, type?: DocumentType): string | Buffer =>
  documentWriter(type).value(value).finish();
