/** torch.save and torch.load: to the files of the workspace, and to files in memory. */

import type { Runtime } from '../runtime/runtime.ts';
import type { NativeFunction } from '../runtime/values.ts';
import { restore, save } from '../stdlib/pickle/module.ts';
import { native } from './define.ts';

export const SAVING: readonly NativeFunction[] = [
  native(
    'save',
    'obj f pickle_module= pickle_protocol= _use_new_zipfile_serialization=',
    ([value, to], interpreter) => {
      save(value, to, interpreter as Runtime);
      return null;
    },
  ),
  native('load', 'f map_location= pickle_module= | weights_only= mmap=', ([from], interpreter) =>
    restore(from, interpreter as Runtime),
  ),
];
