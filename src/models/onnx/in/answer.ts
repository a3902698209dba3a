/** `POST /v1/graphs/import`: a file as the graph document that it becomes. */
import type { Answer, AnswerOptions } from '../../../answer/answer.ts';
import type { DocumentWriter } from '../../../codec/document-writer.ts';
import type { TensorLiteral } from '../../../codec/json/tensor-literal.ts';
import { documentWriter } from '../../../codec/write-document.ts';
import { wholeMemory } from '../../../compute/memory.ts';
import type { Scope } from '../../../compute/scope.ts';
import { materialize } from '../../../graph/materialize.ts';
import type { GraphDocument, NodeDocument } from '../../../graph/schema.ts';
import { importOnnx, type TensorInfo } from './index.ts';

/** Elements that one answer may hold. */
const MAX_ANSWER = 2 ** 26;

export type ImportOptions = Pick<AnswerOptions, 'mediaType' | 'tensorFormat'>;

function writeNode(writer: DocumentWriter, { op, inputs, outputs, attrs }: NodeDocument): void {
  writer.map().key('op').string(op).key('inputs').value(inputs).key('outputs').value(outputs);
  if (attrs !== undefined) writer.key('attrs').value(attrs);
  writer.end();
}

/** A constant with its elements. */
function writeConstant(writer: DocumentWriter, literal: TensorLiteral, format: ImportOptions['tensorFormat']): number {
  const t = materialize(literal);
  writer.map().key('dtype').string(t.dtype).key('shape').shape(t);
  writer.key('requires_grad').boolean(literal.requiresGrad).key('is_leaf').boolean(true);
  writer.content(t, format).end();
  return t.numel;
}

/** What is known of an input: of a size that may vary it says nothing. */
function writeInput(writer: DocumentWriter, { dtype, shape }: TensorInfo): void {
  writer.map().key('dtype').string(dtype);
  if (shape !== null && !shape.includes(-1)) writer.key('shape').shape({ shape });
  writer.key('requires_grad').boolean(false).key('is_leaf').boolean(true).end();
}

function writeDocument(
  writer: DocumentWriter,
  graph: GraphDocument,
  inputs: readonly TensorInfo[],
  format: ImportOptions['tensorFormat'],
): number {
  writer
    .map()
    .key('format')
    .string(graph.format ?? '')
    .key('inputs')
    .value(graph.inputs)
    .key('nodes')
    .list();
  for (const node of graph.nodes) writeNode(writer, node);
  writer.end().key('outputs').value(graph.outputs).key('values').map();
  for (const info of inputs) {
    writer.key(info.name);
    writeInput(writer, info);
  }
  let elements = 0;
  for (const [name, literal] of graph.values ?? []) {
    writer.key(name);
    elements += writeConstant(writer, literal, format);
  }
  writer.end().end();
  return elements;
}

/**
 * `{"graph", "warnings"}` of an ONNX file.
 *
 * @throws EngineError, UnsupportedGraph, TimeLimit
 */
export function importAnswer(bytes: Uint8Array, { mediaType, tensorFormat }: ImportOptions, scope: Scope): Answer {
  const { limits, clock, timing } = scope;
  return scope.within(wholeMemory(limits.maxElements), () => {
    const { graph, inputs, warnings } = importOnnx(bytes, { maxNodes: limits.maxNodes, tick: clock.tick });
    timing.lap('parse');
    const writer = documentWriter(mediaType, { onFlush: clock.check, maxElements: MAX_ANSWER });
    writer.map().key('graph');
    const elements = writeDocument(writer, graph, inputs, tensorFormat);
    writer.key('warnings').value(warnings).end();
    const body = writer.finish();
    timing.lap('write');
    return { body, elements };
  });
}
