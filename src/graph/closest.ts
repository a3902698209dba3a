import { distance } from 'fastest-levenshtein';

/** The name most like a misspelt one, where one is near enough to be meant. */
export function closest(name: string, names: Iterable<string>): string | undefined {
  if (name.length > 100) return undefined;
  const asked = name.toLowerCase();
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 2)) + 1;
  for (const candidate of names) {
    const d = distance(asked, candidate);
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}
