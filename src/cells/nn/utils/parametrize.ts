/** torch.nn.utils.parametrize: parameters that are computed, at each reading, from others. */
import { noGrad } from '../../../autograd/mode.ts';
import { setData } from '../../../autograd/reshape.ts';
import { sameShape } from '../../../tensor/shape.ts';
import { Tensor } from '../../../tensor/tensor.ts';
import { PyError, runtimeError, valueError } from '../../runtime/errors.ts';
import type { Visit } from '../../runtime/holding.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { lookup } from '../../runtime/mro.ts';
import { PyProperty } from '../../runtime/objects.ts';
import { NativeClosure, PyClass, type PyInstance, PyList, QuietContext, type Value } from '../../runtime/values.ts';
import { itemsOf, typeName } from '../../torch/convert.ts';
import { guarded } from '../../torch/errors.ts';
import { moduleDict, moduleList } from '../containers.ts';
import { tensorOf } from '../convert.ts';
import { methodsOf } from '../define.ts';
import { functionsOf } from '../functional.ts';
import { isParameter, makeParameter } from '../parameter.ts';
import { addModule, addParameter, type Computed, isModule, memberOf, release, selfOf, stateOf } from '../state.ts';

/** The class of one module: what it was, with properties in the place of parameters. */
class ParametrizedClass extends PyClass {
  override references(visit: Visit): void {
    visit(this.bases);
    visit(this.members);
  }
}

class FromList implements Computed {
  private readonly list: PyInstance;
  private readonly interpreter: Interpreter;
  constructor(list: PyInstance, interpreter: Interpreter) {
    this.list = list;
    this.interpreter = interpreter;
  }
  value(): Value {
    return this.interpreter.call(this.list, []);
  }
  again(copied: (value: Value) => Value): Computed {
    const list = copied(this.list);
    return isModule(list) ? new FromList(list, this.interpreter) : this;
  }
  references(visit: Visit): void {
    visit(this.list);
  }
}

const modulesIn = (list: PyInstance): PyInstance[] =>
  [...stateOf(list).modules.values()].filter((module) => module !== null);

/** A member of the module's class, where it has one that is its own. */
const hasInverse = (module: PyInstance): boolean => lookup(module.cls, 'right_inverse') !== undefined;

const inverse = (module: PyInstance, value: Value, interpreter: Interpreter): Value =>
  interpreter.call(interpreter.getAttribute(module, 'right_inverse'), [value]);

/** Registers a tensor as what it is. */
function register(module: PyInstance, name: string, t: Tensor): void {
  if (isParameter(t)) addParameter(module, name, t);
  else {
    module.attributes.delete(name);
    stateOf(module).buffers.set(name, t);
  }
}

function originalsOf(list: PyInstance): Tensor[] {
  if (list.attributes.get('is_tensor') === true) return [tensorOf(memberOf(list, 'original'), 'original')];
  const count = Number(list.attributes.get('ntensors') ?? 0n);
  return Array.from({ length: count }, (_, i) => tensorOf(memberOf(list, `original${i}`), `original${i}`));
}

const shapeText = (t: Tensor): string => `torch.Size([${t.shape.join(', ')}])`;

function checkResult(value: Value, before: Tensor, what: string): void {
  if (!(value instanceof Tensor)) throw valueError(`A parametrization must return a tensor. Got ${typeName(value)}.`);
  if (value.dtype !== before.dtype) {
    throw valueError(
      `Registering a parametrization may not change the dtype of the tensor, unless ${what} flag is enabled.\nunparametrized dtype: torch.${before.dtype}\nparametrized dtype: torch.${value.dtype}`,
    );
  }
  if (sameShape(value.shape, before.shape)) return;
  throw valueError(
    `Registering a parametrization may not change the shape of the tensor, unless ${what} flag is enabled.\nunparametrized shape: ${shapeText(before)}\nparametrized shape: ${shapeText(value)}`,
  );
}

