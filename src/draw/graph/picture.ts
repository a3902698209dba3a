/** Pictures of graphs, by format. */
import { type Boxes, boxesOf } from './boxes.ts';
import { writeDot } from './dot.ts';
import { fold } from './fold.ts';
import { writeMermaid } from './mermaid.ts';
import type { PictureGraph, PictureSettings } from './model.ts';
import { writeSvg } from './svg.ts';
import { writeText } from './text.ts';

export interface PictureFormat {
  readonly mediaType: string;
  /** How the path of such a picture ends. */
  readonly ending: string;
  readonly write: (boxes: Boxes, settings: PictureSettings) => string;
}

export const PICTURE_FORMATS = {
  svg: { mediaType: 'image/svg+xml', ending: 'svg', write: writeSvg },
  dot: { mediaType: 'text/vnd.graphviz', ending: 'dot', write: writeDot },
  mermaid: { mediaType: 'text/vnd.mermaid', ending: 'mmd', write: writeMermaid },
  text: { mediaType: 'text/plain', ending: 'txt', write: writeText },
} as const satisfies Readonly<Record<string, PictureFormat>>;

export type PictureFormatName = keyof typeof PICTURE_FORMATS;

/** Where there are many nodes, repeats and chains are folded. */
export function drawGraph(graph: PictureGraph, format: PictureFormatName, settings: PictureSettings): string {
  const groups = settings.collapse ? fold(graph, settings.tick) : [];
  return PICTURE_FORMATS[format].write(boxesOf(graph, groups, settings.tick), settings);
}
