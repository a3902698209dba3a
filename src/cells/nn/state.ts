/** What a module holds: its parameters, buffers and children, each in the order they came in. */
import { typeNameOf } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import { isSubclass } from '../runtime/mro.ts';
import { restores, type Saved } from '../runtime/saving.ts';
import { PyClass, PyDict, PyInstance, PyList, PyTuple, type Value } from '../runtime/values.ts';
import { typeName } from '../torch/convert.ts';
import { isParameter } from './parameter.ts';

export class ModuleState extends Native {
  readonly parameters = new Map<string, Tensor | null>();
  readonly buffers = new Map<string, Tensor | null>();
  /** Names of buffers that state_dict leaves out. */
  readonly transient = new Set<string>();
  readonly modules = new Map<string, PyInstance | null>();
  readonly hooks: Value[] = [];
  readonly preHooks: Value[] = [];

  references(visit: Visit): void {
    visit(this.parameters);
    visit(this.buffers);
    visit(this.transient);
    visit(this.modules);
    visit(this.hooks);
    visit(this.preHooks);
  }

  override toSave(): Saved {
    const dict = (from: ReadonlyMap<string, Value>): PyDict => {
      const made = new PyDict();
      for (const [name, value] of from) made.entries.set(name, [name, value]);
      return made;
    };
    const parts = [dict(this.parameters), dict(this.buffers), new PyList([...this.transient]), dict(this.modules)];
    return {
      kind: 'module',
      value: new PyTuple([...parts, new PyList([...this.hooks]), new PyList([...this.preHooks])]),
    };
  }
}

const invalid = (): PyError => new PyError('RuntimeError', 'invalid file: it holds a module without its parts');

restores('module', (value) => {
  const [parameters, buffers, transient, modules, hooks, preHooks] = value instanceof PyTuple ? value.items : [];
  const state = new ModuleState();
  const fill = <T extends Value>(
    into: Map<string, T>,
    from: Value | undefined,
    is: (value: Value) => value is T,
  ): void => {
    if (!(from instanceof PyDict)) throw invalid();
    for (const [key, item] of from.entries.values()) {
      if (typeof key !== 'string' || !is(item)) throw invalid();
      into.set(key, item);
    }
  };
  const isTensor = (item: Value): item is Tensor | null => item === null || item instanceof Tensor;
  fill(state.parameters, parameters, isTensor);
  fill(state.buffers, buffers, isTensor);
  fill(state.modules, modules, (item): item is PyInstance | null => item === null || isModule(item));
  const listed = (from: Value | undefined): readonly Value[] => (from instanceof PyList ? from.items : []);
  for (const name of listed(transient)) if (typeof name === 'string') state.transient.add(name);
  state.hooks.push(...listed(hooks));
  state.preHooks.push(...listed(preHooks));
  return state;
});

/** The root of all modules; its members are filled in where they are written. */
export const moduleClass = new PyClass('Module');

const find = (self: PyInstance): ModuleState | undefined =>
  self.native instanceof ModuleState ? self.native : undefined;

/** Begins a module: `Module.__init__`. */
export function begin(self: PyInstance, state = new ModuleState()): void {
  self.native = state;
  self.attributes.set('training', true);
}

export const hasBegun = (self: PyInstance): boolean => self.native instanceof ModuleState;

export const isModule = (value: Value | undefined): value is PyInstance =>
  value instanceof PyInstance && isSubclass(value.cls, moduleClass);

/** The state of a module whose `__init__` has run. */
export function stateOf(self: PyInstance): ModuleState {
  const state = find(self);
  if (state === undefined) {
    throw new PyError('AttributeError', `'${self.type}' object has no attribute '_parameters'`);
  }
  return state;
}

export function selfOf(value: Value): PyInstance {
  if (!isModule(value)) throw typeError(`expected an nn.Module, not ${typeName(value)}`);
  return value;
}

export function addParameter(self: PyInstance, name: string, parameter: Tensor | null): void {
  if (!hasBegun(self)) {
    throw new PyError('AttributeError', 'cannot assign parameters before Module.__init__() call');
  }
  const state = stateOf(self);
  self.attributes.delete(name);
  state.buffers.delete(name);
  state.modules.delete(name);
  state.parameters.set(name, parameter);
}

export function addModule(self: PyInstance, name: string, module: PyInstance | null): void {
  if (!hasBegun(self)) throw new PyError('AttributeError', 'cannot assign module before Module.__init__() call');
  const state = stateOf(self);
  self.attributes.delete(name);
  state.parameters.delete(name);
  state.buffers.delete(name);
  state.modules.set(name, module);
}

/** `torch.typename`: `torch.FloatTensor` for tensors. */
export const torchTypeName = (value: Value): string =>
  value instanceof Tensor ? `torch.${typeNameOf(value.dtype)}Tensor` : typeName(value);

/** `self.name = value`, as modules understand it. */
export function assign(self: PyInstance, name: string, value: Value): void {
  if (isParameter(value)) {
    addParameter(self, name, value);
    return;
  }
  const state = find(self);
  if (state?.parameters.has(name)) {
    if (value !== null) {
      throw typeError(
        `cannot assign '${torchTypeName(value)}' as parameter '${name}' (torch.nn.Parameter or None expected)`,
      );
    }
    state.parameters.set(name, null);
  } else if (isModule(value)) addModule(self, name, value);
  else if (state?.modules.has(name)) {
    if (value !== null) {
      throw typeError(
        `cannot assign '${torchTypeName(value)}' as child module '${name}' (torch.nn.Module or None expected)`,
      );
    }
    state.modules.set(name, null);
  } else if (state?.buffers.has(name)) {
    if (value !== null && !(value instanceof Tensor)) {
      throw typeError(`cannot assign '${torchTypeName(value)}' as buffer '${name}' (torch.Tensor or None expected)`);
    }
    state.buffers.set(name, value);
  } else self.attributes.set(name, value);
}

/** A parameter, buffer or child by name; undefined where there is none. */
export function held(self: PyInstance, name: string): Value | undefined {
  const state = find(self);
  if (state === undefined) return undefined;
  for (const map of [state.parameters, state.buffers, state.modules] as const) {
    const value = map.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Takes a name away; false where there is none. */
export function release(self: PyInstance, name: string): boolean {
  const state = find(self);
  state?.transient.delete(name);
  return [state?.parameters, state?.buffers, state?.modules, self.attributes].some((map) => map?.delete(name) ?? false);
}

/** What stands under a name, set as an attribute or held. */
export const memberOf = (self: PyInstance, name: string): Value | undefined =>
  self.attributes.get(name) ?? held(self, name);
