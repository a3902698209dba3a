/** Whole gradients as one formula in the names of the inputs. */
export interface Closed {
  readonly latex: string;
  readonly numbers: string;
}
export const closedForms = (_: unknown): ReadonlyMap<string, Closed> => new Map();
