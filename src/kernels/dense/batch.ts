/** Batches of small matrices, worked on one by one in float64. */
import { numelOf, type Shape } from '../../tensor/shape.ts';
import { dataOf, empty, type Tensor } from '../../tensor/tensor.ts';
import { copy } from '../copy.ts';
import { launch } from '../launch.ts';
import { pulse } from '../pulse.ts';

export const rowsIn = (t: Tensor): number => t.shape[t.ndim - 2];
export const columnsIn = (t: Tensor): number => t.shape[t.ndim - 1];
export const batchOf = (t: Tensor): Shape => t.shape.slice(0, -2);

/** A copy in float64, in order, its batch dimensions broadcast to `batch`: loops may write to it. */
export const working = (t: Tensor, batch: Shape = batchOf(t)): Tensor =>
  copy(t, 'float64', [...batch, rowsIn(t), columnsIn(t)]);

export const float64s = (t: Tensor): Float64Array => dataOf(t) as Float64Array;

/** New float64 tensors of `batch` matrices, vectors or numbers. */
export const stackOf = (batch: Shape, ...sizes: number[]): Tensor => empty([...batch, ...sizes], 'float64');

/** Calls `body` with the number of each matrix of a batch; `work` is about how many multiplications it does. */
export function eachMatrix(out: Tensor, batch: Shape, work: number, body: (k: number) => void): void {
  launch(out, () => {
    const count = numelOf(batch);
    for (let k = 0; k < count; k++) {
      pulse(work);
      body(k);
    }
  });
}
