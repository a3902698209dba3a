/** Arrays and tensors that show the same elements, and what of them is held. */
import { expect, test } from 'vitest';
import { CellSession } from '#src/cells/cell.ts';
import { workspaceModules } from '#src/cells/modules.ts';
import { TorchState, withState } from '#src/cells/torch/index.ts';
import { LIMITS } from '../torch/session.ts';

function session(): (code: string) => string {
  const state = new TorchState();
  const cells = new CellSession(LIMITS, new Map(), workspaceModules(state));
  const run = (code: string): string => {
    const { stdout, result, error } = withState(state, () => cells.run(code));
    return stdout + (error === undefined ? (result?.repr ?? '') : `${error.type}: ${error.message}`);
  };
  run('import numpy as np\nimport torch');
  return run;
}

test('writes through an array are seen by its tensor, and the other way round', () => {
  const run = session();
  run('t = torch.zeros(2, 2)\na = t.numpy()\nrow = a[1]\nrow[0] = 5\nt[0, 1] = 7');
  expect(run('t.tolist(), a.tolist()')).toBe('([[0.0, 7.0], [5.0, 0.0]], [[0.0, 7.0], [5.0, 0.0]])');
});

test('what autograd records is not touched by arrays', () => {
  const run = session();
  run('w = torch.ones(2, requires_grad=True)\nb = np.array([2.0, 3.0], dtype=np.float32)');
  run('(w * torch.from_numpy(b)).sum().backward()');
  expect(run('w.grad')).toBe('tensor([2., 3.])');
});

test('modules keep nothing from one workspace for another', () => {
  const [one, other] = [session(), session()];
  one('np.random.seed(1)');
  other('np.random.seed(1)');
  one('np.random.rand(3)');
  expect(one('np.random.rand()')).not.toBe(other('np.random.rand()'));
  expect(one('np.float32.x = 1')).toContain('TypeError');
  expect(one('np.dtype("int8").x = 1')).toContain('AttributeError');
  one('np.set_printoptions(precision=2)');
  expect(other('np.array([0.12345])')).toBe('array([0.12345])');
});

test('what NumPy has and is not there is said by its name', () => {
  const run = session();
  expect(run('np.loadtxt("x")')).toBe("NotImplementedError: numpy.loadtxt is numpy's and not there yet");
  expect(run('np.nonsense')).toBe("AttributeError: module 'numpy' has no attribute 'nonsense'");
});

test('sizes are refused before anything is made', () => {
  const run = session();
  for (const code of ['np.eye(10**9)', 'np.zeros((10**10, 10**10))', 'np.random.rand(10**12)', 'np.arange(1e18)'])
    expect(run(code)).toMatch(/^(MemoryError|ValueError|TimeoutError|RuntimeError|KeyboardInterrupt)/);
});

test('a tensor that requires grad is shown to NumPy where no gradients are recorded, and only there', () => {
  const run = session();
  run('x = torch.ones(2, requires_grad=True)');
  expect(run('with torch.no_grad():\n    y = x.numpy() * 2\ny')).toBe('array([2., 2.], dtype=float32)');
  expect(run('x * np.ones(2)')).toMatch(/^RuntimeError: Can't call numpy\(\) on Tensor that requires grad/);
  expect(run('x.numpy()')).toMatch(/^RuntimeError: Can't call numpy\(\) on Tensor that requires grad/);
});
