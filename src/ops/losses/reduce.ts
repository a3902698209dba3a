/** What losses begin and end with. */
import { showShape } from '../../tensor/errors.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { warn } from '../../tensor/warnings.ts';
import type { Reduction } from '../params.ts';
import { mean, sum } from '../reductions/sum.ts';

/** Brings a loss for each element to what was asked for. */
export function reduceLoss(loss: Tensor, reduction: Reduction): Tensor {
  return reduction === 'none' ? loss : reduction === 'mean' ? mean(loss) : sum(loss);
}

/** A target of another shape is most often a mistake: each of its elements meets each of the input's. */
export function warnOfShapes(input: Tensor, target: Tensor): void {
  if (sameShape(input.shape, target.shape)) return;
  warn(
    `Using a target size (torch.Size(${showShape(target.shape)})) that is different to the input size (torch.Size(${showShape(input.shape)})). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.`,
  );
}
