const URL = './api/events';
const RETRY_MS = 1_000;
/** The API sends the numbers every 2 s, or at least a heartbeat every 15 s: a connection that is silent for this long is dead. */
const SILENCE_MS = 45_000;
/** Headers come at once where nothing in between keeps them. */
const BUFFERED_MS = 8_000;
const WATCH_MS = 2_000;
/** A tab nobody looks at gives its connection back, of which a browser has six for a host. */
const HIDDEN_MS = 30_000;
/** Often enough to look like at once, seldom enough to cost little however much happens. */
const HANDED_ON_MS = 200;
const KEPT = 1_000;

/**
 * @typedef {object} FeedEvent
 * @property {'set' | 'touched' | 'hit' | 'miss' | 'deleted' | 'expired'} type
 * @property {string} key
 * @property {string} at        ISO
 * @property {?number} ttl      seconds
 * @property {?number} ms       how long the operation took
 * @property {?string} traceId
 * @property {?string} instance
 * @property {?string} reason   of a miss
 * @property {number} count     how many events of its kind it stands for
 */

/**
 * The one event stream: what happens to keys on any API instance, handed on a few times a second however fast it comes, and
 * the named events `stats`, `state` and `keys`.
 */
export class Feed {
  #heard;
  #changed;
  #named;
  #view = () => ({});
  #source = null;
  #state = 'connecting';
  /** @type {FeedEvent[]} */
  #pending = [];
  #due = false;
  #handedOnAt = -Infinity;
  #locked = false;
  #retryTimer = 0;
  #hiddenTimer = 0;
  #lastSign = 0;
  #lastId = '';

  /**
   * @param {(events: FeedEvent[]) => void} heard  the oldest first
   * @param {(state: 'connecting' | 'open' | 'lost' | 'buffered') => void} changed
   * @param {{stats: (data: any) => void, state: (data: any) => void, keys: (data: any) => void}} named
   */
  constructor(heard, changed, named) {
    this.#heard = heard;
    this.#changed = changed;
    this.#named = named;
  }

  /** What the viewer looks at, as `{match, count}`: asked at every connection. */
  set view(value) { this.#view = value; }

  /** Connects anew, as when the viewer looks at something else. */
  reopen() {
    if (this.#source) this.#open();
  }

  start() {
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.#hiddenTimer);
      if (document.hidden) this.#hiddenTimer = setTimeout(() => this.#close(), HIDDEN_MS);
      else if (!this.#source) this.#open();
    });
    window.addEventListener('online', () => this.#open());
    window.addEventListener('offline', () => this.#close());
    setInterval(() => this.#watch(), WATCH_MS);
    this.#open();
  }

  /** While one has to sign in, there is no stream, also none from before. */
  set locked(value) {
    this.#locked = value;
    if (value) this.#close();
    else if (!this.#source) this.#open();
  }

  #open() {
    if (document.hidden || this.#locked || !navigator.onLine) return;
    const wasOpen = this.#state === 'open';
    this.#drop();
    this.#lastSign = performance.now();
    const source = this.#source = new EventSource(this.#url());
    source.addEventListener('open', () => this.#become('open'));
    source.addEventListener('message', message => {
      this.#lastId = message.lastEventId;
      this.#take(message.data);
    });
    for (const name of Object.keys(this.#named)) {
      source.addEventListener(name, message => {
        this.#lastId = message.lastEventId || this.#lastId;
        this.#lastSign = performance.now();
        const data = parseJson(message.data);
        if (data) this.#named[name](data);
      });
    }
    source.addEventListener('heartbeat', () => { this.#lastSign = performance.now(); });
    source.addEventListener('error', () => {
      // An EventSource tries again by itself, but late, and not after an answer such as 502.
      this.#drop();
      this.#retryTimer = setTimeout(() => this.#open(), RETRY_MS);
      this.#state = 'lost';
      this.#changed('lost'); // each time: why may have changed
    });
    if (!wasOpen && this.#state !== 'lost') this.#become('connecting');
  }

  #url() {
    const query = Object.entries({ lastEventId: this.#lastId || null, ...this.#view() })
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => `${name}=${encodeURIComponent(String(value).toWellFormed())}`);
    return query.length > 0 ? `${URL}?${query.join('&')}` : URL;
  }

  #drop() {
    clearTimeout(this.#retryTimer);
    this.#source?.close();
    this.#source = null;
  }

  #close() {
    this.#drop();
    this.#become('lost');
  }

  #watch() {
    const silent = performance.now() - this.#lastSign;
    if (this.#state === 'open' && silent > SILENCE_MS) this.#open();
    if (this.#source?.readyState === EventSource.CONNECTING && silent > BUFFERED_MS) this.#become('buffered');
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
  const event = parseJson(data);
  if (typeof event?.type !== 'string') return null;
  event.count = event.count > 1 ? event.count : 1;
  return event;
}

function parseJson(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
