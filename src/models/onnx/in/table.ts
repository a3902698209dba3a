/** Every op of ONNX that is read, by name. */
import type { Entry } from './node.ts';
import { control } from './ops/control.ts';
import { convolutions } from './ops/convolutions.ts';
import { creation } from './ops/creation.ts';
import { fourier } from './ops/fourier.ts';
import { indexing } from './ops/indexing.ts';
import { logic } from './ops/logic.ts';
import { losses } from './ops/losses.ts';
import { normalization } from './ops/normalization.ts';
import { pointwise } from './ops/pointwise.ts';
import { pooling } from './ops/pooling.ts';
import { products } from './ops/products.ts';
import { quantization } from './ops/quantized.ts';
import { recurrent } from './ops/recurrent.ts';
import { reductions } from './ops/reductions.ts';
import { resize } from './ops/resize.ts';
import { shapes } from './ops/shapes.ts';

const tables = [
  pointwise,
  logic,
  reductions,
  shapes,
  indexing,
  creation,
  products,
  convolutions,
  pooling,
  normalization,
  losses,
  resize,
  recurrent,
  control,
  quantization,
  fourier,
];

export const entries: ReadonlyMap<string, Entry> = new Map(tables.flatMap((table) => Object.entries(table)));
