/** Pictures as files and as arrays of bytes. */
import { isPng, NoPicture, type Pixels, pngSize, readPng } from '../../draw/png-reader.ts';
import { dataOf, empty, type Tensor } from '../../tensor/tensor.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Value } from '../runtime/values.ts';
import { bytesFrom } from '../stdlib/files/whole.ts';

/** Pixels that cost as much as a step. */
const PIXELS_PER_STEP = 50;

/** That so many pixels are gone through. */
export function pixelRoom(width: number, height: number, { budget }: Runtime): void {
  budget.step(1 + Math.floor((width * height) / PIXELS_PER_STEP));
}

/** The picture of a file, by its name or open; `refuse` says what is wrong with it in the words of a library. */
export function pixelsFrom(source: Value, runtime: Runtime, refuse: (why: string) => Error): Pixels {
  const file = bytesFrom(source, runtime);
  if (!isPng(file)) throw refuse('only PNG files are read here');
  try {
    pixelRoom(...pngSize(file), runtime);
    return readPng(file);
  } catch (error) {
    if (error instanceof NoPicture) throw refuse(error.message);
    throw error;
  }
}

/** Rows, columns and, where there are several, channels. */
export function tensorOfPixels({ width, height, channels, data }: Pixels): Tensor {
  const t = empty(channels === 1 ? [height, width] : [height, width, channels], 'uint8');
  (dataOf(t) as Uint8Array).set(data);
  return t;
}

/** As red, green, blue and opacity. */
export function withOpacity({ width, height, channels, data }: Pixels): Uint8Array {
  if (channels === 4) return data;
  const out = new Uint8Array(4 * width * height);
  const color = channels >= 3;
  for (let i = 0; i < width * height; i++) {
    const from = i * channels;
    for (let c = 0; c < 3; c++) out[4 * i + c] = data[color ? from + c : from];
    out[4 * i + 3] = channels === 2 ? data[from + 1] : 255;
  }
  return out;
}
