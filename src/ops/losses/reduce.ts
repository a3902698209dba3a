/** What every loss ends with. */
import type { Tensor } from '../../tensor/tensor.ts';
import type { Reduction } from '../params.ts';
import { mean, sum } from '../reductions/sum.ts';

/** Brings a loss for each element to what was asked for. */
export function reduceLoss(loss: Tensor, reduction: Reduction): Tensor {
  return reduction === 'none' ? loss : reduction === 'mean' ? mean(loss) : sum(loss);
}
