/** The bytes of a request's body, copied at most once on their way in, and a piece at a time. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { errorCodes } from 'fastify';
import type { Ticket } from '../threads/admission.ts';
import { free } from '../threads/transfer.ts';
import { tooLarge } from './problem.ts';

/**
 * From here on a body is large: reading it would make others wait, so that a worker does it, and its
 * memory is counted.
 */
export const LARGE_BODY = 100_000;

/** The most that a socket gives at a time. */
const SOCKET_CHUNK = 65_536;

/** Counts the bytes that a body takes on its way in: from LARGE_BODY on it needs a ticket. */
export class Intake {
  ticket: Ticket | undefined;
  private bytes = 0;
  private readonly open: (announced: number) => Ticket;

  constructor(open: (announced: number) => Ticket) {
    this.open = open;
  }

  announce(bytes: number): void {
    if (bytes >= LARGE_BODY) this.ticket = this.open(bytes);
  }

  /** @throws Overloaded */
  take(bytes: number): void {
    this.bytes += bytes;
    if (this.ticket !== undefined) this.ticket.take(bytes);
    else if (this.bytes >= LARGE_BODY) {
      this.ticket = this.open(0);
      this.ticket.take(this.bytes);
    }
  }
}

class Receiver {
  private readonly announced: number;
  private readonly limit: number;
  private readonly intake: Intake;
  private readonly chunks: Buffer[] = [];
  private whole: Buffer | undefined;
  private length = 0;

  constructor(announced: number, limit: number, intake: Intake) {
    this.announced = announced;
    this.limit = limit;
    this.intake = intake;
    if (announced > limit) throw tooLarge(limit);
    if (announced >= LARGE_BODY) {
      intake.announce(announced);
      // What is only announced takes no memory yet: the system gives a page when it is written to.
      this.whole = Buffer.allocUnsafeSlow(announced);
    }
  }

  add(chunk: Buffer): void {
    const from = this.length;
    this.length += chunk.length;
    if (this.length > this.limit) throw tooLarge(this.limit);
    if (this.length > this.announced) throw new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH();
    this.intake.take(chunk.length);
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
 * Gathers a body of at most `limit` bytes. A large one has to be let in, and has a buffer of its own, so that it
 * can move to another thread. The intake's ticket is for `done` to close.
 */
export function receive(
  headers: IncomingHttpHeaders,
  payload: Readable,
  limit: number,
  intake: Intake,
  done: (error: Error | null, bytes?: Buffer) => void,
): void {
  let receiver: Receiver;
  // Taking listeners off a stream costs as much as reading a short body: they stay, and hear nothing any more.
  let over = false;
  const fail = (error: Error): void => {
    if (over) return;
    over = true;
    done(error);
  };
  const onData = (chunk: Buffer): void => {
    if (over) return;
    try {
      receiver.add(chunk);
    } catch (error) {
      fail(error as Error);
    }
  };
  const onEnd = (): void => {
    if (over) return;
    let bytes: Buffer;
    try {
      bytes = receiver.finish();
    } catch (error) {
      fail(error as Error);
      return;
    }
    over = true;
    done(null, bytes);
  };
  const onError = (error: Error & { statusCode?: number }): void => {
    error.statusCode ??= 400;
    fail(error);
  };
  try {
    receiver = new Receiver(Number(headers['content-length']), limit, intake);
  } catch (error) {
    done(error as Error);
    return;
  }
  payload.on('data', onData);
  payload.on('end', onEnd);
  payload.on('error', onError);
}
