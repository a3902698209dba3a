/** What is answered of a model's insides: its graph, and an ONNX file. */
import type { Answer, AnswerOptions } from '../answer/answer.ts';
import { documentWriter } from '../codec/write-document.ts';
import { wholeMemory } from '../compute/memory.ts';
import type { Scope } from '../compute/scope.ts';
import { documentOf, writeGraphOf } from './document.ts';
import { exportOnnx, OPSETS } from './onnx/out/export.ts';
import type { ModelRecord } from './record.ts';

/** Elements that one answer may hold. */
const MAX_ANSWER = 2 ** 26;

export interface GraphAnswerOptions extends Pick<AnswerOptions, 'mediaType' | 'tensorFormat'> {
  /** Whether with the data of parameters; other constants have theirs. */
  readonly parameters: boolean;
}

/** The graph document of a model. */
export function graphAnswer(
  record: ModelRecord,
  { mediaType, tensorFormat, parameters }: GraphAnswerOptions,
  scope: Scope,
): Answer {
  const { limits, clock, timing } = scope;
  const left = new Set(parameters ? [] : record.info.parameters.map(({ name }) => name));
  return scope.within(wholeMemory(limits.maxElements), () => {
    const writer = documentWriter(mediaType, { onFlush: clock.check, maxElements: MAX_ANSWER });
    const constants = { hasData: (name: string) => !left.has(name), format: tensorFormat };
    const elements = writeGraphOf(writer, documentOf(record), record.info.inputs, constants);
    const body = writer.finish();
    timing.lap('write');
    return { body, elements };
  });
}

/**
 * The model as an ONNX file of the newest opset that is written.
 *
 * @throws EngineError where an input's sizes are not known, or a node has no counterpart
 */
export function onnxAnswer(record: ModelRecord, { limits, clock }: Scope): Answer {
  const document = documentOf(record);
  const settings = { scope: 'forward', opset: OPSETS.most, maxNodes: limits.maxNodes, tick: clock.tick } as const;
  const bytes = exportOnnx(document, settings);
  return {
    body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    mediaType: 'application/onnx',
    elements: 0,
  };
}
