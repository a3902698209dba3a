import { describe, expect, test } from 'vitest';
import { shown } from './session.ts';

describe('what is not found', () => {
  test.each([
    ['torch.sofmax', "AttributeError: module 'torch' has no attribute 'sofmax'. Did you mean: 'softmax'?"],
    ['torch.ones(1).reshpae', "AttributeError: 'Tensor' object has no attribute 'reshpae'. Did you mean: 'reshape'?"],
    ['nn.Linaer', "AttributeError: module 'torch.nn' has no attribute 'Linaer'. Did you mean: 'Linear'?"],
    ['nn.Linear(1, 1).weigth', "AttributeError: 'Linear' object has no attribute 'weigth'. Did you mean: 'weight'?"],
    ['pirnt(1)', "NameError: name 'pirnt' is not defined. Did you mean: 'print'?"],
    ['optim.SGD', "NameError: name 'optim' is not defined. Did you forget to 'import torch.optim as optim'?"],
    ['q', "NameError: name 'q' is not defined"],
    [
      'from torch.nn import Liner',
      /^ImportError: cannot import name 'Liner' from 'torch.nn'.*Did you mean: 'Linear'\?$/,
    ],
    ['torch.sparse_coo_tensor', /^AttributeError: .* sparse tensors are not there/],
    ['torch.ones(1).to_sparse', /^AttributeError: .* sparse tensors are not there/],
    ['torch.quantize_per_tensor', /^AttributeError: .* quantization is not there/],
    ['torch.jit.script', /^AttributeError: .* compilation .* is not there/],
    ['import torch.distributed', /^ModuleNotFoundError: No module named 'torch.distributed': distributed training/],
    ['import torch.onnx', /^ModuleNotFoundError: .* torch.onnx is not there/],
    [
      'torch.pca_lowrank',
      /^AttributeError: .*: torch.pca_lowrank is PyTorch's, and this service does not have it yet$/,
    ],
  ])('%s', (code, text) => {
    const said = shown(code);
    if (typeof text === 'string') expect(said).toBe(text);
    else expect(said).toMatch(text);
  });

  test('what is caught has the message of Python alone', () => {
    expect(shown('try: torch.sofmax\nexcept AttributeError as e: print(e)')).toBe(
      "module 'torch' has no attribute 'sofmax'\n",
    );
    expect(shown("hasattr(torch, 'sofmax'), getattr(torch, 'sofmax', 1)")).toBe('(False, 1)');
  });

  test('no code of the cell runs to find what was meant', () => {
    const cell = 'class A:\n  def __dir__(self):\n    while True: pass\nA().fo';
    expect(shown(cell)).toBe("AttributeError: 'A' object has no attribute 'fo'");
  });
});
