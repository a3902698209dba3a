/** Models that a thread has read: it reads each once, as long as it is used. */
import type { ModelRecord } from './record.ts';
import { OpenModel } from './request.ts';

/** As many as a thread remembers. */
const MOST = 16;

export class OpenModels {
  private readonly models = new Map<string, OpenModel>();

  open(record: ModelRecord): OpenModel {
    const known = this.models.get(record.uid);
    const model = known ?? new OpenModel(record);
    this.models.delete(record.uid);
    this.models.set(record.uid, model);
    for (const uid of this.models.keys()) {
      if (this.models.size <= MOST) break;
      this.models.delete(uid);
    }
    return model;
  }

  /** Lets go of all: those that were deleted go with them. */
  clear(): void {
    this.models.clear();
  }
}
