/** PyTorch's positional order, where it holds more than the op's parameters do. */

const LOSS = ['size_average', 'reduce', 'reduction'];

/** Losses whose old two bools stand apart, or not right before `reduction`. */
const APART: Readonly<Record<string, readonly string[]>> = {
  cross_entropy: [
    'input',
    'target',
    'weight',
    'size_average',
    'ignore_index',
    'reduce',
    'reduction',
    'label_smoothing',
  ],
  nll_loss: ['input', 'target', 'weight', 'size_average', 'ignore_index', 'reduce', 'reduction'],
  poisson_nll_loss: ['input', 'target', 'log_input', 'full', 'size_average', 'eps', 'reduce', 'reduction'],
};

/** Losses that came after the two bools were given up. */
const NEVER = new Set(['ctc_loss', 'gaussian_nll_loss', 'huber_loss', 'triplet_margin_with_distance_loss']);

const SOFTMAX = new Set(['softmax', 'log_softmax', 'softmin']);

/** The order in torch.nn.functional. */
export function functionalOrder(op: string, order: readonly string[], inplace: boolean): readonly string[] {
  if (op in APART) return APART[op];
  if (SOFTMAX.has(op)) return order;
  const at = order.indexOf('reduction');
  if (at >= 0 && !NEVER.has(op)) return [...order.slice(0, at), ...LOSS, ...order.slice(at + 1)];
  return inplace ? [...order, 'inplace'] : order;
}
