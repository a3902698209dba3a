/**
 * An example of a derivation in a workspace where `w = torch.tensor(3.0, requires_grad=True)` and `loss = w * w`:
 * written down, since workspaces live in other threads; a test compares it with what the service answers.
 */
import type { RouteExample } from './examples.ts';

export const EXPLAIN_IN_SESSION: RouteExample = {
  summary: 'Of `loss = w * w`, where w is 3',
  request: { of: 'loss', wrt: 'w' },
  response: {
    format: 'gradwire/explain@1',
    of: 'loss',
    wrt: ['w'],
    result: { w: { dtype: 'float32', shape: [], data: 6 } },
    forward: [
      {
        node: 0,
        value: 'loss',
        latex: { rule: '\\mathrm{loss} = w \\cdot w', numbers: '\\mathrm{loss} = 3 \\cdot 3 = 9' },
        text: 'loss = w · w = 3 · 3 = 9',
      },
    ],
    steps: [
      {
        id: 0,
        kind: 'seed',
        node: null,
        from: null,
        to: 'loss',
        upstream: null,
        local: null,
        result: { tensor: { dtype: 'float32', shape: [], data: 1 }, reduced_axes: [] },
        latex: {
          rule: '\\frac{\\partial \\mathrm{loss}}{\\partial \\mathrm{loss}} = 1',
          numbers: '\\frac{\\partial \\mathrm{loss}}{\\partial \\mathrm{loss}} = 1',
        },
        text: 'The pass begins at loss: ∂loss/∂loss = 1',
      },
      {
        id: 1,
        kind: 'product',
        node: 0,
        from: 'loss',
        to: 'w',
        upstream: { step: 0, tensor: { dtype: 'float32', shape: [], data: 1 } },
        local: { form: 'elementwise', latex: 'w', reads: ['w'], tensor: { dtype: 'float32', shape: [], data: 3 } },
        result: { tensor: { dtype: 'float32', shape: [], data: 3 }, reduced_axes: [] },
        latex: {
          rule: '\\frac{\\partial \\mathrm{loss}}{\\partial w}\\Big|_{\\mathrm{loss}} = \\frac{\\partial \\mathrm{loss}}{\\partial \\mathrm{loss}} \\cdot w',
          numbers: '1 \\cdot 3 = 3',
        },
        text: '∂loss/∂w|_{loss} = ∂loss/∂loss · w = 1 · 3 = 3',
      },
      {
        id: 2,
        kind: 'product',
        node: 0,
        from: 'loss',
        to: 'w',
        upstream: { step: 0, tensor: { dtype: 'float32', shape: [], data: 1 } },
        local: { form: 'elementwise', latex: 'w', reads: ['w'], tensor: { dtype: 'float32', shape: [], data: 3 } },
        result: { tensor: { dtype: 'float32', shape: [], data: 3 }, reduced_axes: [] },
        latex: {
          rule: '\\frac{\\partial \\mathrm{loss}}{\\partial w}\\Big|_{\\mathrm{loss}} = \\frac{\\partial \\mathrm{loss}}{\\partial \\mathrm{loss}} \\cdot w',
          numbers: '1 \\cdot 3 = 3',
        },
        text: '∂loss/∂w|_{loss} = ∂loss/∂loss · w = 1 · 3 = 3',
      },
    ],
    sums: [{ value: 'w', terms: [1, 2], tensor: { dtype: 'float32', shape: [], data: 6 } }],
    closed: { w: { latex: 'w + w', numbers: '3 + 3 = 6' } },
    check: { method: 'central_difference', max_abs_error: 4.951061782776378e-11 },
    latex:
      '\\begin{gathered} \\mathrm{loss} = w \\cdot w = 3 \\cdot 3 = 9 \\\\ \\frac{\\partial \\mathrm{loss}}{\\partial \\mathrm{loss}} = 1 \\\\ \\frac{\\partial \\mathrm{loss}}{\\partial w}\\Big|_{\\mathrm{loss}} = \\frac{\\partial \\mathrm{loss}}{\\partial \\mathrm{loss}} \\cdot w = 1 \\cdot 3 = 3 \\\\ \\frac{\\partial \\mathrm{loss}}{\\partial w}\\Big|_{\\mathrm{loss}} = \\frac{\\partial \\mathrm{loss}}{\\partial \\mathrm{loss}} \\cdot w = 1 \\cdot 3 = 3 \\\\ \\frac{\\partial \\mathrm{loss}}{\\partial w} = \\frac{\\partial \\mathrm{loss}}{\\partial w}\\Big|_{\\mathrm{loss}} + \\frac{\\partial \\mathrm{loss}}{\\partial w}\\Big|_{\\mathrm{loss}} = 6 \\\\ \\frac{\\partial \\mathrm{loss}}{\\partial w} = w + w = 3 + 3 = 6 \\\\ \\frac{\\partial \\mathrm{loss}}{\\partial w} = 6 \\end{gathered}',
    text: 'The gradient of loss with respect to w\n\nForward:\n  loss = w · w = 3 · 3 = 9\n\nBackward:\n  (0) The pass begins at loss: ∂loss/∂loss = 1\n  (1) ∂loss/∂w|_{loss} = ∂loss/∂loss · w = 1 · 3 = 3\n  (2) ∂loss/∂w|_{loss} = ∂loss/∂loss · w = 1 · 3 = 3\n\nSums of terms:\n  ∂loss/∂w = (1) + (2) = 6\n\nResult:\n  ∂loss/∂w = w + w = 3 + 3 = 6\n\nCompared with central differences in float64, element by element: the largest difference is 5.0e-11.\n',
    omitted: { steps: 0 },
    graph: {
      format: 'gradwire/graph@1',
      inputs: [],
      nodes: [{ op: 'mul', inputs: ['w', 'w'], outputs: ['loss'], grad_fn: 'MulBackward0' }],
      outputs: ['loss'],
      values: {
        w: { dtype: 'float32', shape: [], requires_grad: true, is_leaf: true, data: 3, grad: 6 },
        loss: { dtype: 'float32', shape: [], requires_grad: true, is_leaf: false, data: 9 },
      },
    },
  },
};
