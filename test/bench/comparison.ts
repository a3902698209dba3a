/** What came of measuring: numbers of ours, numbers of a peer, their ratio and the target it is held to. */
import { insidesOf, median, type Turns, valuesOf } from './measure.ts';

/** `faster`: how many times as fast as the peer. `share`: ours divided by the peer's. */
export type Ratio = 'faster' | 'share';

export interface Measured {
  readonly what: string;
  readonly unit: 'requests/s' | 'ms' | 'MB';
  /** A number for each round. */
  readonly ours: readonly number[];
  /** Null where there is nothing to compare with. */
  readonly peer: { readonly name: string; readonly rounds: readonly number[] } | null;
  readonly ratio: Ratio;
  readonly target?: Target;
}

export interface Target {
  readonly text: string;
  met(measured: Measured): boolean;
}

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Round by round: neighbours in time are compared, not the best with the worst. Undefined without a peer. */
export function ratioOf({ unit, ours, peer, ratio }: Measured): Spread | undefined {
  if (peer === null) return undefined;
  const inverse = ratio === 'faster' && unit !== 'requests/s';
  const ratios = ours
    .slice(0, peer.rounds.length)
    .map((value, i) => (inverse ? peer.rounds[i] / value : value / peer.rounds[i]));
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}

/** Holds the median of the ratios to a bound; without a peer it is not met. */
export const atLeast = (bound: number): Target => ({
  text: `≥ ${bound}×`,
  met: (measured) => (ratioOf(measured)?.median ?? Number.NEGATIVE_INFINITY) >= bound,
});

export const atMost = (bound: number): Target => ({
  text: `≤ ${bound}×`,
  met: (measured) => (ratioOf(measured)?.median ?? Number.POSITIVE_INFINITY) <= bound,
});

/** Holds our own median to a bound, whatever the peer does. */
export const ownAtMost = (bound: number, unit: Measured['unit']): Target => ({
  text: `≤ ${bound} ${unit}`,
  met: ({ ours }) => median(ours) <= bound,
});

/** Holds our own median to so many times the peer's, or to `bound`, whichever is larger. */
export const atMostOrOwn = (times: number, bound: number, unit: Measured['unit']): Target => ({
  text: `≤ ${times}× or ${bound} ${unit}`,
  met: ({ ours, peer }) => median(ours) <= Math.max(bound, times * (peer === null ? 0 : median(peer.rounds))),
});

interface Comparison {
  readonly unit: Measured['unit'];
  readonly ratio: Ratio;
  readonly target?: Target;
}

/** One line, or none where either side gave nothing. */
export function compare(what: string, ours: Turns, peer: Turns, how: Comparison): Measured[] {
  if (ours.readings.length === 0) return [];
  const rounds = valuesOf(peer);
  return [{ what, ours: valuesOf(ours), peer: rounds.length > 0 ? { name: peer.side.name, rounds } : null, ...how }];
}

/** Times of ours over a peer's, as the client has them and, where the answers say it, forward and backward alone. */
export function compareTimes(
  what: string,
  ours: Turns,
  peer: Turns,
  target?: Target,
  insideTarget = target,
): Measured[] {
  const client = compare(what, ours, peer, { unit: 'ms', ratio: 'share', target });
  const insides = insidesOf(ours);
  if (insides === undefined) return client;
  return [
    ...client,
    ...client.map((line) => ({
      ...line,
      what: `${what}: forward + backward alone`,
      ours: insides,
      target: insideTarget,
    })),
  ];
}
