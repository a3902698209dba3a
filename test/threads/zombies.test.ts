import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../support/zombies.ts');

it('threads that cannot be ended are noticed, are not replaced without end, and do not keep the process', async () => {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const said = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(said.filter(({ message }) => message !== undefined).map(({ alive }) => alive)).toEqual([1, 2]);
  expect(said.flatMap(({ outcomes }) => outcomes ?? [])).toEqual([
    'ThreadLost',
    'ThreadLost',
    'Overloaded',
    'Overloaded',
  ]);
  expect(said.at(-1).closing).toBeLessThan(2000);
  expect(code).toBe(0);
});
