/** Why ops have no counterpart in ONNX. */
export const WHY_NOT: Readonly<Record<string, string>> = {};
