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

export const PICTURE: RouteExample = {
  summary: 'A cell that draws',
  request: {
    code: "import matplotlib.pyplot as plt\nplt.figure(figsize=(2, 1.5))\nplt.plot([0, 1, 2], [0, 1, 4], 'o-')\nplt.show()",
  },
  response: {
    execution_count: 1,
    stdout: '',
    displays: [
      {
        mime: 'image/svg+xml',
        data: '<svg xmlns="http://www.w3.org/2000/svg" width="139.36pt" height="115.78pt" viewBox="-2.56 4.54 139.36 115.78" font-family="&#39;DejaVu Sans&#39;, Verdana, Geneva, sans-serif" stroke-linejoin="round"><rect x="-2.56" y="4.54" width="139.36" height="115.78" fill="#ffffff"/><rect x="18" y="12.96" width="111.6" height="83.16" fill="#ffffff"/><svg x="18" y="12.96" width="111.6" height="83.16" viewBox="18 12.96 111.6 83.16"><path d="M23.07,92.34L73.8,73.44L124.53,16.74" fill="none" stroke="#1f77b4" stroke-width="1.5" stroke-linecap="round"/><g fill="#1f77b4" stroke="#1f77b4"><circle cx="23.07" cy="92.34" r="3"/><circle cx="73.8" cy="73.44" r="3"/><circle cx="124.53" cy="16.74" r="3"/></g></svg><path d="M23.07 96.12L23.07 99.62M73.8 96.12L73.8 99.62M124.53 96.12L124.53 99.62" fill="none" stroke="#000000" stroke-width="0.8"/><text x="23.07" y="110.72" font-size="10" text-anchor="middle" fill="#000000">0</text><text x="73.8" y="110.72" font-size="10" text-anchor="middle" fill="#000000">1</text><text x="124.53" y="110.72" font-size="10" text-anchor="middle" fill="#000000">2</text><path d="M18 92.34L14.5 92.34M18 54.54L14.5 54.54M18 16.74L14.5 16.74" fill="none" stroke="#000000" stroke-width="0.8"/><text x="11" y="94.94" font-size="10" text-anchor="end" fill="#000000">0</text><text x="11" y="57.14" font-size="10" text-anchor="end" fill="#000000">2</text><text x="11" y="19.34" font-size="10" text-anchor="end" fill="#000000">4</text><path d="M18 96.12L18 12.96" fill="none" stroke="#000000" stroke-width="0.8" stroke-linecap="square"/><path d="M129.6 96.12L129.6 12.96" fill="none" stroke="#000000" stroke-width="0.8" stroke-linecap="square"/><path d="M18 96.12L129.6 96.12" fill="none" stroke="#000000" stroke-width="0.8" stroke-linecap="square"/><path d="M18 12.96L129.6 12.96" fill="none" stroke="#000000" stroke-width="0.8" stroke-linecap="square"/></svg>',
      },
    ],
    graph: { format: 'gradwire/graph@1', inputs: [], nodes: [], outputs: [], values: {} },
  },
};
