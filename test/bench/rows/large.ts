import { post, timingOf } from '../client.ts';
import { compare, type Measured } from '../comparison.ts';
import { interleave, messageOf, type Side, sample } from '../measure.ts';
import { serveGradwire, servePeer } from '../processes/servers.ts';
import { type Format, formats } from './formats.ts';
import { type Context, noteFailures, type Row } from './row.ts';

const megabytes = (body: Buffer): string => `${(body.length / 1e6).toFixed(1)} MB`;

const side = (name: string, url: string, { body, headers }: Format): Side => ({
  name,
  round: (seconds) =>
    sample(seconds, async () => {
      await post(url, body, headers);
      return undefined;
    }),
});

export const large: Row = {
  name: 'large',
  title: 'A request of a million numbers',
  measures:
    'The time of one `{"input": [1e6 numbers]}` to sigmoid with gradient and graph, one at a time: from the first byte sent to the last byte received, which the client does not parse. As JSON, and in the answer too; or as base64 or CBOR, and in the answer too, against the peers’ JSON. Every server on the first core, the client on the second.',
  needs: ['peers'],
  async run(context: Context): Promise<Measured[]> {
    const { machine, pace, leaveOut, note } = context;
    await using us = await serveGradwire(machine);
    await using plain = await servePeer(machine, 'plain');
    await using tuned = await servePeer(machine, 'tuned');
    const url = `${us.origin}/v1/activations/sigmoid`;
    const all = formats();
    const ours: { format: Format; side: Side }[] = [];
    for (const format of all) {
      const { name, body, headers, check } = format;
      try {
        const answer = await post(url, body, headers);
        check(answer);
        note(`${name}: ${megabytes(body)} sent, ${megabytes(answer.body)} answered`);
        ours.push({ format, side: side(name, url, format) });
      } catch (error) {
        leaveOut(`1e6 numbers as ${name}: ${messageOf(error)}`, format.plainTarget);
      }
    }
    const [json] = all;
    const peers = [
      side('FastAPI + PyTorch, JSON', `${plain.origin}/sigmoid`, json),
      side('ASGI + PyTorch, tuned, JSON', `${tuned.origin}/sigmoid`, json),
    ];
    const turns = await interleave([...ours.map(({ side }) => side), ...peers], pace);
    noteFailures(turns, '1e6 numbers', context);
    for (const { format } of ours) {
      const timing = timingOf(await post(url, format.body, format.headers));
      if (timing !== undefined) note(`${format.name}, one answer's Server-Timing: ${timing}`);
    }
    const [plains, tuneds] = turns.slice(ours.length);
    return ours.flatMap(({ format }, i) => {
      const what = `sigmoid of 1e6 numbers as ${format.name}`;
      const how = { unit: 'ms', ratio: 'faster' } as const;
      return [
        ...compare(what, turns[i], plains, { ...how, target: format.plainTarget }),
        ...compare(what, turns[i], tuneds, { ...how, target: format.tunedTarget }),
      ];
    });
  },
};
