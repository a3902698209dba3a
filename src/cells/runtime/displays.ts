/** What a cell shows besides text. */
import { PyError } from './errors.ts';

export interface Display {
  readonly mime: 'image/svg+xml' | 'text/markdown' | 'text/latex' | 'text/html' | 'text/plain';
  readonly data: string;
}

/** Of one cell: pictures, and characters of all of them. */
const MAX_DISPLAYS = 100;
const MAX_CHARACTERS = 8_000_000;

export class Displays {
  readonly shown: Display[] = [];
  private characters = 0;

  add(mime: Display['mime'], data: string): void {
    this.characters += data.length;
    if (this.shown.length >= MAX_DISPLAYS)
      throw new PyError('MemoryError', `a cell shows at most ${MAX_DISPLAYS} pictures`);
    if (this.characters > MAX_CHARACTERS)
      throw new PyError('MemoryError', `what a cell shows has at most ${MAX_CHARACTERS} characters`);
    this.shown.push({ mime, data });
  }

  /** As `clear_output` does. */
  clear(): void {
    this.shown.length = 0;
    this.characters = 0;
  }
}
