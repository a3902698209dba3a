/**
 * Models in a directory: a folder for each, a folder in it for each version, with its graph as JSON and its
 * constants as safetensors. What stands there is the truth, so that several processes may share it; a version comes
 * and goes whole, by a rename. Records are read when they are first asked for, and kept in memory as far as it goes.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelInfo, type ModelRecord, sizeOf } from '../record.ts';
import { tooMany, tooMuch } from './memory.ts';
import {
  byName,
  type Condition,
  checkCondition,
  type KeptModel,
  MODEL_NAME,
  type ModelStore,
  type Owner,
  type StoredModel,
  type StoreLimits,
} from './store.ts';

const HEAD = 'model.json';
const GRAPH = 'graph.json';
const CONSTANTS = 'parameters.safetensors';
/** What is only coming or going begins so: no model does. */
const PASSING = '.passing-';

/** What stands beside a version's graph and constants. */
interface Head {
  readonly uid: string;
  /** Bytes of memory that it takes. */
  readonly size: number;
  readonly info: ModelInfo;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
const isGone = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** The whole of a file, in memory that threads share. */
async function readShared(path: string): Promise<Uint8Array<SharedArrayBuffer>> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(new SharedArrayBuffer(size));
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'wx');
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file?.close();
  }
}

export class DirectoryModels implements ModelStore {
  private readonly root: string;
  private readonly limits: StoreLimits;
  /** By uid, the one that was used last at the end. */
  private readonly records = new Map<string, ModelRecord>();
  private readonly reading = new Map<string, Promise<ModelRecord | undefined>>();
  /** Changes are made one after the other. */
  private last: Promise<unknown> = Promise.resolve();
  held = 0;

  constructor(root: string, limits: StoreLimits) {
    this.root = root;
    this.limits = limits;
  }

  async list(owner: Owner): Promise<readonly StoredModel[]> {
    const found: StoredModel[] = [];
    for (const { folder, name, owner: whose } of await this.folders()) {
      if (whose !== owner) continue;
      const version = (await this.versionsOf(folder)).at(-1);
      const head = version === undefined ? undefined : await this.headOf(folder, version);
      if (version !== undefined && head !== undefined) found.push({ name, version, info: head.info });
    }
    return found.sort(byName);
  }

  async find(owner: Owner, name: string, version?: number): Promise<KeptModel | undefined> {
    const folder = this.folderOf(owner, name);
    const versions = await this.versionsOf(folder);
    const wanted = version ?? versions.at(-1);
    if (wanted === undefined || !versions.includes(wanted)) return undefined;
    const head = await this.headOf(folder, wanted);
    const record = head && (await this.recordOf(folder, wanted, head));
    return record && { name, version: wanted, info: record.info, record };
  }

  async check(owner: Owner, name: string, condition: Condition = {}): Promise<void> {
    await this.admit(owner, name, condition);
  }

  put(owner: Owner, name: string, record: ModelRecord, condition: Condition = {}): Promise<StoredModel> {
    return this.inTurn(async () => {
      for (;;) {
        const versions = await this.admit(owner, name, condition);
        const leaving = versions.slice(0, Math.max(0, versions.length + 1 - this.limits.versions));
        await this.checkRoom(record, this.folderOf(owner, name), leaving);
        const version = (versions.at(-1) ?? 0) + 1;
        // Another process may have been sooner.
        if (!(await this.write(owner, name, version, record))) continue;
        for (const old of leaving) await this.letGo(this.folderOf(owner, name), old);
        this.keep(record);
        return { name, version, info: record.info };
      }
    });
  }

  delete(owner: Owner, name: string, condition: Condition = {}): Promise<boolean> {
    return this.inTurn(async () => {
      const folder = this.folderOf(owner, name);
      const versions = await this.versionsOf(folder);
      checkCondition(name, condition, versions.at(-1));
      if (versions.length === 0) return false;
      for (const version of versions) await this.forgetThat(folder, version);
      return this.remove(folder);
    });
  }

  private inTurn<T>(change: () => Promise<T>): Promise<T> {
    const next = this.last.then(change, change);
    this.last = next.catch(() => {});
    return next;
  }

  /** Names have no `@`, so that it sets the owner apart. */
  private folderOf(owner: Owner, name: string): string {
    return join(this.root, owner === '' ? name : `${name}@${owner}`);
  }

