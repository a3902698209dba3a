/** Modules as functions of their parameters. */
import { copy } from '../../kernels/copy.ts';
import { detach } from '../../ops/pointwise/index.ts';
import { stack } from '../../ops/shape/index.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { makeParameter } from '../nn/parameter.ts';
import { signature } from '../nn/signature.ts';
import { begin, isModule, type ModuleState, moduleClass, stateOf } from '../nn/state.ts';
import { namedBuffers, namedModules, namedParameters } from '../nn/walk.ts';
import { PyError, runtimeError, typeError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { type Kwargs, NativeFunction, PyClass, PyDict, PyInstance, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { guarded } from '../torch/errors.ts';
import { itemsOf } from './items.ts';

/** Where a module keeps a tensor. */
interface Slot {
  readonly table: Map<string, Tensor | null>;
  readonly name: string;
}

/** Every place under which a module, or one below it, holds the tensor of a dotted name. */
function slotOf(module: PyInstance, path: string): Slot {
  const parts = path.split('.');
  const name = parts.pop() as string;
  let at = module;
  for (const part of parts) {
    const child = stateOf(at).modules.get(part);
    if (child === undefined || child === null)
      throw new PyError('AttributeError', `'${at.type}' object has no attribute '${part}'`);
    at = child;
  }
  const state: ModuleState = stateOf(at);
  for (const table of [state.parameters, state.buffers]) if (table.has(name)) return { table, name };
  throw new PyError('AttributeError', `'${at.type}' object has no attribute '${name}'`);
}

/** Runs `body` while the module holds other tensors. What it put in their places by then, it loses. */
function withTensors<T>(slots: readonly Slot[], tensors: readonly Tensor[], body: () => T): T {
  const before = slots.map(({ table, name }) => table.get(name) as Tensor | null);
  const put = (values: readonly (Tensor | null)[]): void =>
    slots.forEach(({ table, name }, i) => {
      table.set(name, values[i]);
    });
  put(tensors);
  try {
    return body();
  } finally {
    put(before);
  }
}

/** The places of a tensor that several modules share. */
function tiedSlots(module: PyInstance, name: string): Slot[] {
  const own = slotOf(module, name);
  const tensor = own.table.get(own.name);
  const slots: Slot[] = [];
  for (const [, each] of namedModules(module)) {
    const { parameters, buffers } = stateOf(each);
    for (const table of [parameters, buffers])
      for (const [key, value] of table) if (value === tensor) slots.push({ table, name: key });
  }
  return slots;
}

function moduleOf(value: Value, what: string): PyInstance {
  if (isModule(value)) return value;
  throw typeError(`${what}: expected an nn.Module, not ${typeName(value)}`);
}

const takesCall = signature('functional_call', 'module, parameters_and_buffers, args, kwargs=None');

function callWith(args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter): Value {
  const given = takesCall(args, kwargs);
  const module = moduleOf(given.module, 'functional_call');
  const dicts =
    given.parameters_and_buffers instanceof PyTuple
      ? given.parameters_and_buffers.items
      : [given.parameters_and_buffers];
  const slots: Slot[] = [];
  const tensors: Tensor[] = [];
  for (const dict of dicts) {
    if (!(dict instanceof PyDict)) throw typeError(`functional_call: expected a dict, not ${typeName(dict)}`);
    for (const [name, value] of dict.entries.values()) {
      interpreter.budget.step();
      if (!(value instanceof Tensor))
        throw typeError(`cannot assign '${typeName(value)}' as parameter '${String(name)}'`);
      for (const slot of tiedSlots(module, String(name))) {
        slots.push(slot);
        tensors.push(value);
      }
    }
  }
  const positional = given.args instanceof PyTuple ? given.args.items : [given.args];
  const named = new Map<string, Value>();
  if (given.kwargs instanceof PyDict)
    for (const [key, value] of given.kwargs.entries.values()) named.set(String(key), value);
  return withTensors(slots, tensors, () => interpreter.call(module, positional, named));
}

export const functionalCall = new NativeFunction('functional_call', callWith);

const names = (value: Value): string[] => itemsOf(value).map(String);

/** A module whose tensors come with each call. */
function functionalClass(name: string, buffers: boolean): PyClass {
  const run = ([self, ...args]: readonly Value[], kwargs: Kwargs, interpreter: Interpreter): Value => {
    const own = self as PyInstance;
    const model = interpreter.getAttribute(own, 'stateless_model') as PyInstance;
    const given = args.slice(0, buffers ? 2 : 1).flatMap((list) => itemsOf(list));
    const wanted = [
      ...names(interpreter.getAttribute(own, 'param_names')),
      ...(buffers ? names(interpreter.getAttribute(own, 'buffer_names')) : []),
    ];
    const slots: Slot[] = [];
    const tensors: Tensor[] = [];
    wanted.slice(0, given.length).forEach((path, i) => {
      const tensor = given[i];
      if (!(tensor instanceof Tensor)) throw typeError(`cannot assign '${typeName(tensor)}' as parameter '${path}'`);
      for (const slot of tiedSlots(model, path)) {
        slots.push(slot);
        tensors.push(tensor);
      }
    });
    return withTensors(slots, tensors, () => interpreter.call(model, args.slice(buffers ? 2 : 1), kwargs));
  };
  return new PyClass(
    name,
    [moduleClass],
    new Map<string, Value>([
      ['__module__', 'functorch._src.make_functional'],
      ['forward', new NativeFunction('forward', run, 'function')],
    ]),
  );
}

const functionalModule = functionalClass('FunctionalModule', false);
const functionalModuleWithBuffers = functionalClass('FunctionalModuleWithBuffers', true);

interface Parts {
  readonly model: PyInstance;
  readonly params: readonly Tensor[];
  readonly buffers: readonly Tensor[];
}

function made(cls: PyClass, module: PyInstance, interpreter: Interpreter, tracked: boolean): Parts {
  const model = new PyInstance(cls);
  begin(model);
  interpreter.setAttribute(model, 'stateless_model', module);
  const parameters = [...namedParameters(module)];
  const buffers = [...namedBuffers(module)];
  interpreter.setAttribute(model, 'param_names', new PyTuple(parameters.map(([name]) => name)));
  interpreter.setAttribute(model, 'buffer_names', new PyTuple(buffers.map(([name]) => name)));
  return {
    model,
    params: parameters.map(([, t]) =>
      makeParameter(
        guarded(() => copy(t)),
        tracked && t.requiresGrad,
      ),
    ),
    buffers: buffers.map(([, t]) => guarded(() => copy(t))),
  };
}

const takesModel = (name: string) => signature(name, 'model, disable_autograd_tracking=False');
const takesPlain = takesModel('make_functional');
const takesBuffers = takesModel('make_functional_with_buffers');

const makeFunctional = new NativeFunction('make_functional', (args, kwargs, interpreter) => {
  const { model, disable_autograd_tracking } = takesPlain(args, kwargs);
  const module = moduleOf(model, 'make_functional(model)');
  if ([...namedBuffers(module)].length > 0)
    throw runtimeError(
      'make_functional(model): `model` has buffers. Please use make_functional_with_buffers(model) instead.',
    );
  const parts = made(functionalModule, module, interpreter, disable_autograd_tracking !== true);
  return new PyTuple([parts.model, new PyTuple(parts.params)]);
});

const makeFunctionalWithBuffers = new NativeFunction('make_functional_with_buffers', (args, kwargs, interpreter) => {
  const { model, disable_autograd_tracking } = takesBuffers(args, kwargs);
  const module = moduleOf(model, 'make_functional_with_buffers(model)');
  const parts = made(functionalModuleWithBuffers, module, interpreter, disable_autograd_tracking !== true);
  return new PyTuple([parts.model, new PyTuple(parts.params), new PyTuple(parts.buffers)]);
});

/** The tensors of one name, of all models, in one. */
const stacked = (models: readonly (readonly Tensor[])[]): PyTuple =>
  new PyTuple((models[0] ?? []).map((_, i) => guarded(() => detach(stack(models.map((tensors) => tensors[i]))))));

/** The models of an ensemble, which have to be alike. */
function ensembleOf(value: Value, what: string): PyInstance[] {
  const models = itemsOf(value).map((model) => moduleOf(model, what));
  if (models.length === 0) throw runtimeError(`${what}: Expected at least one model, got 0.`);
  const training = models.map((model) => model.attributes.get('training'));
  if (training.some((mode) => mode !== training[0]))
    throw runtimeError(`${what}: Expected all models to have the same training/eval mode.`);
  if (models.some((model) => model.cls !== models[0].cls))
    throw runtimeError(`${what}: Expected all models to be of the same class.`);
  return models;
}

const combineState = new NativeFunction('combine_state_for_ensemble', ([value = null], _, interpreter) => {
  const models = ensembleOf(value, 'combine_state_for_ensemble');
  const parts = models.map((model) => made(functionalModuleWithBuffers, model, interpreter, true));
  return new PyTuple([
    parts[0].model,
    stacked(parts.map((part) => part.params)),
    stacked(parts.map((part) => part.buffers)),
  ]);
});

/** The later name: dicts of stacked tensors, for `functional_call`. */
const stackModuleState = new NativeFunction('stack_module_state', ([value = null], _, interpreter) => {
  const models = ensembleOf(value, 'stack_module_state');
  const dict = (of: (model: PyInstance) => Iterable<[string, Tensor]>, grad: boolean): PyDict => {
    const all = models.map((model) => [...of(model)]);
    const result = new PyDict();
    all[0].forEach(([name], i) => {
      interpreter.budget.step();
      const t = guarded(() => detach(stack(all.map((entries) => entries[i][1]))));
      result.entries.set(name, [name, grad ? t.requiresGrad_() : t]);
    });
    return result;
  };
  return new PyTuple([dict(namedParameters, true), dict(namedBuffers, false)]);
});

export const MODULE_FUNCTIONS: readonly (NativeFunction | PyClass)[] = [
  makeFunctional,
  makeFunctionalWithBuffers,
  combineState,
  functionalModule,
  functionalModuleWithBuffers,
];

export const LATER: readonly NativeFunction[] = [functionalCall, stackModuleState];
