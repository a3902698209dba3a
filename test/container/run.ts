/**
 * Builds the image, runs it as a careful operator would (no capabilities, a read-only file system, a
 * port of its own) and looks at what comes out. Needs a Docker engine; `npm run container`.
 *
 * `DOCKER` names the client where it is not `docker`. The last line counts: "N passed, N failed".
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const client = process.env.DOCKER || 'docker';
const image = 'gradwire-test';
const name = `gradwire-test-${process.pid}`;

const docker = async (...args: string[]): Promise<string> => (await run(client, args)).stdout.trim();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  assert(address !== null && typeof address === 'object');
  return address.port;
}

let passed = 0;
let failed = 0;

async function step(title: string, body: () => void | Promise<void>): Promise<boolean> {
  try {
    await body();
    passed++;
    console.log(`ok      ${title}`);
    return true;
  } catch (error) {
    failed++;
    console.log(`not ok  ${title}`);
    console.log(String(error instanceof Error ? (error.stack ?? error.message) : error).replace(/^/gm, '        '));
    return false;
  }
}

const sigmoid = JSON.stringify({ input: [-77.777778, 0] });

/** Sends the head and half of a request, and hands back what sends the rest and reads the answer. */
async function halfRequest(port: number): Promise<() => Promise<string>> {
  const socket = connect(port, '127.0.0.1');
  const ended = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    socket.on('close', () => resolve(text)).on('error', reject);
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer for 20 s')));
  });
  ended.catch(() => {});
  await once(socket, 'connect');
  socket.write(
    `POST /v1/activations/sigmoid HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(sigmoid)}\r\n\r\n${sigmoid.slice(0, 8)}`,
  );
  return () => {
    socket.write(sigmoid.slice(8));
    return ended;
  };
}

async function look(): Promise<void> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;

  const started = await step('starts without capabilities on a read-only file system', async () => {
    const limits = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
    await docker('run', '-d', '--name', name, '--network', 'host', ...limits, '-e', `PORT=${port}`, image);
  });
  if (!started) return;

  const healthy = await step('turns healthy on the port it was given', async () => {
    const until = Date.now() + 60_000;
    let status = '';
    while (status !== 'healthy') {
      status = await docker('inspect', '-f', '{{.State.Health.Status}}{{if not .State.Running}} (ended){{end}}', name);
      if (status.endsWith('(ended)') || status === 'unhealthy' || Date.now() > until) {
        const { stdout, stderr } = await run(client, ['logs', name]);
        throw new Error(`the container is ${status}\n${stdout}${stderr}`);
      }
      await sleep(250);
    }
  });
  if (!healthy) return;

  await step('does not run as root', async () => {
    assert.notEqual(await docker('exec', name, 'id', '-u'), '0');
  });

  await step('is Node itself as the first process', async () => {
    assert.match(await docker('exec', name, 'cat', '/proc/1/comm'), /^(node|MainThread)$/);
  });

  await step('holds no packages of development', async () => {
    const packages = (await docker('exec', name, 'ls', 'node_modules')).split('\n');
    for (const dev of ['vitest', 'typescript', 'undici', 'node']) assert(!packages.includes(dev), dev);
  });

  await step('holds compiled code, which its user can read', async () => {
    const entries = await docker('exec', name, 'sh', '-c', 'find "$NODE_COMPILE_CACHE" -type f -readable | wc -l');
    assert(Number(entries) > 1000, entries);
  });

  await step('computes', async () => {
    const answer = await fetch(`${base}/v1/activations/sigmoid`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: sigmoid,
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    const { output, grad, graph } = JSON.parse(text);
    assert.equal(output.data[0].toPrecision(5), '1.6655e-34');
    assert.deepEqual([output.data[1], grad.input.data[1]], [0.5, 0.25]);
    assert.equal(graph.format, 'gradwire/graph@1');
  });

  await step('shows its documentation', async () => {
    for (const path of ['/docs', '/openapi.json', '/readyz'])
      assert.equal((await fetch(base + path)).status, 200, path);
  });

  await step('answers what is in flight after SIGTERM, and ends with 0', async () => {
    const finish = await halfRequest(port);
    await sleep(300);
    await docker('kill', '--signal', 'TERM', name);
    await sleep(700);
    const answer = await finish();
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /0\.5/);
    const timeout = sleep(20_000, 'still running after 20 s', { ref: false });
    assert.equal(await Promise.race([docker('wait', name), timeout]), '0');
  });

  await step('is gone from its port', async () => {
    await assert.rejects(fetch(`${base}/livez`));
  });
}

const built = await step('the image is built', () => {
  execFileSync(client, ['build', '--network', 'host', '-t', image, root], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DOCKER_BUILDKIT: '1' },
  });
});
if (built) {
  try {
    await look();
  } finally {
    await docker('rm', '-f', name).catch(() => {});
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
