/** The line of Python that the catalogue shows of each op. */
import { expect, it } from 'vitest';
import { callLine } from '../../src/ops/call-line.ts';
import type { OpDef } from '../../src/ops/define.ts';
import { findOp, ops } from '../../src/ops/registry.ts';

it.each([
  ['softplus', 'torch.nn.functional.softplus(input, beta=1.0, threshold=20.0)'],
  ['add', 'torch.add(input, other, *, alpha=1)'],
  [
    'cross_entropy',
    "torch.nn.functional.cross_entropy(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean', label_smoothing=0.0)",
  ],
  ['meshgrid', 'torch.meshgrid(*tensors, indexing=None)'],
  ['pairwise_distance', 'torch.nn.functional.pairwise_distance(x1, x2, p=2.0, eps=1e-06, keepdim=False)'],
  ['linalg_svd', 'torch.linalg.svd(A, full_matrices=True, *, driver=None)'],
  ['softmax', 'torch.nn.functional.softmax(input, dim=None, _stacklevel=3, dtype=None)'],
  ['select_backward', 'select_backward(grad_output, input_sizes, dim, index)'],
])('%s', (name, line) => {
  expect(callLine(findOp(name) as OpDef)).toBe(line);
});

it('is Python of one line for every op', () => {
  for (const op of ops) expect(callLine(op), op.name).toMatch(/^[\w.]+(\([\w\s=*,.'()+-]*\))?$/);
});
