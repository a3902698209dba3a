/** What a module holds: its parameters, buffers and children, each in the order they came in. */
import { typeNameOf } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import { type Holder, Native, type Visit } from '../runtime/holding.ts';
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
  /** Functions that are called before, after, or backward, by their number. */
  readonly hooks = new Map<HookKind, PyDict>();
  /** What stands in the place of a parameter that is computed from others. */
  readonly computed = new Map<string, Computed>();

  /** Of a module of the same kind that holds nothing yet. */
  fresh(): ModuleState {
    return new ModuleState();
  }

  references(visit: Visit): void {
    visit(this.parameters);
    visit(this.buffers);
    visit(this.transient);
    visit(this.modules);
    visit(this.hooks);
    visit(this.computed);
  }

  override again(copied: (value: Value) => Value): ModuleState {
    const made = this.fresh();
    for (const [name, t] of this.parameters) made.parameters.set(name, copied(t) as Tensor | null);
    for (const [name, t] of this.buffers) made.buffers.set(name, copied(t) as Tensor | null);
    for (const name of this.transient) made.transient.add(name);
    for (const [name, child] of this.modules) made.modules.set(name, copied(child) as PyInstance | null);
    for (const [kind, dict] of this.hooks) made.hooks.set(kind, copied(dict) as PyDict);
    for (const [name, computed] of this.computed) made.computed.set(name, computed.again(copied));
    return made;
  }

  /** All of it as a tuple; null where parameters are computed by what a file does not hold. */
  parts(): PyTuple | null {
    if (this.computed.size > 0) return null;
    const dict = (from: ReadonlyMap<string, Value>): PyDict => {
      const made = new PyDict();
      for (const [name, value] of from) made.entries.set(name, [name, value]);
      return made;
    };
    const transient = new PyList([...this.transient]);
    return new PyTuple([dict(this.parameters), dict(this.buffers), transient, dict(this.modules), dict(this.hooks)]);
  }

  override toSave(): Saved | null {
    const value = this.parts();
    return value === null ? null : { kind: 'module', value };
  }
}

/** PyTorch's names of the dicts that hooks are kept in; it keeps both kinds of backward hooks in one. */
export const HOOK_KINDS = [
  '_forward_pre_hooks',
  '_forward_hooks',
  '_backward_hooks',
  '_non_full_backward_hooks',
  '_state_dict_hooks',
  '_load_state_dict_pre_hooks',
  '_load_state_dict_post_hooks',
] as const;
export type HookKind = (typeof HOOK_KINDS)[number];

/** A parameter that is computed at each reading. */
export interface Computed extends Holder {
  value(): Value;
  /** The same of a copy of the module; `copied` gives what stands there for a value. */
  again(copied: (value: Value) => Value): Computed;
}

const invalid = (): PyError => new PyError('RuntimeError', 'invalid file: it holds a module without its parts');

/** Fills a state from what {@link ModuleState.parts} told, which may be anybody's. */
export function fillState(state: ModuleState, value: Value): void {
  const [parameters, buffers, transient, modules, hooks] = value instanceof PyTuple ? value.items : [];
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
  for (const name of transient instanceof PyList ? transient.items : [])
    if (typeof name === 'string') state.transient.add(name);
  if (!(hooks instanceof PyDict)) throw invalid();
  for (const [key, item] of hooks.entries.values()) {
    const kind = HOOK_KINDS.find((known) => known === key);
    if (kind === undefined || !(item instanceof PyDict)) throw invalid();
    state.hooks.set(kind, item);
  }
}

restores('module', (value) => {
  const state = new ModuleState();
  fillState(state, value);
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

/** `self.name = value`, as modules understand it; `plainly` sets what is an attribute as any other. */
export function assign(
  self: PyInstance,
  name: string,
  value: Value,
  plainly: () => void = () => void self.attributes.set(name, value),
): void {
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
  } else plainly();
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
  const kind = HOOK_KINDS.find((known) => known === name);
  if (kind !== undefined && state !== undefined) {
    state.hooks.delete(kind);
    return true;
  }
  return [state?.parameters, state?.buffers, state?.modules, self.attributes].some((map) => map?.delete(name) ?? false);
}

/** What stands under a name, set as an attribute or held. */
export const memberOf = (self: PyInstance, name: string): Value | undefined =>
  self.attributes.get(name) ?? held(self, name);

/** What a layer computes with: its own parameter, what was set in its place, or what is computed. None where there is nothing. */
export function weightOf(self: PyInstance, name: string): Value {
  const own = held(self, name) ?? self.attributes.get(name);
  if (own !== undefined && own !== null) return own;
  return find(self)?.computed.get(name)?.value() ?? null;
}
