/** Sequences of draws that PyTorch 1.13 made, each from one seed, and the same draws of ours. */
import { createHash } from 'node:crypto';
import { contiguous } from '../../../src/kernels/copy.ts';
import {
  bernoulli,
  bernoulliFill,
  cauchyFill,
  dropoutNoise,
  exponentialFill,
  type Generator,
  geometricFill,
  logNormalFill,
  multinomial,
  normalFill,
  normalOf,
  poisson,
  randintFill,
  randomFill,
  randperm,
  rreluNoise,
  uniformFill,
} from '../../../src/kernels/random/index.ts';
import { broadcastStrides } from '../../../src/kernels/strided.ts';
import { arrayOf, type DType } from '../../../src/tensor/dtype.ts';
import { numelOf } from '../../../src/tensor/shape.ts';
import { heapAllocator, storageOf } from '../../../src/tensor/storage.ts';
import { fromStorage, type Tensor } from '../../../src/tensor/tensor.ts';

export interface Step {
  readonly op: string;
  readonly dtype: DType;
  readonly shape: number[];
  readonly transpose?: boolean;
  /** Base64 of the elements, as are `other` and `result`. */
  readonly input?: string;
  readonly other?: string;
  readonly args: never[];
  readonly result: string;
  /** Of the generator's state. */
  readonly sha?: string;
}

export interface Sequence {
  readonly seed: string;
  readonly steps: readonly Step[];
}

const transposed = (t: Tensor): Tensor => {
  const [a, b, ...rest] = t.shape;
  const [sa, sb, ...strides] = t.strides;
  return t.alias([b, a, ...rest], [sb, sa, ...strides]);
};

const laid = (step: Step, t: Tensor): Tensor => (step.transpose ? transposed(t) : t);

const elements = (text: string, dtype: DType) =>
  new (arrayOf(dtype))(new Uint8Array(Buffer.from(text, 'base64')).buffer);

const given = (step: Step, text: string): Tensor =>
  laid(step, fromStorage(storageOf(step.dtype, elements(text, step.dtype)), step.shape));

const zeros = (step: Step): Tensor =>
  laid(step, fromStorage(heapAllocator.alloc(step.dtype, numelOf(step.shape)), step.shape));

type Run = (step: Step, g: Generator, ...args: never[]) => Tensor;

const RUNS: Record<string, Run> = {
  uniform: (s, g, a: number, b: number) => uniformFill(zeros(s), a, b, g),
  normal: (s, g, a: number, b: number) => normalFill(zeros(s), a, b, g),
  exponential: (s, g, a: number) => exponentialFill(zeros(s), a, g),
  cauchy: (s, g, a: number, b: number) => cauchyFill(zeros(s), a, b, g),
  logNormal: (s, g, a: number, b: number) => logNormalFill(zeros(s), a, b, g),
  random: (s, g) => randomFill(zeros(s), g),
  randint: (s, g, from: string, to: string) => randintFill(zeros(s), BigInt(from), BigInt(to), g),
  randintNone: (s, g, from: string) => randintFill(zeros(s), BigInt(from), null, g),
  randperm: (s, g, n: number) => randperm(n, s.dtype, g),
  bernoulliP: (s, g, p: number) => bernoulliFill(zeros(s), p, g),
  bernoulliT: (s, g) => bernoulli(given(s, s.input!), g),
  geometric: (s, g, p: number) => geometricFill(zeros(s), p, g),
  multinomial: (s, g, n: number) => multinomial(given(s, s.input!), n, false, g),
  multinomialR: (s, g, n: number) => multinomial(given(s, s.input!), n, true, g),
  dropout: (s, g, p: number) => dropoutNoise(given(s, s.input!), p, false, g),
  dropout2d: (s, g, p: number) => {
    const input = given(s, s.input!);
    const noise = dropoutNoise(input, p, true, g);
    return noise.alias(input.shape, broadcastStrides(noise.shape, noise.strides, input.shape));
  },
  rrelu: (s, g, lower: number, upper: number) => rreluNoise(given(s, s.input!), lower, upper, g),
  poisson: (s, g) => poisson(given(s, s.input!), g),
  normalTT: (s, g) => normalOf(given(s, s.input!), given(s, s.other!), g),
  normalTS: (s, g, std: number) => normalOf(given(s, s.input!), std, g),
  normalST: (s, g, mean: number) => normalOf(mean, given(s, s.input!), g),
};

/** How many doubles beside its last bits a draw may be from PyTorch's: logarithms and sines are rounded by others. */
const RELATIVE = 1e-14;
const ABSOLUTE = 1e-15;

/** What is wrong with our draw; undefined where nothing is. */
export function mismatch(step: Step, g: Generator): string | undefined {
  if (step.op === 'state') {
    const sha = createHash('sha256').update(g.state()).digest('hex');
    return sha === step.sha ? undefined : 'the states differ';
  }
  const t = contiguous(RUNS[step.op](step, g, ...(step.args ?? [])));
  const got = t.storage.data.subarray(t.offset, t.offset + t.numel);
  const want = elements(step.result, t.dtype);
  if (got.length !== want.length) return `${want.length} elements, but got ${got.length}`;
  for (let i = 0; i < want.length; i++) {
    const [x, y] = [got[i], want[i]];
    if (Object.is(x, y)) continue;
    if (t.dtype === 'float64' && Math.abs(Number(x) - Number(y)) <= ABSOLUTE + RELATIVE * Math.abs(Number(y))) continue;
    return `element ${i} should be ${y}, but is ${x}`;
  }
  return undefined;
}
