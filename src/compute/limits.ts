/** What one computation may use. */

export interface Limits {
  /** Elements of all values that are alive at one time. */
  readonly maxElements: number;
  /** Nodes of one graph; of code, calls that its graph remembers. */
  readonly maxNodes: number;
  /** Steps of a derivation that are told; those in the middle of a longer one are left out. */
  readonly maxExplained?: number;
  readonly timeLimitMs: number;
}
