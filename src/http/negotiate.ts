/** Content negotiation by `Accept` (RFC 9110, section 12.5.1). */

interface Range {
  readonly type: string;
  readonly q: number;
}

function rangesOf(accept: string): Range[] {
  return accept.split(',').flatMap((part) => {
    const [type, ...params] = part.split(';').map((text) => text.trim().toLowerCase());
    if (type === '') return [];
    const weight = params.find((param) => param.startsWith('q='))?.slice(2);
    const q = weight === undefined ? 1 : Number(weight);
    return [{ type, q: Number.isNaN(q) ? 0 : q }];
  });
}

/** How closely a range fits a media type: 0 not at all, 3 where it names it. */
function fit(range: string, type: string): number {
  if (range === type) return 3;
  if (range === '*/*') return 1;
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1)) ? 2 : 0;
}

/**
 * The one of `offers` that is wanted most, the first of equals; undefined where none is acceptable.
 *
 * @example
 * negotiate('application/x-npy, *\/*;q=0.1', ['application/json', 'application/x-npy']) // 'application/x-npy'
 */
export function negotiate<T extends string>(accept: string | undefined, offers: readonly T[]): T | undefined {
  if (accept === undefined || accept.trim() === '') return offers[0];
  const ranges = rangesOf(accept);
  let best: T | undefined;
  let bestQ = 0;
  for (const offer of offers) {
    let closest: Range | undefined;
    for (const range of ranges) {
      if (fit(range.type, offer) > (closest === undefined ? 0 : fit(closest.type, offer))) closest = range;
    }
    if (closest !== undefined && closest.q > bestQ) {
      best = offer;
      bestQ = closest.q;
    }
  }
  return best;
}
