/** imread and imsave: arrays from pictures and pictures from arrays. */
import type { Mapping } from '../../draw/colormap.ts';
import { png } from '../../draw/png.ts';
import { dataOf, empty } from '../../tensor/tensor.ts';
import { arrayOn } from '../numpy/array.ts';
import { pixelRoom, pixelsFrom, tensorOfPixels } from '../pictures/pixels.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Value } from '../runtime/values.ts';
import { bytesTo } from '../stdlib/files/whole.ts';
import type { Call } from './arguments.ts';
import { mappingOf } from './colors.ts';
import { figuresOf } from './part.ts';
import { type Numbers, numbers } from './read.ts';

/** Of floats from 0 to 1, as matplotlib reads PNG. */
export function imread({ given, interpreter }: Call): Value {
  const refuse = (why: string): PyError => new PyError('ValueError', `cannot read the picture: ${why}`);
  const bytes = tensorOfPixels(pixelsFrom(given.fname as Value, interpreter as Runtime, refuse));
  const out = empty(bytes.shape, 'float32');
  const [from, to] = [dataOf(bytes), dataOf(out) as Float32Array];
  for (let i = 0; i < to.length; i++) to[i] = Number(from[i]) / 255;
  return arrayOn(out);
}

/** A byte of a number from 0 to 1. */
const byteOf = (x: number): number => Math.round(255 * Math.min(1, Math.max(0, x)));

function colored({ values, shape, whole }: Numbers, mapping: Mapping | null, upper: boolean): Uint8Array {
  const [height, width, channels = 1] = shape;
  const pixels = new Uint8Array(4 * width * height);
  const scale = whole === true ? 1 / 255 : 1;
  for (let y = 0; y < height; y++) {
    const row = upper ? y : height - 1 - y;
    for (let x = 0; x < width; x++) {
      const from = (row * width + x) * channels;
      const color = mapping?.at(values[from]);
      for (let c = 0; c < 4; c++)
        pixels[4 * (y * width + x) + c] = byteOf(
          color !== undefined ? color[c] : c < channels ? values[from + c] * scale : 1,
        );
    }
  }
  return pixels;
}

export function imsave({ given, interpreter }: Call): Value {
  const runtime = interpreter as Runtime;
  const found = numbers(given.arr as Value, interpreter);
  const { shape } = found;
  if (shape.length < 2 || shape.length > 3 || (shape.length === 3 && shape[2] !== 3 && shape[2] !== 4))
    throw valueError(`Invalid shape (${shape.join(', ')}) for image data`);
  const format = typeof given.format === 'string' ? given.format : 'png';
  const name = typeof given.fname === 'string' ? /\.(\w+)$/.exec(given.fname)?.[1].toLowerCase() : undefined;
  if ((name ?? format) !== 'png')
    throw valueError(`Format '${name ?? format}' is not supported (supported formats: png)`);
  const { settings } = figuresOf(interpreter);
  const mapping = shape.length === 2 ? mappingOf(given, found.values, settings.text('image.cmap'), interpreter) : null;
  const [height, width] = shape;
  if (height === 0 || width === 0) throw valueError('a picture has at least one pixel');
  pixelRoom(width, height, runtime);
  const pixels = colored(found, mapping, (given.origin ?? settings.text('image.origin')) === 'upper');
  bytesTo(given.fname as Value, png(width, height, pixels), runtime);
  return null;
}
