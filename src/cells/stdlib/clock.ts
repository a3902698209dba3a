/** What time, datetime and those who need chance are made of. */
import { fn } from '../runtime/builtins/native.ts';
import { Clocks } from '../runtime/clocks.ts';
import { toFloat } from '../runtime/coerce.ts';
import { PyError } from '../runtime/errors.ts';
import type { Value } from '../runtime/values.ts';

const NONE = { least: 0, most: 0 };
/** A year: no clock goes past what dates can say. */
const MOST = 366 * 86400;

export const CLOCK = (): Map<string, Value> =>
  new Map<string, Value>([
    ['now', fn('now', NONE, (_, { parts }) => parts.of(Clocks).now())],
    ['steady', fn('steady', NONE, (_, { parts }) => parts.of(Clocks).steady())],
    ['entropy', fn('entropy', NONE, (_, { parts }) => parts.of(Clocks).entropy())],
    [
      'advance',
      fn('advance', { least: 1, most: 1 }, ([seconds], runtime) => {
        const by = toFloat(runtime, seconds!);
        if (!(by <= MOST)) throw new PyError('OverflowError', 'timestamp too large to convert to C _PyTime_t');
        runtime.parts.of(Clocks).advance(by);
        return null;
      }),
    ],
  ]);
