/** Rows in order. */
import { bigintsOf, dataOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { rowsOf } from './rows.ts';
import { rising, sortedPlaces } from './sorting.ts';

/** Fills `values` with the first elements of each row in order, and `indices` with where they stood. Equal ones keep their order. */
export function sortRows(
  input: Tensor,
  dims: readonly number[],
  descending: boolean,
  values: Tensor,
  indices: Tensor,
): void {
  launch(values, () => {
    const from = rowsOf(input, dims);
    const [to, at] = [rowsOf(values, dims), rowsOf<BigInt64Array>(indices, dims)];
    const [data, places] = [dataOf(values) as Float64Array, bigintsOf(indices)];
    for (let r = 0; r < from.count; r++) {
      const [start, step] = [from.starts[r], from.stride];
      const value = (i: number): number => from.data[start + i * step];
      const order = sortedPlaces(
        from.n,
        descending ? (a, b) => rising(value(b), value(a)) : (a, b) => rising(value(a), value(b)),
      );
      for (let i = 0; i < to.n; i++) {
        data[to.starts[r] + i * to.stride] = value(order[i]);
        places[at.starts[r] + i * at.stride] = BigInt(order[i]);
      }
    }
  });
}
