/**
 * Which way imports may run. Rooms are the folders of src/, or its single files; a room may import
 * the rooms in its row and no other. Packages are imported only where their row says, and no files
 * import each other in a circle (imports of types alone do not count there: they are gone at run time).
 * Families of ops have an order of their own.
 *
 * `npm run arrows` checks src/.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From the top of the house down. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  main: ['compile-cache', 'v8-flags', 'vector-verdict', 'config', 'exit', 'http', 'kernels'],
  warm: ['compile-cache', 'v8-flags', 'vector-verdict', 'config', 'exit', 'http', 'main'],
  http: [
    'config',
    'playground',
    'workspaces',
    'threads',
    'models',
    'compute',
    'answer',
    'graph',
    'codec',
    'ops',
    'tensor',
  ],
  workspaces: ['threads', 'models', 'compute', 'tensor'],
  threads: [],
  models: ['compute', 'answer', 'graph', 'codec', 'ops', 'autograd', 'kernels', 'tensor'],
  compute: ['answer', 'cells', 'draw', 'graph', 'codec', 'ops', 'autograd', 'kernels', 'tensor'],
  answer: ['graph', 'codec', 'ops', 'autograd', 'kernels', 'tensor'],
  graph: ['codec', 'ops', 'autograd', 'kernels', 'tensor'],
  cells: ['draw', 'ops', 'autograd', 'kernels', 'tensor'],
  draw: [],
  ops: ['autograd', 'kernels', 'tensor'],
  autograd: ['kernels', 'tensor'],
  codec: ['kernels', 'tensor'],
  kernels: ['tensor'],
  tensor: [],
  config: [],
  'compile-cache': [],
  'v8-flags': [],
  'vector-verdict': [],
  exit: [],
  playground: [],
};

/** Arrows along which only types may travel. */
const TYPES_ONLY: readonly string[] = [];

/**
 * The families of ops from the top down: each is written in those below it. A gradient rule that needs an
 * op of a family above calls it by way of src/autograd/primitives.ts, which src/ops/registry.ts fills.
 */
const FAMILIES = [
  'batching',
  'nn',
  'losses',
  'activations',
  'linalg',
  'reductions',
  'indexing',
  'shape',
  'pointwise',
  'creation',
] as const;

