/** API keys, which are compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const digest = (key: string): Buffer => createHash('sha256').update(key).digest();

/** The key that a request shows: `Authorization: Bearer …` or `X-API-Key`. */
export function shownKey(headers: IncomingHttpHeaders): string | undefined {
  const sent = headers['x-api-key'];
  if (typeof sent === 'string') return sent;
  return /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];
}

export class ApiKeys {
  private readonly digests: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.digests = keys.map(digest);
  }

  /** Whether a key is asked for at all. */
  get used(): boolean {
    return this.digests.length > 0;
  }

  /** Which of the keys it is; -1 for none of them. */
  find(key: string): number {
    const sent = digest(key);
    let found = -1;
    this.digests.forEach((known, i) => {
      if (timingSafeEqual(known, sent)) found = i;
    });
    return found;
  }
}
