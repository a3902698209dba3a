/** Whoever takes much memory at once asks before. */

/** Smaller pieces are not asked for: who looks at the memory now and then sees them. */
const LARGE_BYTES = 4 * 1024 * 1024;

let ask: ((bytes: number) => void) | undefined;

/** Runs `body` with `room` called before much memory is taken; it throws where there is too little. */
export function withRoomAsked<T>(room: (bytes: number) => void, body: () => T): T {
  const before = ask;
  ask = room;
  try {
    return body();
  } finally {
    ask = before;
  }
}

/** Says that so many bytes will be taken. */
export function askForRoom(bytes: number): void {
  if (bytes >= LARGE_BYTES) ask?.(bytes);
}
