/** Functions and methods made of the registry's ops: every namespace that an op lives in. */
import { overwrite, setData } from '../../autograd/inplace.ts';
import { isGradEnabled } from '../../autograd/mode.ts';
import type { OpDef } from '../../ops/define.ts';
import { ops } from '../../ops/registry.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { NativeFunction, PyTuple, type Value } from '../runtime/values.ts';
import { bind, callOp, type NamedArgs, type Spelling } from './bind.ts';
import { fromResult, itemsOf, typeName } from './convert.ts';
import { checkDevice } from './devices.ts';
import { guarded } from './errors.ts';
import {
  FUNCTIONAL_IN_PLACE,
  functionalName,
  hasInPlace,
  inSpecial,
  inTorch,
  isMethod,
  linalgName,
  PROPERTIES,
  TAKES_INPLACE,
  TORCH_IN_PLACE,
} from './names.ts';
import { functionalOrder } from './orders.ts';

/** List parameters that take several integers without brackets. */
const SPREAD = new Set(['size', 'shape', 'dims', 'repeats']);
const SPREAD_OPS = new Set([
  'view',
  'reshape',
  'expand',
  'repeat',
  'tile',
  'permute',
  'flip',
  'sum_to_size',
  'zeros',
  'ones',
  'empty',
  'rand',
  'randn',
  'new_zeros',
  'new_ones',
  'new_empty',
  'broadcast_to',
]);

const tensorsIn = (named: NamedArgs): Tensor[] =>
  Object.values(named).flatMap((v) =>
    v instanceof Tensor ? [v] : Array.isArray(v) ? v.filter((x) => x instanceof Tensor) : [],
  );

/** What torch.nn.functional alone guesses where it is not given. */
const NEEDS: Readonly<Record<string, readonly string[]>> = { softmax: ['dim'], log_softmax: ['dim'] };

/** The parameter that a method's receiver stands for. */
export function receiverOf(op: OpDef): string | undefined {
  const named = op.params.find((p) => p.name === 'input');
  return (named ?? op.params.find((p) => p.kind === 'tensor' || p.kind === 'operand'))?.name;
}

/** Writes an op's result over one of its arguments. */
function callInPlace(op: OpDef, key: string, named: NamedArgs, name: string): Value {
  const target = named[key] as Tensor;
  const operands = tensorsIn(named).filter((t) => t !== target);
  guarded(() => overwrite(target, (self) => op.call({ ...named, [key]: self }) as Tensor, { name, operands }));
  return target;
}

/** `out=`: the result's elements stand in the tensor that was handed in. */
function writeOut(result: Tensor, out: Value): Value {
  if (!(out instanceof Tensor)) throw typeError(`argument 'out' must be Tensor, not ${typeName(out)}`);
  if (isGradEnabled() && (out.requiresGrad || result.requiresGrad))
    throw runtimeError(
      "functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad.",
    );
  guarded(() => {
    if (sameShape(out.shape, result.shape)) overwrite(out, () => result, { name: 'copy_' });
    else setData(out, result);
  });
  return out;
}

function finish(op: OpDef, result: Tensor | readonly Tensor[], extras: ReadonlyMap<string, Value>): Value {
  const out = extras.get('out') ?? null;
  if (out !== null) {
    if (result instanceof Tensor) return writeOut(result, out);
    const outs = itemsOf(out);
    if (outs === undefined || outs.length !== result.length)
      throw typeError(`argument 'out' must be tuple of Tensors, not ${typeName(out)}`);
    result.forEach((t, i) => void writeOut(t, outs[i]));
    return new PyTuple(outs);
  }
  if (extras.get('requires_grad') === true && result instanceof Tensor) {
    if (!isFloating(result.dtype))
      throw runtimeError('Only Tensors of floating point and complex dtype can require gradients');
    result.requiresGrad_();
  }
  return fromResult(op.name, result);
}

