/** What PyTorch warns of: computed as asked, and most likely not what was meant. */

export const WARNING_CATEGORIES = ['UserWarning', 'DeprecationWarning', 'FutureWarning', 'RuntimeWarning'] as const;

export type WarningCategory = (typeof WARNING_CATEGORIES)[number];

export type WarningSink = (category: WarningCategory, message: string) => void;

const NOBODY: WarningSink = () => {};
let sink = NOBODY;

/** Tells whoever listens, if anybody does. */
export function warn(message: string, category: WarningCategory = 'UserWarning'): void {
  sink(category, message);
}

/** Runs `body`, and lets `heard` hear its warnings. What `heard` throws is thrown where the warning was given. */
export function withWarnings<T>(heard: WarningSink, body: () => T): T {
  const before = sink;
  sink = heard;
  try {
    return body();
  } finally {
    sink = before;
  }
}
