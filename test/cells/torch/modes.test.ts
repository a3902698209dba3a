/** Grad modes and inference mode. Values are PyTorch's. */
import { describe, expect, it } from 'vitest';
import { shown } from './session.ts';

const X = 'x = torch.ones(2, requires_grad=True)';

describe('a generator within a mode', () => {
  it('runs in it, and leaves it between its values', () => {
    const code = `@torch.no_grad()
def gen(t):
    for i in range(2):
        yield (t * i).requires_grad
[(flag, torch.is_grad_enabled()) for flag in gen(x)]`;
    expect(shown(X, code)).toBe('[(False, True), (False, True)]');
  });
});

describe('inference mode', () => {
  const MADE = 'with torch.inference_mode():\n    i = torch.ones(2)\n    y = x * 2\n    v = x[:1]';

  it('marks what is made in it', () => {
    expect(
      shown(
        X,
        MADE,
        'i.is_inference(), y.is_inference(), y.requires_grad, v.is_inference(), i.view(2, 1).is_inference(), i.clone().is_inference()',
      ),
    ).toBe('(True, True, False, False, True, False)');
    expect(shown(X, MADE, 'torch.is_inference(i), torch.is_inference_mode_enabled(), torch.is_grad_enabled()')).toBe(
      '(True, False, True)',
    );
    expect(
      shown(
        X,
        'with torch.inference_mode():\n    with torch.inference_mode(False):\n        y = x * 2\ny.requires_grad, y.is_inference()',
      ),
    ).toBe('(True, False)');
    expect(shown(X, '@torch.inference_mode()\ndef f(t):\n    return t * 2\nf(x).is_inference()')).toBe('True');
  });

  it('lets what was made be written to there, and nowhere else', () => {
    expect(shown('with torch.inference_mode():\n    i = torch.ones(2)\n    i += 1\n    i[0] = 5\ni')).toBe(
      'tensor([5., 2.])',
    );
    for (const write of ['i.add_(1)', 'i[0] = 1', 'i.t_()'])
      expect(shown(X, MADE, write)).toContain(
        'RuntimeError: Inplace update to inference tensor outside InferenceMode is not allowed.',
      );
    expect(shown(X, MADE, 'v.add_(1)')).toContain(
      'RuntimeError: A view was created in inference mode and is being modified inplace in normal mode.',
    );
  });

  it('keeps it out of graphs that would save it', () => {
    expect(shown(X, MADE, 'i + x')).toBe('tensor([2., 2.], grad_fn=<AddBackward0>)');
    expect(shown(X, MADE, 'i * x')).toContain('RuntimeError: Inference tensors cannot be saved for backward.');
    expect(shown(X, MADE, 'i.clone() * x')).toBe('tensor([1., 1.], grad_fn=<MulBackward0>)');
    expect(shown(X, MADE, 'i.requires_grad_()')).toBe(
      'RuntimeError: Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.',
    );
    expect(shown(X, MADE, 'i._version')).toBe('RuntimeError: Inference tensors do not track version counter.');
  });
});
