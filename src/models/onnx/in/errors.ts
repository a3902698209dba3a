/** What is not supported, gathered while a file is read, and told all at once. */
import { EngineError } from '../../../tensor/errors.ts';

/** Thrown where a node is sound, and there is nothing of ours that carries it out. */
export class Unsupported extends Error {}

/** One whose sizes would have to be known: after a node that is not supported they are not. */
export class UnknownSizes extends Unsupported {}

export interface UnsupportedNode {
  readonly op: string;
  readonly domain: string;
  readonly opset: number;
  readonly count: number;
  readonly why: string;
}

/** A file that asks for more than there is: all of it. */
export class UnsupportedGraph extends EngineError {
  override readonly unsupported: readonly UnsupportedNode[];

  constructor(unsupported: readonly UnsupportedNode[]) {
    const ops = [...new Set(unsupported.map(({ op, domain }) => (domain === '' ? op : `${domain}.${op}`)))];
    super('invalid_graph', `the file has nodes that are not supported: ${ops.join(', ')}`);
    this.unsupported = unsupported;
  }
}

export const invalid = (message: string): EngineError => new EngineError('invalid_graph', message);
