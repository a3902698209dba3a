/** What the service is started with, apart from its own settings. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const allocatorSettings = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/\b(MALLOC_\w+)=(\d+)/g)].map(([, name, value]) => [name, value]));

it('npm start and the image say the same to the allocator of the system', () => {
  const ofStart = allocatorSettings(JSON.parse(read('package.json')).scripts.start);
  expect(Object.keys(ofStart)).toContain('MALLOC_ARENA_MAX');
  expect(allocatorSettings(read('Dockerfile'))).toEqual(ofStart);
  for (const name of Object.keys(ofStart)) expect(read('README.md')).toContain(`\`${name}\``);
});
