/** Every choice of some of n indices. */
import { bigintsOf, type Tensor } from '../tensor/tensor.ts';
import { launch } from './launch.ts';
import { pulse } from './pulse.ts';

/** Fills a column for each chosen index with the choices in lexicographic order; there is one at least. */
export function fillChoices(columns: readonly Tensor[], n: number, repeat: boolean): void {
  const r = columns.length;
  const count = columns[0].numel;
  launch(columns[0], () => {
    const at = Array.from({ length: r }, (_, k) => (repeat ? 0 : k));
    const data = columns.map(bigintsOf);
    for (let i = 0; i < count; i++) {
      pulse(4 * r);
      for (let k = 0; k < r; k++) data[k][i] = BigInt(at[k]);
      let k = r - 1;
      while (k >= 0 && at[k] === (repeat ? n - 1 : n - r + k)) k--;
      if (k < 0) break;
      at[k]++;
      for (let j = k + 1; j < r; j++) at[j] = repeat ? at[k] : at[j - 1] + 1;
    }
  });
}
