/** Models of graph documents with their constants. */
import { randomUUID } from 'node:crypto';
import { type Complaint, JsonError, MAX_COMPLAINTS, pointerStep } from '../codec/json/json-error.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { documentWriter } from '../codec/write-document.ts';
import type { Scope } from '../compute/scope.ts';
import { planOf } from '../graph/plan.ts';
import { wantsOf } from '../graph/run.ts';
import { GRAPH_FORMAT, type GraphDocument } from '../graph/schema.ts';
import { DEFAULT_DTYPE, type DType, elementSize, isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { writeGraphOf } from './document.ts';
import { constantsFile, type ModelInfo, type ModelRecord, sharedBytes, type TensorInfo } from './record.ts';

export interface MakeSettings {
  /** What one model may take. */
  readonly maxBytes: number;
}

export interface Made {
  readonly record: ModelRecord;
  readonly warnings: readonly { readonly message: string; readonly category: string }[];
}

/**
 * A model of a graph document: what no node makes and no input names is a constant, and has to be there.
 *
 * @throws JsonError for a constant without data, or one that its dtype cannot hold; EngineError `invalid_graph`, `budget`
 */
export function modelOfGraph(document: GraphDocument, settings: MakeSettings, scope: Scope): Made {
  const plan = planOf(document, [], scope.limits.maxNodes);
  if (plan.outputs.length === 0) throw new EngineError('invalid_graph', 'a model has at least one output');
  const wants = wantsOf(plan);
  const values = document.values ?? new Map<string, TensorLiteral>();
  const inputs = new Set(document.inputs);
  const complaints: Complaint[] = [];
  const constants: [string, DType, TensorLiteral][] = [];
  for (const [name, literal] of values) {
    if ((plan.slots.get(name) as number) < plan.made) continue;
    if (literal.hasData) constants.push([name, literal.resolveDtype(wants.get(name) ?? DEFAULT_DTYPE), literal]);
    else if (!inputs.has(name) && complaints.length < MAX_COMPLAINTS)
      complaints.push({
        pointer: `/graph/values${pointerStep(name)}/data`,
        detail: `required: a model holds all its constants, and "${name}" is no input`,
      });
  }
  if (complaints.length > 0) throw new JsonError(complaints);
  const told = (name: string): TensorInfo => {
    const literal = values.get(name);
    const dtype = literal?.resolveDtype(wants.get(name) ?? DEFAULT_DTYPE) ?? wants.get(name) ?? DEFAULT_DTYPE;
    return { name, dtype, shape: literal?.ranked ? literal.shape : null };
  };
  const info = { inputs: document.inputs.map(told), outputs: document.outputs.map(told), source: 'graph' as const };
  return { record: finished(document, constants, info, settings, scope), warnings: [] };
}

/** The record of a graph whose constants are known, with what is told of it. */
export function finished(
  graph: GraphDocument,
  constants: readonly [string, DType, TensorLiteral][],
  told: Pick<ModelInfo, 'inputs' | 'outputs' | 'source'>,
  { maxBytes }: MakeSettings,
  { clock }: Scope,
): ModelRecord {
  const writer = documentWriter(undefined, { onFlush: clock.check });
  const bare: GraphDocument = { ...graph, format: GRAPH_FORMAT, values: undefined };
  writeGraphOf(writer, bare, told.inputs, { hasData: () => false, format: 'nested' });
  const text = sharedBytes(Buffer.from(writer.finish()));
  const file = constantsFile(constants, { maxBytes: maxBytes - text.length, tick: clock.tick });
  const ops: Record<string, number> = Object.create(null);
  for (const { op } of graph.nodes) ops[op] = (ops[op] ?? 0) + 1;
  const inputs = new Set(graph.inputs);
  const info: ModelInfo = {
    inputs: told.inputs,
    outputs: told.outputs,
    parameters: constants
      .filter(([name, dtype]) => isFloating(dtype) && !inputs.has(name))
      .map(([name, dtype, { shape }]) => ({ name, dtype, shape })),
    ops: { ...ops },
    nodes: graph.nodes.length,
    bytes: constants.reduce((n, [, dtype, { numel }]) => n + numel * elementSize(dtype), 0),
    source: told.source,
  };
  return { uid: randomUUID(), graph: text, constants: file, info };
}
