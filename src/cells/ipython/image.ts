/** IPython.display.Image: a picture file, shown within an SVG of its size. */
import { isPng, NoPicture, pngSize } from '../../draw/png-reader.ts';
import { methodOf, taking } from '../pyplot/arguments.ts';
import { PyBytes } from '../runtime/bytes.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { NativeFunction, PyClass, PyInstance, type Value } from '../runtime/values.ts';
import { bytesFrom } from '../stdlib/files/whole.ts';

class ImageNative extends Native {
  readonly data: Uint8Array;
  readonly svg: string;
  constructor(data: Uint8Array, svg: string) {
    super();
    this.data = data;
    this.svg = svg;
  }
  references(visit: Visit): void {
    visit(this.svg);
    visit.weigh(this.data.length / 64);
  }
}

interface Found {
  readonly mime: string;
  readonly width: number;
  readonly height: number;
}

/** Of JPEG, width and height stand in the frame's header, behind segments of any length. */
function jpegSize(file: Uint8Array): Found | null {
  for (let at = 2; at + 9 < file.length && file[at] === 0xff; at += 2 + ((file[at + 2] << 8) | file[at + 3])) {
    const kind = file[at + 1];
    if (kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind))
      return {
        mime: 'image/jpeg',
        width: (file[at + 7] << 8) | file[at + 8],
        height: (file[at + 5] << 8) | file[at + 6],
      };
  }
  return null;
}

function pictureIn(file: Uint8Array): Found | null {
  try {
    if (isPng(file)) {
      const [width, height] = pngSize(file);
      return { mime: 'image/png', width, height };
    }
  } catch (error) {
    if (error instanceof NoPicture) return null;
    throw error;
  }
  if (file[0] === 0xff && file[1] === 0xd8) return jpegSize(file);
  const gif = file.length > 10 && file[0] === 0x47 && file[1] === 0x49 && file[2] === 0x46;
  return gif ? { mime: 'image/gif', width: file[6] | (file[7] << 8), height: file[8] | (file[9] << 8) } : null;
}

const side = (value: Value | undefined, name: string): number | null => {
  if (value === undefined || value === null) return null;
  const n = Number(value);
  if ((typeof value === 'bigint' || typeof value === 'number') && n > 0 && n < 1e5) return n;
  throw valueError(`${name} of an Image is a number of pixels`);
};

/** A picture file as an SVG of a given size in pixels, or of its own. */
export function svgOfFile(
  file: Uint8Array,
  wide: number | null,
  high: number | null,
  interpreter: Interpreter,
): string {
  const found = pictureIn(file);
  if (found === null || found.width === 0 || found.height === 0)
    throw valueError('Cannot embed the picture: it is neither PNG, JPEG nor GIF');
  (interpreter as Runtime).budget.characters(Math.ceil((file.length * 4) / 3));
  const scale = wide !== null ? wide / found.width : high !== null ? high / found.height : 1;
  const [w, h] = [wide ?? found.width * scale, high ?? found.height * scale];
  const data = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('base64');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}"><image width="${w}" height="${h}" preserveAspectRatio="none" href="data:${found.mime};base64,${data}"/></svg>`;
}

export const imageClass = new PyClass('Image', [], new Map<string, Value>([['__module__', 'IPython.core.display']]));

const takes = taking(
  'Image.__init__',
  'data= url= filename= format= embed= width= height= retina= unconfined= metadata= alt=',
);

imageClass.members.set(
  '__init__',
  new NativeFunction('__init__', ([self, ...args], kwargs, interpreter) => {
    const { given } = takes(args, kwargs, interpreter);
    const { data, filename, url } = given;
    if (url !== undefined && url !== null) throw new PyError('NotImplementedError', 'Image takes no url here');
    const source = filename ?? data ?? null;
    if (source === null) throw valueError('No image data found. Expecting filename, url, or data.');
    if (typeof source === 'string' && /^https?:/.test(source))
      throw new PyError('NotImplementedError', 'Image takes no url here');
    const file = source instanceof PyBytes ? source.data.slice() : bytesFrom(source, interpreter as Runtime);
    const svg = svgOfFile(file, side(given.width, 'width'), side(given.height, 'height'), interpreter);
    if (self instanceof PyInstance) self.native = new ImageNative(file, svg);
    return null;
  }),
);

const receiver = (value: Value | undefined): ImageNative => {
  if (value instanceof PyInstance && value.native instanceof ImageNative) return value.native;
  throw typeError('a method needs an object of its class as its first argument');
};

for (const [name, run] of [
  ['_repr_svg_', (self: ImageNative): Value => self.svg],
  ['__repr__', (): Value => '<IPython.core.display.Image object>'],
] as const)
  imageClass.members.set(name, methodOf('Image', receiver, name, '', run));
