/** Compressed bodies (RFC 9110, section 8.4): what came is unpacked within a limit, what goes is packed as asked. */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { rangesOf } from './negotiate.ts';
import { ProblemError, tooLarge } from './problem.ts';

/** In the order of preference where a client wants several alike: the quickest first. */
export const ENCODINGS = ['zstd', 'br', 'gzip', 'deflate'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Codings on top of each other; more help nobody. */
const MAX_LAYERS = 4;
/** Frames of one zstd stream, each of which is unpacked by a call of its own. */
const MAX_FRAMES = 1000;

const MIN_CHUNK = 16 * 1024;
const MAX_CHUNK = 2 ** 20;
/** Output is made in pieces of about its final size, within reason. */
const chunkFor = (bytes: number): number => Math.min(Math.max(bytes, MIN_CHUNK), MAX_CHUNK);

const { constants } = zlib;

/** Told of each piece that was unpacked, before the next one is; throws where there is no room for it. */
export type Take = (bytes: number) => void;

interface Unpacked {
  readonly pieces: readonly Buffer[];
  readonly size: number;
  /** How much was read of what was given. */
  readonly consumed: number;
}

type Decoder = zlib.Gunzip | zlib.Inflate | zlib.BrotliDecompress | zlib.ZstdDecompress;

const DECODERS: Readonly<Record<Encoding, (chunkSize: number) => Decoder>> = {
  gzip: (chunkSize) => zlib.createGunzip({ chunkSize }),
  // In the form of zlib (RFC 9110, section 8.4.1.2).
  deflate: (chunkSize) => zlib.createInflate({ chunkSize }),
  br: (chunkSize) => zlib.createBrotliDecompress({ chunkSize }),
  // RFC 9659: a window of up to 8 MiB may be asked for, and no larger one.
  zstd: (chunkSize) => zlib.createZstdDecompress({ chunkSize, params: { [constants.ZSTD_d_windowLogMax]: 23 } }),
};

class TooLarge extends Error {}

/** Unpacks piece by piece, in other threads, until more than `limit` bytes came out. */
function unpackStream(bytes: Buffer, encoding: Encoding, limit: number, take: Take): Promise<Unpacked> {
  return new Promise((resolve, reject) => {
    const decoder = DECODERS[encoding](chunkFor(4 * bytes.length));
    const pieces: Buffer[] = [];
    let size = 0;
    decoder.on('data', (piece: Buffer) => {
      size += piece.length;
      try {
        if (size > limit) throw new TooLarge();
        take(piece.length);
      } catch (error) {
        decoder.destroy(error as Error);
        return;
      }
      pieces.push(piece);
    });
    decoder.once('error', reject);
    decoder.once('end', () => resolve({ pieces, size, consumed: decoder.bytesWritten }));
    decoder.end(bytes);
  });
}

const whole = ({ pieces, size }: Unpacked): Buffer => (pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, size));

/** One layer. A zstd stream may have several frames (RFC 8878, section 3). */
async function unpackLayer(bytes: Buffer, encoding: Encoding, limit: number, take: Take): Promise<Buffer> {
  const first = await unpackStream(bytes, encoding, limit, take);
  let { consumed, size } = first;
  if (encoding !== 'zstd' || consumed === bytes.length) {
    if (consumed < bytes.length) throw badStream(encoding, 'bytes follow its end');
    return whole(first);
  }
  const parts = [whole(first)];
  while (consumed < bytes.length) {
    if (parts.length === MAX_FRAMES) throw badStream(encoding, `more than ${MAX_FRAMES} frames`);
    const next = await unpackStream(bytes.subarray(consumed), encoding, limit - size, take);
    if (next.consumed === 0) throw badStream(encoding, 'a frame of no bytes');
    consumed += next.consumed;
    size += next.size;
    parts.push(whole(next));
  }
  return Buffer.concat(parts, size);
}

