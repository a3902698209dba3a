/** The bytes of a request's body, copied at most once on their way in, and a piece at a time. */
import type { Readable } from 'node:stream';
import { errorCodes, type FastifyRequest } from 'fastify';
import type { Ticket } from '../threads/admission.ts';
import { free } from '../threads/transfer.ts';

/**
 * From here on a body is large: reading it would make others wait, so that a worker does it, and its
 * memory is counted.
 */
export const LARGE_BODY = 100_000;

/** The most that a socket gives at a time. */
const SOCKET_CHUNK = 65_536;

class Receiver {
  private readonly announced: number;
  private readonly limit: number;
  private readonly open: (announced: number) => Ticket;
  private readonly chunks: Buffer[] = [];
  private whole: Buffer | undefined;
  private length = 0;
  ticket: Ticket | undefined;

  constructor(announced: number, limit: number, open: (announced: number) => Ticket) {
    this.announced = announced;
    this.limit = limit;
    this.open = open;
    if (announced > limit) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
    if (announced >= LARGE_BODY) {
      this.ticket = open(announced);
      // What is only announced takes no memory yet: the system gives a page when it is written to.
      this.whole = Buffer.allocUnsafeSlow(announced);
    }
  }

  add(chunk: Buffer): void {
    const from = this.length;
    this.length += chunk.length;
    if (this.length > this.limit) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
    if (this.length > this.announced) throw new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH();
    if (this.ticket === undefined && this.length >= LARGE_BODY) {
      this.ticket = this.open(0);
      this.ticket.take(from);
    }
    this.ticket?.take(chunk.length);
    if (this.whole === undefined) this.chunks.push(chunk);
    else {
      this.whole.set(chunk, from);
      // What came from a socket is ours; a larger piece is somebody's who calls from this process.
      if (chunk.length <= SOCKET_CHUNK) free(chunk);
    }
  }

  finish(): Buffer {
    if (this.length < this.announced) throw new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH();
    if (this.whole !== undefined) return this.whole;
    if (this.chunks.length === 1) return this.chunks[0];
    const whole = Buffer.allocUnsafeSlow(this.length);
    let at = 0;
    for (const chunk of this.chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

/**
 * Gathers a body of at most `limit` bytes. A large one has to be let in by `open`, and has a buffer of
 * its own, so that it can move to another thread. Its ticket is for `done` to close.
 */
export function receive(
  request: FastifyRequest,
  payload: Readable,
  limit: number,
  open: (announced: number) => Ticket,
  done: (error: Error | null, bytes?: Buffer, ticket?: Ticket) => void,
): void {
  let receiver: Receiver;
  const stop = (): void => {
    payload.off('data', onData);
    payload.off('end', onEnd);
    payload.off('error', onError);
  };
  const fail = (error: Error): void => {
    stop();
    receiver.ticket?.close();
    done(error);
  };
  const onData = (chunk: Buffer): void => {
    try {
      receiver.add(chunk);
    } catch (error) {
      fail(error as Error);
    }
  };
  const onEnd = (): void => {
    let bytes: Buffer;
    try {
      bytes = receiver.finish();
    } catch (error) {
      fail(error as Error);
      return;
    }
    stop();
    done(null, bytes, receiver.ticket);
  };
  const onError = (error: Error & { statusCode?: number }): void => {
    error.statusCode ??= 400;
    fail(error);
  };
  try {
    receiver = new Receiver(Number(request.headers['content-length']), limit, open);
  } catch (error) {
    done(error as Error);
    return;
  }
  payload.on('data', onData);
  payload.on('end', onEnd);
  payload.on('error', onError);
}
