/** Numbers and strings as they are written. */

/** undefined where Python has no such number. */
export function readNumber(text: string): bigint | number | { readonly imaginary: number } | undefined {
  if (/[jJ]$/.test(text)) {
    const digits = text.slice(0, -1).replace(/^0+(?=\d)/, '');
    const part = readNumber(digits);
    return typeof part === 'bigint' || typeof part === 'number' ? { imaginary: Number(part) } : undefined;
  }
  if (/__|_$/.test(text) || /_[.eE]|[.eE]_/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  if (/^0[xX][0-9a-fA-F]+$|^0[oO][0-7]+$|^0[bB][01]+$/.test(plain)) return BigInt(plain.toLowerCase());
  if (/^\d+$/.test(plain)) return /^0+[1-9]/.test(plain) ? undefined : BigInt(plain);
  if (/^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain)) return Number(plain);
  return undefined;
}

export interface StringShape {
  readonly raw: boolean;
  readonly bytes: boolean;
  /** Offsets of the text between the quotes. */
  readonly from: number;
  readonly to: number;
}

/** Prefix and quotes of a string literal that stands at `from`. */
export function shapeOf(text: string, from: number): StringShape {
  const prefix = /^[a-zA-Z]*/.exec(text)![0].toLowerCase();
  const quotes = text.startsWith('"""', prefix.length) || text.startsWith("'''", prefix.length) ? 3 : 1;
  return {
    raw: prefix.includes('r'),
    bytes: prefix.includes('b'),
    from: from + prefix.length + quotes,
    to: from + text.length - quotes,
  };
}

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['\n', ''],
]);

/** The bytes of a bytes literal, a character each. */
export function readBytes(text: string, raw: boolean): string | { readonly problem: string } {
  if ([...text].some((c) => c.charCodeAt(0) > 0x7f))
    return { problem: 'bytes can only contain ASCII literal characters' };
  if (raw) return text;
  const value = readEscapes(text.replace(/\\([NuU])/g, '\\\\$1'));
  if (typeof value !== 'string') return { problem: '(value error) invalid \\x escape' };
  return value;
}

/** What the escapes of an ordinary string stand for. Answers an Error's message where one is malformed. */
export function readEscapes(text: string): string | { readonly problem: string } {
  if (!text.includes('\\')) return text;
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c !== '\\') {
      out += c;
      continue;
    }
    const next = text[++i];
    const simple = SIMPLE.get(next);
    if (simple !== undefined) {
      out += simple;
      continue;
    }
    const rest = text.slice(i);
    const octal = /^[0-7]{1,3}/.exec(rest);
    const hex = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
    if (octal !== null) {
      out += String.fromCodePoint(Number.parseInt(octal[0], 8));
      i += octal[0].length - 1;
    } else if (hex !== null) {
      const code = Number.parseInt(hex[1] ?? hex[2] ?? hex[3], 16);
      if (code > 0x10ffff)
        return { problem: "(unicode error) 'unicodeescape' codec can't decode bytes: illegal Unicode character" };
      out += String.fromCodePoint(code);
      i += hex[0].length - 1;
    } else if (next === 'x' || next === 'u' || next === 'U') {
      return {
        problem: `(unicode error) 'unicodeescape' codec can't decode bytes: truncated \\${next === 'x' ? 'xXX' : next === 'u' ? 'uXXXX' : 'UXXXXXXXX'} escape`,
      };
    } else if (next === 'N') {
      return { problem: '(unicode error) named characters are not supported in cells' };
    } else {
      out += `\\${next ?? ''}`;
    }
  }
  return out;
}