/** Holds what the parameter is computed from. */
function begin(list: PyInstance, original: Tensor, unsafe: boolean, interpreter: Interpreter): void {
  list.attributes.set('unsafe', unsafe);
  const { shape, dtype } = original;
  const before = original.detach().alias(shape);
  let value: Value = original;
  for (const module of modulesIn(list).reverse()) {
    if (!hasInverse(module)) continue;
    const given: Value = value;
    value = noGrad(() => inverse(module, given, interpreter));
  }
  const items = itemsOf(value);
  if (!(value instanceof Tensor) && items === undefined) {
    throw valueError(
      `'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got ${typeName(value)}`,
    );
  }
  list.attributes.set('is_tensor', value instanceof Tensor);
  list.attributes.set('ntensors', BigInt(items?.length ?? 1));
  if (value instanceof Tensor) {
    if (value.dtype !== dtype) {
      throw valueError(
        `When \`right_inverse\` outputs one tensor, it may not change the dtype.\noriginal.dtype: torch.${dtype}\nright_inverse(original).dtype: torch.${value.dtype}`,
      );
    }
    if (value !== original) noGrad(() => setData(original, (value as Tensor).detach()));
    register(list, 'original', original);
  } else {
    for (const [i, item] of (items ?? []).entries()) {
      if (!(item instanceof Tensor)) {
        throw valueError(
          `'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got element ${i} of the sequence with type ${typeName(item)}.`,
        );
      }
      const own = isParameter(original) ? makeParameter(item, original.requiresGrad) : item;
      register(list, `original${i}`, own);
    }
  }
  if (!unsafe) checkResult(interpreter.call(list, []), before, '`unsafe`');
}

function setOriginals(list: PyInstance, given: Value, interpreter: Interpreter): void {
  let value = given;
  for (const module of modulesIn(list).reverse()) {
    if (!hasInverse(module)) {
      throw runtimeError(`parametrization ${module.type} does not implement right_inverse.`);
    }
    const before = value;
    value = noGrad(() => inverse(module, before, interpreter));
  }
  const originals = originalsOf(list);
  const values = value instanceof Tensor ? [value] : (itemsOf(value) ?? []);
  if (values.length !== originals.length) {
    throw valueError(
      `'right_inverse' must return a sequence of tensors of length ${originals.length}. Got a sequence of lenght ${values.length}.`,
    );
  }
  noGrad(() => {
    for (const [i, t] of originals.entries()) setData(t, tensorOf(values[i], 'right_inverse').detach());
  });
}

const parametrizationList = new PyClass(
  'ParametrizationList',
  [moduleList],
  methodsOf('ParametrizationList', {
    'forward()': (self, _args, _kwargs, interpreter) => {
      const [first, ...rest] = modulesIn(self);
      return rest.reduce(
        (value, module) => interpreter.call(module, [value]),
        interpreter.call(first, originalsOf(self)),
      );
    },
    'right_inverse(value)': (self, [value], _kwargs, interpreter) => {
      setOriginals(self, value, interpreter);
      return null;
    },
  }),
);

/** The lists of a module, by the names of what they compute. */
function listsOf(module: PyInstance): PyInstance | null {
  const lists = memberOf(module, 'parametrizations');
  return isModule(lists) && lists.cls === moduleDict ? lists : null;
}

function listOf(module: PyInstance, name: string): PyInstance | null {
  const lists = listsOf(module);
  const found = lists === null ? undefined : stateOf(lists).modules.get(name);
  return found ?? null;
}

/** `module.weight`, once it is computed. */
function property(name: string): PyProperty {
  const find = (self: Value): PyInstance => {
    const list = listOf(selfOf(self), name);
    if (list === null) throw new PyError('AttributeError', `'${selfOf(self).type}' object has no attribute '${name}'`);
    return list;
  };
  return new PyProperty(
    new NativeClosure(name, {}, (_held, [self], _kwargs, interpreter) => interpreter.call(find(self), [])),
    new NativeClosure(name, {}, (_held, [self, value], _kwargs, interpreter) => {
      setOriginals(find(self), value, interpreter);
      return null;
    }),
  );
}

