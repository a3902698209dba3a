/**
 * Complex tensors: two real tensors, which every op on them is made of. So they are differentiated as those
 * are, and no kernel has to know of them; who is given one and does not know of it refuses it as no tensor.
 */
import { isFloating } from '../../tensor/dtype.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type Quantity, q } from '../distributions/quantity.ts';
import { PyComplex } from '../runtime/complex.ts';
import { type PyError, runtimeError, typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import { PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { makeTensor } from '../torch/construct.ts';
import { typeName } from '../torch/convert.ts';
import { tensorClass } from '../torch/tensor-class.ts';

/** The parts of a complex tensor: of one shape and one floating dtype. */
export class Parts extends Native {
  readonly re: Quantity;
  readonly im: Quantity;
  constructor(re: Quantity, im: Quantity) {
    super();
    this.re = re;
    this.im = im;
  }
  references(visit: Visit): void {
    visit(this.re.t);
    visit(this.im.t);
  }
}

/** torch.Tensor, of complex numbers. */
export const complexClass = new PyClass('Tensor', [tensorClass], new Map<string, Value>([['__module__', 'torch']]));

export const isComplexTensor = (value: Value | undefined): value is PyInstance & { native: Parts } =>
  value instanceof PyInstance && value.native instanceof Parts;

export function complexTensor(re: Quantity, im: Quantity): PyInstance {
  const made = new PyInstance(complexClass);
  made.native = new Parts(re, im);
  return made;
}

export const wrap = ({ re, im }: Parts): PyInstance => complexTensor(re, im);

/** Of float64 parts, complex128. */
export const dtypeName = (parts: Parts): 'complex64' | 'complex128' =>
  parts.re.dtype === 'float64' ? 'complex128' : 'complex64';

export const partDType = (name: string): 'float32' | 'float64' => (name === 'complex128' ? 'float64' : 'float32');

/** In PyTorch's messages. */
export const shownName = (parts: Parts): string =>
  dtypeName(parts) === 'complex128' ? 'ComplexDouble' : 'ComplexFloat';

/** A real tensor as a complex one. */
export function fromReal(t: Tensor, dtype?: 'float32' | 'float64'): Parts {
  const re = q(t).to(dtype ?? (isFloating(t.dtype) ? t.dtype : 'float32'));
  return new Parts(re, re.zeros());
}

/** Any operand as parts; numbers take the dtype of `like`. */
export function partsOf(value: Value, like?: Parts): Parts {
  if (isComplexTensor(value)) return value.native;
  if (value instanceof Tensor) return fromReal(value);
  const dtype = like?.re.dtype ?? 'float32';
  if (value instanceof PyComplex) return new Parts(q(makeTensor(value.real, dtype)), q(makeTensor(value.imag, dtype)));
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return new Parts(q(makeTensor(Number(value), dtype)), q(makeTensor(0, dtype)));
  throw typeError(`expected a Tensor or a number, not ${typeName(value)}`);
}

export const refused = (name: string, parts: Parts): PyError =>
  runtimeError(`"${name}" not implemented for '${shownName(parts)}'`);
