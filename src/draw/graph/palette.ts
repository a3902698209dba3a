/** Colours of pictures of graphs, which keep their contrast on light and on dark paper. */

interface Pair {
  readonly fill: string;
  readonly line: string;
}

export interface Palette {
  readonly paper: string;
  readonly ink: string;
  /** Of what is said beside. */
  readonly faint: string;
  readonly wire: string;
  /** Of values that the backward pass reads of the forward one. */
  readonly saved: string;
  readonly node: Pair;
  readonly back: Pair;
  readonly input: Pair;
  readonly parameter: Pair;
  readonly constant: Pair;
}

export const PALETTES: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    paper: '#ffffff',
    ink: '#1f2328',
    faint: '#59636e',
    wire: '#57606a',
    saved: '#0d7d8c',
    node: { fill: '#f3f5f8', line: '#8a94a0' },
    back: { fill: '#fdeee3', line: '#c2591b' },
    input: { fill: '#e3effd', line: '#2f6fbf' },
    parameter: { fill: '#e4f4e4', line: '#2f8a3c' },
    constant: { fill: '#f0ecf8', line: '#8065b5' },
  },
  dark: {
    paper: '#15191f',
    ink: '#e8ecf1',
    faint: '#a3adb8',
    wire: '#93a0ae',
    saved: '#4fc4d3',
    node: { fill: '#252c35', line: '#76828f' },
    back: { fill: '#40291b', line: '#ee9257' },
    input: { fill: '#1b304d', line: '#6aa6f2' },
    parameter: { fill: '#1c3a23', line: '#62c272' },
    constant: { fill: '#30294a', line: '#a78fe0' },
  },
};
