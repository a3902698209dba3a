import { expect, test } from 'vitest';
import { shown } from './session.ts';

/** Cells, and what PyTorch 1.13 raises of them. */
const CASES: readonly (readonly [code: string, error: string])[] = [
  [
    'torch.linalg.cholesky(torch.tensor([[0., 1.], [1., 0.]]))',
    '_LinAlgError: linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 1 is not positive-definite).',
  ],
  [
    'torch.linalg.inv(torch.zeros(3, 3))',
    '_LinAlgError: linalg.inv: The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular.',
  ],
  [
    'torch.linalg.solve(torch.eye(3), torch.ones(2))',
    'RuntimeError: linalg.solve: Incompatible shapes of A and B for the equation AX = B (3x3 and 2x1)',
  ],
  ['torch.linalg.det(torch.ones(4))', 'RuntimeError: linalg.det: The input tensor A must have at least 2 dimensions.'],
  [
    'torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 5, 4))',
    'RuntimeError: Expected size for first two dimensions of batch2 tensor to be: [2, 4] but got: [2, 5].',
  ],
  ['torch.mv(torch.ones(3, 2), torch.ones(4))', 'RuntimeError: size mismatch, got 3, 3x2,4'],
  [
    'torch.mm(torch.ones(2, 2), torch.ones(2, 2, dtype=torch.float64))',
    'RuntimeError: expected scalar type Float but found Double',
  ],
  ['torch.ones(2, 3).permute(1, 1)', 'RuntimeError: permute(): duplicate dims are not allowed.'],
  ['torch.rot90(torch.ones(3, 3), 1, [0, 5])', 'RuntimeError: Rotation dim1 out of range, dim1 = 5'],
  ['torch.meshgrid()', 'RuntimeError: meshgrid expects a non-empty TensorList'],
  [
    'torch.gather(torch.ones(1, 2), 1, torch.tensor([[4]]))',
    'RuntimeError: index 4 is out of bounds for dimension 1 with size 2',
  ],
  ['torch.index_select(torch.ones(2), 0, torch.tensor([2]))', 'IndexError: index out of range in self'],
  [
    'torch.take(torch.ones(2), torch.tensor([9]))',
    'IndexError: out of range: tried to access index 9 on a tensor of 2 elements.',
  ],
  ['torch.ones(2).topk(3)', 'RuntimeError: selected index k out of range'],
  ['torch.zeros(0).argmin()', 'IndexError: argmin(): Expected reduction dim to be specified for input.numel() == 0.'],
  [
    'torch.ones(2, dtype=torch.int64).var()',
    'RuntimeError: std and var only support floating point and complex dtypes',
  ],
  ['~torch.ones(2)', 'TypeError: ~ (operator.invert) is only implemented on integer and Boolean-type tensors'],
  ["torch.ones(2).sum('rows')", "RuntimeError: Name 'rows' not found in Tensor[None]."],
  ["torch.tensor(['a'])", "ValueError: too many dimensions 'str'"],
  ["torch.tensor(1, dtype='float')", "TypeError: tensor(): argument 'dtype' must be torch.dtype, not str"],
  ["'a' + torch.ones(2)", 'TypeError: can only concatenate str (not "Tensor") to str'],
  ["x = torch.ones(2); x[0] = 'a'", "TypeError: can't assign a str to a torch.FloatTensor"],
  ['F.elu()', "TypeError: elu() missing 1 required positional argument: 'input'"],
  [
    'F.cross_entropy(torch.zeros(4, 2), torch.tensor([0, 1]))',
    'ValueError: Expected input batch_size (4) to match target batch_size (2).',
  ],
  ['F.cross_entropy(torch.zeros(1, 2), torch.tensor([2]))', 'IndexError: Target 2 is out of bounds.'],
  ['F.cross_entropy(torch.zeros(1, 2), torch.tensor([0.]))', 'RuntimeError: expected scalar type Long but found Float'],
  [
    'F.cross_entropy(torch.zeros(1, 2, 3), torch.zeros(1, 4, dtype=torch.int64))',
    'RuntimeError: Expected target size [1, 3], got [1, 4]',
  ],
  [
    'F.cross_entropy(torch.zeros(2, 3), torch.tensor([0, 1]), label_smoothing=1.5)',
    'RuntimeError: label_smoothing must be between 0.0 and 1.0. Got: 1.5',
  ],
  [
    'F.binary_cross_entropy(torch.rand(2), torch.rand(2, 1))',
    'ValueError: Using a target size (torch.Size([2, 1])) that is different to the input size (torch.Size([2])) is deprecated. Please ensure they have the same size.',
  ],
  [
    'F.binary_cross_entropy_with_logits(torch.zeros(2, 1), torch.zeros(2))',
    'ValueError: Target size (torch.Size([2])) must be the same as input size (torch.Size([2, 1]))',
  ],
  [
    'F.huber_loss(torch.zeros(1), torch.zeros(1), delta=0.)',
    'RuntimeError: huber_loss does not support non-positive values for delta.',
  ],
  [
    'nn.MSELoss(torch.zeros(2), torch.zeros(2))',
    'RuntimeError: Boolean value of Tensor with more than one value is ambiguous',
  ],
  ['F.dropout(torch.ones(1), 2.5)', 'ValueError: dropout probability has to be between 0 and 1, but got 2.5'],
  [
    'nn.Embedding(2, 2)(torch.tensor([0.5]))',
    "RuntimeError: Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.FloatTensor instead (while checking arguments for embedding)",
  ],
  ['nn.Embedding(2, 2)(torch.tensor([2]))', 'IndexError: index out of range in self'],
  ['nn.Linear(3, 1)(torch.ones(2))', 'RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x2 and 3x1)'],
  ['nn.Linear(2, 1)(torch.ones(3, 2, dtype=torch.float64))', 'RuntimeError: mat1 and mat2 must have the same dtype'],
  [
    'nn.Conv2d(1, 1, 4)(torch.ones(1, 1, 2, 2))',
    "RuntimeError: Calculated padded input size per channel: (2 x 2). Kernel size: (4 x 4). Kernel size can't be greater than actual input size",
  ],
  [
    'nn.MaxPool2d(4)(torch.ones(1, 2, 3, 3))',
    'RuntimeError: Given input size: (2x3x3). Calculated output size: (2x0x0). Output size is too small',
  ],
  [
    'nn.InstanceNorm1d(3)(torch.ones(1, 3, 1))',
    'ValueError: Expected more than 1 spatial element when training, got input size torch.Size([1, 3, 1])',
  ],
  ["F.pad(torch.ones(2), (1, 1), mode='other')", 'NotImplementedError: Unrecognised padding mode other'],
  ['F.glu(torch.ones(5))', 'RuntimeError: Halving dimension must be even, but dimension 0 is size 5'],
  ["m = nn.ReLU(); m.p = 1; m.register_buffer('p', None)", 'KeyError: "attribute \'p\' already exists"'],
];

test.each(CASES)('%s', (code, error) => expect(shown(code)).toBe(error));

test('a singular matrix raises a class of torch.linalg', () => {
  const cell = `try:
    torch.linalg.inv(torch.zeros(1, 1))
except torch.linalg.LinAlgError as e:
    print(type(e).__name__, isinstance(e, RuntimeError))`;
  expect(shown(cell)).toBe('_LinAlgError True\n');
});
