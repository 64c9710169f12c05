const TICK_MS = 250;

/** Calls while the document is seen and there is something to do: the one clock of all countdowns. */
export class Ticker {
  #call;
  #timer = 0;
  #wanted = false;

  constructor(call) {
    this.#call = call;
    document.addEventListener('visibilitychange', () => this.#update());
  }

  set wanted(value) {
    this.#wanted = value;
    this.#update();
  }

  #update() {
    const run = this.#wanted && !document.hidden;
    if (run === (this.#timer !== 0)) return;
    if (run) {
      this.#timer = setInterval(this.#call, TICK_MS);
      this.#call();
    } else {
      clearInterval(this.#timer);
      this.#timer = 0;
    }
  }
}
