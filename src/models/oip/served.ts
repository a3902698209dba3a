/** What the Open Inference Protocol needs of a model, whatever is behind it. */
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import type { GraphDocument } from '../../graph/schema.ts';
import type { InferRequest } from './request.ts';

export interface ServedTensor {
  readonly name: string;
  readonly datatype: string;
  /** −1 for a size that may vary; `[-1]` where not even the rank is known. */
  readonly shape: readonly number[];
  /** Whether a request may leave it out. */
  readonly optional?: boolean;
}

/** What is told of a model. */
export interface ServedInfo {
  readonly inputs: readonly ServedTensor[];
  readonly outputs: readonly ServedTensor[];
  /** The names that `grad.NAME` is told of, with what they are. */
  readonly gradients: readonly ServedTensor[];
  /** Further settings of a request, with their defaults as text. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A request as a graph of the service's own, ready to be carried out. */
export interface Bound {
  readonly graph: GraphDocument;
  readonly inputs: ReadonlyMap<string, TensorLiteral>;
  /** The model's outputs, and what the graph calls them. */
  readonly outputs: ReadonlyMap<string, string>;
}

export interface ServedModel {
  readonly name: string;
  /** The newest last. */
  readonly versions: readonly string[];
  readonly platform: string;
  info(): ServedInfo;
  /** Whether an input of this name is the model's own. */
  takes(name: string): boolean;
  /** @param wanted names of which the gradient is asked for */
  bind(request: InferRequest, wanted: ReadonlySet<string>): Bound;
}
