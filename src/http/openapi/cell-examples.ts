/**
 * Examples of what runs in another thread, and so cannot be run while the document is made: they are
 * written down, and a test compares them with what the service answers.
 */
import type { RouteExample } from './examples.ts';

export const EVALUATE_CODE: RouteExample = {
  summary: "The same in PyTorch's own syntax",
  request: {
    inputs: {
      x: [0.5, -1, 2],
      w: {
        data: [0.1, 0.2, 0.3],
        requires_grad: true,
      },
      y: 1,
    },
    code: 'pred = torch.sigmoid(x @ w)\nloss = F.binary_cross_entropy(pred, y)',
    outputs: ['loss'],
    grad: {
      outputs: ['loss'],
    },
  },
  response: {
    outputs: {
      loss: {
        dtype: 'float32',
        shape: [],
        data: 0.49324897,
      },
    },
    grads: {
      w: {
        dtype: 'float32',
        shape: [3],
        data: [-0.1946804, 0.3893608, -0.7787216],
      },
    },
    graph: {
      format: 'gradwire/graph@1',
      inputs: ['x', 'w', 'y'],
      nodes: [
        {
          op: 'matmul',
          inputs: ['x', 'w'],
          outputs: ['matmul_1'],
          grad_fn: 'DotBackward0',
        },
        {
          op: 'sigmoid',
          inputs: ['matmul_1'],
          outputs: ['pred'],
          grad_fn: 'SigmoidBackward0',
        },
        {
          op: 'binary_cross_entropy',
          inputs: ['pred', 'y'],
          outputs: ['loss'],
          attrs: {
            reduction: 'mean',
          },
          grad_fn: 'BinaryCrossEntropyBackward0',
        },
      ],
      outputs: ['loss'],
      values: {
        x: {
          dtype: 'float32',
          shape: [3],
          requires_grad: false,
          is_leaf: true,
          data: [0.5, -1, 2],
        },
        w: {
          dtype: 'float32',
          shape: [3],
          requires_grad: true,
          is_leaf: true,
          data: [0.1, 0.2, 0.3],
          grad: [-0.1946804, 0.3893608, -0.7787216],
        },
        y: {
          dtype: 'float32',
          shape: [],
          requires_grad: false,
          is_leaf: true,
          data: 1,
        },
        matmul_1: {
          dtype: 'float32',
          shape: [],
          requires_grad: true,
          is_leaf: false,
          data: 0.45000002,
        },
        pred: {
          dtype: 'float32',
          shape: [],
          requires_grad: true,
          is_leaf: false,
          data: 0.6106392,
        },
        loss: {
          dtype: 'float32',
          shape: [],
          requires_grad: true,
          is_leaf: false,
          data: 0.49324897,
        },
      },
    },
  },
};

export const CELL: RouteExample = {
  summary: 'A first cell',
  request: {
    code: 'import torch\nx = torch.tensor([0.5, -1.0], requires_grad=True)\ny = torch.sigmoid(x)\nprint(y.sum().item())\ny',
  },
  response: {
    execution_count: 1,
    stdout: '0.8914008140563965\n',
    result: {
      repr: 'tensor([0.6225, 0.2689], grad_fn=<SigmoidBackward0>)',
      tensor: {
        dtype: 'float32',
        shape: [2],
        data: [0.62245935, 0.26894143],
      },
    },
    graph: {
      format: 'gradwire/graph@1',
      inputs: [],
      nodes: [
        {
          op: 'sigmoid',
          inputs: ['x'],
          outputs: ['y'],
          grad_fn: 'SigmoidBackward0',
        },
        {
          op: 'sum',
          inputs: ['y'],
          outputs: ['sum_1'],
          attrs: {
            keepdim: false,
          },
          grad_fn: 'SumBackward0',
        },
      ],
      outputs: ['y'],
      values: {
        x: {
          dtype: 'float32',
          shape: [2],
          requires_grad: true,
          is_leaf: true,
          data: [0.5, -1],
        },
        y: {
          dtype: 'float32',
          shape: [2],
          requires_grad: true,
          is_leaf: false,
          data: [0.62245935, 0.26894143],
        },
        sum_1: {
          dtype: 'float32',
          shape: [],
          requires_grad: true,
          is_leaf: false,
          data: 0.8914008,
        },
      },
    },
  },
};
