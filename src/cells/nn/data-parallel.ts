/** torch.nn.DataParallel where there is one device, the CPU: the module itself, under one more name. */

import { typeError } from '../runtime/errors.ts';
import { type PyClass, PyList } from '../runtime/values.ts';
import { defineModule } from './define.ts';
import { addModule, isModule, memberOf, torchTypeName } from './state.ts';

export const dataParallel: PyClass = defineModule({
  name: 'DataParallel',
  takes: 'module, device_ids=None, output_device=None, dim=0',
  hidden: ['module', 'device_ids', 'output_device', 'dim'],
  init(self, { module }, interpreter) {
    if (!isModule(module)) throw typeError(`${torchTypeName(module)} is not a Module subclass`);
    addModule(self, 'module', module);
    interpreter.setAttribute(self, 'device_ids', new PyList([]));
  },
  forward: () => null,
  methods: {
    forward: (self, args, kwargs, interpreter) => interpreter.call(memberOf(self, 'module') ?? null, args, kwargs),
  },
});
