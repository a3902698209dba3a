/** Models in the memory of this process, which go with it. */
import { EngineError } from '../../tensor/errors.ts';
import { type ModelRecord, sizeOf } from '../record.ts';
import {
  byName,
  type Condition,
  checkCondition,
  type KeptModel,
  type ModelStore,
  type Owner,
  type StoredModel,
  type StoreLimits,
} from './store.ts';

export const tooMany = (most: number): EngineError =>
  new EngineError('budget', `there are ${most} models already, which is MAX_MODELS: delete one first`);

export const tooMuch = (bytes: number, most: number): EngineError =>
  new EngineError(
    'budget',
    `all models together would take ${bytes} bytes; at most ${most}, an eighth of the memory, are allowed`,
  );

/** A Map keeps its entries in order: the newest version stands last. */
export class MemoryModels implements ModelStore {
  private readonly owners = new Map<Owner, Map<string, KeptModel[]>>();
  private readonly limits: StoreLimits;
  private count = 0;
  held = 0;

  constructor(limits: StoreLimits) {
    this.limits = limits;
  }

  async list(owner: Owner): Promise<readonly StoredModel[]> {
    const models = [...(this.owners.get(owner)?.values() ?? [])].map((versions) => versions[versions.length - 1]);
    return models.sort(byName);
  }

  async find(owner: Owner, name: string, version?: number): Promise<KeptModel | undefined> {
    return this.peek(owner, name, version);
  }

  peek(owner: Owner, name: string, version?: number): KeptModel | undefined {
    const versions = this.versionsOf(owner, name);
    return version === undefined ? versions.at(-1) : versions.find((one) => one.version === version);
  }

  async check(owner: Owner, name: string, condition: Condition = {}): Promise<void> {
    this.admit(owner, name, condition);
  }

  async put(owner: Owner, name: string, record: ModelRecord, condition: Condition = {}): Promise<StoredModel> {
    this.admit(owner, name, condition);
    const versions = this.versionsOf(owner, name);
    const leaving = versions.slice(0, Math.max(0, versions.length + 1 - this.limits.versions));
    const bytes = this.held + sizeOf(record) - leaving.reduce((n, one) => n + sizeOf(one.record), 0);
    if (bytes > this.limits.maxBytes) throw tooMuch(bytes, this.limits.maxBytes);
    const kept: KeptModel = { name, version: (versions.at(-1)?.version ?? 0) + 1, info: record.info, record };
    if (versions.length === 0) this.count++;
    const models = this.owners.get(owner) ?? new Map<string, KeptModel[]>();
    this.owners.set(owner, models);
    models.set(name, [...versions.slice(leaving.length), kept]);
    this.held = bytes;
    return kept;
  }

  async delete(owner: Owner, name: string, condition: Condition = {}): Promise<boolean> {
    const versions = this.versionsOf(owner, name);
    checkCondition(name, condition, versions.at(-1)?.version);
    if (versions.length === 0) return false;
    this.owners.get(owner)?.delete(name);
    this.count--;
    for (const { record } of versions) this.held -= sizeOf(record);
    return true;
  }

  private versionsOf(owner: Owner, name: string): readonly KeptModel[] {
    return this.owners.get(owner)?.get(name) ?? [];
  }

  private admit(owner: Owner, name: string, condition: Condition): void {
    const newest = this.versionsOf(owner, name).at(-1);
    checkCondition(name, condition, newest?.version);
    if (newest === undefined && this.count >= this.limits.maxModels) throw tooMany(this.limits.maxModels);
  }
}
