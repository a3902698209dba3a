/** The parameters that most reductions share. */
import { type Attr, attr, boolean, dtype as dtypeAttr, integer, integerOrList, optionalAttr } from '../params.ts';

/** `dim` and `keepdim` of most reductions. */
export const dimParam = optionalAttr('dim', integerOrList, {
  doc: 'The dimension or dimensions to reduce; all where absent or empty',
});
export const oneDimParam = optionalAttr('dim', integer(), { doc: 'The dimension to reduce; all where absent' });
export const keepdimParam = attr('keepdim', boolean, { default: false, doc: 'Keep reduced dimensions with size 1' });
export const dtypeParam = optionalAttr('dtype', dtypeAttr, { doc: 'The dtype to cast to before the operation' });

/** The dimension that a running sum, product or extremum goes along. */
export const alongParam = attr('dim', integer(), { doc: 'The dimension to go along' });

/** In PyTorch a bool in second place is `unbiased`: `torch.var(x, False)`. */
export const dimOrUnbiased: Attr<number | readonly number[] | boolean> = {
  jsonSchema: { type: ['integer', 'array', 'boolean'], items: { type: 'integer' } },
  read: (value) => (typeof value === 'boolean' ? value : integerOrList.read(value)),
};
