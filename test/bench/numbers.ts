/** Numbers to send: the same in every run, with all their digits. */

/** Doubles between -4 and 4. */
export function numbers(count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * 4;
  });
}

/** What a small request asks for. */
export const SMALL_INPUT = [0.1, 0.2, -0.3, 1.5, -2.5, 3.25, 0.75, -0.125, 5, -4.5];
