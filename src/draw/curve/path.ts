/** Samples as the path of a line, without those that nobody can see. */
import { digits } from '../svg.ts';

type Place = readonly [x: number, y: number];

/** Places that are needed for a line which is nowhere farther than `slack` from the one through all of them. */
function needed(places: readonly Place[], slack: number): Place[] {
  const keep = new Uint8Array(places.length);
  keep[0] = keep[places.length - 1] = 1;
  const open: [number, number][] = [[0, places.length - 1]];
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [from, to] = span;
    const [x0, y0] = places[from];
    const [x1, y1] = places[to];
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    let far = slack;
    let at = -1;
    for (let i = from + 1; i < to; i++) {
      const off = Math.abs((places[i][0] - x0) * (y1 - y0) - (places[i][1] - y0) * (x1 - x0)) / length;
      if (off > far) [far, at] = [off, i];
    }
    if (at < 0) continue;
    keep[at] = 1;
    open.push([from, at], [at, to]);
  }
  return places.filter((_, i) => keep[i] === 1);
}

/** A number that follows a letter or another number. */
const following = (x: number): string => (x < 0 ? digits(x) : ` ${digits(x)}`);
const tenth = (x: number): number => Math.round(x * 10) / 10;

/** The path through these places; where there is no number it is interrupted. */
export function pathThrough(places: readonly Place[], slack: number): string {
  let path = '';
  let run: Place[] = [];
  const close = (): void => {
    if (run.length > 1) {
      const [first, ...rest] = needed(run, slack).map(([x, y]): Place => [tenth(x), tenth(y)]);
      path += `M${digits(first[0])}${following(first[1])}L`;
      path += rest.map(([x, y], i) => `${i === 0 ? digits(x) : following(x)}${following(y)}`).join('');
    }
    run = [];
  };
  for (const place of places) {
    if (Number.isNaN(place[0] + place[1])) close();
    else run.push(place);
  }
  close();
  return path;
}
