import { interleave, type Measured, type Side } from '../measure.ts';
import { type Server, serveGradwire, servePeer } from '../servers.ts';
import { CONNECTIONS, wrk } from '../wrk.ts';
import type { Row } from './row.ts';

const BODY = JSON.stringify({ input: [0.1, 0.2, -0.3, 1.5, -2.5, 3.25, 0.75, -0.125, 5, -4.5] });

const side = (name: string, server: Server, path: string): Side => ({
  name,
  round: (seconds) => wrk(server.origin + path, BODY, seconds),
});

export const small: Row = {
  name: 'small',
  title: 'Small requests a second',
  measures: `\`{"input": [10 numbers]}\` to sigmoid, answered with output, gradient and graph. Every server on one core, wrk with ${CONNECTIONS} connections on another; none writes a log line a request.`,
  needs: ['peers', 'wrk'],
  async run({ machine, pace }): Promise<Measured[]> {
    await using us = await serveGradwire(machine);
    await using plain = await servePeer(machine, 'plain');
    await using tuned = await servePeer(machine, 'tuned');
    const [ours, plains, tuneds] = await interleave(
      [
        side('Gradwire', us, '/v1/activations/sigmoid'),
        side('plain', plain, '/sigmoid'),
        side('tuned', tuned, '/sigmoid'),
      ],
      pace,
    );
    const what = 'sigmoid of 10 numbers';
    return [
      { what, unit: 'requests/s', ours, peer: { name: 'FastAPI + PyTorch', rounds: plains } },
      { what, unit: 'requests/s', ours, peer: { name: 'ASGI + PyTorch, tuned', rounds: tuneds } },
    ];
  },
};
