import { describe, expect, test } from 'vitest';
import { run } from '../torch/session.ts';

const stderr = (...cells: string[]): string => run(...cells).stderr;

describe('warnings', () => {
  test('are printed with their line, once for each place', () => {
    expect(stderr("import warnings\nwarnings.warn('one')")).toBe('<cell>:2: UserWarning: one\n');
    expect(stderr("import warnings\nfor i in range(3): warnings.warn('again')")).toBe('<cell>:2: UserWarning: again\n');
    expect(stderr('import warnings', "def f(): warnings.warn('deep', FutureWarning, stacklevel=2)\nf()\nf()")).toBe(
      '<cell>:2: FutureWarning: deep\n<cell>:3: FutureWarning: deep\n',
    );
  });

  test.each([
    ["warnings.simplefilter('ignore')", ''],
    ["warnings.simplefilter('always')", '<cell>:3: UserWarning: a\n<cell>:3: UserWarning: a\n'],
    ["warnings.simplefilter('once')", '<cell>:3: UserWarning: a\n'],
    ["warnings.filterwarnings('ignore', category=UserWarning)", ''],
    ["warnings.filterwarnings('ignore', message='A')", ''],
    ["warnings.filterwarnings('ignore', message='b')", '<cell>:3: UserWarning: a\n'],
    ["warnings.filterwarnings('ignore', category=DeprecationWarning)", '<cell>:3: UserWarning: a\n'],
  ])('%s', (filter, text) =>
    expect(stderr(`import warnings\n${filter}\nfor i in range(2): warnings.warn('a')`)).toBe(text),
  );

  test('are recorded', () => {
    const { stdout, stderr } = run(`import warnings
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter('always')
    warnings.warn('x', DeprecationWarning)
    F.softmax(torch.ones(2))
print(len(w), w[0].category.__name__, w[0].message, w[1].lineno, issubclass(w[1].category, UserWarning))
warnings.warn('after')`);
    expect(stdout).toBe('2 DeprecationWarning x 5 True\n');
    expect(stderr).toBe('<cell>:7: UserWarning: after\n');
  });

  test('become exceptions', () => {
    const { stdout, error } = run(`import warnings
warnings.simplefilter('error')
try: torch.ones(2, 2, 2).T
except UserWarning as e: print(type(e).__name__, str(e)[:16])
warnings.warn('last', RuntimeWarning)`);
    expect(stdout).toBe('UserWarning The use of `x.T`\n');
    expect(error).toMatchObject({ type: 'RuntimeWarning', message: 'last' });
  });

  test('filters are kept from cell to cell, and left with the block', () => {
    expect(stderr("import warnings\nwarnings.simplefilter('ignore')", "warnings.warn('a')")).toBe('');
    const block =
      "with warnings.catch_warnings():\n  warnings.simplefilter('ignore')\n  warnings.warn('a')\nwarnings.warn('b')";
    expect(stderr('import warnings', block)).toBe('<cell>:4: UserWarning: b\n');
  });

  test.each([
    ["warnings.warn('x', int)", "TypeError: category must be a Warning subclass, not 'type'"],
    ["warnings.simplefilter('loud')", "AssertionError: invalid action: 'loud'"],
    ["warnings.filterwarnings('ignore', '(')", 'ValueError'],
    ["for i in range(1000): warnings.filterwarnings('ignore', str(i))", 'MemoryError'],
  ])('%s is refused', (code, message) => {
    const { error } = run('import warnings', code);
    expect(`${error?.type}: ${error?.message}`).toContain(message);
  });
});

describe('PyTorch warns', () => {
  test.each([
    [
      'F.l1_loss(torch.zeros(3, 1), torch.zeros(3))',
      'Using a target size (torch.Size([3])) that is different to the input size (torch.Size([3, 1]))',
    ],
    ['nn.LogSoftmax()(torch.zeros(2))', 'Implicit dimension choice for log_softmax has been deprecated.'],
    [
      'x = torch.ones(1, requires_grad=True) * 2; x.grad',
      'The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.',
    ],
    [
      'nn.L1Loss(size_average=False)',
      "size_average and reduce args will be deprecated, please use reduction='sum' instead.",
    ],
    ['F.tanh(torch.ones(1))', 'nn.functional.tanh is deprecated. Use torch.tanh instead.'],
    ['torch.range(0, 2)', 'torch.range is deprecated'],
    [
      'torch.tensor(torch.ones(1))',
      'To copy construct from a tensor, it is recommended to use sourceTensor.clone().detach()',
    ],
    ['torch.ones(2)[torch.tensor([1, 0], dtype=torch.uint8)]', 'indexing with dtype torch.uint8 is now deprecated'],
    ['nn.LSTM(2, 2, dropout=0.5)', 'dropout option adds dropout after all but last recurrent layer'],
    [
      'nn.init.xavier_uniform(torch.ones(2, 2))',
      'nn.init.xavier_uniform is now deprecated in favor of nn.init.xavier_uniform_.',
    ],
    ['torch.ones(1, requires_grad=True).backward(create_graph=True)', 'Using backward() with create_graph=True'],
  ])('%s', (code, text) => expect(stderr(code)).toContain(`<cell>:1: UserWarning: ${text}`));

  test.each([
    'nn.Tanh()(torch.ones(1))',
    'nn.Sigmoid()(torch.ones(1))',
    'torch.ones(1).tanh()',
    'F.mse_loss(torch.ones(1), torch.ones(1))',
    'torch.ones(1).grad',
  ])('not of %s', (code) => expect(stderr(code)).toBe(''));
});
