/** Request bodies by their media type. Nothing of HTTP is needed: it runs in any thread. */
import { readCbor } from './cbor/reader.ts';
import { type ReadOptions, readJson, type Slot } from './json/reader.ts';

/** The media types of documents, the default first. */
export const DOCUMENT_TYPES = ['application/json', 'application/cbor'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

/**
 * Reads a whole body, no longer compressed. In its slots stand {@link TensorLiteral}s, which may refer to
 * `bytes`: those have to stay as they are until the tensors are made.
 *
 * @throws JsonError, with a pointer to the place, whatever the media type; EngineError where the values would cost
 * too much memory
 */
export function readBody(bytes: Uint8Array, type: DocumentType, slot: Slot, options?: ReadOptions): unknown {
  return type === 'application/cbor' ? readCbor(bytes, slot, options) : readJson(bytes, slot, options);
}
