/** Arguments of ops as Python has them, and calls with them. */
import { CellSession } from '../../../src/cells/cell.ts';
import { workspaceModules } from '../../../src/cells/modules.ts';
import { PyList, PyTuple, type Value } from '../../../src/cells/runtime/values.ts';
import { dtypeValue } from '../../../src/cells/torch/dtypes.ts';
import { TorchState, withState } from '../../../src/cells/torch/index.ts';
import { contiguous } from '../../../src/kernels/copy.ts';
import type { AnyParam } from '../../../src/ops/params.ts';
import type { DType } from '../../../src/tensor/dtype.ts';
import { Tensor } from '../../../src/tensor/tensor.ts';
import { LIMITS } from './session.ts';

/** What an op's parameter is given, as Python writes it. */
export const toPython = (param: AnyParam, value: unknown): Value => {
  if (value === undefined || value === null) return null;
  if (value instanceof Tensor || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (Array.isArray(value)) return new PyTuple(value.map((item) => toPython(param, item)));
  if (typeof value === 'string') return param.name === 'dtype' ? dtypeValue(value as DType) : value;
  if (typeof value === 'number') {
    const whole = Number.isInteger(value) && !Object.is(value, -0);
    return whole && param.attr?.jsonSchema.type !== 'number' ? BigInt(value) : value;
  }
  return (value as { value: number }).value;
};

/** All that is to be equal of two tensors. */
export const elements = (t: Tensor): unknown[] => {
  const c = contiguous(t);
  return [t.dtype, t.shape, ...c.storage.data.slice(c.offset, c.offset + c.numel)];
};

/** The tensors of a result. */
export const tensorsIn = (value: unknown): Tensor[] =>
  value instanceof Tensor
    ? [value]
    : value instanceof PyTuple || value instanceof PyList
      ? value.items.flatMap(tensorsIn)
      : Array.isArray(value)
        ? value.flatMap(tensorsIn)
        : [];

const state = new TorchState();
const modules = workspaceModules(state);

/** Calls `code` with the names that it uses; what is drawn at random is the same at each call. */
export function call(code: string, names: ReadonlyMap<string, Value>): Value {
  const session = new CellSession(LIMITS, new Map(names), modules);
  const imports = 'import torch\nfrom torch import nn\nimport torch.nn.functional as F\ntorch.manual_seed(1)\n';
  const { error, result } = withState(state, () => session.run(imports + code));
  if (error !== undefined) throw new Error(`${code}: ${error.type}: ${error.message}`);
  return result?.value ?? null;
}

/** Runs ops of the registry with the random state of such a call. */
export const seeded = <T>(body: () => T): T => {
  call('0', new Map());
  return withState(state, body);
};
