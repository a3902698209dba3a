/** ONNX in: a file becomes a graph of our ops. */
import type { GraphDocument } from '../../../graph/schema.ts';
import type { GraphProto, ModelProto } from '../proto/messages.ts';
import { readModel } from '../proto/read.ts';
import { DocumentMaker } from './document.ts';
import { UnsupportedGraph } from './errors.ts';
import { Importer, type TensorInfo } from './importer.ts';

export { UnsupportedGraph, type UnsupportedNode } from './errors.ts';
export type { TensorInfo } from './importer.ts';

export interface ImportedGraph {
  /** Of our ops; what stood in the file as constants is among its values. */
  readonly graph: GraphDocument;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Names of the floating constants, which require their gradients. */
  readonly parameters: readonly string[];
  readonly warnings: readonly { readonly message: string; readonly category: 'UserWarning' }[];
}

export interface ImportSettings {
  /** More nodes than so many are refused, functions and loops spread out. */
  readonly maxNodes: number;
  /** Called now and then: a deadline may throw here. */
  readonly tick?: () => void;
}

/**
 * What stands for sizes that may vary, from small to large: some ops refuse what is too small for their windows,
 * others what is larger than a table of theirs.
 */
const SCALES = [
  [24, 36],
  [240, 336],
  [2520, 3780],
] as const;

/**
 * Reads an ONNX file, of opset 6 or later, into a graph of our ops. Floats, integers and bools have our dtypes.
 *
 * @throws EngineError invalid_graph where the file is broken; UnsupportedGraph with all that is not supported;
 * `budget` for more nodes than allowed
 */
export function importOnnx(bytes: Uint8Array, { maxNodes, tick = () => {} }: ImportSettings): ImportedGraph {
  const model = readModel(bytes);
  let best: Importer | undefined;
  for (const scale of SCALES) {
    const importer = new Importer(model, { maxNodes, tick, scale });
    importer.read();
    const weight = (one: Importer): number => one.missing.length * maxNodes + one.build.refusals;
    if (best === undefined || weight(importer) < weight(best)) best = importer;
    if (!importer.varies || weight(best) === 0) break;
  }
  return finished(model, best as Importer);
}

function finished(model: ModelProto, importer: Importer): ImportedGraph {
  const { missing, build, inputs, outputs, inputInfos, warnings } = importer;
  if (missing.length > 0) throw new UnsupportedGraph(missing);
  const graph = new DocumentMaker(build, namesIn(model.graph as GraphProto)).make(inputs, outputs);
  const parameters = [...(graph.values ?? [])].filter(([, literal]) => literal.requiresGrad).map(([name]) => name);
  return {
    graph,
    inputs: inputInfos,
    outputs: outputs.map(({ name, value }) => ({
      name,
      dtype: value.dtype,
      shape: value.sizes?.map((n) => n ?? -1) ?? null,
    })),
    parameters,
    warnings: [...warnings].map((message) => ({ message, category: 'UserWarning' as const })),
  };
}

/** All names that a graph gives, those of its inner graphs among them. */
function* namesIn(graph: GraphProto): Generator<string> {
  for (const { name } of [...graph.initializer, ...graph.input]) yield name ?? '';
  for (const node of graph.node) {
    yield* node.output;
    for (const { g } of node.attribute) if (g !== undefined) yield* namesIn(g);
  }
}
