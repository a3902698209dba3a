/** A client that keeps its connections and reads answers without parsing them. */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';

const PATIENCE_MS = 60_000;
const agent = new Agent({ keepAlive: true });

export interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The Server-Timing header of an answer. */
export const timingOf = ({ headers }: Answer): string | undefined => {
  const header = headers['server-timing'];
  return Array.isArray(header) ? header.join(',') : header;
};

/** What a problem document says in a sentence, or the beginning of any other answer. */
function detailOf(body: Buffer): string {
  const text = body.toString();
  try {
    return JSON.parse(text).detail ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}

/** Sends a body and resolves, when the last byte of the answer is there, with that answer. Any status but the expected one throws. */
export function post(
  url: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
  expected = 200,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } };
    const call = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const whole = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
        if (response.statusCode === expected) resolve({ headers: response.headers, body: whole });
        else reject(new Error(`${new URL(url).pathname} answered ${response.statusCode}: ${detailOf(whole)}`));
      });
    });
    call.setTimeout(PATIENCE_MS, () => call.destroy(new Error(`${url} was silent for ${PATIENCE_MS / 1000} s`)));
    call.on('error', reject);
    call.end(body);
  });
}

export const JSON_TYPE = { 'content-type': 'application/json' } as const;

export const jsonBody = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
