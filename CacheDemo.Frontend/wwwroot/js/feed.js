const URL = '/api/events';
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
/** The API sends a heartbeat every 15 s: a connection that is silent for this long is dead. */
const SILENCE_MS = 45_000;
const WATCH_MS = 5_000;
/** A tab nobody looks at gives its connection back, of which a browser has six for a host. */
const HIDDEN_MS = 30_000;
/** Often enough to look like at once, seldom enough to cost little however much happens. */
const HANDED_ON_MS = 200;
const KEPT = 1_000;

/**
 * @typedef {object} FeedEvent
 * @property {'set' | 'touched' | 'hit' | 'miss' | 'deleted' | 'expired'} type
 * @property {?string} key      null when keys are hidden
 * @property {string} at        ISO
 * @property {?number} ttl      seconds
 * @property {?number} ms       how long the operation took
 * @property {?string} traceId
 * @property {?string} instance
 * @property {?string} reason   of a miss
 * @property {number} count     how many events of its kind it stands for
 */

/** What happens on any API instance, handed on a few times a second however fast it comes. */
export class Feed {
  #heard;
  #changed;
  #source = null;
  #state = 'connecting';
  /** @type {FeedEvent[]} */
  #pending = [];
  #due = false;
  #handedOnAt = -Infinity;
  #away = false;
  #retryTimer = 0;
  #retryMs = FIRST_RETRY_MS;
  #hiddenTimer = 0;
  #lastSign = 0;
  #lastId = '';

  /**
   * @param {(events: FeedEvent[]) => void} heard  the oldest first
   * @param {(state: 'connecting' | 'open' | 'lost') => void} changed
   */
  constructor(heard, changed) {
    this.#heard = heard;
    this.#changed = changed;
  }

  start() {
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.#hiddenTimer);
      if (document.hidden) this.#hiddenTimer = setTimeout(() => this.#close(), HIDDEN_MS);
      else if (!this.#source) this.#open();
    });
    setInterval(() => this.#watch(), WATCH_MS);
    this.#open();
  }

  /** No use knocking while the API is away; when it is back there is no use waiting. */
  set away(value) {
    this.#away = value;
    clearTimeout(this.#retryTimer);
    if (!value && !this.#source) this.#open();
  }

  #open() {
    if (document.hidden) return;
    this.#close();
    this.#lastSign = performance.now();
    const source = this.#source = new EventSource(this.#lastId ? `${URL}?lastEventId=${encodeURIComponent(this.#lastId)}` : URL);
    source.addEventListener('open', () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#become('open');
    });
    source.addEventListener('message', message => {
      this.#lastId = message.lastEventId;
      this.#take(message.data);
    });
    source.addEventListener('heartbeat', () => { this.#lastSign = performance.now(); });
    source.addEventListener('error', () => {
      this.#become('lost');
      // An EventSource tries again by itself, but not after an answer such as 502.
      if (source.readyState === EventSource.CLOSED) this.#retry();
    });
  }

  #close() {
    clearTimeout(this.#retryTimer);
    this.#source?.close();
    this.#source = null;
    if (this.#state === 'open') this.#become('lost');
  }

  #retry() {
    this.#close();
    if (this.#away) return;
    this.#retryTimer = setTimeout(() => this.#open(), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
  }

  #watch() {
    if (this.#state === 'open' && performance.now() - this.#lastSign > SILENCE_MS) this.#open();
  }

  #take(data) {
    this.#lastSign = performance.now();
    const event = parse(data);
    if (!event) return;
    // No frames come while the tab is hidden.
    if (this.#pending.push(event) > KEPT) this.#pending.splice(0, KEPT / 2);
    if (this.#due) return;
    this.#due = true;
    const wait = this.#handedOnAt + HANDED_ON_MS - performance.now();
    if (wait <= 0) this.#handOn();
    else setTimeout(() => this.#handOn(), wait);
  }

  #handOn() {
    requestAnimationFrame(() => {
      this.#due = false;
      this.#handedOnAt = performance.now();
      this.#heard(this.#pending.splice(0));
    });
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#changed(state);
  }
}

/** @returns {?FeedEvent} */
function parse(data) {
  try {
    const event = JSON.parse(data);
    if (typeof event?.type !== 'string') return null;
    event.key ??= null;
    event.count = event.count > 1 ? event.count : 1;
    return event;
  } catch {
    return null;
  }
}
