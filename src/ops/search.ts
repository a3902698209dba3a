/** Looking for ops by what somebody calls them: names, PyTorch's spellings, or words of what they are. */
import type { OpDef } from './define.ts';
import { namesInPyTorch } from './pytorch.ts';

/** How PyTorch's users shorten its modules, and what stands before all of them. */
const SHORT: readonly (readonly [RegExp, string])[] = [
  [/^f\./, 'torch.nn.functional.'],
  [/^(nn|special|linalg)\./, 'torch.$1.'],
  [/^(tensor|x|t)\./, 'torch.tensor.'],
];

/** A name as somebody may write it: `torch.nn.ReLU()`, `F.relu(input)`. */
function spelled(query: string): string {
  const plain = query
    .trim()
    .toLowerCase()
    .replace(/\s*\(.*$/, '');
  for (const [short, long] of SHORT) if (short.test(plain)) return plain.replace(short, long);
  return plain;
}

/** A name without what people leave out or write otherwise: `CrossEntropy`, `cross entropy`, `cross_entropy`. */
const squashed = (text: string): string => text.toLowerCase().replace(/[\s_.-]+/g, '');
const lastOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

interface Entry {
  readonly op: OpDef;
  /** Full names in lower case, and the last parts of all names, squashed. */
  readonly full: readonly string[];
  readonly short: readonly string[];
  readonly text: string;
}

const entries = new WeakMap<OpDef, Entry>();

function entryOf(op: OpDef): Entry {
  const known = entries.get(op);
  if (known !== undefined) return known;
  const full = namesInPyTorch(op).map((name) => name.toLowerCase());
  const names = [op.name, ...op.aliases, ...full.map(lastOf)];
  const short = [...new Set(names.map(squashed))];
  const text = [...names, ...short, op.summary].join(' ').toLowerCase();
  const entry = { op, full, short, text };
  entries.set(op, entry);
  return entry;
}

/** How well an entry fits, the lower the better; null where it does not. */
function rank({ op, full, short, text }: Entry, query: string, words: readonly string[]): number | null {
  if (full.includes(query) || op.name === query) return 0;
  const name = squashed(lastOf(query));
  if (name !== '') {
    if (squashed(op.name) === name) return 1;
    if (short.includes(name)) return 2;
    // What PyTorch's users cannot call comes last, short names before long ones.
    const later = (full.length === 0 ? 5 : 0) + Math.min(99, op.name.length) / 100;
    if (squashed(op.name).startsWith(name)) return 3 + later;
    if (short.some((one) => one.startsWith(name))) return 4 + later;
    if (short.some((one) => one.includes(name))) return 5 + later;
  }
  return words.every((word) => text.includes(word)) ? 20 : null;
}

/**
 * The ops that a query finds, the best match first. Case does not matter.
 *
 * @example
 * searchOps(ops, 'nn.ReLU')[0].name // 'relu'
 */
export function searchOps(ops: readonly OpDef[], query: string): OpDef[] {
  const asked = spelled(query);
  const words = query.trim().toLowerCase().split(/\s+/);
  return ops
    .flatMap((op) => {
      const at = rank(entryOf(op), asked, words);
      return at === null ? [] : [{ op, at }];
    })
    .sort((a, b) => a.at - b.at || (a.op.name < b.op.name ? -1 : 1))
    .map(({ op }) => op);
}
