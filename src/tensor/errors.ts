/** What the engine refuses, structured: turned into a sentence and a status at the edge. */

export const ERROR_CODES = [
  'shape_mismatch',
  'no_grad_required',
  'graph_freed',
  'modified_in_place',
  'index_out_of_range',
  'dtype',
  'value_range',
  'invalid_graph',
  'non_scalar_backward',
  'budget',
  'code',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * A well-formed request that cannot be carried out. `code` is stable and part of the wire contract;
 * `message` is a sentence with what was expected and what came.
 */
export class EngineError extends Error {
  readonly code: ErrorCode;
  /** Everything that stands in the way, where that is told thing by thing. */
  readonly unsupported?: readonly object[];
  /** The op that refused, filled in by the dispatcher. */
  op?: string;
  /** The name of the graph node at fault, filled in by who runs a graph. */
  node?: string;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
  }
}

export const shapeMismatch = (message: string): EngineError => new EngineError('shape_mismatch', message);
export const dtypeError = (message: string): EngineError => new EngineError('dtype', message);
export const valueRange = (message: string): EngineError => new EngineError('value_range', message);
export const indexOutOfRange = (message: string): EngineError => new EngineError('index_out_of_range', message);

/** A shape as error messages write it: `[2, 3]`. */
export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
