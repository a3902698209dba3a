/**
 * Markup of a client's, made harmless: it is read as text, and what is on a short list of elements and
 * attributes is written anew. Nothing runs, nothing is fetched, nothing leaves the picture.
 */
import { escapeText } from '../../draw/svg.ts';
import { PyError } from '../runtime/errors.ts';

interface Allowed {
  readonly elements: ReadonlySet<string>;
  readonly attributes: ReadonlySet<string>;
  /** Elements that have no end. */
  readonly empty: ReadonlySet<string>;
}

const words = (text: string): Set<string> => new Set(text.split(' '));

const HTML: Allowed = {
  elements: words(
    'a abbr b blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q s samp section small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var',
  ),
  attributes: words(
    'align border cellpadding cellspacing colspan dir height lang rowspan start style title valign width',
  ),
  empty: words('br hr col'),
};

const SVG: Allowed = {
  elements: words(
    'svg g path rect circle ellipse line polyline polygon text tspan defs linearGradient radialGradient stop clipPath title desc',
  ),
  attributes: words(
    'id x y x1 x2 y1 y2 cx cy r rx ry fx fy d points width height viewBox preserveAspectRatio transform fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray stroke-dashoffset stroke-miterlimit opacity color font-family font-size font-style font-weight text-anchor dominant-baseline dx dy rotate offset stop-color stop-opacity gradientUnits gradientTransform spreadMethod clip-path clip-rule style xml:space xmlns version',
  ),
  empty: new Set(),
};

/** Properties of `style`; a value has no parentheses but those of colours. */
const STYLE =
  /^(?:background-color|background|border(?:-(?:top|left|right|bottom|color|style|width|collapse|spacing|radius))?|color|fill|fill-opacity|stroke|stroke-width|stroke-opacity|font(?:-(?:family|size|style|weight))?|height|line-height|margin(?:-(?:top|left|right|bottom))?|max-width|opacity|padding(?:-(?:top|left|right|bottom))?|text-align|text-anchor|text-decoration|vertical-align|white-space|width|display)$/;
