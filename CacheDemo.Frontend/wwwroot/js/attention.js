const SETTLES_MS = 1_000;

/**
 * Knows whether somebody points at what is in an element, or works in it by keyboard: until a second after, nothing in it may
 * move. Focus that a click left behind does not count once the pointer has gone.
 */
export class Attention {
  #changed;
  #pointer = false;
  #focus = false;
  #pressed = false;
  #focusIsOfPointer = false;
  #held = false;
  #timer = 0;
  #reasons = new Set();

  /**
   * @param {HTMLElement} element
   * @param {(held: boolean) => void} changed
   */
  constructor(element, changed) {
    this.#changed = changed;
    element.addEventListener('pointerenter', () => this.#update(() => { this.#pointer = true; }));
    element.addEventListener('pointermove', () => {
      if (!this.#pointer) this.#update(() => { this.#pointer = true; });
    });
    element.addEventListener('pointerdown', () => { this.#pressed = true; });
    for (const end of ['pointerup', 'pointercancel']) window.addEventListener(end, () => { this.#pressed = false; });
    element.addEventListener('pointerleave', () => this.#update(() => {
      this.#pointer = false;
      if (this.#focusIsOfPointer) this.#focus = false;
    }));
    element.addEventListener('focusin', () => this.#update(() => {
      this.#focus = true;
      this.#focusIsOfPointer = this.#pressed;
    }));
    element.addEventListener('keydown', () => this.#update(() => {
      this.#focus = true;
      this.#focusIsOfPointer = false;
    }));
    element.addEventListener('focusout', event => {
      if (!element.contains(event.relatedTarget)) this.#update(() => { this.#focus = false; });
    });
  }

  get held() { return this.#held; }

  /** Something else that needs stillness, such as a question that waits for its answer. */
  hold(reason) { this.#update(() => this.#reasons.add(reason)); }

  release(reason) { this.#update(() => this.#reasons.delete(reason)); }

  #update(change) {
    change();
    clearTimeout(this.#timer);
    if (this.#pointer || this.#focus || this.#reasons.size > 0) this.#become(true);
    else if (this.#held) this.#timer = setTimeout(() => this.#become(false), SETTLES_MS);
  }

  #become(held) {
    if (held === this.#held) return;
    this.#held = held;
    this.#changed(held);
  }
}
