import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkArrows, importsOf, readSources } from './tools/arrows.ts';

const check = (sources: Record<string, string>): string[] => checkArrows(new Map(Object.entries(sources)));

describe('the arrows between rooms', () => {
  it('hold in src/', () => {
    const sources = readSources(join(import.meta.dirname, '..'));
    expect(sources.size).toBeGreaterThan(5);
    expect(checkArrows(sources)).toEqual([]);
  });

  it('run down', () => {
    expect(
      check({
        'src/http/app.ts': "import fastify from 'fastify';\nimport { run } from '../compute/scope.ts';",
        'src/compute/scope.ts': "import { replay } from '../graph/replay.ts';\nimport { Op } from '../ops/define.ts';",
        'src/graph/replay.ts': "import { Tensor } from '#src/tensor/tensor.ts';\nimport { z } from 'zod';",
        'src/tensor/tensor.ts': "import { readFileSync } from 'node:fs';\nimport './shape.ts';",
        'src/tensor/shape.ts': '',
        'src/ops/define.ts': '',
      }),
    ).toEqual([]);
  });

  it.each([
    ['src/tensor/a.ts', "import { op } from '../ops/define.ts';", 'tensor may not import ops'],
    ['src/tensor/a.ts', "import type { Op } from '../ops/define.ts';", 'tensor may not import ops'],
    ['src/tensor/a.ts', "export * from '../ops/define.ts';", 'tensor may not import ops'],
    ['src/tensor/a.ts', "import '#src/ops/define.ts';", 'tensor may not import ops'],
    ['src/tensor/a.ts', "const op = await import('../ops/define.ts');", 'tensor may not import ops'],
    ['src/codec/json/a.ts', "import { op } from '../../ops/define.ts';", 'codec may not import ops'],
    ['src/http/routes/a.ts', "import { grad } from '../../autograd/grad.ts';", 'http may not import autograd'],
    ['src/compute/a.ts', "import fastify from 'fastify';", 'compute may not import fastify'],
    ['src/compute/a.ts', "import cors from '@fastify/cors';", 'compute may not import @fastify/cors'],
    ['src/compute/a.ts', "import { loadConfig } from '../config.ts';", 'compute may not import config'],
    ['src/kernels/a.ts', "import { z } from 'zod/v4';", 'kernels may not import zod/v4'],
    ['src/graph/a.ts', "import { Worker } from 'node:worker_threads';", 'graph may not import node:worker_threads'],
    ['src/compute/a.ts', "import { Cancelled } from '../threads/errors.ts';", 'compute may not import threads'],
    ['src/threads/a.ts', "import type { Run } from '../compute/scope.ts';", 'threads may not import compute'],
    ['src/http/a.ts', "import _ from 'lodash';", 'no row in the table of packages is called lodash'],
    ['src/http/a.ts', "import { it } from '../../test/helper.ts';", 'leaves src/'],
    ['src/attic/a.ts', '', 'no row in the table of rooms is called attic'],
  ])('are missed by %s: %s', (path, source, problem) => {
    const problems = check({ [path]: `// A first line.\n${source}\n` });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
    if (source !== '') expect(problems[0]).toContain(`${path}:2: `);
  });

  it('make no circle', () => {
    const files = {
      'src/ops/a.ts': "import { b } from './b.ts';",
      'src/ops/b.ts': "import { c } from './c.ts';",
      'src/ops/c.ts': "import { a } from './a.ts';",
    };
    const circle = 'src/ops/a.ts → src/ops/b.ts → src/ops/c.ts → src/ops/a.ts';
    expect(check(files)).toEqual([`imports in a circle: ${circle}`]);
    expect(check({ ...files, 'src/ops/c.ts': "import type { A } from './a.ts';" })).toEqual([]);
    expect(check({ ...files, 'src/ops/c.ts': "import { type A, type B } from './a.ts';" })).toEqual([]);
    expect(check({ ...files, 'src/ops/c.ts': "import { type A, a } from './a.ts';" })).toHaveLength(1);
  });

  it('finds ops that go past the seam of kernels', () => {
    const from = (path: string): string => `import { copy } from '../../kernels/${path}';`;
    expect(check({ 'src/ops/shape/a.ts': from('copy.ts') })).toEqual([
      'src/ops/shape/a.ts:1: ops call kernels through src/kernels/index.ts (../../kernels/copy.ts)',
    ]);
    expect(check({ 'src/ops/shape/a.ts': from('index.ts') })).toEqual([]);
    expect(check({ 'src/ops/shape/a.ts': from('formula/expression.ts') })).toEqual([]);
  });

  it('finds ops that reach for raw elements', () => {
    const source = "import { defineOp } from './define.ts';\n\nconst first = (t: Tensor) => dataOf(t)[0];";
    expect(check({ 'src/ops/shape/a.ts': source.replace('./', '../'), 'src/ops/define.ts': '' })).toEqual([
      'src/ops/shape/a.ts:3: ops leave elements to kernels (dataOf)',
    ]);
    expect(check({ 'src/ops/a.ts': 'const x = t.storage.data[0];' })).toHaveLength(1);
    expect(check({ 'src/ops/a.ts': 'reduceRows(t, [0], false, t.dtype, body);' })).toHaveLength(1);
    expect(check({ 'src/ops/a.ts': 'const last = (data, n) => data[n - 1];' })).toHaveLength(1);
    expect(check({ 'src/kernels/a.ts': 'const x = t.storage.data[0];' })).toEqual([]);
  });

  it('finds families of ops that import those above them, or each other', () => {
    const family = (from: string): string => `import { op } from '${from}';`;
    const files = {
      'src/ops/shape/views.ts': '',
      'src/ops/define.ts': '',
      'src/ops/registry.ts': family('./shape/views.ts'),
    };
    expect(check({ ...files, 'src/ops/reductions/sum.ts': family('../shape/views.ts') })).toEqual([]);
    expect(check({ ...files, 'src/ops/pointwise/abs.ts': family('../shape/views.ts') })).toEqual([
      'src/ops/pointwise/abs.ts:1: pointwise may not import shape, which stands above (../shape/views.ts)',
    ]);
    expect(check({ ...files, 'src/ops/define.ts': family('./shape/views.ts') })).toEqual([
      'src/ops/define.ts:1: what all ops share may not import a family (./shape/views.ts)',
    ]);
    expect(check({ 'src/ops/shape/a.ts': family('./b.ts'), 'src/ops/shape/b.ts': family('./a.ts') })).toEqual([
      'imports in a circle: src/ops/shape/a.ts → src/ops/shape/b.ts → src/ops/shape/a.ts',
    ]);
  });
});

