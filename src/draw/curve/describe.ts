/** A curve in words: what a screen reader says. */
import type { CurveData, CurvePicture, SideOf } from './picture.ts';

const number = (x: number): string => {
  if (Number.isNaN(x)) return 'no number';
  if (!Number.isFinite(x)) return x > 0 ? 'infinity' : 'minus infinity';
  return String(Number(x.toPrecision(4))).replace('-', '−');
};

const slope = (at: SideOf): string => (at === null ? 'none' : number(at.dy));

function breakText({ x, kind, series, left, right, value }: CurveData['breaks'][number]): string {
  const where = `At x = ${number(x)}${series === undefined ? '' : ` ${series}`}`;
  const taken = value === null ? '' : `; PyTorch takes ${number(kind === 'kink' ? value.dy : value.y)} there`;
  if (kind === 'kink')
    return `${where} has a kink: the slope is ${slope(left)} on the left and ${slope(right)} on the right${taken}, by convention.`;
  if (kind === 'jump')
    return `${where} jumps from ${number(left?.y ?? Number.NaN)} to ${number(right?.y ?? Number.NaN)}${taken}.`;
  if (kind === 'pole') return `${where} has a pole.`;
  return `${where} the domain ends${value === null ? '' : `, with the value ${number(value.y)}`}.`;
}

/** More of them help nobody. */
const MOST = 12;

export function describe({ call, from, to, series, breaks }: CurvePicture): string {
  const runs = series.slice(0, MOST).flatMap(({ name, pieces }) => {
    const [first, last] = [pieces[0], pieces.at(-1)];
    if (first === undefined || last === undefined) return [`${name} has no values here.`];
    const [a, b] = [first.x.length > 0 ? 0 : -1, last.x.length - 1];
    return [
      `${name} goes from ${number(first.y[a])} at x = ${number(first.x[a])} to ${number(last.y[b])} at x = ${number(last.x[b])}.`,
    ];
  });
  const told = breaks
    .slice(0, MOST)
    .map((one) => breakText(one).replace(/^(At x = \S+) (has|jumps)/, '$1 the curve $2'));
  return [`${call} for x from ${number(from)} to ${number(to)}, above its derivative.`, ...runs, ...told].join(' ');
}
