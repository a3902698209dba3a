/** The losses of torch.nn, made from one table. */
import { Tensor } from '../../tensor/tensor.ts';
import type { PyClass, Value } from '../runtime/values.ts';
import { call } from './call.ts';
import { attribute, defineModule } from './define.ts';
import { pairwiseDistance } from './layers/plain.ts';
import { addModule, held, isModule, memberOf, stateOf } from './state.ts';

interface Row {
  readonly fn: string;
  readonly takes: string;
  /** What forward takes, in the function's order. */
  readonly input?: string;
  /** Names of tensors that are kept as buffers. */
  readonly buffers?: readonly string[];
}

const PLAIN = "size_average=None, reduce=None, reduction='mean'";
const WEIGHTED = `weight=None, ${PLAIN}`;

const TABLE: Readonly<Record<string, Row>> = {
  L1Loss: { fn: 'l1_loss', takes: PLAIN },
  MSELoss: { fn: 'mse_loss', takes: PLAIN },
  SmoothL1Loss: { fn: 'smooth_l1_loss', takes: `${PLAIN}, beta=1.0` },
  HuberLoss: { fn: 'huber_loss', takes: "reduction='mean', delta=1.0" },
  NLLLoss: {
    fn: 'nll_loss',
    takes: "weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean'",
    buffers: ['weight'],
  },
  CrossEntropyLoss: {
    fn: 'cross_entropy',
    takes: "weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean', label_smoothing=0.0",
    buffers: ['weight'],
  },
  PoissonNLLLoss: {
    fn: 'poisson_nll_loss',
    takes: "log_input=True, full=False, size_average=None, eps=1e-08, reduce=None, reduction='mean'",
  },
  GaussianNLLLoss: {
    fn: 'gaussian_nll_loss',
    takes: "*, full=False, eps=1e-06, reduction='mean'",
    input: 'input, target, var',
  },
  KLDivLoss: { fn: 'kl_div', takes: `${PLAIN}, log_target=False` },
  BCELoss: { fn: 'binary_cross_entropy', takes: WEIGHTED, buffers: ['weight'] },
  BCEWithLogitsLoss: {
    fn: 'binary_cross_entropy_with_logits',
    takes: `${WEIGHTED}, pos_weight=None`,
    buffers: ['weight', 'pos_weight'],
  },
  MarginRankingLoss: {
    fn: 'margin_ranking_loss',
    takes: `margin=0.0, ${PLAIN}`,
    input: 'input1, input2, target',
  },
  HingeEmbeddingLoss: { fn: 'hinge_embedding_loss', takes: `margin=1.0, ${PLAIN}` },
  MultiLabelMarginLoss: { fn: 'multilabel_margin_loss', takes: PLAIN },
  SoftMarginLoss: { fn: 'soft_margin_loss', takes: PLAIN },
  MultiLabelSoftMarginLoss: { fn: 'multilabel_soft_margin_loss', takes: WEIGHTED, buffers: ['weight'] },
  CosineEmbeddingLoss: {
    fn: 'cosine_embedding_loss',
    takes: `margin=0.0, ${PLAIN}`,
    input: 'input1, input2, target',
  },
  MultiMarginLoss: { fn: 'multi_margin_loss', takes: `p=1, margin=1.0, ${WEIGHTED}`, buffers: ['weight'] },
  TripletMarginLoss: {
    fn: 'triplet_margin_loss',
    takes: `margin=1.0, p=2.0, eps=1e-06, swap=False, ${PLAIN}`,
    input: 'anchor, positive, negative',
  },
  CTCLoss: {
    fn: 'ctc_loss',
    takes: "blank=0, reduction='mean', zero_infinity=False",
    input: 'log_probs, targets, input_lengths, target_lengths',
  },
};

/** `reduction` of the two bools that stood for it once. */
const legacy = (sizeAverage: Value, reduce: Value): Value =>
  reduce === false ? 'none' : sizeAverage === false ? 'sum' : 'mean';

function fromRow(name: string, { fn, takes, input = 'input, target', buffers = [] }: Row): PyClass {
  const names = takes
    .split(',')
    .map((part) => part.trim().split('=')[0])
    .filter((key) => !['*', 'size_average', 'reduce', ...buffers].includes(key));
  return defineModule({
    name,
    takes,
    hidden: buffers,
    input,
    init(self, args) {
      if ((args.size_average ?? null) !== null || (args.reduce ?? null) !== null) {
        self.attributes.set('reduction', legacy(args.size_average ?? null, args.reduce ?? null));
      }
      for (const key of buffers) {
        const value = args[key];
        if (value === null || value instanceof Tensor) stateOf(self).buffers.set(key, value);
        else self.attributes.set(key, value);
      }
    },
    forward(self, given, interpreter) {
      const named: Record<string, Value> = {};
      for (const key of names) named[key] = attribute(self, key);
      for (const key of buffers) {
        const value = held(self, key) ?? self.attributes.get(key) ?? null;
        if (value !== null) named[key] = value;
      }
      const inputs = input.split(',').map((key) => given[key.trim()]);
      return call(fn, inputs, named, interpreter);
    },
  });
}

const tripletWithDistance = defineModule({
  name: 'TripletMarginWithDistanceLoss',
  takes: "*, distance_function=None, margin=1.0, swap=False, reduction='mean'",
  hidden: ['distance_function'],
  init(self, { distance_function }, interpreter) {
    const distance = distance_function ?? interpreter.call(pairwiseDistance, []);
    if (isModule(distance)) addModule(self, 'distance_function', distance);
    else self.attributes.set('distance_function', distance);
  },
  input: 'anchor, positive, negative',
  forward(self, { anchor, positive, negative }, interpreter) {
    const named: Record<string, Value> = { distance_function: memberOf(self, 'distance_function') ?? null };
    for (const key of ['margin', 'swap', 'reduction']) named[key] = attribute(self, key);
    return call('triplet_margin_with_distance_loss', [anchor, positive, negative], named, interpreter);
  },
});

export const losses: readonly PyClass[] = [
  ...Object.entries(TABLE).map(([name, row]) => fromRow(name, row)),
  tripletWithDistance,
];
