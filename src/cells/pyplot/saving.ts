/** savefig: pictures as files of the workspace, or written to what is open. */
import { INCH } from '../../draw/figure.ts';
import { pixelsAt, pngOf } from '../../draw/raster.ts';
import { Clocks } from '../runtime/clocks.ts';
import { valueError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Value } from '../runtime/values.ts';
import { Files, type Later } from '../stdlib/files/files.ts';
import { pathOf } from '../stdlib/files/module.ts';
import { isFileObject, writeTo } from '../stdlib/files/whole.ts';
import type { Call } from './arguments.ts';
import { type FigureNative, pictureOf } from './part.ts';
import { Keywords } from './properties.ts';

const FORMATS = ['png', 'svg'];
/** Pixels that cost as much as a step. */
const PIXELS_PER_STEP = 100;

/** A picture on its way to a file: few of those that a loop saves are ever read. */
class SavedPicture implements Later {
  readonly svg: string;
  private readonly format: string;
  private readonly width: number;
  private readonly height: number;
  private readonly scale: number;

  /** `scale`: pixels for each point. */
  constructor(svg: string, format: string, scale: number) {
    const [, width, height] = /^<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg) ?? [];
    this.svg = svg;
    this.format = format;
    this.width = Number(width);
    this.height = Number(height);
    this.scale = scale;
  }

  get weight(): number {
    return this.svg.length;
  }

  get pixels(): number {
    return this.format === 'svg' ? 0 : pixelsAt(this.width, this.height, this.scale);
  }

  bytes(): Uint8Array {
    return this.format === 'svg'
      ? new TextEncoder().encode(this.svg)
      : pngOf(this.svg, this.width, this.height, this.scale);
  }

  references(visit: Visit): void {
    visit(this.svg);
  }
}

export function saveFigure(sheet: FigureNative, { given, rest, interpreter }: Call): Value {
  const runtime = interpreter as Runtime;
  const target = given.fname as Value;
  const k = new Keywords(rest, interpreter);
  const { figure } = sheet;
  const path = isFileObject(target) ? null : pathOf(target, runtime);
  const suffix = path === null ? undefined : /\.(\w+)$/.exec(path)?.[1].toLowerCase();
  const format = (k.text('format') ?? suffix ?? k.settings.text('savefig.format')).toLowerCase();
  if (!FORMATS.includes(format))
    throw valueError(`Format '${format}' is not supported (supported formats: ${FORMATS.join(', ')})`);
  const dpi = k.take('dpi');
  const points = (typeof dpi === 'bigint' ? Number(dpi) : typeof dpi === 'number' ? dpi : figure.dpi) / INCH;
  if (!(points > 0)) throw valueError('dpi must be positive');
  const tight = k.text('bbox_inches') === 'tight';
  const transparent = k.flag(false, 'transparent');
  const face = k.color('facecolor');
  k.take('edgecolor', 'pad_inches', 'orientation', 'bbox_extra_artists', 'metadata', 'backend');
  k.finish('savefig');
  const before = figure.face;
  if (face !== undefined) figure.face = face;
  const svg = pictureOf(figure, interpreter, { whole: !tight, transparent });
  figure.face = before;
  const picture = new SavedPicture(svg, format, points);
  interpreter.budget.step(Math.floor(picture.pixels / PIXELS_PER_STEP));
  if (path === null) writeTo(target, picture.bytes(), runtime);
  else {
    const file = interpreter.parts.of(Files).make(suffix === undefined ? `${path}.${format}` : path, true);
    file.put(picture);
    file.modified = interpreter.parts.of(Clocks).now();
  }
  return null;
}
