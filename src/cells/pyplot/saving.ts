/** savefig: pictures under names, until there are files to write them to. */

import { INCH } from '../../draw/figure.ts';
import { pngOf } from '../../draw/raster.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import type { Holder, Visit } from '../runtime/holding.ts';
import type { Value } from '../runtime/values.ts';
import type { Call } from './arguments.ts';
import { type FigureNative, pictureOf } from './part.ts';
import { Keywords } from './properties.ts';

const FORMATS = ['png', 'svg'];
const MOST_FILES = 50;
const MOST_CHARACTERS = 32_000_000;

export interface SavedPicture {
  readonly svg: string;
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** Pixels for each point. */
  readonly scale: number;
}

/** What a cell saved, and may show again by its name. */
export class SavedPictures implements Holder {
  private readonly pictures = new Map<string, SavedPicture>();

  put(name: string, picture: SavedPicture): void {
    this.pictures.delete(name);
    let held = picture.svg.length;
    for (const other of this.pictures.values()) held += other.svg.length;
    if (this.pictures.size >= MOST_FILES || held > MOST_CHARACTERS)
      throw new PyError('OSError', `[Errno 28] No space left on device: '${name}'`);
    this.pictures.set(name, picture);
  }

  get(name: string): SavedPicture | undefined {
    return this.pictures.get(name);
  }

  /** The picture as the bytes of its file. */
  bytes(name: string): Uint8Array | undefined {
    const picture = this.pictures.get(name);
    if (picture === undefined) return undefined;
    const { svg, format, width, height, scale } = picture;
    return format === 'svg' ? new TextEncoder().encode(svg) : pngOf(svg, width, height, scale);
  }

  references(visit: Visit): void {
    for (const { svg } of this.pictures.values()) visit(svg);
  }
}

export function saveFigure(sheet: FigureNative, { given, rest, interpreter }: Call): Value {
  const { fname } = given;
  const k = new Keywords(rest, interpreter);
  const { figure } = sheet;
  const name = typeof fname === 'string' ? fname : null;
  if (name === null) throw new PyError('NotImplementedError', 'savefig takes the name of a file here');
  const suffix = /\.(\w+)$/.exec(name)?.[1].toLowerCase();
  const format = k.text('format') ?? suffix ?? k.settings.text('savefig.format');
  if (!FORMATS.includes(format))
    throw valueError(`Format '${format}' is not supported (supported formats: ${FORMATS.join(', ')})`);
  const dpi = k.take('dpi');
  const points = (typeof dpi === 'bigint' ? Number(dpi) : typeof dpi === 'number' ? dpi : figure.dpi) / INCH;
  const tight = k.text('bbox_inches') === 'tight';
  const transparent = k.flag(false, 'transparent');
  const face = k.color('facecolor');
  k.take('edgecolor', 'pad_inches', 'orientation', 'bbox_extra_artists', 'metadata', 'backend');
  k.finish('savefig');
  const before = figure.face;
  if (face !== undefined) figure.face = face;
  const svg = pictureOf(figure, interpreter, { whole: !tight, transparent });
  figure.face = before;
  const [, width, height] = /^<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg) ?? [];
  interpreter.parts.of(SavedPictures).put(suffix === undefined ? `${name}.${format}` : name, {
    svg,
    format,
    width: Number(width),
    height: Number(height),
    scale: points,
  });
  return null;
}
