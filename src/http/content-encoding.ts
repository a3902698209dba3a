/** Compressed bodies (RFC 9110, section 8.4): what came is unpacked within a limit, what goes is packed as asked. */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { rangesOf } from './negotiate.ts';
import { type Problem, ProblemError } from './problem.ts';

/** In the order of preference where a client wants several alike: the quickest first. */
export const ENCODINGS = ['zstd', 'br', 'gzip'] as const;
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

interface Unpacked {
  readonly buffer: Buffer;
  /** How much was read of what was given. */
  readonly consumed: number;
}

type Unpack = (bytes: Buffer, maxOutputLength: number) => Promise<Unpacked>;

const unpackWith =
  (
    call: (bytes: Buffer, options: zlib.ZlibOptions, done: (error: Error | null, result: unknown) => void) => void,
    params?: Record<number, number>,
  ): Unpack =>
  (bytes, maxOutputLength) =>
    new Promise((resolve, reject) => {
      const options = { info: true, maxOutputLength, chunkSize: chunkFor(4 * bytes.length), params };
      call(bytes, options as zlib.ZlibOptions, (error, result) => {
        if (error !== null) return reject(error);
        const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
        resolve({ buffer, consumed: engine.bytesWritten });
      });
    });

// RFC 9659: a window of up to 8 MiB may be asked for, and no larger one.
const unpackFrame = unpackWith(zlib.zstdDecompress as never, { [constants.ZSTD_d_windowLogMax]: 23 });

/** All frames of a zstd stream (RFC 8878, section 3). */
const unpackZstd: Unpack = async (bytes, limit) => {
  const first = await unpackFrame(bytes, limit);
  const parts = [first.buffer];
  let { consumed } = first;
  let size = first.buffer.length;
  while (consumed < bytes.length) {
    if (parts.length === MAX_FRAMES) throw new RangeError(`more than ${MAX_FRAMES} frames`);
    // A limit of nothing at all is not taken.
    const next = await unpackFrame(bytes.subarray(consumed), Math.max(limit - size, 1));
    if (next.consumed === 0) throw new RangeError('a frame of no bytes');
    consumed += next.consumed;
    size += next.buffer.length;
    if (size > limit) throw Object.assign(new RangeError('too large'), { code: TOO_LARGE });
    parts.push(next.buffer);
  }
  return { buffer: parts.length === 1 ? parts[0] : Buffer.concat(parts), consumed };
};

const UNPACK: Readonly<Record<Encoding, Unpack>> = {
  gzip: unpackWith(zlib.gunzip as never),
  br: unpackWith(zlib.brotliDecompress as never),
  zstd: unpackZstd,
};

const TOO_LARGE = 'ERR_BUFFER_TOO_LARGE';

const TOO_LARGE_PROBLEM: Problem = {
  code: 'body_too_large',
  title: 'The body is too large',
  status: 413,
  detail: 'the body, unpacked, is larger than the BODY_LIMIT of this service',
};

const badStream = (encoding: Encoding, why: string): ProblemError =>
  new ProblemError({
    code: 'invalid_body',
    title: 'The body is not what was announced',
    status: 400,
    detail: `the body is no ${encoding} stream: ${why}`,
  });

/** The codings of a `Content-Encoding`, in the order in which they were put on. */
function layersOf(header: string): Encoding[] {
  const layers: Encoding[] = [];
  for (const part of header.split(',')) {
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
 * A body without its `Content-Encoding`. Work goes on in other threads, and ends where more than `limit`
 * bytes come out.
 *
 * @throws ProblemError 415 for a coding that is not known, 413 past the limit, 400 for a stream that is none
 */
export async function unpackBody(body: Buffer, header: string, limit: number): Promise<Buffer> {
  let bytes = body;
  for (const encoding of layersOf(header).reverse()) {
    let unpacked: Unpacked;
    try {
      unpacked = await UNPACK[encoding](bytes, limit);
    } catch (error) {
      if ((error as { code?: string }).code === TOO_LARGE) throw new ProblemError(TOO_LARGE_PROBLEM);
      throw badStream(encoding, (error as Error).message);
    }
    if (unpacked.consumed < bytes.length) throw badStream(encoding, 'bytes follow its end');
    bytes = unpacked.buffer;
  }
  return bytes;
}

const deflate = { gzip: promisify(zlib.gzip), br: promisify(zlib.brotliCompress), zstd: promisify(zlib.zstdCompress) };

/** Compresses in another thread, at a level that is quick. */
export function packBody(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  const chunkSize = chunkFor(bytes.length);
  switch (encoding) {
    case 'gzip':
      return deflate.gzip(bytes, { level: 1, chunkSize });
    case 'br':
      return deflate.br(bytes, {
        chunkSize,
        params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
      });
    case 'zstd':
      return deflate.zstd(bytes, { chunkSize, params: { [constants.ZSTD_c_compressionLevel]: 1 } });
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
