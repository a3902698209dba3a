/** Tensors made again, element by element, with whatever shares their elements. */
import { allocate, type Storage } from '../../tensor/storage.ts';
import { fromStorage, type Tensor } from '../../tensor/tensor.ts';
import { isParameter, makeParameter } from '../nn/parameter.ts';
import { runtimeError } from '../runtime/errors.ts';

/** Copies of storages, each made once, so that windows on one are windows on one again. */
export class Duplicates {
  private readonly storages = new Map<Storage, Storage>();
  readonly tensors = new Map<Tensor, Tensor>();

  storage(from: Storage): Storage {
    let copy = this.storages.get(from);
    if (copy === undefined) {
      copy = allocate(from.dtype, [from.numel]);
      copy.data.set(from.data as never);
      this.storages.set(from, copy);
    }
    return copy;
  }

  /** What `copy.deepcopy` makes of a tensor. */
  of(tensor: Tensor): Tensor {
    const known = this.tensors.get(tensor);
    if (known !== undefined) return known;
    if (!tensor.isLeaf)
      throw runtimeError(
        'Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment',
      );
    const made = dressed(
      fromStorage(this.storage(tensor.storage), tensor.shape).alias(tensor.shape, tensor.strides, tensor.offset),
      {
        parameter: isParameter(tensor),
        requiresGrad: tensor.requiresGrad,
      },
    );
    this.tensors.set(tensor, made);
    if (tensor.grad !== null) made.grad = this.of(tensor.grad);
    return made;
  }
}

/** A window as a parameter, or as a leaf that gradients are wanted of. */
export function dressed(
  tensor: Tensor,
  { parameter, requiresGrad }: { readonly parameter: boolean; readonly requiresGrad: boolean },
): Tensor {
  return parameter ? makeParameter(tensor, requiresGrad) : tensor.requiresGrad_(requiresGrad);
}

/** Another tensor that shows the same elements: what `copy.copy` makes. */
export function sameElements(tensor: Tensor): Tensor {
  const made = dressed(tensor.alias(), {
    parameter: isParameter(tensor),
    requiresGrad: tensor.isLeaf && tensor.requiresGrad,
  });
  made.grad = tensor.grad;
  return made;
}
