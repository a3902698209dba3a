/** The largest that the defaults let in, of every kind. */
import { JSON_TYPE, jsonBody, post } from '../client.ts';
import { numbers } from '../numbers.ts';
import type { Server } from '../processes/servers.ts';
import { CBOR_TYPE, cborBody } from './formats.ts';

/** BODY_LIMIT, but for the little that stands around the numbers. */
const BODY = 64 * 2 ** 20 - 1000;
/** MAX_ELEMENTS. */
const ELEMENTS = 2 ** 28;
const NODES = 50_000;

const SIGMOID = '/v1/activations/sigmoid';
const EVALUATE = '/v1/evaluate';

function decimals(): Buffer {
  const some = numbers(10_000).map((value) => value.toFixed(6));
  const text = `${some.join()},`;
  const times = Math.floor(BODY / text.length);
  return Buffer.from(`{"input":[${text.repeat(times)}0],"tensor_format":"flat","graph_scope":"none"}`);
}

const graph = () => {
  const nodes = Array.from({ length: NODES }, (_, i) => ({ op: 'sin', inputs: [`x${i}`], outputs: [`x${i + 1}`] }));
  return { inputs: ['x0'], nodes, outputs: [`x${NODES}`] };
};

const CODE = [
  `x = torch.ones(${ELEMENTS / 2}) * 2\ny = x.sum()`,
  'x = torch.zeros(1)\nfor i in range(60_000): x = x + 1\ny = x',
  'kept = [[i] for i in range(500_000)]\nd = {i: str(i) for i in range(300_000)}\ny = torch.ones(1)',
  'x = torch.randn(2000, 2000)\nfor i in range(3): x = (x @ x).tanh()\ny = x.sum()',
];

/** One after the other. */
export async function sendLargest({ origin }: Server, progress: (what: string) => void): Promise<void> {
  const send = async (
    what: string,
    body: Buffer,
    path = EVALUATE,
    headers: typeof JSON_TYPE | typeof CBOR_TYPE = JSON_TYPE,
  ) => {
    progress(what);
    await post(origin + path, body, headers);
  };
  const floats = Float32Array.from(numbers(BODY / 4));
  await send('64 MB of JSON', decimals(), SIGMOID);
  await send('64 MB of CBOR', cborBody(floats), SIGMOID, CBOR_TYPE);
  const base64 = Buffer.from(floats.buffer, 0, Math.floor((BODY * 3) / 16) * 4).toString('base64');
  await send('64 MB of base64', jsonBody({ input: { base64 }, tensor_format: 'base64' }), SIGMOID);
  await send(
    `${NODES} nodes`,
    jsonBody({
      inputs: { x0: { data: [1], requires_grad: true } },
      graph: graph(),
      grad: { outputs: [`x${NODES}`], grad_outputs: [[1]] },
      graph_scope: 'both',
    }),
  );
  for (const code of CODE) await send(code.split('\n')[0], jsonBody({ code, outputs: ['y'], graph_scope: 'none' }));
  progress('a workspace');
  const { body } = await post(`${origin}/v1/sessions`, jsonBody({}), JSON_TYPE, 201);
  const at = `${origin}/v1/sessions/${JSON.parse(body.toString()).id}`;
  const put = await fetch(`${at}/tensors/x`, {
    method: 'PUT',
    headers: { 'content-type': CBOR_TYPE['content-type'] },
    body: cborBody(floats).subarray(7),
  });
  if (!put.ok) throw new Error(`a tensor was not put: ${put.status} ${await put.text()}`);
  for (const code of CODE) await post(`${at}/cells`, jsonBody({ code: `import torch\n${code}`, graph_scope: 'none' }));
  const { ok, status } = await fetch(at, { method: 'DELETE' });
  if (!ok) throw new Error(`a workspace could not be deleted: ${status}`);
}
