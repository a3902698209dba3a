/** Whether ops note their gradient rules: torch.no_grad and torch.enable_grad. */

let enabled = true;

export const isGradEnabled = (): boolean => enabled;

/** Switches recording on or off and gives back what it was; pair it with a `finally`. */
export function setGradEnabled(value: boolean): boolean {
  const before = enabled;
  enabled = value;
  return before;
}

function inMode<T>(value: boolean, body: () => T): T {
  const before = setGradEnabled(value);
  try {
    return body();
  } finally {
    enabled = before;
  }
}

export const noGrad = <T>(body: () => T): T => inMode(false, body);
export const enableGrad = <T>(body: () => T): T => inMode(true, body);
