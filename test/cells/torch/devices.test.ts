import { describe, expect, test } from 'vitest';
import { run, shown } from './session.ts';

describe('devices', () => {
  test.each([
    ["str(torch.device('cuda', 1)), repr(torch.device('cpu'))", "('cuda:1', \"device(type='cpu')\")"],
    ["f'{torch.ones(1).device}|%s' % torch.device('cuda')", "'cpu|cuda'"],
    ["torch.device('cuda:0') == torch.device('cuda', 0), torch.device('cpu') == 'cpu'", '(True, False)'],
    ["{torch.device('cuda:1'): 2}[torch.device(1)], torch.device(type='cuda', index=2).index", '(2, 2)'],
  ])('%s', (code, text) => expect(shown(code)).toBe(text));

  test.each([
    ["torch.device('gpu')", /^RuntimeError: Expected one of cpu, cuda, .*device string: gpu$/],
    ["torch.ones(1, device='cuda')", /^AssertionError: Torch not compiled with CUDA enabled$/],
    ["nn.Linear(1, 1, device='cuda:1')", /^AssertionError: Torch not compiled with CUDA enabled$/],
    ["torch.ones(1).to('mps')", /^RuntimeError: PyTorch is not linked with support for mps devices/],
    ["torch.Generator(device='cuda')", /^RuntimeError: Device type CUDA is not supported/],
    ['torch.cuda.get_device_name(0)', /^AssertionError: Torch not compiled with CUDA enabled$/],
    ['with torch.cuda.device(0): pass', /^AssertionError: Torch not compiled with CUDA enabled$/],
    ["torch.zeros(2, names=('a',))", /^NotImplementedError: named tensors/],
    ['torch.zeros(2, layout=torch.sparse_coo)', /^NotImplementedError: sparse tensors/],
  ])('%s is refused', (code, message) => expect(shown(code)).toMatch(message));

  test('CUDA is asked for and not there', () => {
    expect(shown('torch.cuda.is_available(), torch.cuda.device_count(), torch.cuda.memory_allocated()')).toBe(
      '(False, 0, 0)',
    );
    expect(shown('torch.cuda.manual_seed_all(3), torch.cuda.empty_cache(), torch.version.cuda')).toBe(
      '(None, None, None)',
    );
  });

  test('what is set in torch.backends is kept from cell to cell, of one workspace', () => {
    const set = 'torch.backends.cudnn.deterministic = True';
    expect(shown(set, 'torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark')).toBe('(True, False)');
    expect(shown('torch.backends.cudnn.deterministic')).toBe('False');
    const within = 'with torch.backends.cudnn.flags(benchmark=True): print(torch.backends.cudnn.benchmark)';
    expect(shown(`${within}\ntorch.backends.cudnn.benchmark`)).toBe('True\nFalse');
    expect(shown("torch.backends.cudnn.benchmark = 'x'")).toContain('expects a bool');
    expect(shown('torch.backends.cudnn.benchmark = [torch.ones(3)]')).toContain('expects a bool');
    expect(shown('torch.set_num_threads(2); torch.get_num_threads()')).toBe('2');
  });

  test('mixed precision does nothing, and says so', () => {
    const { stderr, result } = run(`s = torch.cuda.amp.GradScaler()
with torch.cuda.amp.autocast():
    y = torch.ones(2)
s.scale(y), s.is_enabled()`);
    expect(result?.repr).toBe('(tensor([1., 1.]), False)');
    expect(stderr).toContain('GradScaler is enabled, but CUDA is not available.  Disabling.');
    expect(shown("with torch.autocast('cpu'): pass")).toMatch(/^NotImplementedError: .*bfloat16/);
  });
});
