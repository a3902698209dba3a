import { jsonBody, post } from '../client.ts';
import { interleave, type Measured, type Side, sample } from '../measure.ts';
import { type Server, serveGradwire, servePeer } from '../servers.ts';
import type { Row } from './row.ts';

const COUNT = 1_000_000;

/** Doubles between -4 and 4 with all their digits, the same in every run. */
function numbers(): number[] {
  let state = 1;
  return Array.from({ length: COUNT }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return (state / 2 ** 31) * 4;
  });
}

const side = (name: string, server: Server, path: string, body: Buffer): Side => ({
  name,
  round: (seconds) => sample(seconds, () => post(server.origin + path, body)),
});

export const large: Row = {
  name: 'large',
  title: 'A request of a million numbers',
  measures:
    'The time of one `{"input": [1e6 numbers]}` to sigmoid with gradient and graph, one at a time: from the first byte sent to the last byte received, which the client does not parse.',
  needs: ['peers'],
  async run({ machine, pace }): Promise<Measured[]> {
    const body = jsonBody({ input: numbers() });
    await using us = await serveGradwire(machine);
    await using plain = await servePeer(machine, 'plain');
    await using tuned = await servePeer(machine, 'tuned');
    const [ours, plains, tuneds] = await interleave(
      [
        side('Gradwire', us, '/v1/activations/sigmoid', body),
        side('plain', plain, '/sigmoid', body),
        side('tuned', tuned, '/sigmoid', body),
      ],
      pace,
    );
    const what = `sigmoid of 1e6 numbers, ${(body.length / 1e6).toFixed(1)} MB of JSON`;
    return [
      { what, unit: 'ms', ours, peer: { name: 'FastAPI + PyTorch', rounds: plains } },
      { what, unit: 'ms', ours, peer: { name: 'ASGI + PyTorch, tuned', rounds: tuneds } },
    ];
  },
};