/** The place of a family's file in their order; −1 for all other files. */
const familyOf = (path: string): number =>
  FAMILIES.indexOf((/^src\/ops\/([^/]+)\//.exec(path)?.[1] ?? '') as (typeof FAMILIES)[number]);

/** How raw elements are reached. Ops have no loops over them: they call kernels. */
const ELEMENTS = /\b(?:numbersOf|bigintsOf|dataOf|rowsOf|reduceRows|mapRows)\b|\bstorage\.data\b|\bdata\[/;

/** All of src/kernels that ops may import: the seam, and the expressions that pointwise formulas are written in. */
const SEAM = /^src\/kernels\/(?:index\.ts$|formula\/)/;

/** All of src/ops that may import families: it lists them. */
const REGISTRY = 'src/ops/registry.ts';

/** Packages, and modules of Node that not every room may know. A row ending in `/` stands for a scope. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@fastify/': ['http', 'main'],
  fastify: ['http', 'main'],
  'fastify-plugin': ['http', 'main'],
  'fastify-type-provider-zod': ['http', 'main'],
  '@lezer/': ['cells'],
  re2js: ['cells'],
  'd3-color': ['draw'],
  'd3-contour': ['draw'],
  'd3-scale-chromatic': ['draw'],
  'd3-shape': ['draw'],
  '@resvg/': ['draw'],
  'fastest-levenshtein': ['http', 'compute', 'graph', 'ops'],
  pino: ['http', 'main'],
  yaml: ['http'],
  zod: ['http', 'compute', 'graph', 'ops', 'config'],
  'node:http': ['http', 'main'],
  'node:worker_threads': ['threads', 'kernels', 'exit'],
};

export interface Import {
  readonly from: string;
  readonly line: number;
  readonly typeOnly: boolean;
  /** By `import()`: loaded when it is reached, not with the file. */
  readonly dynamic: boolean;
}

// Statements that begin a line, `import()` anywhere but in a comment's line.
const STATIC =
  /^[ \t]*(import|export)(\s+type(?=[\s{*])(?!\s+from\b))?(?:\s*([\w$\s{},*]*?)\s*\bfrom)?\s*(['"])([^'"\n]+)\4/gm;
const DYNAMIC = /^(?![ \t]*(?:\*|\/\/|\/\*)).*?\bimport\(\s*(['"`])([^'"`\n]+)\1/gm;

/** The imports of a TypeScript file, found in its text. */
export function importsOf(source: string): Import[] {
  const lineOf = (index: number): number => source.slice(0, index).split('\n').length;
  const found: Import[] = [];
  for (const match of source.matchAll(STATIC)) {
    const [, , typeKeyword, names, , from] = match;
    const listed = names
      ?.match(/^\{(.*)\}$/s)?.[1]
      .split(',')
      .map((name) => name.trim());
    const allTypes = listed?.filter((name) => name !== '').every((name) => /^type\s/.test(name)) ?? false;
    found.push({ from, line: lineOf(match.index), typeOnly: typeKeyword !== undefined || allTypes, dynamic: false });
  }
  for (const match of source.matchAll(DYNAMIC)) {
    found.push({ from: match[2], line: lineOf(match.index), typeOnly: false, dynamic: true });
  }
  return found.sort((a, b) => a.line - b.line);
}

const roomOf = (path: string): string => path.split('/')[1].replace(/\.ts$/, '');

/** The path inside src/ that an import means; undefined where it is a package. */
function targetOf(from: string, path: string): string | undefined {
  if (from.startsWith('#src/')) return `src/${from.slice('#src/'.length)}`;
  if (from.startsWith('.')) return posix.join(posix.dirname(path), from);
  return undefined;
}

/** What is wrong in a set of sources, by their paths (`src/…`), a sentence each. */
export function checkArrows(sources: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  const edges = new Map<string, string[]>();

  for (const [path, source] of sources) {
    const room = roomOf(path);
    const allowed = ROOMS[room];
    if (allowed === undefined) {
      problems.push(`${path}: no row in the table of rooms is called ${room}`);
      continue;
    }
    const targets: string[] = [];
    edges.set(path, targets);
    const element = room === 'ops' ? ELEMENTS.exec(source) : null;
    if (element !== null) {
      const line = source.slice(0, element.index).split('\n').length;
      problems.push(`${path}:${line}: ops leave elements to kernels (${element[0]})`);
    }
    for (const { from, line, typeOnly } of importsOf(source)) {
      const target = targetOf(from, path);
      if (target === undefined) {
        const rooms = roomsOf(from);
        if (rooms === undefined) problems.push(`${path}:${line}: no row in the table of packages is called ${from}`);
        else if (rooms !== 'all' && !rooms.includes(room)) {
          problems.push(`${path}:${line}: ${room} may not import ${from}, only ${rooms.join(', ')} may`);
        }
        continue;
      }
      if (!target.startsWith('src/')) {
        problems.push(`${path}:${line}: ${from} leaves src/`);
        continue;
      }
      const other = roomOf(target);
      if (other !== room && !allowed.includes(other)) {
        problems.push(`${path}:${line}: ${room} may not import ${other} (${from})`);
      } else if (!typeOnly && TYPES_ONLY.includes(`${room} → ${other}`)) {
        problems.push(`${path}:${line}: ${room} may import only types of ${other} (${from})`);
      }
      if (room === 'ops' && familyOf(target) >= 0 && path !== REGISTRY) {
        const [own, needed] = [familyOf(path), familyOf(target)];
        if (own < 0) problems.push(`${path}:${line}: what all ops share may not import a family (${from})`);
        else if (needed < own) {
          problems.push(
            `${path}:${line}: ${FAMILIES[own]} may not import ${FAMILIES[needed]}, which stands above (${from})`,
          );
        }
      }
      if (room === 'ops' && other === 'kernels' && !SEAM.test(target)) {
        problems.push(`${path}:${line}: ops call kernels through src/kernels/index.ts (${from})`);
      }
      if (!typeOnly) targets.push(target);
    }
  }

  for (const cycle of cyclesIn(edges)) problems.push(`imports in a circle: ${[...cycle, cycle[0]].join(' → ')}`);
  return problems;
}

/** Where a package may be imported; undefined where no row says. */
function roomsOf(from: string): readonly string[] | 'all' | undefined {
  for (const [name, rooms] of Object.entries(PACKAGES)) {
    if (from === name || from.startsWith(name.endsWith('/') ? name : `${name}/`)) return rooms;
  }
  return from.startsWith('node:') ? 'all' : undefined;
}

/** One circle for each knot of files that reach each other. */
function cyclesIn(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    if (done.has(path)) return;
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push(trail.slice(start));
      return;
    }
    trail.push(path);
    for (const target of edges.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of edges.keys()) visit(path);
  return cycles;
}

/** The TypeScript files under `root`/src, by their paths from `root`. */
export function readSources(root: string): Map<string, string> {
  const paths = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.sort().map((path) => [relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')] as const),
  );
}

if (import.meta.main) {
  const sources = readSources(join(dirname(fileURLToPath(import.meta.url)), '../..'));
  const problems = checkArrows(sources);
  for (const problem of problems) console.error(problem);
  console.log(`arrows: ${sources.size} files, ${problems.length} problems`);
  if (problems.length > 0) process.exitCode = 1;
}
