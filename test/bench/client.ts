/** A client that keeps its connection and reads answers without parsing them. */
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Sends a body and resolves, when the last byte of the answer is there, with that answer. Any status but 200 throws. */
export function post(url: string, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
        else
          reject(
            new Error(`${url} answered ${response.statusCode}: ${Buffer.concat(chunks).toString().slice(0, 300)}`),
          );
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

export const jsonBody = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