describe('the start', () => {
  const sources = readSources(join(import.meta.dirname, '..'));

  /** All that is loaded along with a file: paths in src/, and packages. */
  function loadedWith(path: string, loaded = new Set<string>()): Set<string> {
    if (loaded.has(path)) return loaded;
    loaded.add(path);
    for (const { from, typeOnly, dynamic } of importsOf(sources.get(path) ?? '')) {
      if (typeOnly || dynamic) continue;
      loadedWith(from.startsWith('.') ? posix.join(posix.dirname(path), from) : from, loaded);
    }
    return loaded;
  }

  it('loads nothing that the first request may not need', () => {
    const loaded = [...loadedWith('src/http/app.ts')];
    expect(loaded).toContain('fastify');
    expect(loaded).toContain('src/ops/activations/relu.ts');
    const late = ['src/cells/', '@lezer/', '@fastify/', 'yaml', 'fastify-type-provider-zod'];
    expect(loaded.filter((path) => late.some((start) => path.startsWith(start)))).toEqual([]);
  });

  it('compiles nothing before it looks for what was compiled already', () => {
    for (const path of ['src/main.ts', 'src/warm.ts']) {
      const own = [...loadedWith(path)].filter((other) => !other.startsWith('node:'));
      expect(own, path).toEqual([path, 'src/compile-cache.ts', 'src/v8-flags.ts', 'src/vector-verdict.ts']);
    }
  });
});

describe('importsOf', () => {
  it('reads every form of import', () => {
    const source = `
import a, { b } from 'one';
import type { T } from "two";
import {
  type U,
  c,
} from 'three';
import 'four';
export { d } from 'five';
export type { V } from 'six';
export * as e from 'seven';
const f = await import('eight');
import type from 'nine';
`;
    expect(importsOf(source)).toEqual([
      { from: 'one', line: 2, typeOnly: false, dynamic: false },
      { from: 'two', line: 3, typeOnly: true, dynamic: false },
      { from: 'three', line: 4, typeOnly: false, dynamic: false },
      { from: 'four', line: 8, typeOnly: false, dynamic: false },
      { from: 'five', line: 9, typeOnly: false, dynamic: false },
      { from: 'six', line: 10, typeOnly: true, dynamic: false },
      { from: 'seven', line: 11, typeOnly: false, dynamic: false },
      { from: 'eight', line: 12, typeOnly: false, dynamic: true },
      { from: 'nine', line: 13, typeOnly: false, dynamic: false },
    ]);
  });

  it('leaves comments, names and texts alone', () => {
    const source = `
/**
 * import { a } from 'one';
 * await import('two')
 */
// import { b } from 'three';
export const from = 'four';
export type Kind = 'five' | 'six';
export const important = imports('seven');
export function g(x = 'eight') {}
`;
    expect(importsOf(source)).toEqual([]);
  });
});
