const WINDOW_MS = 10_000;
const KEPT = 1_000;

/** The median of what the last seconds' reads took. */
export class Latency {
  #samples = [];

  add(ms, count = 1) {
    if (!Number.isFinite(ms)) return;
    this.#samples.push({ ms, count, at: performance.now() });
    if (this.#samples.length > 2 * KEPT) this.#samples.splice(0, KEPT);
  }

  /** @returns {?number} */
  get median() {
    const from = performance.now() - WINDOW_MS;
    this.#samples = this.#samples.filter(({ at }) => at >= from);
    const sorted = this.#samples.toSorted((a, b) => a.ms - b.ms);
    let rest = sorted.reduce((sum, { count }) => sum + count, 0) / 2;
    for (const { ms, count } of sorted) if ((rest -= count) <= 0) return ms;
    return null;
  }
}
