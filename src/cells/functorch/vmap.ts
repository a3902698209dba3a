/**
 * vmap: a function of single things, over many. Each is given to the function on its own, and what it answers
 * is put together: so whatever the function does, also with gradients, is what it does to one.
 */
import { currentGenerator } from '../../kernels/random/index.ts';
import { select, stack } from '../../ops/shape/index.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { signature } from '../nn/signature.ts';
import { runtimeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, NativeClosure, NativeFunction, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { guarded } from '../torch/errors.ts';
import { broadcastLeaves, leavesOf, mapTree, structureText, typeText, withLeaves } from './trees.ts';

/** What a function is called in messages, and what is made of it. */
export function nameOf(interpreter: Interpreter, fn: Value): string {
  try {
    return String(interpreter.getAttribute(fn, '__name__'));
  } catch {
    return interpreter.repr(fn);
  }
}

/** What vmap was called with. */
interface Mapped {
  readonly fn: Value;
  readonly inDims: Value;
  readonly outDims: Value;
  readonly randomness: string;
}

const isDim = (value: Value): value is bigint => typeof value === 'bigint';

/** The arguments' leaves, with the dimension that each is walked along: null where it is given as it is. */
interface Batch {
  readonly leaves: readonly Value[];
  readonly dims: readonly (number | null)[];
  readonly size: number;
}

function batchOf(interpreter: Interpreter, { fn, inDims }: Mapped, args: PyTuple): Batch {
  const name = nameOf(interpreter, fn);
  const call = `vmap(${name}, in_dims=${interpreter.str(inDims)}, ...)(<inputs>)`;
  if (!isDim(inDims) && !(inDims instanceof PyTuple))
    throw valueError(
      `${call}: expected \`in_dims\` to be int or a (potentially nested) tuple matching the structure of inputs, got: ${typeText(interpreter, inDims)}.`,
    );
  if (args.items.length === 0)
    throw valueError(
      `vmap(${name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with no inputs. The latter is unsupported.`,
    );
  const leaves = leavesOf(interpreter, args);
  const wanted = broadcastLeaves(interpreter, inDims, args);
  if (wanted === undefined)
    throw valueError(
      `${call}: in_dims is not compatible with the structure of \`inputs\`. in_dims has structure ${structureText(interpreter, inDims)} but inputs has structure ${structureText(interpreter, args)}.`,
    );
  const dims = wanted.map((dim, i) => {
    if (dim === null) return null;
    if (!isDim(dim))
      throw valueError(
        `${call}: Got in_dim=${interpreter.repr(dim)} for an input but in_dim must be either an integer dimension or None.`,
      );
    const leaf = leaves[i];
    if (!(leaf instanceof Tensor))
      throw valueError(
        `${call}: Got in_dim=${dim} for an input but the input is of type ${typeText(interpreter, leaf)}. We cannot vmap over non-Tensor arguments, please use None as the respective in_dim`,
      );
    const at = Number(dim);
    if (at < -leaf.ndim || at >= leaf.ndim)
      throw valueError(
        `${call}: Got in_dim=${dim} for some input, but that input is a Tensor of dimensionality ${leaf.ndim} so expected in_dim to satisfy -${leaf.ndim} <= in_dim < ${leaf.ndim}.`,
      );
    return at < 0 ? at + leaf.ndim : at;
  });
  const sizes = leaves.flatMap((leaf, i) => (dims[i] === null ? [] : [(leaf as Tensor).shape[dims[i] as number]]));
  if (sizes.length === 0) throw valueError('vmap: Expected at least one Tensor to vmap over');
  if (sizes.some((size) => size !== sizes[0]))
    throw valueError(
      `vmap: Expected all tensors to have the same size in the mapped dimension, got sizes ${interpreter.repr(new PyList(sizes.map(BigInt)))} for the mapped dimension`,
    );
  return { leaves, dims, size: sizes[0] };
}

/** Where, in each result, the mapped dimension goes. */
function outDimsOf(interpreter: Interpreter, { fn, outDims }: Mapped, output: Value): number[] {
  let flat: Value[] | undefined;
  if (output instanceof Tensor) {
    if (isDim(outDims)) flat = [outDims];
    else if (outDims instanceof PyTuple && outDims.items.length === 1) flat = [...outDims.items];
  } else flat = broadcastLeaves(interpreter, outDims, output);
  if (flat === undefined)
    throw valueError(
      `vmap(${nameOf(interpreter, fn)}, ..., out_dims=${interpreter.str(outDims)})(<inputs>): out_dims is not compatible with the structure of \`outputs\`. out_dims has structure ${structureText(interpreter, outDims)} but outputs has structure ${structureText(interpreter, output)}.`,
    );
  return flat.map(Number);
}

const RANDOM =
  'vmap: called random operation while in randomness error mode. Please either use the ‘same’ or ‘different’ randomness flags on vmap or perform the randomness operation out of vmap';

/** Looks after the numbers that are drawn while the function runs. */
class Draws {
  private readonly mode: string;
  private readonly before: Uint8Array | null;
  constructor(mode: string) {
    this.mode = mode;
    this.before = mode === 'different' ? null : currentGenerator().state();
  }
  /** Before the function is called again. */
  again(): void {
    if (this.mode === 'same' && this.before !== null) currentGenerator().setState(this.before);
  }
  /** After it was called first. */
  check(): void {
    if (this.mode !== 'error' || this.before === null) return;
    const { before } = this;
    if (
      currentGenerator()
        .state()
        .some((byte, i) => byte !== before[i])
    )
      throw runtimeError(RANDOM.replaceAll(/[‘’]/g, "'"));
  }
}

function run(mapped: Mapped, args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter): Value {
  const { fn, outDims, randomness } = mapped;
  const name = nameOf(interpreter, fn);
  if (leavesOf(interpreter, outDims).some((dim) => !isDim(dim)))
    throw valueError(
      `vmap(${name}, ..., out_dims=${interpreter.str(outDims)}): \`out_dims\` must be an int or a python collection of ints representing where in the outputs the vmapped dimension should appear.`,
    );
  const given = new PyTuple(args);
  const { leaves, dims, size } = batchOf(interpreter, mapped, given);
  if (size === 0) throw runtimeError('vmap over a dimension of size 0 is not supported here');
  interpreter.budget.room(size);
  const draws = new Draws(randomness);
  const columns: Tensor[][] = [];
  let output: Value = null;
  for (let i = 0; i < size; i++) {
    interpreter.budget.step();
    if (i > 0) draws.again();
    const parts = leaves.map((leaf, k) => {
      const dim = dims[k];
      return dim === null ? leaf : guarded(() => select(leaf as Tensor, dim, i));
    });
    const one = withLeaves(interpreter, given, parts) as PyTuple;
    const answer = interpreter.call(fn, one.items, kwargs);
    if (i === 0) {
      draws.check();
      output = answer;
    }
    leavesOf(interpreter, answer).forEach((leaf, k) => {
      if (!(leaf instanceof Tensor))
        throw valueError(
          `vmap(${name}, ...): \`${name}\` must only return Tensors, got type ${typeText(interpreter, leaf)} as a return.`,
        );
      if (columns[k] === undefined) columns[k] = [];
      columns[k].push(leaf);
    });
  }
  const places = outDimsOf(interpreter, mapped, output);
  let at = 0;
  return mapTree(interpreter, output, () => {
    const k = at++;
    return guarded(() => stack(columns[k], places[k]));
  });
}

const takes = signature('vmap', "func, in_dims=0, out_dims=0, randomness='error', *, chunk_size=None");

export const vmap = new NativeFunction('vmap', (args, kwargs, interpreter) => {
  const { func, in_dims, out_dims, randomness } = takes(args, kwargs);
  if (typeof randomness !== 'string' || !['error', 'different', 'same'].includes(randomness))
    throw runtimeError(
      `Only allowed values for randomness are 'error', 'different', or 'same'. Got ${interpreter.str(randomness)}`,
    );
  const held = { fn: func, inDims: in_dims, outDims: out_dims, randomness };
  return new NativeClosure(nameOf(interpreter, func), held, run, 'function');
});
