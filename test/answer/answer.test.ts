/** Answers in both media types. */
import { decode } from 'cbor2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AnswerOptions, AnswerWriter } from '../../src/answer/answer.ts';
import { DOCUMENT_TYPES } from '../../src/codec/read-body.ts';
import { Scope } from '../../src/compute/scope.ts';
import { Workspace } from '../../src/compute/workspace.ts';
import { numelOf } from '../../src/tensor/shape.ts';
import { storageOf } from '../../src/tensor/storage.ts';
import { fromStorage, type Tensor } from '../../src/tensor/tensor.ts';

const OPTIONS: AnswerOptions = { tensorFormat: 'nested', graphValues: 'small', graphScope: 'both', anomaly: true };
const f32 = (shape: number[]): Tensor =>
  fromStorage(
    storageOf(
      'float32',
      Float32Array.from({ length: numelOf(shape) }, (_, i) => i + 0.5),
    ),
    shape,
  );

const LIMITS = { maxElements: 2 ** 20, maxNodes: 1000, timeLimitMs: 60_000 };

/** A workspace that answers to cells. */
function cells(): (code: string, options: AnswerOptions) => string | Uint8Array {
  const workspace = new Workspace(LIMITS);
  return (code, options) => workspace.do({ kind: 'cell', code, options }, new Scope(LIMITS)).body;
}

afterEach(() => vi.restoreAllMocks());

describe.each(DOCUMENT_TYPES)('an answer in %s', (mediaType) => {
  const read = (body: string | Uint8Array): unknown =>
    mediaType === 'application/cbor' ? decode(body as Uint8Array) : JSON.parse(body.toString());
  const data = (numbers: number[]): unknown => (mediaType === 'application/cbor' ? new Float32Array(numbers) : numbers);

  it('has tensors by name, several of one name, and reasons', () => {
    const writer = new AnswerWriter({ ...OPTIONS, mediaType }, () => {});
    writer.tensors([
      ['é"', f32([1])],
      ['pair', [f32([1]), f32([2])]],
      ['none', []],
      ['gone', { reason: 'detached' }],
    ]);
    const { body, elements } = writer.finish([f32([5])]);
    expect(elements).toBe(9);
    expect(read(body)).toEqual({
      'é"': { dtype: 'float32', shape: [1], data: data([0.5]) },
      pair: [
        { dtype: 'float32', shape: [1], data: data([0.5]) },
        { dtype: 'float32', shape: [2], data: data([0.5, 1.5]) },
      ],
      none: [],
      gone: { reason: 'detached' },
    });
  });

  it('of a workspace is written as it is read', () => {
    const cell = cells();
    const body = cell(
      'import torch\nprint("é")\nx = torch.tensor([1., float("nan")], requires_grad=True)\ny = x * 2\ny',
      {
        ...OPTIONS,
        mediaType,
      },
    );
    const answer = read(body) as Record<string, unknown>;
    expect(Object.keys(answer)).toEqual(['execution_count', 'stdout', 'result', 'graph', 'warnings']);
    expect(answer).toMatchObject({ execution_count: 1, stdout: 'é\n', warnings: [{ code: 'non_finite_output' }] });
    const failed = read(cell('a = 1\nb = nothing', { ...OPTIONS, mediaType })) as Record<string, unknown>;
    expect(failed.error).toMatchObject({ type: 'NameError', line: 2 });
  });
});

it('CBOR takes no way through JSON', () => {
  const parse = vi.spyOn(JSON, 'parse');
  const stringify = vi.spyOn(JSON, 'stringify');
  const body = cells()('import torch\nx = torch.ones(3, requires_grad=True)\ny = x.sum()\ny.backward()\ny', {
    ...OPTIONS,
    mediaType: 'application/cbor',
  });
  expect(parse).not.toHaveBeenCalled();
  expect(stringify).not.toHaveBeenCalled();
  expect((decode(body as Uint8Array) as { graph: { nodes: unknown[] } }).graph.nodes).toHaveLength(2);
});