const badStream = (encoding: Encoding, why: string): ProblemError =>
  new ProblemError({
    code: 'invalid_body',
    title: 'The body is not what was announced',
    status: 400,
    detail: `the body is no ${encoding} stream: ${why}`,
  });

/**
 * The codings of a `Content-Encoding`, in the order in which they were put on.
 *
 * @throws ProblemError 415 for one that is not known, and for too many
 */
export function layersOf(header: string | undefined): Encoding[] {
  const layers: Encoding[] = [];
  for (const part of header?.split(',') ?? []) {
    const name = part.trim().toLowerCase();
    // The second is the first one's old name (RFC 9110, section 8.4.1.3).
    const encoding = name === 'x-gzip' ? 'gzip' : name;
    if (encoding === 'identity' || encoding === '') continue;
    if (!ENCODINGS.includes(encoding as Encoding)) throw unknownEncoding(`Content-Encoding ${encoding.slice(0, 40)}`);
    layers.push(encoding as Encoding);
  }
  if (layers.length > MAX_LAYERS) throw unknownEncoding(`a body in ${layers.length} codings`);
  return layers;
}

const unknownEncoding = (what: string): ProblemError =>
  new ProblemError(
    {
      code: 'unsupported_media_type',
      title: 'Unknown coding',
      status: 415,
      detail: `${what} is not read here: a body may be coded as ${ENCODINGS.join(', ')}`,
    },
    { 'accept-encoding': ENCODINGS.join(', ') },
  );

/**
 * A body without its `Content-Encoding`. Work goes on in other threads. No layer gets larger than `limit`, and
 * `take` is told of what each of them holds while it grows.
 *
 * @throws ProblemError 415 for a coding that is not known, 413 past the limit, 400 for a stream that is none; what
 * `take` throws
 */
export async function unpackBody(body: Buffer, header: string, limit: number, take: Take): Promise<Buffer> {
  let bytes = body;
  for (const encoding of layersOf(header).reverse()) {
    try {
      bytes = await unpackLayer(bytes, encoding, limit, take);
    } catch (error) {
      if (error instanceof TooLarge) throw tooLarge(limit, true);
      // Those of zlib alone have a number.
      if (error instanceof Error && 'errno' in error) throw badStream(encoding, error.message);
      throw error;
    }
  }
  return bytes;
}

const pack = {
  gzip: promisify(zlib.gzip),
  deflate: promisify(zlib.deflate),
  br: promisify(zlib.brotliCompress),
  zstd: promisify(zlib.zstdCompress),
};

/** Compresses in another thread, at a level that is quick. */
export function packBody(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  const chunkSize = chunkFor(bytes.length);
  switch (encoding) {
    case 'gzip':
    case 'deflate':
      return pack[encoding](bytes, { level: 1, chunkSize });
    case 'br':
      return pack.br(bytes, {
        chunkSize,
        params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
      });
    case 'zstd':
      return pack.zstd(bytes, { chunkSize, params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  }
}

export interface Wanted {
  /** The best coding that is wanted at least as much as none. */
  readonly encoding: Encoding | undefined;
  /** Whether the answer may go as it is. */
  readonly identity: boolean;
}

/**
 * What an `Accept-Encoding` wants (RFC 9110, section 12.5.3).
 *
 * @example
 * wantedEncoding('gzip;q=0.8, br') // { encoding: 'br', identity: true }
 */
export function wantedEncoding(header: string): Wanted {
  const weights = new Map<string, number>();
  for (const { type, q } of rangesOf(header)) weights.set(type === 'x-gzip' ? 'gzip' : type, q);
  const rest = weights.get('*');
  let encoding: Encoding | undefined;
  let best = 0;
  for (const offer of ENCODINGS) {
    const q = weights.get(offer) ?? rest ?? 0;
    if (q > best) {
      best = q;
      encoding = offer;
    }
  }
  const identity = weights.get('identity');
  if (identity !== undefined && identity > best) encoding = undefined;
  return { encoding, identity: (identity ?? rest) !== 0 };
}