  private async folders(): Promise<{ folder: string; name: string; owner: Owner }[]> {
    return (await namesIn(this.root)).flatMap((entry) => {
      const [name, owner = ''] = entry.split('@');
      return MODEL_NAME.test(name) ? [{ folder: join(this.root, entry), name, owner }] : [];
    });
  }

  /** In order. A folder without any is one of no model. */
  private async versionsOf(folder: string): Promise<number[]> {
    const names = await namesIn(folder);
    return names
      .filter((name) => /^[1-9]\d{0,14}$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }

  private async headOf(folder: string, version: number): Promise<Head | undefined> {
    try {
      return JSON.parse(await readFile(join(folder, String(version), HEAD), 'utf8')) as Head;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  private recordOf(folder: string, version: number, head: Head): Promise<ModelRecord | undefined> {
    const known = this.records.get(head.uid);
    if (known !== undefined) {
      this.keep(known);
      return Promise.resolve(known);
    }
    const reading = this.reading.get(head.uid) ?? this.read(join(folder, String(version)), head);
    this.reading.set(head.uid, reading);
    return reading;
  }

  private async read(folder: string, { uid, info }: Head): Promise<ModelRecord | undefined> {
    try {
      const [graph, constants] = await Promise.all([GRAPH, CONSTANTS].map((name) => readShared(join(folder, name))));
      const record = { uid, graph, constants, info };
      this.keep(record);
      return record;
    } catch (error) {
      // It was deleted meanwhile.
      if (isGone(error)) return undefined;
      throw error;
    } finally {
      this.reading.delete(uid);
    }
  }

  /** Notes that a record was used; those that were not for longest leave the memory where it is full. */
  private keep(record: ModelRecord): void {
    this.forget(record.uid);
    this.records.set(record.uid, record);
    this.held += sizeOf(record);
    for (const uid of this.records.keys()) {
      if (this.held <= this.limits.maxBytes || uid === record.uid) break;
      this.forget(uid);
    }
  }

  private async letGo(folder: string, version: number): Promise<void> {
    await this.forgetThat(folder, version);
    await this.remove(join(folder, String(version)));
  }

  private async forgetThat(folder: string, version: number): Promise<void> {
    const head = await this.headOf(folder, version);
    if (head !== undefined) this.forget(head.uid);
  }

  private forget(uid: string): void {
    const record = this.records.get(uid);
    if (record === undefined) return;
    this.records.delete(uid);
    this.held -= sizeOf(record);
  }

  /** The versions that there are, where another one may be put. */
  private async admit(owner: Owner, name: string, condition: Condition): Promise<number[]> {
    const versions = await this.versionsOf(this.folderOf(owner, name));
    checkCondition(name, condition, versions.at(-1));
    if (versions.length > 0) return versions;
    let count = 0;
    for (const { folder } of await this.folders()) if ((await this.versionsOf(folder)).length > 0) count++;
    if (count >= this.limits.maxModels) throw tooMany(this.limits.maxModels);
    return versions;
  }

  private async checkRoom(record: ModelRecord, own: string, leaving: readonly number[]): Promise<void> {
    let bytes = sizeOf(record);
    for (const { folder } of await this.folders()) {
      for (const version of await this.versionsOf(folder)) {
        if (folder === own && leaving.includes(version)) continue;
        bytes += (await this.headOf(folder, version))?.size ?? 0;
      }
    }
    if (bytes > this.limits.maxBytes) throw tooMuch(bytes, this.limits.maxBytes);
  }

  private passing(): string {
    return join(this.root, PASSING + randomUUID());
  }

  /** Writes a version aside, and puts it in its place; false where that is taken. */
  private async write(owner: Owner, name: string, version: number, record: ModelRecord): Promise<boolean> {
    const { uid, graph, constants, info } = record;
    const folder = this.folderOf(owner, name);
    const aside = this.passing();
    try {
      await mkdir(aside, { recursive: true });
      await writeWhole(join(aside, GRAPH), graph);
      await writeWhole(join(aside, CONSTANTS), constants);
      const head: Head = { uid, size: sizeOf(record), info };
      await writeWhole(join(aside, HEAD), JSON.stringify(head));
      await mkdir(folder, { recursive: true });
      await rename(aside, join(folder, String(version)));
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  }

  private async remove(folder: string): Promise<boolean> {
    const aside = this.passing();
    try {
      await rename(folder, aside);
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
    await rm(aside, { recursive: true, force: true });
    return true;
  }
}
