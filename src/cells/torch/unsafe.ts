/** unsafe_split and its like: parts of a tensor that are no windows to autograd, so that each may be written to. */
import { dataOf } from '../../autograd/inplace.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { opTables } from './functions.ts';

const SAFE: readonly string[] = ['split', 'chunk', 'split_with_sizes'];

/** A write to a part is a matter of that part's gradient alone; who wants that of the whole takes the safe ones. */
function apart(parts: Value): Value {
  if (!(parts instanceof PyTuple)) return parts;
  return new PyTuple(
    parts.items.map((t) => {
      if (!(t instanceof Tensor)) return t;
      const { requiresGrad, gradFn, outputIndex } = t;
      return Object.assign(dataOf(t), { requiresGrad, gradFn, outputIndex });
    }),
  );
}

export const UNSAFE: readonly NativeFunction[] = SAFE.map(
  (name) =>
    new NativeFunction(`unsafe_${name}`, (args, kwargs, interpreter) => {
      const safe = opTables().Tensor.get(name);
      return apart((safe as NativeFunction).call(args, kwargs, interpreter));
    }),
);
