/** Sides take turns, so that what else the machine does hits each of them alike. */

export interface Side {
  readonly name: string;
  /** One round: a median, or a rate, over about so many seconds. */
  round(seconds: number): Promise<number>;
}

/** What came of one comparison. */
export interface Measured {
  readonly what: string;
  readonly unit: 'requests/s' | 'ms' | 'MB';
  readonly ours: readonly number[];
  /** Null where the other side has nothing to compare with. */
  readonly peer: { readonly name: string; readonly rounds: readonly number[] } | null;
}

export interface Pace {
  readonly rounds: number;
  /** Of one side in one round. */
  readonly seconds: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const mid = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[mid] : (sorted[mid - 1] + sorted[mid]) / 2;
}

/** Until then V8 is still compiling what a request runs through: about 100,000 requests. */
const WARM_UP_ROUNDS = 2;

/** A B C, A B C, … after a warm-up that does not count. */
export async function interleave(sides: readonly Side[], { rounds, seconds }: Pace): Promise<number[][]> {
  const results = sides.map((): number[] => []);
  for (const side of sides) await side.round(WARM_UP_ROUNDS * seconds);
  for (let r = 0; r < rounds; r++) {
    for (let i = 0; i < sides.length; i++) results[i].push(await sides[i].round(seconds));
  }
  return results;
}

/** Interleaves our sides with the peer's; the last of `sides` is the peer of all the others. */
export async function against(
  unit: Measured['unit'],
  ours: readonly Side[],
  peer: Side,
  pace: Pace,
): Promise<Measured[]> {
  const results = await interleave([...ours, peer], pace);
  const rounds = results[ours.length];
  return ours.map((side, i) => ({ what: side.name, unit, ours: results[i], peer: { name: peer.name, rounds } }));
}

/** The median time of `work`, in ms, over as many calls as fit in. */
export async function sample(seconds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  do {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  } while (performance.now() < end);
  return median(times);
}

export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Ours over the peer's, round by round: neighbours in time are compared, not the best with the worst. */
export function ratioOf(ours: readonly number[], peer: readonly number[]): Ratio {
  const ratios = ours.map((value, i) => value / peer[i]);
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}
