/** PNG files read: ISO/IEC 15948, without interlacing. */
import { inflateSync } from 'node:zlib';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 2: grey and opacity, 3: red, green, blue, 4: those and opacity. */
  readonly channels: number;
  /** Of each channel; 16 bits are told by their upper eight. */
  readonly data: Uint8Array;
}

/** What is no picture, or none that can be read. */
export class NoPicture extends Error {}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const MOST_PIXELS = 16_000_000;
/** By colour type: channels, and the depths that there are. */
const KINDS: ReadonlyMap<number, { readonly channels: number; readonly depths: readonly number[] }> = new Map([
  [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, depths: [8, 16] }],
  [3, { channels: 1, depths: [1, 2, 4, 8] }],
  [4, { channels: 2, depths: [8, 16] }],
  [6, { channels: 4, depths: [8, 16] }],
]);
const PALETTE = 3;

export const isPng = (file: Uint8Array): boolean => SIGNATURE.every((byte, i) => file[i] === byte);

/** Width and height, as the header has them. */
export function pngSize(file: Uint8Array): [number, number] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (!isPng(file) || file.length < 33) throw new NoPicture('not a PNG file');
  return [view.getUint32(16), view.getUint32(20)];
}

interface Chunks {
  readonly data: Uint8Array;
  readonly palette: Uint8Array;
  readonly opacity: Uint8Array;
}

function chunksOf(file: Uint8Array): Chunks {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const parts: Uint8Array[] = [];
  let palette = new Uint8Array(0);
  let opacity = new Uint8Array(0);
  for (let at = 8; at + 12 <= file.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (at + 12 + length > file.length) throw new NoPicture('image file is truncated');
    const body = file.subarray(at + 8, at + 8 + length);
    if (kind === 'IDAT') parts.push(body);
    else if (kind === 'PLTE') palette = Uint8Array.from(body);
    else if (kind === 'tRNS') opacity = Uint8Array.from(body);
    else if (kind === 'IEND') break;
    at += 12 + length;
  }
  return { data: Buffer.concat(parts), palette, opacity };
}

/** Of left, above and above left, the one that is nearest to what a plane through them gives. */
function nearest(a: number, b: number, c: number): number {
  const [da, db, dc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return da <= db && da <= dc ? a : db <= dc ? b : c;
}

/** Takes the filter of each row away, in place; `step`: bytes of a pixel. */
function unfilter(rows: Uint8Array, height: number, wide: number, step: number): void {
  for (let y = 0; y < height; y++) {
    const at = y * (wide + 1) + 1;
    const kind = rows[at - 1];
    if (kind > 4) throw new NoPicture('a row of the picture has an unknown filter');
    const up = at - wide - 1;
    for (let x = 0; x < wide; x++) {
      const a = x >= step ? rows[at + x - step] : 0;
      const b = y > 0 ? rows[up + x] : 0;
      const c = x >= step && y > 0 ? rows[up + x - step] : 0;
      const more = kind === 0 ? 0 : kind === 1 ? a : kind === 2 ? b : kind === 3 ? (a + b) >> 1 : nearest(a, b, c);
      rows[at + x] += more;
    }
  }
}

export function readPng(file: Uint8Array): Pixels {
  const [width, height] = pngSize(file);
  const [depth, color, , , interlace] = file.subarray(24);
  const kind = KINDS.get(color);
  if (kind === undefined || !kind.depths.includes(depth) || width === 0 || height === 0)
    throw new NoPicture('the header of the PNG file makes no sense');
  if (interlace !== 0) throw new NoPicture('interlaced PNG files are not read here');
  if (width * height > MOST_PIXELS) throw new NoPicture(`a picture of more than ${MOST_PIXELS} pixels`);
  const { data, palette, opacity } = chunksOf(file);
  const wide = Math.ceil((width * kind.channels * depth) / 8);
  const wanted = height * (wide + 1);
  let rows: Uint8Array;
  try {
    rows = inflateSync(data, { maxOutputLength: wanted });
  } catch {
    throw new NoPicture('the data of the PNG file is broken');
  }
  if (rows.length < wanted) throw new NoPicture('image file is truncated');
  unfilter(rows, height, wide, Math.max(1, (kind.channels * depth) / 8));
  const plain = unpacked(rows, width * kind.channels, height, wide, depth, color !== PALETTE);
  if (color !== PALETTE) return { width, height, channels: kind.channels, data: plain };
  const channels = opacity.length > 0 ? 4 : 3;
  const colors = new Uint8Array(width * height * channels);
  plain.forEach((index, i) => {
    for (let c = 0; c < 3; c++) colors[i * channels + c] = palette[3 * index + c] ?? 0;
    if (channels === 4) colors[i * 4 + 3] = opacity[index] ?? 255;
  });
  return { width, height, channels, data: colors };
}

/** A byte for each sample; `stretch`: of a few bits, as much of 255. */
function unpacked(
  rows: Uint8Array,
  samples: number,
  height: number,
  wide: number,
  depth: number,
  stretch: boolean,
): Uint8Array {
  const data = new Uint8Array(samples * height);
  const scale = stretch && depth < 8 ? 255 / (2 ** depth - 1) : 1;
  for (let y = 0; y < height; y++) {
    const at = y * (wide + 1) + 1;
    for (let i = 0; i < samples; i++) {
      const bit = i * depth;
      const byte = rows[at + (bit >> 3)];
      data[y * samples + i] = depth >= 8 ? byte : ((byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1)) * scale;
    }
  }
  return data;
}
