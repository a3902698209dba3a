import { distance } from 'fastest-levenshtein';

const MAX_LENGTH = 100;
const MAX_CANDIDATES = 2000;

/** The name most like a misspelt one, where one is near enough to be meant: that differs in at most so many letters. */
export function closest(
  name: string,
  names: Iterable<string>,
  most = Math.max(2, Math.floor(name.length / 2)),
): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const asked = name.toLowerCase();
  let best: string | undefined;
  let least = most + 1;
  let seen = 0;
  for (const candidate of names) {
    if (++seen > MAX_CANDIDATES) break;
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const d = distance(asked, candidate.toLowerCase());
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}