function parametrize(module: PyInstance, name: string, given: Value, unsafe: boolean, interpreter: Interpreter): void {
  const parametrization = selfOf(given);
  interpreter.call(interpreter.getAttribute(parametrization, 'train'), [module.attributes.get('training') === true]);
  const known = listOf(module, name);
  if (known !== null) {
    const before = tensorOf(interpreter.call(known, []), name);
    if (!unsafe) checkResult(interpreter.call(parametrization, [before]), before, 'the `unsafe`');
    addModule(known, String(modulesIn(known).length), parametrization);
    return;
  }
  const { parameters, buffers } = stateOf(module);
  const original = parameters.get(name) ?? buffers.get(name);
  if (!(original instanceof Tensor)) {
    throw valueError(
      `Module '${interpreter.str(module)}' does not have a parameter, a buffer, or a parametrized element with name '${name}'`,
    );
  }
  const list = interpreter.call(parametrizationList, [new PyList([parametrization])]) as PyInstance;
  begin(list, original, unsafe, interpreter);
  release(module, name);
  let lists = listsOf(module);
  if (lists === null) {
    const place: [string, Value] = ['__module__', 'torch.nn.utils.parametrize'];
    module.cls = new ParametrizedClass(`Parametrized${module.cls.name}`, [module.cls], new Map([place]));
    lists = interpreter.call(moduleDict, []) as PyInstance;
    addModule(module, 'parametrizations', lists);
  }
  module.cls.members.set(name, property(name));
  addModule(lists, name, list);
  stateOf(module).computed.set(name, new FromList(list, interpreter));
}

function unparametrize(module: PyInstance, name: string, keep: boolean, interpreter: Interpreter): void {
  const list = listOf(module, name);
  const lists = listsOf(module);
  if (list === null || lists === null) {
    throw valueError(`Module ${interpreter.str(module)} does not have a parametrization on ${name}`);
  }
  const single = list.attributes.get('is_tensor') === true;
  if (!single && !keep) {
    throw valueError(
      'Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of tensors.',
    );
  }
  let original = originalsOf(list)[0];
  if (keep) {
    const value = tensorOf(
      noGrad(() => interpreter.call(list, [])),
      name,
    );
    if (single) {
      const own = original;
      noGrad(() => setData(own, value.detach()));
    } else original = original.requiresGrad ? makeParameter(value.detach()) : value;
  }
  module.cls.members.delete(name);
  stateOf(lists).modules.delete(name);
  stateOf(module).computed.delete(name);
  register(module, name, original);
  if (stateOf(lists).modules.size > 0) return;
  release(module, 'parametrizations');
  module.cls = module.cls.bases[0];
}

const isParametrized = (module: Value, name: Value): boolean => {
  if (!isModule(module)) return false;
  const lists = listsOf(module);
  if (lists === null) return false;
  const { modules } = stateOf(lists);
  return typeof name === 'string' ? modules.has(name) : modules.size > 0;
};

/** Puts a module that computes it on a parameter. */
export const registerParametrization = (
  module: PyInstance,
  name: string,
  parametrization: Value,
  interpreter: Interpreter,
  unsafe = false,
): void => guarded(() => parametrize(module, name, parametrization, unsafe, interpreter));

export const parametrizeMembers: readonly [string, Value][] = [
  ['ParametrizationList', parametrizationList],
  ...functionsOf({
    'register_parametrization(module, tensor_name, parametrization, *, unsafe=False)': (args, interpreter) => {
      const { module, tensor_name, parametrization, unsafe } = args;
      registerParametrization(selfOf(module), String(tensor_name), parametrization, interpreter, unsafe === true);
      return module;
    },
    'is_parametrized(module, tensor_name=None)': ({ module, tensor_name }) => isParametrized(module, tensor_name),
    'remove_parametrizations(module, tensor_name, leave_parametrized=True)': (args, interpreter) => {
      const { module, tensor_name, leave_parametrized } = args;
      unparametrize(selfOf(module), String(tensor_name), leave_parametrized !== false, interpreter);
      return module;
    },
    'type_before_parametrizations(module)': ({ module }) => {
      const { cls } = selfOf(module);
      return cls instanceof ParametrizedClass ? cls.bases[0] : cls;
    },
    'cached()': () => new QuietContext('_cached'),
  }),
];
