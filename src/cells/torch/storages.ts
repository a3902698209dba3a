/** What `t.storage()` and `t.data_ptr()` give: elements without a shape, and a number for the place where they lie. */
import { bytesOf } from '../../tensor/dtype.ts';
import type { Storage } from '../../tensor/storage.ts';
import { fromStorage, type Tensor } from '../../tensor/tensor.ts';
import { typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import { identityOf } from '../runtime/keys.ts';
import { NativeFunction, PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { native } from './define.ts';
import { self } from './receiver.ts';

/** Places of different storages are so far from each other. */
const APART = 2n ** 32n;

const placeOf = (storage: Storage): bigint => (storage.numel === 0 ? 0n : BigInt(identityOf(storage)) * APART);

class ShownStorage extends Native {
  readonly whole: Tensor;
  constructor(storage: Storage) {
    super();
    this.whole = fromStorage(storage, [storage.numel]);
  }
  references(visit: Visit): void {
    visit(this.whole);
  }
}

const storageClass = new PyClass('_TypedStorage', [], new Map<string, Value>([['__module__', 'torch.storage']]));

function method(
  name: string,
  run: (whole: Tensor, args: readonly Value[], call: (name: string, args: readonly Value[]) => Value) => Value,
): void {
  storageClass.members.set(
    name,
    new NativeFunction(name, ([of, ...args], _, interpreter) => {
      if (!(of instanceof PyInstance) || !(of.native instanceof ShownStorage)) throw typeError('a storage is needed');
      const { whole } = of.native;
      return run(whole, args, (method, given) => interpreter.call(interpreter.getAttribute(whole, method), given));
    }),
  );
}
method('data_ptr', (whole) => placeOf(whole.storage));
for (const name of ['size', '__len__']) method(name, (whole) => BigInt(whole.numel));
method('nbytes', (whole) => BigInt(whole.numel * bytesOf(whole.dtype)));
method('element_size', (whole) => BigInt(bytesOf(whole.dtype)));
method('tolist', (_, __, call) => call('tolist', []));
method('__getitem__', (whole, [index], call) => (index === undefined ? whole : call('__getitem__', [index])));

function storageOf(t: Tensor): PyInstance {
  const instance = new PyInstance(storageClass);
  instance.native = new ShownStorage(t.storage);
  return instance;
}

export const STORAGES: readonly NativeFunction[] = [
  native('data_ptr', 'self', ([t]) => {
    const own = self(t, 'data_ptr');
    return own.numel === 0 ? 0n : placeOf(own.storage) + BigInt(own.offset * bytesOf(own.dtype));
  }),
  native('storage', 'self', ([t]) => storageOf(self(t, 'storage'))),
];
