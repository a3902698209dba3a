import { atLeast, compare, type Measured } from '../comparison.ts';
import { interleave, type Side } from '../measure.ts';
import { SMALL_INPUT } from '../numbers.ts';
import { type Server, serveGradwire, servePeer } from '../processes/servers.ts';
import { CONNECTIONS, wrk } from '../processes/wrk.ts';
import { noteFailures, type Row } from './row.ts';

const BODY = JSON.stringify({ input: SMALL_INPUT });

/** About 100,000 requests are over before all that runs is compiled: its rounds, and so its warm-up, are longer. */
const LONGER = 3;

const side = (name: string, server: Server, path: string): Side => ({
  name,
  round: async (seconds) => ({ value: await wrk(server.origin + path, BODY, seconds) }),
});

export const small: Row = {
  name: 'small',
  title: 'Small requests a second',
  measures: `\`{"input": [${SMALL_INPUT.length} numbers]}\` to sigmoid, answered with output, gradient and graph. Every server on the first core, wrk with ${CONNECTIONS} connections on the second; none writes a log line a request.`,
  needs: ['peers', 'wrk'],
  async run(context): Promise<Measured[]> {
    const { machine, pace } = context;
    await using us = await serveGradwire(machine);
    await using plain = await servePeer(machine, 'plain');
    await using tuned = await servePeer(machine, 'tuned');
    const sides = [
      side('Gradwire', us, '/v1/activations/sigmoid'),
      side('FastAPI + PyTorch', plain, '/sigmoid'),
      side('ASGI + PyTorch, tuned', tuned, '/sigmoid'),
    ];
    const turns = await interleave(sides, { ...pace, seconds: LONGER * pace.seconds });
    noteFailures(turns, 'sigmoid of 10 numbers', context);
    const [ours, plains, tuneds] = turns;
    const what = 'sigmoid of 10 numbers';
    return [
      ...compare(what, ours, plains, { unit: 'requests/s', ratio: 'faster', target: atLeast(12) }),
      ...compare(what, ours, tuneds, { unit: 'requests/s', ratio: 'faster', target: atLeast(3.5) }),
    ];
  },
};
