/** torch.autograd.forward_ad: directions that go along with tensors. */
import { forwardLevel, Level, setForwardLevel, setTangent, tangentOf, withoutForward } from '../../autograd/forward.ts';
import { enableGrad } from '../../autograd/mode.ts';
import { nodeOf } from '../../autograd/node.ts';
import { primitives } from '../../autograd/primitives.ts';
import { findOp } from '../../ops/registry.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, valueError } from '../runtime/errors.ts';
import { PyClass, PyContext, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';
import { inParts } from './others.ts';

function enter(): bigint {
  if (forwardLevel() !== null) throw runtimeError('Nested forward mode AD is not supported at the moment');
  setForwardLevel(new Level());
  return 0n;
}

function leave(): void {
  setForwardLevel(null)?.end();
}

class DualLevel extends PyContext {
  readonly type = 'torch.autograd.forward_ad.dual_level';
  enter(): Value {
    return enter();
  }
  exit(): void {
    leave();
  }
  references(): void {}
}

/** A window on all of a tensor that has no direction of its own. */
function windowOn(t: Tensor, node: string): Tensor {
  const shown = guarded(() =>
    enableGrad(() => withoutForward(() => findOp('view')?.call({ input: t, size: t.shape }) as Tensor)),
  );
  const made = nodeOf(shown);
  if (made !== null) made.name = node;
  // What is written through it is no matter of the other's direction.
  shown.base = null;
  return shown;
}

const tensorOf = (value: Value): Tensor => {
  if (value instanceof Tensor) return value;
  throw new PyError('AttributeError', `'${typeName(value)}' object has no attribute 'is_floating_point'`);
};

/** A window on a tensor that has a direction. */
function dualOf(primal: Value, direction: Value): Tensor {
  if (forwardLevel() === null)
    throw runtimeError(
      'Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first.',
    );
  const [t, tangent] = [tensorOf(primal), tensorOf(direction)];
  for (const [name, { dtype }] of [
    ['primal', t],
    ['tangent', tangent],
  ] as const)
    if (!isFloating(dtype))
      throw valueError(`Expected ${name} to be floating point or complex, but got: torch.${dtype}`);
  if (tangentOf(t) !== null)
    throw runtimeError(
      'Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not supported.',
    );
  if (tangentOf(tangent) !== null)
    throw runtimeError(
      'Setting a forward grad that itself has a forward gradient at the same level 0 is not supported.',
    );
  const dual = windowOn(t, 'ViewBackward0');
  guarded(() => setTangent(dual, tangent));
  return dual;
}

const zerosLike = (t: Tensor): Tensor => guarded(() => primitives().zerosLike(t));

const partsOf = (t: Tensor): [Tensor, Tensor | null] =>
  forwardLevel() === null ? [t, null] : [windowOn(t, 'Identity'), tangentOf(t)];

const unpacked = (primal: Value, tangent: Value): PyTuple =>
  new PyTuple([primal, tangent], 'torch.autograd.forward_ad.UnpackedDualTensor', ['primal', 'tangent']);

/** torch.autograd.forward_ad. */
export const FORWARD_AD: readonly [string, Value][] = [
  [
    'dual_level',
    new PyClass(
      'dual_level',
      [],
      new Map<string, Value>([['__module__', 'torch.autograd.forward_ad']]),
      () => new DualLevel(),
    ),
  ],
  ['enter_dual_level', native('enter_dual_level', '', () => enter())],
  [
    'exit_dual_level',
    native('exit_dual_level', '| level=', () => {
      if (forwardLevel() === null) throw runtimeError('Dual level must be a positive number.');
      leave();
      return null;
    }),
  ],
  [
    'make_dual',
    native('make_dual', 'tensor tangent | level=', ([primal, direction]) => {
      const [a, b] = [inParts().split(primal), inParts().split(direction)];
      if (a !== undefined && b !== undefined) return inParts().join(dualOf(a[0], b[0]), dualOf(a[1], b[1]));
      return dualOf(primal, direction);
    }),
  ],
  [
    'unpack_dual',
    native('unpack_dual', 'tensor | level=', ([value]) => {
      const pair = inParts().split(value);
      if (pair === undefined) return unpacked(...partsOf(tensorOf(value)));
      const [[re, dre], [im, dim]] = pair.map(partsOf);
      const tangent = dre === null && dim === null ? null : inParts().join(dre ?? zerosLike(re), dim ?? zerosLike(im));
      return unpacked(inParts().join(re, im), tangent);
    }),
  ],
];
