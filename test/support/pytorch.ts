/** Names of PyTorch 1.13 and the orders of their arguments, as record.py wrote them down. */
import { readFileSync } from 'node:fs';

type Table<T> = ReadonlyMap<string, T>;

const FILE = new URL('../cells/torch/pytorch/names.json', import.meta.url);
const read = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Record<string, unknown>>;
const table = <T>(name: string): Table<T> => new Map(Object.entries(read[name])) as Table<T>;

/** By namespace and name: the orders of all overloads; of modules what the constructor takes, and a printed one. */
export const theirs = {
  torch: table<string[]>('torch'),
  Tensor: table<string[]>('Tensor'),
  F: table<string[]>('F'),
  special: table<string[]>('special'),
  linalg: table<string[]>('linalg'),
  nn: table<{ takes: string; prints?: string }>('nn'),
};

export const spaceOf = (space: string): Table<string[]> =>
  theirs[(space === 'property' ? 'Tensor' : space) as Exclude<keyof typeof theirs, 'nn'>];

/** Whether PyTorch has an op under any of its names; else it is ours alone, and stands where it says. */
export const isTheirs = ({ name, aliases }: { name: string; aliases: readonly string[] }): boolean =>
  [name, ...aliases].some((own) =>
    [own, own.replace(/^(linalg|nn_functional)_/, '')].some((there) =>
      (['torch', 'Tensor', 'F', 'special', 'linalg'] as const).some((space) => theirs[space].has(there)),
    ),
  );
