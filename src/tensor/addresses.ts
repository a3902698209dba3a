/**
 * Numbers that stand for the addresses of storages: the same for all that show the same elements, far enough
 * apart for two storages, and none of the machine's own.
 */
import { rootOf, type Storage } from './storage.ts';

const FIRST = 0x5581_0000_0000;
const ALIGNMENT = 64;

let next = FIRST;
const known = new WeakMap<Storage, { address: number; bytes: number }>();

/** Where the elements of a storage of so many bytes are said to begin. */
export function addressOf(storage: Storage, bytes: number): number {
  const root = rootOf(storage);
  const found = known.get(root);
  if (found !== undefined && found.bytes >= bytes) return found.address;
  const address = next;
  next += (Math.floor(bytes / ALIGNMENT) + 1) * ALIGNMENT;
  known.set(root, { address, bytes });
  return address;
}
