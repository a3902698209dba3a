/** What is told of names that PyTorch has and this service has not. */
import { Tensor } from '../../tensor/tensor.ts';
import { isModule, moduleClass } from '../nn/state.ts';
import { isSubclass } from '../runtime/mro.ts';
import { PyClass, PyModule, type Value } from '../runtime/values.ts';
import { namesIn } from './naming.ts';
import { PUBLIC_NAMES } from './public-names.ts';
import { tensorClass } from './tensor-class.ts';

/** Parts of PyTorch that are out as a whole, by words in the names: what is asked for is told what to do instead. */
export const OUT: readonly (readonly [pattern: RegExp, topic: string, why: string])[] = [
  [
    /sparse|coalesce|[cb]s[rc]|smm\b|sspaddmm/i,
    'sparse tensors',
    'sparse tensors are not there: tensors are dense, torch.zeros with index_put_ or scatter_ makes them of indices',
  ],
  [
    /quantiz|qu?int\d|q_(?:scale|zero|per)|int_repr|^ao$/i,
    'quantization',
    'quantization is not there: fake_quantize can be written as round and clamp',
  ],
  [
    /distributed|rpc|nccl|\bDDP\b|DistributedDataParallel/,
    'distributed training',
    'distributed training is not there: a workspace computes in one thread',
  ],
  [/onnx/i, 'torch.onnx', 'torch.onnx is not there: a graph comes back as a document of its own, gradwire/graph@1'],
  [
    /\bjit\b|[sS]cript|torchscript|\bfx\b|dynamo|^compile$|^package$/,
    'compilation (torch.jit, torch.fx)',
    'compilation (torch.jit, torch.fx) is not there: write the model as an nn.Module',
  ],
  [
    /multiprocessing|share_memory/,
    'torch.multiprocessing',
    'torch.multiprocessing is not there: a cell starts no processes',
  ],
  [/\bhub\b|^load$|^save$/, 'files and torch.hub', 'no files are read and nothing is downloaded from a cell'],
  [
    /complex|cfloat|cdouble|chalf|\bfft\b|stft|conj|imag|polar|angle/,
    'complex numbers',
    'complex numbers are not there',
  ],
  [/names$|align_|rename|refine/, 'named tensors', 'named tensors are not there: dimensions go by number'],
];

/** Which topic a name of PyTorch's belongs to, where that is out as a whole. */
export const topicOf = (full: string): (typeof OUT)[number] | undefined => {
  const name = full.slice(full.lastIndexOf('.') + 1);
  return OUT.find(([pattern]) => pattern.test(name)) ?? OUT.find(([pattern]) => pattern.test(full));
};

function spaceOf(of: Value): string | undefined {
  if (of instanceof PyModule) return of.name;
  if (of instanceof Tensor) return 'torch.Tensor';
  if (of instanceof PyClass && isSubclass(of, tensorClass)) return 'torch.Tensor';
  if (isModule(of) || (of instanceof PyClass && isSubclass(of, moduleClass))) return 'torch.nn.Module';
  return undefined;
}

const isPyTorch = (space: string, name: string): boolean =>
  namesIn(space).has(name) || Object.hasOwn(PUBLIC_NAMES, `${space}.${name}`);

function ofPyTorch(space: string, name: string): string {
  const full = `${space}.${name}`;
  return topicOf(full)?.[2] ?? `${full} is PyTorch's, and this service does not have it yet`;
}

/** Of an attribute `name` of a value, or of a module of that name. */
export function tell(name: string, of: Value | undefined): string | undefined {
  if (of !== undefined) {
    const space = spaceOf(of);
    return space !== undefined && isPyTorch(space, name) ? ofPyTorch(space, name) : undefined;
  }
  const at = name.lastIndexOf('.');
  if (at > 0 && isPyTorch(name.slice(0, at), name.slice(at + 1)))
    return ofPyTorch(name.slice(0, at), name.slice(at + 1));
  if (name.split('.')[0] === 'torch') return undefined;
  return 'cells import what this service brings along (docs/PYTORCH.md lists it), and nothing can be installed';
}
