/** The connections of the server: what is in flight on each, and how they are closed without losing an answer. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** What is still read, and thrown away, of a body that is not wanted: so that its client comes to read the answer. */
const LINGER = { bytes: 2 ** 27, ms: 30_000, silenceMs: 5000 } as const;
const LOOK_MS = 250;

/** How long a client may be silent in the middle of a body, when the service goes, and still get its answer. */
const BODY_SILENCE_MS = 2500;

/**
 * Closes a connection as soon as its client has closed its side, or has sent too much, for too long, or nothing
 * for a while. Closed at once, with bytes of the client still under way, the system would answer them with a
 * reset, which throws away what the client has not read yet: it would see a broken pipe in place of the answer.
 */
export function closeLingering(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.writable) socket.end();
  const { bytesRead: first } = socket;
  const until = performance.now() + LINGER.ms;
  let seen = first;
  let seenAt = performance.now();
  socket.resume();
  const timer = setInterval(() => {
    const now = performance.now();
    const { bytesRead } = socket;
    if (bytesRead !== seen) {
      seen = bytesRead;
      seenAt = now;
    }
    if (now > until || now - seenAt > LINGER.silenceMs || bytesRead - first > LINGER.bytes) socket.destroy();
  }, LOOK_MS);
  timer.unref();
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearInterval(timer));
}

/** Whether a part of a request's body has not been read. */
export const isUnread = (request: IncomingMessage): boolean => request.complete === false;

/** To be called before the last answer on a connection: what the client still sends is read for a while. */
export function lingerAfterAnswer({ socket }: IncomingMessage): void {
  // The server calls this when the answer was written.
  if (socket instanceof Socket) socket.destroySoon = () => closeLingering(socket);
}

const isAwaitingBody = (r: ServerResponse): boolean => !r.headersSent && !r.writableFinished && !r.req.complete;

class Connection {
  readonly socket: Socket;
  /** The last one that was begun: those before it end sooner. */
  private current: ServerResponse | null = null;
  /** Of a client that does not wait for answers: those before the last one, of which some are not done. */
  private earlier: ServerResponse[] = [];
  private last = false;
  private bytesSeen = -1;
  private bytesSeenAt = 0;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  add(response: ServerResponse): void {
    const { current } = this;
    // Most often there is one, which is done.
    if (current !== null && !current.writableFinished) {
      this.earlier = this.earlier.filter((other) => !other.writableFinished);
      this.earlier.push(current);
    }
    this.current = response;
    if (this.last) response.shouldKeepAlive = false;
  }

  private get responses(): ServerResponse[] {
    return this.current === null ? [] : [...this.earlier, this.current];
  }

  /** Answers that are still to be begun say that the connection closes after them. */
  announceEnd(): void {
    this.last = true;
    for (const response of this.responses) if (!response.headersSent) response.shouldKeepAlive = false;
  }

  whenAnswered(then: () => void): void {
    const { current } = this;
    if (current === null || current.writableFinished) then();
    else current.once('close', then);
  }

  /** Whether an answer is due to a request that has come whole, or is under way. */
  get busy(): boolean {
    if (this.socket.destroyed) return false;
    return (
      this.responses.some((r) => !r.writableFinished && (r.req.complete || r.headersSent)) ||
      (this.current !== null && this.socket.writableLength > 0)
    );
  }

  /** Whether the body of a request is still coming: by and by, not with a client that has fallen silent. */
  isReceiving(now: number): boolean {
    const { bytesRead } = this.socket;
    if (bytesRead !== this.bytesSeen) {
      this.bytesSeen = bytesRead;
      this.bytesSeenAt = now;
    }
    return !this.socket.destroyed && now - this.bytesSeenAt < BODY_SILENCE_MS && this.responses.some(isAwaitingBody);
  }
}

export class Connections {
  private readonly open = new Map<Socket, Connection>();
  private ending = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      const connection = new Connection(socket);
      if (this.ending) connection.announceEnd();
      this.open.set(socket, connection);
      socket.once('close', () => this.open.delete(socket));
    });
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      this.open.get(request.socket)?.add(response);
    });
    // Who expects to be told to go on is told when the body is wanted; other expectations there are none.
    for (const event of ['checkContinue', 'checkExpectation']) {
      server.on(event, (request, response) => server.emit('request', request, response));
    }
  }

  /** From here on each answer is the last one of its connection. */
  announceEnd(): void {
    this.ending = true;
    for (const connection of this.open.values()) connection.announceEnd();
  }

  get size(): number {
    return this.open.size;
  }

  /**
   * Where an answer is due on a connection, closes it behind that one; false where none is. Nothing else may be written
   * there: it would be taken for the answer, or for a part of it.
   */
  closeBehindAnswer(socket: Socket): boolean {
    const connection = this.open.get(socket);
    if (connection === undefined || !connection.busy) return false;
    connection.whenAnswered(() => closeLingering(socket));
    return true;
  }

  /** Closes all on which no answer is due, now or once a request's body has come. */
  closeIdle(): void {
    const now = performance.now();
    for (const connection of [...this.open.values()]) {
      if (!connection.busy && !connection.isReceiving(now)) connection.socket.destroy();
    }
  }

  /** Closes all that are left; gives how many of them waited for an answer. */
  closeAll(): number {
    let cut = 0;
    for (const connection of [...this.open.values()]) {
      if (connection.busy) cut++;
      connection.socket.destroy();
    }
    return cut;
  }
}
