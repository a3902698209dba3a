/** What is given to a module under a name: parameters, buffers, children. */
import { Tensor } from '../../tensor/tensor.ts';
import { type PyError, typeError } from '../runtime/errors.ts';
import { raised } from '../runtime/exceptions.ts';
import { quote } from '../runtime/repr.ts';
import type { PyInstance, Value } from '../runtime/values.ts';
import { isParameter } from './parameter.ts';
import { addModule, addParameter, isModule, memberOf, stateOf, torchTypeName } from './state.ts';
import { taking, text } from './taking.ts';

/** Refuses a name that cannot be given to a parameter, buffer or child. */
function checkName(self: PyInstance, what: string, name: string, among: ReadonlyMap<string, unknown>): void {
  const refuse = (message: string): PyError => raised('KeyError', [message], quote(message));
  if (name.includes('.')) throw refuse(`${what} name can't contain "."`);
  if (name === '') throw refuse(`${what} name can't be empty string ""`);
  if (memberOf(self, name) !== undefined && !among.has(name)) throw refuse(`attribute '${name}' already exists`);
}

export const REGISTRATION: readonly [string, Value][] = [
  taking('register_buffer', 'name, tensor, persistent=True', (self, { name, tensor, persistent }) => {
    const key = text(name);
    const state = stateOf(self);
    checkName(self, 'buffer', key, state.buffers);
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw typeError(
        `cannot assign '${torchTypeName(tensor)}' object to buffer '${key}' (torch Tensor or None required)`,
      );
    }
    state.buffers.set(key, tensor);
    if (persistent === false) state.transient.add(key);
    else state.transient.delete(key);
    return null;
  }),
  taking('register_parameter', 'name, param', (self, { name, param }) => {
    const key = text(name);
    checkName(self, 'parameter', key, stateOf(self).parameters);
    if (param !== null && !isParameter(param)) {
      throw typeError(
        `cannot assign '${torchTypeName(param)}' object to parameter '${key}' (torch.nn.Parameter or None required)`,
      );
    }
    addParameter(self, key, param);
    return null;
  }),
  ...['add_module', 'register_module'].map((each) =>
    taking(each, 'name, module', (self, { name, module }) => {
      if (module !== null && !isModule(module)) throw typeError(`${torchTypeName(module)} is not a Module subclass`);
      const key = text(name);
      checkName(self, 'module', key, stateOf(self).modules);
      addModule(self, key, module);
      return null;
    }),
  ),
];
