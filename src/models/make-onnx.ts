/** Models of ONNX files. */
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import type { Scope } from '../compute/scope.ts';
import { DEFAULT_DTYPE, type DType } from '../tensor/dtype.ts';
import { finished, type Made, type MakeSettings } from './make.ts';
import { importOnnx } from './onnx/in/index.ts';

/**
 * A model of an ONNX file: its floating initializers and constants are the parameters.
 *
 * @throws EngineError, UnsupportedGraph among them
 */
export function modelOfOnnx(bytes: Uint8Array, settings: MakeSettings, scope: Scope): Made {
  const { limits, clock } = scope;
  const { graph, inputs, outputs, warnings } = importOnnx(bytes, { maxNodes: limits.maxNodes, tick: clock.tick });
  const constants: [string, DType, TensorLiteral][] = [];
  for (const [name, literal] of graph.values ?? [])
    constants.push([name, literal.resolveDtype(DEFAULT_DTYPE), literal]);
  return { record: finished(graph, constants, { inputs, outputs, source: 'onnx' }, settings, scope), warnings };
}
