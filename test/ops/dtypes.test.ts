/** Every op's examples with other dtypes, without dimensions and empty: a result or a refusal, never a crash. */
import { expect, it } from 'vitest';
import { readJson } from '../../src/codec/json/reader.ts';
import type { TensorLiteral } from '../../src/codec/json/tensor-literal.ts';
import { materialize } from '../../src/graph/materialize.ts';
import { copy } from '../../src/kernels/copy.ts';
import type { Example, OpDef } from '../../src/ops/define.ts';
import { ops } from '../../src/ops/registry.ts';
import { DTYPES, type DType } from '../../src/tensor/dtype.ts';
import { EngineError } from '../../src/tensor/errors.ts';
import { empty, type Tensor } from '../../src/tensor/tensor.ts';

const as =
  (dtype: DType) =>
  (t: Tensor): Tensor =>
    copy(t, dtype);

const VARIANTS: Record<string, (t: Tensor) => Tensor> = {
  ...Object.fromEntries(DTYPES.map((d) => [d, as(d)])),
  '0-d': (t) => empty([], t.dtype),
  '0-d int64': () => empty([], 'int64'),
  empty: (t) => empty([0], t.dtype),
  'no rows': (t) => empty([0, ...t.shape.slice(1)], t.dtype),
  'one more': (t) => empty([...t.shape.slice(0, -1), (t.shape.at(-1) ?? 0) + 1], t.dtype),
};

/** The arguments of an example, its tensors changed: all, or the one at `place`. */
function argumentsOf(op: OpDef, example: Example, change: (t: Tensor) => Tensor, place: number) {
  const args: Record<string, unknown> = {};
  const read = (json: unknown, slot: 'tensor' | 'json'): unknown => readJson(Buffer.from(JSON.stringify(json)), slot);
  let first: readonly number[] = [];
  let count = 0;
  for (const param of op.params) {
    const raw = example[param.name];
    if (raw === undefined) continue;
    if (param.kind === 'attr' || (param.kind === 'operand' && typeof raw !== 'object')) {
      args[param.key] = param.attr?.read(read(raw, 'json'));
      continue;
    }
    const one = (json: unknown): Tensor => {
      const literal = read(json, 'tensor') as TensorLiteral;
      if (first.length === 0) first = literal.shape;
      const t = materialize(literal, param.wantsFor?.(first, literal.shape) ?? param.wants ?? 'float32');
      const at = count++;
      return place < 0 || place === at ? change(t) : t;
    };
    args[param.key] = param.kind === 'tensors' ? (raw as unknown[]).map(one) : one(raw);
  }
  return { args, count };
}

/** What went wrong otherwise than by a refusal. */
function crashes(op: OpDef): string[] {
  const found: string[] = [];
  for (const example of op.examples) {
    for (const [variant, change] of Object.entries(VARIANTS)) {
      const tensors = argumentsOf(op, example, (t) => t, -1).count;
      for (let place = -1; place < tensors; place++) {
        try {
          op.call(argumentsOf(op, example, change, place).args);
        } catch (error) {
          if (!(error instanceof EngineError)) found.push(`${op.name}, ${variant} at ${place}: ${error}`);
        }
      }
    }
  }
  return found;
}

it('no op crashes on other dtypes and shapes', () => {
  expect(ops.flatMap(crashes)).toEqual([]);
});
