/** The backward pass: torch.autograd.grad and torch.autograd.backward. */
import { copy } from '../kernels/copy.ts';
import { EngineError, shapeMismatch, showShape } from '../tensor/errors.ts';
import { broadcastShapes, contiguousStrides, expandsTo, numelOf, sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { warn } from '../tensor/warnings.ts';
import { accumulated, seenByAccumulation, seenByHooks } from './hooks.ts';
import { overwriteUnheard } from './inplace.ts';
import { isGradEnabled } from './mode.ts';
import { nodeOf } from './node.ts';
import { Pass, type PassOptions } from './pass.ts';
import { primitives } from './primitives.ts';
import { currentRecorder, inPass, type Recorder } from './recorder.ts';

export interface GradOptions extends PassOptions {
  /** Give null, not an error, for an input that the outputs do not hang on. */
  readonly allowUnused?: boolean;
}

/** The gradients to start from: those sent, or ones for scalars. */
function seedsFor(outputs: readonly Tensor[], gradOutputs: readonly (Tensor | null)[] | undefined): Tensor[] {
  if (gradOutputs !== undefined && gradOutputs.length !== outputs.length) {
    throw new EngineError(
      'shape_mismatch',
      `grad_outputs has ${gradOutputs.length} entries for ${outputs.length} outputs`,
    );
  }
  return outputs.map((output, i) => {
    if (!output.requiresGrad) {
      throw new EngineError(
        'no_grad_required',
        `element ${i} of tensors does not require grad and does not have a grad_fn`,
      );
    }
    const seed = gradOutputs?.[i] ?? null;
    if (seed === null) {
      if (output.numel !== 1) {
        throw new EngineError(
          'non_scalar_backward',
          `grad can be implicitly created only for scalar outputs, but output ${i} has shape ${showShape(output.shape)}; send grad_outputs`,
        );
      }
      return primitives().onesLike(output);
    }
    if (!sameShape(seed.shape, output.shape)) {
      throw shapeMismatch(
        `Mismatch in shape: grad_output[${i}] has a shape of ${showShape(seed.shape)} and output[${i}] has a shape of ${showShape(output.shape)}`,
      );
    }
    return seed.dtype === output.dtype ? seed : primitives().to(seed, output.dtype);
  });
}

/**
 * `torch.autograd.grad`: the sum of the gradients of `outputs`, weighted by `gradOutputs`, with
 * respect to each of `inputs`, shaped and typed as that input.
 *
 * @throws EngineError `no_grad_required`, `non_scalar_backward`, `shape_mismatch`, `graph_freed`
 */
export function grad(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  gradOutputs?: readonly (Tensor | null)[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const createGraph = options.createGraph ?? false;
  const seeds = inPass(createGraph, () => seedsFor(outputs, gradOutputs));
  inputs.forEach((input, i) => {
    if (!input.requiresGrad && !options.allowUnused) {
      throw new EngineError('no_grad_required', `input ${i} does not require grad`);
    }
  });
  const pass = new Pass(outputs, { inputs });
  inPass(createGraph, () => pass.run(outputs, seeds, options));
  return inputs.map((input, i) => {
    const g = pass.gradOf(input);
    if (g === null && !options.allowUnused) {
      throw new EngineError(
        'no_grad_required',
        `One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior. (input ${i})`,
      );
    }
    return g;
  });
}

const CYCLE =
  'Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this function, make sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid the leak.';
/**
 * {@link grad} for each of several weightings: those of an output are the parts of one tensor along its first
 * dimension, and so are what is given for an input.
 */
export function gradOfBatch(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  gradOutputs: readonly (Tensor | null)[] = [],
  options: GradOptions = {},
): (Tensor | null)[] {
  const given = gradOutputs.filter((t) => t !== null);
  const count = given[0]?.shape[0];
  if (count === undefined || given.some((t) => t.shape[0] !== count))
    throw new EngineError('shape_mismatch', 'grad_outputs of a batch need a first dimension of one size');
  outputs.forEach((output, i) => {
    const seed = gradOutputs[i];
    if (seed == null || sameShape(seed.shape.slice(1), output.shape)) return;
    throw shapeMismatch(
      `If \`is_grads_batched=True\`, we interpret the first dimension of each grad_output as the batch dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was detected: grad_output[${i}] has a shape of torch.Size(${showShape(seed.shape)}) and output[${i}] has a shape of torch.Size(${showShape(output.shape)}). If you only want some tensors in \`grad_output\` to be considered batched, consider using vmap.`,
    );
  });
  const rows = Array.from({ length: count }, (_, row) => {
    const last = row === count - 1;
    const seeds = gradOutputs.map((t) => t && partOf(t, row));
    return grad(outputs, inputs, seeds, { ...options, retainGraph: !last || options.retainGraph });
  });
  return inputs.map((_, i) => {
    const parts = rows.map((row) => row[i]).filter((g) => g !== null);
    return parts.length < count || count === 0 ? null : primitives().stack(parts);
  });
}

function partOf(t: Tensor, row: number): Tensor {
  const size = t.shape.slice(1);
  const offset = row * numelOf(size);
  return primitives().window(primitives().reshape(t, [t.numel]), { size, stride: contiguousStrides(size), offset });
}

/** `torch.autograd.backward`: adds to `.grad` of every leaf that requires one, or of `inputs` only. */
export function backward(
  outputs: readonly Tensor[],
  gradOutputs?: readonly (Tensor | null)[],
  options: GradOptions & { readonly inputs?: readonly Tensor[] } = {},
): void {
  if (options.inputs?.length === 0)
    throw new EngineError('value_range', "'inputs' argument to backward() cannot be empty.");
  if (options.inputs?.some((t) => !t.requiresGrad))
    throw new EngineError('no_grad_required', 'One of the differentiated Tensors does not require grad');
  if (options.createGraph === true) warn(CYCLE);
  const listener = currentRecorder();
  inPass(options.createGraph ?? false, () => {
    const seeds = seedsFor(outputs, gradOutputs);
    const pass = new Pass(outputs, {
      inputs: options.inputs ?? null,
      arrived: (leaf, grad) => {
        const seen = seenByAccumulation(leaf, seenByHooks(leaf, grad));
        addToGrad(leaf, seen, listener);
        accumulated(leaf, seen);
      },
    });
    pass.run(outputs, seeds, options);
    for (const input of options.inputs ?? []) {
      const grad = input.isLeaf ? null : pass.gradOf(input);
      if (grad !== null) addToGrad(input, grad, listener);
    }
  });
}

/** A copy of a gradient that lies as its leaf does, where that fills its room: a transposed matrix as such. */
function copyLaidOut(grad: Tensor, leaf: Tensor): Tensor {
  if (leaf.isContiguous) return copy(grad);
  const order = leaf.shape.map((_, d) => d).sort((a, b) => leaf.strides[b] - leaf.strides[a]);
  const along = <T>(list: readonly T[]): T[] => order.map((d) => list[d]);
  const shape = along(leaf.shape);
  if (!sameShape(contiguousStrides(shape), along(leaf.strides))) return copy(grad);
  const made = copy(grad.alias(shape, along(grad.strides)));
  const back = leaf.shape.map((_, d) => order.indexOf(d));
  return made.alias(
    leaf.shape,
    back.map((k) => made.strides[k]),
  );
}

/**
 * Adds to the gradient that a tensor has: over its elements, whoever holds it sees the sum; where the
 * sum can be differentiated it is another tensor. `listener` hears what is written over outside of the pass.
 */
function addToGrad(t: Tensor, grad: Tensor, listener: Recorder | null): void {
  const sum = t.grad;
  if (isGradEnabled()) {
    t.grad = sum === null ? primitives().clone(grad) : primitives().add(sum, grad);
    // PyTorch copies into room of the leaf's layout.
    const made = sum === null ? nodeOf(t.grad) : null;
    if (made !== null) Object.assign(made, { name: 'CopyBackwards', shown: [null, ...made.edges] });
  } else if (sum === null) {
    // A leaf that was given another shape since gets what fits that.
    if (!expandsTo(grad.shape, t.shape)) broadcastShapes(t.shape, grad.shape);
    // Its own elements: the gradient may be another leaf's, too, or an expanded window, and be written to.
    t.grad = sameShape(grad.shape, t.shape) ? copyLaidOut(grad, t) : copy(grad, grad.dtype, t.shape);
  } else {
    const options = { name: 'add_', operands: [grad] };
    overwriteUnheard(sum, (self) => primitives().add(self, grad), options, listener);
  }
}
