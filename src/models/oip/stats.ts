/** How often models were asked, and how long that took: what Triton's clients read as statistics. */

interface Count {
  count: number;
  ns: number;
}

interface Counts {
  readonly success: Count;
  readonly fail: Count;
  readonly queue: Count;
  readonly infer: Count;
  /** In milliseconds since 1970. */
  last: number;
}

const none = (): Count => ({ count: 0, ns: 0 });

/** So many models, or versions of them, are counted: those that were asked first are forgotten past it. */
const MOST = 4000;

export class InferenceStats {
  private readonly counts = new Map<string, Counts>();

  /**
   * @param key of one model, or version of it, whosever it is
   * @param ms that it took as a whole, waited, and computed
   */
  add(key: string, ok: boolean, ms: { total: number; queue: number; infer: number }): void {
    let counts = this.counts.get(key);
    if (counts === undefined) {
      counts = { success: none(), fail: none(), queue: none(), infer: none(), last: 0 };
      this.counts.set(key, counts);
      if (this.counts.size > MOST) this.counts.delete(this.counts.keys().next().value as string);
    }
    const add = (count: Count, value: number): void => {
      count.count++;
      count.ns += Math.round(value * 1e6);
    };
    add(ok ? counts.success : counts.fail, ms.total);
    if (!ok) return;
    add(counts.queue, ms.queue);
    add(counts.infer, ms.infer);
    counts.last = Date.now();
  }

  of(key: string, model: string, version: string): object {
    const counts = this.counts.get(key);
    const { success = none(), fail = none(), queue = none(), infer = none(), last = 0 } = counts ?? {};
    return {
      name: model,
      version,
      last_inference: last,
      inference_count: success.count,
      execution_count: success.count,
      inference_stats: {
        success,
        fail,
        queue,
        compute_input: none(),
        compute_infer: infer,
        compute_output: none(),
        cache_hit: none(),
        cache_miss: none(),
      },
      batch_stats: [],
    };
  }
}
