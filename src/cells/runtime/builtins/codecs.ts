/** Text as bytes and back. */
import { PyBytes } from '../bytes.ts';
import { PyError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { Value } from '../values.ts';

type Codec = 'utf-8' | 'ascii' | 'latin-1' | 'utf-16';

function codecOf(name: Value): Codec {
  const plain = String(name).toLowerCase().replace(/[-_ ]/g, '');
  if (plain === 'utf8' || plain === 'utf8sig') return 'utf-8';
  if (plain === 'ascii' || plain === 'usascii') return 'ascii';
  if (plain === 'latin1' || plain === 'iso88591' || plain === 'cp1252') return 'latin-1';
  if (plain === 'utf16') return 'utf-16';
  throw new PyError('LookupError', `unknown encoding: ${name}`);
}

export function encodeText(text: string, encoding: Value, errors: Value, runtime: Runtime): PyBytes {
  runtime.budget.characters(text.length);
  const codec = codecOf(encoding);
  if (codec === 'utf-8') return new PyBytes(Uint8Array.from(Buffer.from(text, 'utf8')));
  if (codec === 'utf-16') return new PyBytes(Uint8Array.from(Buffer.from(`\ufeff${text}`, 'utf16le')));
  const most = codec === 'ascii' ? 127 : 255;
  let out = '';
  let at = 0;
  for (const c of text) {
    const code = c.codePointAt(0)!;
    if (code <= most) out += c;
    else if (errors === 'replace') out += '?';
    else if (errors !== 'ignore')
      throw new PyError(
        'UnicodeEncodeError',
        `'${codec}' codec can't encode character '\\u${code.toString(16).padStart(4, '0')}' in position ${at}: ordinal not in range(${most + 1})`,
      );
    at++;
  }
  return PyBytes.of(out);
}

export function decodeBytes(bytes: PyBytes, encoding: Value, errors: Value, runtime: Runtime): string {
  runtime.budget.characters(bytes.data.length);
  const codec = codecOf(encoding);
  if (codec === 'latin-1') return bytes.text;
  if (codec === 'utf-16') return new TextDecoder('utf-16le').decode(bytes.data);
  if (codec === 'utf-8') {
    try {
      const text = new TextDecoder('utf-8', {
        fatal: errors !== 'replace' && errors !== 'ignore',
        ignoreBOM: true,
      }).decode(bytes.data);
      return errors === 'ignore' ? text.replaceAll('\ufffd', '') : text;
    } catch {
      const at = firstBad(bytes.data);
      throw new PyError(
        'UnicodeDecodeError',
        `'utf-8' codec can't decode byte 0x${bytes.data[at].toString(16).padStart(2, '0')} in position ${at}: invalid start byte`,
      );
    }
  }
  const bad = bytes.data.findIndex((byte) => byte > 127);
  if (bad < 0) return bytes.text;
  if (errors === 'ignore') return bytes.text.replace(/[\x80-\xff]/g, '');
  if (errors === 'replace') return bytes.text.replace(/[\x80-\xff]/g, '\ufffd');
  throw new PyError(
    'UnicodeDecodeError',
    `'ascii' codec can't decode byte 0x${bytes.data[bad].toString(16)} in position ${bad}: ordinal not in range(128)`,
  );
}

/** The first byte that is no part of a character. */
function firstBad(data: Uint8Array): number {
  for (let i = 0; i < data.length; ) {
    const lead = data[i];
    const size =
      lead < 0x80
        ? 1
        : lead >= 0xc2 && lead < 0xe0
          ? 2
          : lead >= 0xe0 && lead < 0xf0
            ? 3
            : lead >= 0xf0 && lead < 0xf5
              ? 4
              : 0;
    if (size === 0) return i;
    for (let k = 1; k < size; k++) if (i + k >= data.length || (data[i + k] & 0xc0) !== 0x80) return i;
    i += size;
  }
  return 0;
}
