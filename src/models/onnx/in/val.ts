/** What is known of a value while a file is read: its dtype, its sizes, and elements that hang on sizes alone. */
import type { TensorLiteral } from '../../../codec/json/tensor-literal.ts';
import { numbersIn } from '../../../kernels/index.ts';
import type { DType } from '../../../tensor/dtype.ts';
import type { Shape } from '../../../tensor/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Emitted } from './builder.ts';

/** A size, or null for one that may vary. */
export type Size = number | null;

/**
 * The same value in two runs, in which sizes that may vary have different values: what is the same in both is
 * known. Tensors without elements stand for what hangs on more than sizes.
 */
export type Probes = readonly [Tensor, Tensor];

interface Known {
  readonly dtype: DType;
  readonly probes: Probes | null;
  /** Which elements are the same whatever the sizes are: all, none, or where the mask has a 1. */
  readonly sure?: boolean | Tensor;
  readonly literal?: TensorLiteral;
  readonly maker?: Emitted;
  readonly vague?: boolean;
}

export class Val {
  /** In the document; given at the end where nobody named it before. */
  name: string | null = null;
  readonly dtype: DType;
  probes: Probes | null;
  readonly sure: boolean | Tensor;
  /** Of a constant that stood in the file. */
  readonly literal: TensorLiteral | undefined;
  readonly maker: Emitted | undefined;
  /** Whether no run found its sizes, so that the file may know better. */
  readonly vague: boolean;

  constructor({ dtype, probes, sure = false, literal, maker, vague = false }: Known) {
    this.dtype = dtype;
    this.probes = probes;
    this.sure = sure;
    this.literal = literal;
    this.maker = maker;
    this.vague = vague;
  }

  get rank(): number | undefined {
    return this.probes?.[0].ndim;
  }

  /** Sizes as far as they are known. */
  get sizes(): readonly Size[] | undefined {
    if (this.probes === null) return undefined;
    const [a, b] = this.probes;
    if (a.ndim !== b.ndim) return undefined;
    return a.shape.map((n, d) => (n === b.shape[d] ? n : null));
  }

  /** The shape where all of it is known. */
  get shape(): Shape | undefined {
    const { sizes } = this;
    return sizes === undefined || sizes.includes(null) ? undefined : (sizes as Shape);
  }

  /** Whether elements are there to be looked at, in both runs. */
  get real(): boolean {
    return this.probes !== null && !this.probes[0].storage.meta && !this.probes[1].storage.meta;
  }

  /** All elements, where they are known. */
  get numbers(): readonly number[] | undefined {
    if (this.shape?.includes(0)) return [];
    return this.sure === true && this.probes !== null && this.real ? numbersIn(this.probes[0]) : undefined;
  }

  /** Elements as far as they are known, null for those that may vary. */
  get entries(): readonly (number | null)[] | undefined {
    if (this.shape?.includes(0)) return [];
    if (this.probes === null || !this.real) return undefined;
    const [a, b] = this.probes;
    if (a.numel !== b.numel) return undefined;
    const numbers = numbersIn(a);
    if (this.sure === true) return numbers;
    if (this.sure === false) return numbers.map(() => null);
    const mask = numbersIn(this.sure);
    return numbers.map((n, i) => (mask[i] === 1 ? n : null));
  }
}
