/** The Server-Timing header, as W3C Server Timing has it: `name;dur=ms, name;dur=ms`. */

export function parseServerTiming(header: string): Map<string, number> {
  const durations = new Map<string, number>();
  for (const metric of header.split(',')) {
    const [name, ...params] = metric.split(';').map((part) => part.trim());
    for (const param of params) {
      const [key, value] = param.split('=').map((part) => part.trim());
      if (key === 'dur' && value !== undefined) durations.set(name, Number(value.replaceAll('"', '')));
    }
  }
  return durations;
}

/** Forward and backward together, in ms; undefined where the header does not have forward. */
export function computing(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const durations = parseServerTiming(header);
  const forward = durations.get('forward');
  return forward === undefined ? undefined : forward + (durations.get('backward') ?? 0);
}

export const NO_SERVER_TIMING =
  'forward and backward alone: the answers have no Server-Timing header with a forward entry';
