import { describe, expect, test } from 'vitest';
import { run, shown } from './session.ts';

describe('anomaly detection', () => {
  test.each([
    [
      'x = torch.tensor([-2.], requires_grad=True); n = torch.tensor([3.], requires_grad=True)\nwith torch.autograd.detect_anomaly():\n  (x ** n).sum().backward()',
      "RuntimeError: Function 'PowBackward1' returned nan values in its 1th output.",
    ],
    [
      'torch.autograd.set_detect_anomaly(True)\nx = torch.zeros(2, requires_grad=True)\n(x.sqrt() * 0).sum().backward()',
      "RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output.",
    ],
    [
      'x = torch.zeros(1, requires_grad=True)\nwith torch.autograd.set_detect_anomaly(True, check_nan=False): (x.sqrt() * 0).backward()\nx.grad',
      'tensor([nan])',
    ],
  ])('%s', (code, text) => expect(shown(code)).toBe(text));

  test('the mode is kept, and left', () => {
    expect(shown('torch.autograd.set_detect_anomaly(True)', 'torch.is_anomaly_enabled()')).toBe('True');
    expect(
      shown(
        'with torch.autograd.set_detect_anomaly(True): print(torch.is_anomaly_enabled())\ntorch.is_anomaly_enabled()',
      ),
    ).toBe('True\nFalse');
    expect(shown('torch.is_anomaly_enabled()')).toBe('False');
  });

  test('says in which line the node was made', () => {
    const { stderr } = run(
      'torch.autograd.set_detect_anomaly(True)\nx = torch.zeros(1, requires_grad=True)\ny = x.log()\n(y * 0).backward()',
    );
    expect(stderr).toBe(
      '<cell>:4: UserWarning: Error detected in LogBackward0. Traceback of forward call that caused the error:\n  File "<cell>", line 3\n',
    );
  });

  test('a window of numbers that were kept is freed as tensors are', () => {
    const again = 'x = torch.ones(1, requires_grad=True)\ny = x * 2\ny.backward()\ny.backward()';
    expect(shown(again)).toMatch(/^RuntimeError: Trying to backward through the graph a second time/);
    expect(shown(again.replace('x * 2', 'x + 2'), 'x.grad')).toBe('tensor([2.])');
  });
});

describe('functional forms that are strict', () => {
  test.each([
    [
      'jacobian(lambda x: x * 3, torch.ones(2), create_graph=True, strict=True)',
      'independent of input 0. This is not allowed in strict mode when create_graph=True.',
    ],
    [
      'jacobian(lambda x, y: x.exp(), (torch.ones(1), torch.ones(1)), strict=True)',
      'Output 0 of the user-provided function is independent of input 1.',
    ],
    ['hessian(lambda x: x.sum(), torch.ones(2), strict=True)', 'While computing the hessian, found that the jacobian'],
    [
      'jvp(lambda x, y: x.exp(), (torch.ones(1), torch.ones(1)), (torch.ones(1), torch.ones(1)), strict=True)',
      'The output of the user-provided function is independent of input 1.',
    ],
    [
      'jacobian(torch.exp, torch.ones(2), strict=True, vectorize=True)',
      '`strict=True` and `vectorized=True` are not supported together.',
    ],
    ["jacobian(torch.exp, torch.ones(2), strategy='forward-mode')", 'isonly implemented for `vectorize=True`.'],
  ])('%s', (code, text) => expect(shown(`from torch.autograd.functional import *\n${code}`)).toContain(text));
});
