/** state_dict and load_state_dict. */
import { overwrite } from '../../autograd/inplace.ts';
import { noGrad } from '../../autograd/mode.ts';
import { copy } from '../../kernels/copy.ts';
import { sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { NativeFunction, PyClass, PyDict, PyInstance, PyList, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { guarded } from '../torch/errors.ts';
import { dictOf, namedEntries } from './dicts.ts';
import { savedTensors } from './walk.ts';

export function stateDict(module: PyInstance, prefix = '', keepVars = false): PyDict {
  const entries = [...savedTensors(module, prefix)];
  return dictOf(
    entries.map(([name, t]) => [name, keepVars ? t : t.detach()]),
    'OrderedDict',
  );
}

const names = (list: readonly string[]): string => list.map((name) => `"${name}"`).join(', ');
const size = (t: Tensor): string => `torch.Size([${t.shape.join(', ')}])`;

/** What load_state_dict answers with. */
const incompatibleKeys = new PyClass(
  '_IncompatibleKeys',
  [],
  new Map<string, Value>([
    [
      '__repr__',
      new NativeFunction('__repr__', ([self], _kwargs, interpreter) => {
        const { attributes } = self as PyInstance;
        const missing = attributes.get('missing_keys') as PyList;
        const unexpected = attributes.get('unexpected_keys') as PyList;
        if (missing.items.length + unexpected.items.length === 0) return '<All keys matched successfully>';
        return `_IncompatibleKeys(missing_keys=${interpreter.repr(missing)}, unexpected_keys=${interpreter.repr(unexpected)})`;
      }),
    ],
  ]),
);

/** Copies elements over a tensor without a trace. The source stays what it is: what is written is a copy. */
export function copyOver(target: Tensor, source: Tensor): void {
  guarded(() => noGrad(() => overwrite(target, () => copy(source), { name: 'copy_', anyType: true })));
}

/** Copies the tensors of a state dict into the module's own. */
export function loadStateDict(module: PyInstance, dict: Value, strict: boolean): PyInstance {
  if (!(dict instanceof PyDict)) {
    throw typeError(`Expected state_dict to be dict-like, got <class '${typeName(dict)}'>.`);
  }
  const given = new Map(namedEntries(dict));
  const missing: string[] = [];
  const errors: string[] = [];
  const known = new Set<string>();
  for (const [name, own] of savedTensors(module)) {
    known.add(name);
    const value = given.get(name);
    if (value === undefined) {
      missing.push(name);
      continue;
    }
    if (!(value instanceof Tensor)) {
      errors.push(
        `While copying the parameter named "${name}", expected torch.Tensor or Tensor-like object from checkpoint but received <class '${typeName(value)}'>`,
      );
      continue;
    }
    const scalarFromOne = own.ndim === 0 && value.ndim === 1 && value.numel === 1;
    if (!sameShape(own.shape, value.shape) && !scalarFromOne) {
      errors.push(
        `size mismatch for ${name}: copying a param with shape ${size(value)} from checkpoint, the shape in current model is ${size(own)}.`,
      );
      continue;
    }
    copyOver(own, scalarFromOne ? value.alias([], [], value.offset) : value);
  }
  const unexpected = [...given.keys()].filter((name) => !known.has(name));
  if (strict) {
    if (unexpected.length > 0) errors.unshift(`Unexpected key(s) in state_dict: ${names(unexpected)}. `);
    if (missing.length > 0) errors.unshift(`Missing key(s) in state_dict: ${names(missing)}. `);
  }
  if (errors.length > 0) {
    throw runtimeError(`Error(s) in loading state_dict for ${module.type}:\n\t${errors.join('\n\t')}`);
  }
  const answer = new PyInstance(incompatibleKeys);
  answer.attributes.set('missing_keys', new PyList(missing));
  answer.attributes.set('unexpected_keys', new PyList(unexpected));
  return answer;
}