const VALUE = /^(?:[\w\s.,#%+-]|(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]*\)|'[\w\s-]*')*$/;
const REFERENCE = /^url\(#[\w-]+\)$/;

/** What stands within these is not text of the document. */
const DROPPED = words(
  'script style iframe object embed template noscript title xmp noembed noframes plaintext textarea select math foreignobject',
);

/** Elements within elements. */
const DEEPEST = 200;
const MOST = 1_000_000;

const ATTRIBUTE = /([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  '#39': "'",
};

const decoded = (text: string): string =>
  text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w{2,6}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });

function attributesOf(text: string, allowed: Allowed, inSvg: boolean): string {
  let out = '';
  const seen = new Set<string>();
  for (const [, name, double, single, bare] of text.matchAll(ATTRIBUTE)) {
    const key = inSvg ? name : name.toLowerCase();
    if (!allowed.attributes.has(key) || seen.has(key)) continue;
    const value = decoded(double ?? single ?? bare ?? '');
    const kept = key === 'style' ? styleOf(value) : keptValue(key, value);
    if (kept === null) continue;
    seen.add(key);
    out += ` ${key}="${escapeText(kept)}"`;
  }
  return out;
}

function keptValue(key: string, value: string): string | null {
  if (key === 'xmlns') return null;
  // A reference leads to the picture itself, or nowhere.
  if (/\(/.test(value) && key !== 'transform' && key !== 'gradientTransform')
    return REFERENCE.test(value.trim()) || /^(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]*\)$/.test(value.trim()) ? value : null;
  return value;
}

function styleOf(style: string): string | null {
  const kept = style.split(';').flatMap((rule) => {
    const at = rule.indexOf(':');
    const name = rule.slice(0, at).trim().toLowerCase();
    const value = rule.slice(at + 1).trim();
    return at > 0 && STYLE.test(name) && VALUE.test(value) ? [`${name}: ${value}`] : [];
  });
  return kept.length === 0 ? null : kept.join('; ');
}

interface Tag {
  readonly end: number;
  /** Empty for what is no element: comments, declarations. */
  readonly name: string;
  readonly closing: boolean;
  readonly attributes: string;
}

const NAME = /[A-Za-z][\w:-]*/y;

/** The tag that begins at a `<`; null where that is only a sign. */
function tagAt(markup: string, from: number, step: (cost: number) => void): Tag | null {
  const nothing = (end: number): Tag => ({
    end: end < 0 ? markup.length : end,
    name: '',
    closing: false,
    attributes: '',
  });
  if (markup.startsWith('<!--', from)) {
    const end = markup.indexOf('-->', from + 4);
    return nothing(end < 0 ? -1 : end + 3);
  }
  const second = markup[from + 1];
  if (second === '!' || second === '?') return nothing(markup.indexOf('>', from) + 1 || -1);
  const closing = second === '/';
  NAME.lastIndex = from + (closing ? 2 : 1);
  const name = NAME.exec(markup)?.[0];
  if (name === undefined) return null;
  const start = NAME.lastIndex;
  let quote = '';
  for (let at = start; at < markup.length; at++) {
    const c = markup[at];
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '<') {
      step(1 + ((at - start) >> 5));
      return null;
    } else if (c === '>') return { end: at + 1, name, closing, attributes: markup.slice(start, at) };
  }
  step(1 + ((markup.length - start) >> 5));
  return null;
}

function clean(markup: string, allowed: Allowed, inSvg: boolean, step: (cost: number) => void): string {
  if (markup.length > MOST) throw new PyError('MemoryError', `markup has at most ${MOST} characters`);
  step(1 + (markup.length >> 4));
  const out: string[] = [];
  const open: string[] = [];
  let dropped: string | null = null;
  let last = 0;
  const text = (to: number): void => {
    if (dropped === null && to > last) out.push(escapeText(decoded(markup.slice(last, to))));
  };
  for (let at = markup.indexOf('<'); at >= 0; at = markup.indexOf('<', at)) {
    const tag = tagAt(markup, at, step);
    if (tag === null) {
      at++;
      continue;
    }
    text(at);
    at = last = tag.end;
    const { closing, attributes } = tag;
    if (tag.name === '') continue;
    const lower = tag.name.toLowerCase();
    const name = inSvg ? tag.name : lower;
    const whole = attributes.endsWith('/');
    if (dropped !== null) {
      if (closing && lower === dropped) dropped = null;
    } else if (!allowed.elements.has(name)) {
      if (!closing && DROPPED.has(lower) && !(inSvg && whole)) dropped = lower;
    } else if (closing) {
      const place = open.lastIndexOf(name);
      if (place < 0) continue;
      while (open.length > place) out.push(`</${open.pop()}>`);
    } else {
      const itself = allowed.empty.has(name) || (inSvg && whole);
      const root = inSvg && name === 'svg' && open.length === 0 ? ' xmlns="http://www.w3.org/2000/svg"' : '';
      out.push(`<${name}${root}${attributesOf(attributes, allowed, inSvg)}${itself ? '/' : ''}>`);
      if (!itself) open.push(name);
      if (open.length > DEEPEST) throw new PyError('MemoryError', `markup is at most ${DEEPEST} elements deep`);
    }
  }
  text(markup.length);
  while (open.length > 0) out.push(`</${open.pop()}>`);
  return out.join('');
}

export const cleanHtml = (markup: string, step: (cost: number) => void): string => clean(markup, HTML, false, step);

/** From `<svg` on; what is no picture is refused. */
export function cleanSvg(markup: string, step: (cost: number) => void): string {
  const at = markup.search(/<svg[\s>]/);
  if (at < 0) throw new PyError('ValueError', 'SVG takes the text of a picture, which begins with <svg');
  const cleaned = clean(markup.slice(at), SVG, true, step);
  const end = cleaned.lastIndexOf('</svg>');
  return cleaned.slice(0, end < 0 ? undefined : end + '</svg>'.length);
}
