/** torch.permute_copy and its kin: what gives a window, as a copy. */
import { findOp } from '../../ops/registry.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { guarded } from './errors.ts';

const WINDOWS = [
  'as_strided',
  'detach',
  'diagonal',
  'expand',
  'permute',
  'select',
  'split',
  'split_with_sizes',
  'squeeze',
  't',
  'transpose',
  'unbind',
  'unfold',
  'unsqueeze',
  'view',
] as const;

function copied(value: Value): Value {
  if (value instanceof PyTuple) return new PyTuple(value.items.map(copied));
  return value instanceof Tensor ? guarded(() => findOp('clone')?.call({ input: value }) as Tensor) : value;
}

/** A copy for each function that gives a window, of those that the tables hold. */
export function copiesOf(methods: ReadonlyMap<string, Value>): NativeFunction[] {
  return WINDOWS.flatMap((name) => {
    const window = methods.get(name);
    if (!(window instanceof NativeFunction)) return [];
    return [
      new NativeFunction(`${name}_copy`, (args, kwargs, interpreter) => copied(window.call(args, kwargs, interpreter))),
    ];
  });
}
