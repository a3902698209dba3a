/** The kernels of expressions, one for each combination of dtypes that is met. */
import type { WasmModule } from '../wasm/emitter.ts';
import { type Kernel, linked } from '../wasm/link.ts';
import type { Expression } from './expression.ts';

const kernels = new WeakMap<Expression, Map<string, () => Kernel>>();

/** The kernel `run` of the module that `build` writes, for an expression and a variant of it; emitted and compiled once. */
export function variantOf(e: Expression, variant: string, build: () => WasmModule): () => Kernel {
  let variants = kernels.get(e);
  if (variants === undefined) {
    variants = new Map();
    kernels.set(e, variants);
  }
  let kernel = variants.get(variant);
  if (kernel === undefined) {
    const exports = linked(build, undefined, true);
    kernel = () => exports().run;
    variants.set(variant, kernel);
  }
  return kernel;
}
