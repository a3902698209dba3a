/** A gradient compared with central differences. */
export interface Differences {
  readonly method: 'central_difference' | 'random_directions';
  readonly maxAbsError: number;
}
export const checkOf = (_: unknown): Differences | undefined => undefined;
