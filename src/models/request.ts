/** A request that names a model, as one of the model's graph. */
import { type Complaint, JsonError, MAX_COMPLAINTS, pointerStep } from '../codec/json/json-error.ts';
import { TensorLiteral } from '../codec/json/tensor-literal.ts';
import type { GraphDocument } from '../graph/schema.ts';
import { arrayOf, DEFAULT_DTYPE, isFloating } from '../tensor/dtype.ts';
import { dtypeError, shapeMismatch, showShape } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import { documentOf } from './document.ts';
import type { ModelRecord, TensorInfo } from './record.ts';

/** A model that this thread has read. */
export class OpenModel {
  readonly record: ModelRecord;
  readonly graph: GraphDocument;
  readonly parameters: ReadonlyMap<string, TensorInfo>;
  readonly inputs: ReadonlyMap<string, TensorInfo>;

  /** @param double whether what is floating is float64, whatever it is at rest */
  constructor(record: ModelRecord, double = false) {
    const { inputs, parameters } = record.info;
    const graph = documentOf(record);
    const byName = (list: readonly TensorInfo[]): Map<string, TensorInfo> =>
      new Map(list.map((info) => [info.name, double && isFloating(info.dtype) ? { ...info, dtype: 'float64' } : info]));
    this.record = record;
    this.graph = double ? inDouble(graph) : graph;
    this.parameters = byName(parameters);
    this.inputs = byName(inputs);
  }
}

function inDouble(graph: GraphDocument): GraphDocument {
  const values = new Map<string, TensorLiteral>();
  for (const [name, literal] of graph.values ?? []) {
    const { dtype = DEFAULT_DTYPE, shape, requiresGrad } = literal;
    if (!literal.hasData || !isFloating(dtype)) {
      values.set(name, literal);
      continue;
    }
    const elements = new (arrayOf(dtype))(literal.numel) as Float64Array;
    literal.writeInto(elements, dtype);
    const held = { kind: 'held', array: Float64Array.from(elements) } as const;
    values.set(name, new TensorLiteral('', shape, 'float64', requiresGrad, held));
  }
  return { ...graph, values };
}

/** What a request of a model gives beside the model. */
export interface ModelRequest {
  readonly inputs: ReadonlyMap<string, TensorLiteral>;
  /** Values that are to have their gradients. */
  readonly wanted: readonly string[];
}

/**
 * The inputs of the request as the model has them: of its dtypes, and requiring grad where that is asked for.
 *
 * @throws JsonError where one is missing; EngineError for a parameter of another shape or dtype
 */
export function inputsFor(
  { graph, inputs, parameters }: OpenModel,
  { inputs: sent, wanted }: ModelRequest,
): Map<string, TensorLiteral> {
  const asked = new Set(wanted);
  const missing = [...inputs.keys()].filter((name) => !sent.has(name) && !graph.values?.get(name)?.hasData);
  if (missing.length > 0) {
    const complain = (name: string): Complaint => ({
      pointer: `/inputs${pointerStep(name)}`,
      detail: `required: the model's input "${name}" has no value`,
    });
    throw new JsonError(missing.slice(0, MAX_COMPLAINTS).map(complain));
  }
  const out = new Map<string, TensorLiteral>();
  for (const [name, literal] of sent) {
    const info = parameters.get(name) ?? inputs.get(name);
    const dtype = isBare(literal) ? info?.dtype : literal.dtype;
    const floating = isFloating(literal.as({ dtype, requiresGrad: false }).resolveDtype(info?.dtype ?? 'float32'));
    const requiresGrad = literal.requiresGrad || (floating && (parameters.has(name) || asked.has(name)));
    if (parameters.has(name)) checkReplacement(literal.as({ dtype, requiresGrad }), info as TensorInfo);
    out.set(name, literal.as({ dtype, requiresGrad }));
  }
  return out;
}

/** Numbers that say nothing of their dtype. */
const isBare = (literal: TensorLiteral): boolean => literal.dtype === undefined && literal.tokens === 'number';

function checkReplacement(literal: TensorLiteral, { name, dtype, shape }: TensorInfo): void {
  const given = literal.resolveDtype(dtype);
  if (given !== dtype) throw dtypeError(`the parameter "${name}" is ${dtype}, but ${given} was sent`);
  if (shape !== null && !sameShape(literal.shape, shape))
    throw shapeMismatch(
      `the parameter "${name}" has shape ${showShape(shape)}, but ${showShape(literal.shape)} was sent`,
    );
}

/**
 * Parameters that are to be replaced, checked.
 *
 * @throws JsonError for names that are no parameters; EngineError where a shape or a dtype is another one
 */
export function replacements(
  { parameters }: Pick<OpenModel, 'parameters'>,
  sent: ReadonlyMap<string, TensorLiteral>,
  pointer: string,
): Map<string, TensorLiteral> {
  const complaints: Complaint[] = [];
  const out = new Map<string, TensorLiteral>();
  for (const [name, literal] of sent) {
    const info = parameters.get(name);
    if (info === undefined) {
      complaints.push({
        pointer: pointer === '' ? '' : `${pointer}${pointerStep(name)}`,
        detail: `the model has no parameter "${name}"`,
      });
      if (complaints.length === MAX_COMPLAINTS) break;
      continue;
    }
    const typed = isBare(literal) ? literal.as({ dtype: info.dtype, requiresGrad: true }) : literal;
    checkReplacement(typed, info);
    out.set(name, typed);
  }
  if (complaints.length > 0) throw new JsonError(complaints);
  return out;
}
