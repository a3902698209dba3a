/** A client that sends what it is told to, whatever HTTP says of it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';

export class RawClient {
  readonly socket: Socket;
  text = '';
  ended = false;
  closed = false;
  /** Such as ECONNRESET. */
  error: string | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => (this.text += chunk));
    socket.on('end', () => (this.ended = true));
    socket.on('error', (error: Error & { code?: string }) => (this.error = error.code));
    socket.on('close', () => (this.closed = true));
  }

  static async open(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** The status of the first answer, as soon as it is there. */
  async status(): Promise<number> {
    await expect.poll(() => this.text, { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 (?!100)\d{3} [\s\S]*\r\n\r\n/);
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.text)?.[1]);
  }

  async untilClosed(timeout = 10_000): Promise<this> {
    await expect.poll(() => this.closed, { timeout }).toBe(true);
    return this;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** The head of a request. */
export const head = (method: string, path: string, headers: Record<string, string | number> = {}): string =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
