/** What a picture of a graph shows, as plain data: nodes that turn values into values. */

export interface PictureValue {
  readonly name: string;
  readonly dtype?: string;
  /** Undefined where nobody said it. */
  readonly shape?: readonly number[];
  /** Its elements in a few characters, where they are few. */
  readonly data?: string;
  readonly grad?: string;
  readonly requiresGrad: boolean;
  /** What is saved was made by a node that is not shown. */
  readonly role: 'input' | 'constant' | 'saved' | 'made';
  /** Whether it is one of the graph's outputs. */
  readonly output: boolean;
  /** The value whose gradient this one is. */
  readonly gradOf?: string;
}

export interface PictureNode {
  readonly op: string;
  /** All that is no value, in a few characters. */
  readonly attrs: string;
  readonly gradFn?: string;
  /** Places among the values, in the order of the signature. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Whether it is part of the backward pass. */
  readonly back: boolean;
  /** The place of the forward node whose rule it carries out; −1 where none is named. */
  readonly of: number;
}

/** Nodes stand in topological order, those of the backward pass behind all others. */
export interface PictureGraph {
  readonly values: readonly PictureValue[];
  readonly nodes: readonly PictureNode[];
}

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export interface PictureSettings {
  readonly theme: Theme;
  /** Whether repeats and chains become one box where there are many nodes. */
  readonly collapse: boolean;
  /** Called now and then with what was done since; throws where the time is up. */
  readonly tick: () => void;
}

/** From so many nodes on repeats are folded. */
export const MANY_NODES = 300;

/** Characters of one picture. */
export const MOST_TEXT = 2 ** 26;

export class PictureTooLarge extends Error {
  constructor() {
    super(`a picture has at most ${MOST_TEXT} characters`);
  }
}

/** Text that is put together piece by piece, up to as much as a picture may have. */
export class Pieces {
  private readonly parts: string[] = [];
  private length = 0;
  private readonly tick: () => void;

  constructor(tick: () => void) {
    this.tick = tick;
  }

  add(text: string): this {
    this.length += text.length;
    if (this.length > MOST_TEXT) throw new PictureTooLarge();
    this.tick();
    this.parts.push(text);
    return this;
  }

  toString(): string {
    return this.parts.join('');
  }
}

/** What fits in so many characters. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

export const showShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** `float32 [2, 3]`, as far as it is known. */
export const typeOf = ({ dtype, shape }: PictureValue): string =>
  [dtype, shape === undefined ? undefined : showShape(shape)].filter((part) => part !== undefined).join(' ');
