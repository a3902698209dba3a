/**
 * What of PyTorch is there, told from the tables that cells import: `npm run pytorch` writes docs/PYTORCH.md.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CellSession } from '../../src/cells/cell.ts';
import { workspaceModules } from '../../src/cells/modules.ts';
import { moduleClass } from '../../src/cells/nn/index.ts';
import { optimizerClass } from '../../src/cells/nn/optim/optimizer.ts';
import { OUT, topicOf } from '../../src/cells/torch/absent.ts';
import { attributeNames } from '../../src/cells/torch/attributes.ts';
import { TorchState, tensorClass, withState } from '../../src/cells/torch/index.ts';
import { namesIn } from '../../src/cells/torch/naming.ts';
import { PUBLIC_NAMES, PYTORCH_VERSION } from '../../src/cells/torch/public-names.ts';
import { FlagModule } from '../../src/cells/torch/system/flags.ts';

export const PAGE = fileURLToPath(new URL('../../docs/PYTORCH.md', import.meta.url));

/** Beside torch: asked for one by one. */
const BESIDE =
  'IPython IPython.display PIL abc bisect collections contextlib copy csv dataclasses datetime decimal enum fractions functools gc glob heapq io itertools json logging math matplotlib matplotlib.pyplot numpy numpy.linalg numpy.random operator os os.path pandas pathlib pickle pprint random re scipy sklearn statistics string sys textwrap time timeit torchvision tqdm types typing unittest uuid warnings zipfile'.split(
    ' ',
  );

const LIMITS = {
  maxSteps: 1e6,
  maxDepth: 100,
  maxItems: 1e6,
  maxStringLength: 1e6,
  maxIntBits: 10_000,
  maxOutput: 1e5,
  tick: () => undefined,
};

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(' ');

/** The page, as it should stand in docs/. */
export function pytorchPage(): string {
  const state = new TorchState();
  const modules = workspaceModules(state);
  const session = new CellSession(LIMITS, new Map(), modules);
  const imports = (name: string): boolean => withState(state, () => session.run(`import ${name}`)).error === undefined;

  const held = (space: string): ReadonlySet<string> | undefined => {
    if (space === 'torch.Tensor') return new Set([...tensorClass.members.keys(), ...attributeNames()]);
    if (space === 'torch.nn.Module') return new Set([...moduleClass.members.keys(), 'training']);
    if (space === 'torch.optim.Optimizer') return new Set(optimizerClass.members.keys());
    const module = modules.import(space);
    if (module === undefined) return undefined;
    return new Set([...module.members.keys(), ...(module instanceof FlagModule ? module.flags.keys() : [])]);
  };

  const out = new Map<string, string[]>(OUT.map(([, topic]) => [topic, []]));
  const rows: string[] = [];
  const sections: string[] = [];
  for (const space of Object.keys(PUBLIC_NAMES).sort()) {
    const names = [...namesIn(space).keys()].sort();
    if (names.length === 0) continue;
    const there = held(space);
    const missing = names.filter((name) => there?.has(name) !== true);
    const later: string[] = [];
    for (const name of missing) {
      const topic = topicOf(`${space}.${name}`)?.[1];
      if (topic === undefined) later.push(name);
      else out.get(topic)?.push(`${space}.${name}`);
    }
    if (there === undefined && later.length === 0) continue;
    const have = names.filter((name) => there?.has(name) === true);
    rows.push(`| ${space} | ${have.length} | ${later.length} | ${missing.length - later.length} |`);
    sections.push(
      [
        `### ${space}`,
        have.length > 0 ? `There: ${code(have)}` : undefined,
        later.length > 0 ? `Not yet: ${code(later)}` : undefined,
      ]
        .filter((part) => part !== undefined)
        .join('\n\n'),
    );
  }
  const beside = BESIDE.filter(imports);
  return `${[
    '# What of PyTorch is there',
    `Of the public names of PyTorch ${PYTORCH_VERSION}, those that a cell, or the code of a request, may write. \`npm run pytorch\` writes this page from the tables; a test compares them. A name that is not there says so where it is used: that it is PyTorch's and not there yet, which part of PyTorch is out, or which name was most likely meant.`,
    `Beside torch, cells import: ${code(beside)}. Nothing can be installed.`,
    '## In numbers',
    ['| module or class | there | not yet | out |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    '## Out',
    [...OUT].map(([, topic, why]) => `- **${topic}**: ${why}. ${outOf(out.get(topic) ?? [])}`.trim()).join('\n'),
    '## Name by name',
    ...sections,
  ].join('\n\n')}\n`;
}

/** So many names are said. */
const MOST = 40;

function outOf(names: readonly string[]): string {
  const more = names.length > MOST ? ` and ${names.length - MOST} more` : '';
  return names.length === 0 ? '' : `${code(names.slice(0, MOST))}${more}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, pytorchPage());
}
