/** What a graph is rendered as: a row for each format. */

import {
  drawDocument,
  PICTURE_FORMATS,
  type PictureFormatName,
  type PictureOptions,
  type Rendered,
} from '../../compute/picture/draw.ts';
import type { GraphSubject } from '../../compute/picture/graph.ts';
import type { Scope } from '../../compute/scope.ts';
import { exportOnnx } from '../../models/onnx/out/export.ts';

export interface RenderOptions extends PictureOptions {
  /** Of ONNX. */
  readonly opset: number;
}

export interface RenderFormat {
  readonly mediaType: string;
  readonly description: string;
  /** Whether few nodes are little work, whatever their sizes and attributes. */
  readonly quick: boolean;
  readonly render: (subject: GraphSubject, options: RenderOptions, scope: Scope) => Rendered;
}

const onnx: RenderFormat = {
  mediaType: 'application/onnx',
  description: 'A model that onnxruntime runs with our numbers',
  // One node may come to thousands, and constants are computed.
  quick: false,
  render: ({ document }, { scope, opset }, { clock, limits }) => {
    const bytes = exportOnnx(document, { scope, opset, maxNodes: limits.maxNodes, tick: clock.tick });
    return { body: Buffer.from(bytes.buffer), elements: 0, mediaType: onnx.mediaType };
  },
};

const picture = (name: PictureFormatName, description: string): RenderFormat => ({
  mediaType: PICTURE_FORMATS[name].mediaType,
  description,
  quick: true,
  render: (subject, options, { clock }) => drawDocument(subject, name, options, clock),
});

export const RENDER_FORMATS = {
  svg: picture('svg', 'A picture'),
  dot: picture('dot', "Graphviz's language"),
  mermaid: picture('mermaid', "Mermaid's language"),
  text: picture('text', 'Lines of text'),
  onnx,
} as const satisfies Readonly<Record<string, RenderFormat>>;

export type RenderFormatName = keyof typeof RENDER_FORMATS;

export const RENDER_FORMAT_NAMES = Object.keys(RENDER_FORMATS) as [RenderFormatName, ...RenderFormatName[]];
