/** Something again and again: spread out where the number of rounds is known and small, a loop elsewhere. */
import { InnerGraph } from '../document.ts';
import type { OnnxNode } from '../node.ts';
import { Val } from '../val.ts';
import type { Dim } from './helpers.ts';

/** So many rounds are spread out. */
export const MAX_ROUNDS = 1024;

interface Round {
  readonly state: readonly Val[];
  readonly output: Val;
}

/**
 * Goes over a sequence, a state from step to step.
 *
 * @param step gets the place in the sequence
 * @returns the last state, and the outputs stacked in the order of the sequence
 */
export function repeatedly(
  n: OnnxNode,
  count: Dim,
  start: readonly Val[],
  back: boolean,
  step: (place: number | Val, state: readonly Val[]) => Round,
): { states: readonly Val[]; outputs: Val } {
  const b = n.build;
  if (typeof count === 'number' && count <= MAX_ROUNDS && count > 0) {
    let state = start;
    const outputs: Val[] = [];
    for (let i = 0; i < count; i++) {
      const round = step(back ? count - 1 - i : i, state);
      state = round.state;
      outputs.push(round.output);
    }
    return { states: state, outputs: b.one('stack', [back ? outputs.reverse() : outputs], { dim: 0 }) };
  }
  const total = count instanceof Val ? count : b.constant([count], []);
  const last = back ? b.one('sub', [total, 1]) : null;
  const round = new Val({ dtype: 'int64', probes: b.open(0, 'int64') });
  const goes = new Val({ dtype: 'bool', probes: b.open(0, 'bool') });
  const state = start.map((v) => new Val({ dtype: v.dtype, probes: metaOf(v) }));
  const { scope, result } = b.within(() => step(last === null ? round : b.one('sub', [last, round]), state));
  const body = new InnerGraph(scope, [round, goes, ...state], [goes, ...result.state, result.output]);
  const outputs = [...state, new Val({ dtype: result.output.dtype, probes: null })];
  const made = b.control('loop', [total, null, ...start], { body }, outputs);
  const stacked = made[made.length - 1];
  return {
    states: made.slice(0, -1),
    outputs: back ? b.one('flip', [stacked], { dims: [0] }) : stacked,
  };
}

/** What is known of a value's sizes, without its elements: from round to round these may change. */
export function metaOf(v: Val): Val['probes'] {
  return v.probes === null || v.real ? null : v.probes;
}
