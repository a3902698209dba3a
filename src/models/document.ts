/** A model's graph document as it is kept and answered. */
import type { DocumentWriter, TensorFormat } from '../codec/document-writer.ts';
import { readJson } from '../codec/json/reader.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { materialize } from '../graph/materialize.ts';
import { type GraphDocument, graphSchema, type NodeDocument } from '../graph/schema.ts';
import { literalsIn, type ModelRecord, type TensorInfo } from './record.ts';

export interface Constants {
  /** Whether the elements of a constant are written. */
  readonly hasData: (name: string, literal: TensorLiteral) => boolean;
  readonly format: TensorFormat;
}

function writeNodes(writer: DocumentWriter, nodes: readonly NodeDocument[]): void {
  writer.list();
  for (const { op, inputs, outputs, attrs, of } of nodes) {
    writer.map().key('op').string(op).key('inputs').value(inputs).key('outputs').value(outputs);
    if (attrs !== undefined) writer.key('attrs').value(attrs);
    if (of !== undefined) writer.key('of').number(of);
    writer.end();
  }
  writer.end();
}

/** Of a size that may vary it says nothing. */
function writeKnown(writer: DocumentWriter, { dtype, shape }: Omit<TensorInfo, 'name'>, requiresGrad: boolean): void {
  writer.key('dtype').string(dtype);
  if (shape !== null && !shape.includes(-1)) writer.key('shape').shape({ shape });
  writer.key('requires_grad').boolean(requiresGrad).key('is_leaf').boolean(true);
}

/** Writes the document, and answers how many elements of constants were written. */
export function writeGraphOf(
  writer: DocumentWriter,
  graph: GraphDocument,
  inputs: readonly TensorInfo[],
  { hasData, format }: Constants,
): number {
  writer
    .map()
    .key('format')
    .string(graph.format ?? '')
    .key('inputs')
    .value(graph.inputs)
    .key('nodes');
  writeNodes(writer, graph.nodes);
  writer.key('outputs').value(graph.outputs).key('values').map();
  let elements = 0;
  const { values = new Map<string, TensorLiteral>() } = graph;
  for (const info of inputs) {
    if (values.get(info.name)?.hasData) continue;
    writer.key(info.name).map();
    writeKnown(writer, info, false);
    writer.end();
  }
  for (const [name, literal] of values) {
    if (!literal.hasData) continue;
    writer.key(name).map();
    const dtype = literal.resolveDtype('float32');
    writeKnown(writer, { dtype, shape: literal.shape }, literal.requiresGrad);
    if (hasData(name, literal)) {
      writer.content(materialize(literal), format);
      elements += literal.numel;
    }
    writer.end();
  }
  writer.end();
  if (graph.backward !== undefined) {
    writer.key('backward').map().key('nodes');
    writeNodes(writer, graph.backward.nodes);
    writer.key('grads').value(graph.backward.grads).end();
  }
  writer.end();
  return elements;
}

/** The document of a record, its constants read where they lie: floating ones require their gradients. */
export function documentOf({ graph: text, constants, info }: ModelRecord): GraphDocument {
  const slot = { fields: { values: { entries: 'value' } } } as const;
  const graph = graphSchema.parse(readJson(Uint8Array.from(text), slot));
  // Of an input whose sizes are not known, nothing is.
  const values = new Map<string, TensorLiteral>([...(graph.values ?? [])].filter(([, literal]) => literal.ranked));
  const parameters = new Set(info.parameters.map(({ name }) => name));
  for (const [name, literal] of literalsIn(constants))
    values.set(name, literal.as({ requiresGrad: parameters.has(name) }));
  return { ...graph, values };
}
