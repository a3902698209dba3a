/** Losses of classes. */
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import type { Val } from '../val.ts';
import { asIndex } from './helpers.ts';

const nll = (n: OnnxNode, logs: Val): Val => {
  const weight = n.optional(2);
  const inputs = weight === null ? [logs, asIndex(n, n.input(1))] : [logs, asIndex(n, n.input(1)), weight];
  const ignore = n.int('ignore_index');
  return n.build.one('nll_loss', inputs, {
    reduction: n.string('reduction', 'mean'),
    ...(ignore === undefined ? {} : { ignore_index: ignore }),
  });
};

/** The loss and, where it is asked for, the logarithms of the probabilities. */
const crossEntropy: Lower = (n) => {
  const scores = n.input(0);
  if (n.wants(1)) {
    const logs = n.build.one('log_softmax', [scores], { dim: 1 });
    return [nll(n, logs), logs];
  }
  const weight = n.optional(2);
  const labels = asIndex(n, n.input(1));
  const ignore = n.int('ignore_index');
  return n.build.one('cross_entropy', weight === null ? [scores, labels] : [scores, labels, weight], {
    reduction: n.string('reduction', 'mean'),
    ...(ignore === undefined ? {} : { ignore_index: ignore }),
  });
};

export const losses: Table = {
  NegativeLogLikelihoodLoss: since([12, 13, 22], (n) => nll(n, n.input(0))),
  SoftmaxCrossEntropyLoss: since([12, 13], crossEntropy),
};