export function opFunction(op: OpDef, spelling: Spelling): NativeFunction {
  return new NativeFunction(spelling.name, (args, kwargs) => {
    const single = op.name.startsWith('atleast_') && args.length === 1 && args[0] instanceof Tensor;
    const { named, extras } = bind(op, spelling, args, kwargs);
    checkDevice(extras.get('device') ?? null);
    if (extras.get('inplace') === true) return callInPlace(op, op.params[0].key, named, `${op.name}_`);
    const result = callOp(op, named);
    return finish(op, single && !(result instanceof Tensor) ? result[0] : result, extras);
  });
}

function inPlaceFunction(op: OpDef, spelling: Spelling): NativeFunction {
  const receiver = receiverOf(op);
  const key = op.params.find((p) => p.name === receiver)?.key as string;
  return new NativeFunction(spelling.name, (args, kwargs) => {
    const { named } = bind(op, spelling, args, kwargs);
    return callInPlace(op, key, named, spelling.name);
  });
}

const namesOf = (op: OpDef): readonly string[] => [op.name, ...op.aliases];
const ordinary = (op: OpDef): readonly string[] => op.params.map((p) => p.name as string);

function spreadOf(op: OpDef): string | undefined {
  if (!SPREAD_OPS.has(op.name)) return undefined;
  return op.params.find((p) => SPREAD.has(p.name))?.name;
}

/** A method's spelling: the receiver first, then the op's own order without it. */
function methodSpelling(op: OpDef, name: string): Spelling {
  const receiver = receiverOf(op) as string;
  return {
    name,
    needs: NEEDS[op.name],
    order: [receiver, ...ordinary(op).filter((p) => p !== receiver)],
    receiver,
    spread: spreadOf(op),
  };
}

export interface Tables {
  readonly torch: Map<string, Value>;
  readonly functional: Map<string, Value>;
  readonly linalg: Map<string, Value>;
  readonly special: Map<string, Value>;
  readonly methods: Map<string, NativeFunction>;
  readonly properties: ReadonlyMap<string, OpDef>;
}

function build(): Tables {
  const torch = new Map<string, Value>();
  const functional = new Map<string, Value>();
  const linalg = new Map<string, Value>();
  const special = new Map<string, Value>();
  const methods = new Map<string, NativeFunction>();
  const properties = new Map<string, OpDef>();
  for (const op of ops) {
    const creates = op.params[0]?.name === 'size';
    for (const name of namesOf(op)) {
      if (PROPERTIES.has(name)) {
        properties.set(name, op);
        continue;
      }
      const spelling: Spelling = {
        name,
        order: ordinary(op),
        needs: NEEDS[op.name],
        spread: creates ? spreadOf(op) : undefined,
      };
      if (inTorch(name)) {
        torch.set(
          name,
          opFunction(
            op,
            functionalName(name) !== undefined
              ? { ...spelling, order: functionalOrder(op.name, spelling.order, false) }
              : spelling,
          ),
        );
        if (TORCH_IN_PLACE.has(name)) torch.set(`${name}_`, inPlaceFunction(op, { ...spelling, name: `${name}_` }));
      }
      const inFunctional = functionalName(name);
      if (inFunctional !== undefined) {
        functional.set(
          inFunctional,
          opFunction(op, {
            name: inFunctional,
            order: functionalOrder(op.name, spelling.order, TAKES_INPLACE.has(name)),
          }),
        );
        if (FUNCTIONAL_IN_PLACE.has(name))
          functional.set(`${name}_`, inPlaceFunction(op, { ...spelling, name: `${name}_` }));
      }
      if (inSpecial(name)) special.set(name, opFunction(op, { ...spelling, name: `special_${name}` }));
      const inLinalg = linalgName(name);
      if (inLinalg !== undefined && (op.name.startsWith('linalg_') || !linalg.has(inLinalg))) {
        linalg.set(inLinalg, opFunction(op, { ...spelling, name: `linalg_${inLinalg}` }));
      }
      if (isMethod(name, op.category)) {
        methods.set(name, opFunction(op, methodSpelling(op, name)));
        if (hasInPlace(name)) methods.set(`${name}_`, inPlaceFunction(op, methodSpelling(op, `${name}_`)));
      }
    }
  }
  return { torch, functional, linalg, special, methods, properties };
}

let tables: Tables | undefined;

/** The tables of all ops. They hold nothing of any workspace, so that all share them. */
export function opTables(): Tables {
  tables ??= build();
  return tables;
}
