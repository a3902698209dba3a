/** What keeps models. It is asked asynchronously, so that they may lie anywhere. */
import type { ModelInfo, ModelRecord } from '../record.ts';

/** Whose models: what is one owner's, others do not see. */
export type Owner = string;

export interface StoredModel {
  readonly name: string;
  /** Counted from 1; a name that was deleted begins anew. */
  readonly version: number;
  readonly info: ModelInfo;
}

/** A version with all that belongs to it. */
export interface KeptModel extends StoredModel {
  readonly record: ModelRecord;
}

/** What has to be so for a change to be made: looked at together with the change. */
export interface Condition {
  /** The newest version is one of these, or there is any. */
  readonly match?: '*' | readonly number[];
  /** There is none of that name. */
  readonly absent?: boolean;
}

/** The condition of a change does not hold. */
export class PreconditionFailed extends Error {
  /** The newest version; undefined where there is none. */
  readonly version: number | undefined;
  constructor(name: string, version: number | undefined) {
    super(version === undefined ? `there is no model "${name}"` : `the newest version of "${name}" is ${version}`);
    this.version = version;
  }
}

export interface ModelStore {
  /** The newest version of each model of an owner, by name. */
  list(owner: Owner): Promise<readonly StoredModel[]>;
  /** The newest version, or the one that is named, as long as it is kept. */
  find(owner: Owner, name: string, version?: number): Promise<KeptModel | undefined>;
  /** The same at once, where a store can: it lies in the memory of this process. */
  peek?(owner: Owner, name: string, version?: number): KeptModel | undefined;
  /**
   * Keeps a record as the next version of its name.
   *
   * @throws PreconditionFailed; EngineError `budget` where there is no room for another name, or for so many bytes
   */
  put(owner: Owner, name: string, record: ModelRecord, condition?: Condition): Promise<StoredModel>;
  /** Lets go of all versions; false where there are none. @throws PreconditionFailed */
  delete(owner: Owner, name: string, condition?: Condition): Promise<boolean>;
  /** Refuses, before a body is read, what {@link put} would refuse whatever the record is. */
  check(owner: Owner, name: string, condition?: Condition): Promise<void>;
  /** Bytes of memory that it holds. */
  readonly held: number;
}

/** How much there may be. */
export interface StoreLimits {
  readonly maxModels: number;
  /** Versions of each that are kept. */
  readonly versions: number;
  readonly maxBytes: number;
}

export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** A reference to a model: its name, or one of its versions as `name@3`. */
export function referenceOf(text: string): { readonly name: string; readonly version?: number } | undefined {
  const match = /^([^@]+)(?:@([1-9]\d{0,14}))?$/.exec(text);
  if (match === null || !MODEL_NAME.test(match[1])) return undefined;
  return { name: match[1], version: match[2] === undefined ? undefined : Number(match[2]) };
}

export const byName = (a: StoredModel, b: StoredModel): number => (a.name < b.name ? -1 : 1);

/** @throws PreconditionFailed */
export function checkCondition(name: string, { match, absent }: Condition, version: number | undefined): void {
  const fits = match === undefined || (version !== undefined && (match === '*' || match.includes(version)));
  if (!fits || (absent && version !== undefined)) throw new PreconditionFailed(name, version);
}
