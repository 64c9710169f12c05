import * as api from './api.js';
import { plural } from './format.js';
import { globOf, matches } from './glob.js';
import { KeyRow } from './keyRow.js';
import { Ticker } from './ticker.js';

const PAGE = 50;
const COUNT_UP_TO = 1_000;
const REQUESTS_A_WALK = 6;
/** An event of the stream may be so long on its way. */
const TRANSIT_MS = 50;
const ROWS_FROM_FEED = 200;
/** More changes at once than this are not animated. */
const ANIMATED_AT_ONCE = 5;
const FILTER_PAUSE_MS = 200;

const CHANGES = new Set(['set', 'touched', 'deleted', 'expired']);

const byName = new Intl.Collator('en', { numeric: true });

/**
 * The list of keys. Rows keep their place: a key that appears goes on top, "Load more" adds below, and what is
 * there is updated where it stands, so that neither the eye nor the focus loses it.
 */
export class KeyList {
  #section = document.getElementById('keys');
  #list = document.getElementById('keys-list');
  #empty = document.getElementById('keys-empty');
  #more = document.getElementById('keys-more');
  #count = document.getElementById('keys-count');
  #filter = document.getElementById('keys-filter');
  #error = document.getElementById('keys-error');

  /** @type {Map<string, KeyRow>} */
  #rows = new Map();
  /** when a key was deleted here: a scan that began earlier may still list it */
  #deletedAt = new Map();
  #ticker = new Ticker(() => this.#tick());
  #cursor = null;
  #wanted = PAGE;
  #glob = null;
  #loaded = false;
  /** one for each filter, so that answers for an earlier one are dropped */
  #generation = 0;
  /** refreshes and loads follow one another */
  #turn = Promise.resolve();
  #refreshDue = false;
  #paused = false;
  #onView = () => {};
  #filterTimer = 0;

  /** @param {(action: 'get' | 'extend' | 'delete', key: string) => void} act */
  constructor(act) {
    this.#list.addEventListener('click', event => {
      const button = event.target.closest('[data-action]');
      if (!button || button.getAttribute('aria-disabled') === 'true') return;
      act(button.dataset.action, button.closest('[data-key]').dataset.key);
    });
    this.#more.addEventListener('click', () => this.#loadMore());
    this.#filter.addEventListener('input', () => {
      clearTimeout(this.#filterTimer);
      this.#filterTimer = setTimeout(() => this.#applyFilter(), FILTER_PAUSE_MS);
    });
  }

  /** What of the keys is looked at: the stream tells what changes there. */
  get view() {
    return { match: this.#glob, count: Math.min(this.#wanted, COUNT_UP_TO) };
  }

  /** Hears when that changes. */
  set onView(listener) { this.#onView = listener; }

  /**
   * The first page of what is looked at, as it is in Redis now, whoever changed it.
   * @param {{keys: {key: string, ttl: ?number, size: ?number}[], cursor: ?string, age: number}} page  age in seconds
   */
  take({ keys, cursor, age }) {
    const seenAt = performance.now() - age * 1000;
    this.#merge({ found: new Map(keys.map(({ key, ttl, size }) => [key, { ttl, size, seenAt }])), cursor }, seenAt - TRANSIT_MS);
  }

  /** No use asking while Redis or the API is away: the countdowns go on from what was last known. */
  set paused(value) {
    this.#paused = value;
    this.#list.toggleAttribute('data-stale', value);
    if (!value) this.refresh();
    this.#summarise();
  }

  /** A key was set or extended from this page. */
  put(key, ttl, size, at) {
    const row = this.#place(key, ttl);
    if (!row) return;
    if (at > row.toldAt) row.toldAt = at;
    if (size !== undefined) row.size = size;
    row.flash();
    this.#summarise();
  }

  /**
   * What the feed tells, be it done here or elsewhere.
   * @param {import('./feed.js').FeedEvent[]} events
   */
  hear(events) {
    const changes = events.filter(({ type }) => CHANGES.has(type));
    if (changes.length === 0) return;
    const latest = new Map();
    for (const change of changes) {
      const at = Date.parse(change.at) || 0;
      if (change.key !== null && !(latest.get(change.key)?.at > at)) latest.set(change.key, { ...change, at });
    }
    const still = latest.size > ANIMATED_AT_ONCE;
    for (const change of latest.values()) this.#apply(change, still);
    this.#summarise();
  }

  #apply({ type, key, ttl, at }, still) {
    const row = this.#rows.get(key);
    if (row?.toldAt > at) return; // that a key expired may be told after it has been set again
    if (type === 'set' || type === 'touched') {
      if (!row && this.#rows.size >= this.#wanted + ROWS_FROM_FEED) return;
      const placed = this.#place(key, ttl ?? null);
      if (!placed) return;
      placed.toldAt = at;
      if (!still) placed.flash();
    } else {
      this.drop(key, type, still);
    }
  }

  #place(key, ttl) {
    this.#deletedAt.delete(key);
    let row = this.#rows.get(key);
    if (row?.leaving) {
      this.#forget(row);
      row = undefined;
    }
    if (!row && !matches(this.#glob, key)) return null;
    row ??= this.#insert(key, this.#list.firstChild);
    row.touchedAt = performance.now();
    row.sync(ttl, row.touchedAt, true);
    return row;
  }

  /**
   * A key is known to be gone.
   * @param {'expired' | 'deleted'} [why] guessed from the countdown when nobody knows
   */
  drop(key, why, still = false) {
    this.#deletedAt.set(key, performance.now());
    const row = this.#rows.get(key);
    if (row) this.#leave(row, why ?? (row.secondsLeft() < 1 ? 'expired' : 'deleted'), still);
  }

  /** Brings what is loaded up to date. */
  refresh() {
    if (this.#refreshDue || this.#paused || document.hidden) return;
    this.#refreshDue = true;
    this.#inTurn(async () => {
      this.#refreshDue = false;
      const began = performance.now();
      const walk = await this.#walk(null, this.#wanted);
      if (walk) this.#merge(walk, began);
    });
  }

  #inTurn(task) {
    this.#turn = this.#turn.then(task, task);
  }

  /** Follows a scan until it has yielded as many keys as wanted: a page of a scan may be short, even empty. */
  async #walk(cursor, wanted) {
    const found = new Map();
    const [generation, match] = [this.#generation, this.#glob];
    let count = Math.min(wanted, COUNT_UP_TO);
    for (let request = 0; request < REQUESTS_A_WALK; request++) {
      const answer = await api.listKeys({ match, cursor, count });
      if (generation !== this.#generation) return null;
      this.#complain(answer);
      if (!Array.isArray(answer.json?.keys)) return null;

      const seenAt = performance.now();
      for (const { key, ttl, size } of answer.json.keys) found.set(key, { ttl, size, seenAt });
      cursor = answer.json.cursor ?? null;
      if (cursor === null || found.size >= wanted) break;
      // Where few keys match, longer strides; otherwise no more than are missing.
      const sparse = answer.json.keys.length < count / 2;
      count = Math.min(sparse ? 2 * count : Math.max(wanted - found.size, PAGE), COUNT_UP_TO);
    }
    return { found, cursor };
  }

  /** Being away is the banner's to say. */
  #complain({ ok, status, json, statusText }) {
    const words = ok || status === 0 || status > 500 ? '' : `The keys can’t be listed: ${json?.detail ?? statusText}`;
    if (words !== this.#error.textContent) this.#error.textContent = words;
    this.#error.hidden = words === '';
  }

  #merge({ found, cursor }, began) {
    const complete = cursor === null;
    this.#update(found, began, complete && this.#loaded);
    this.#cursor = cursor;
    this.#loaded = true;
    for (const [key, at] of this.#deletedAt) if (at < began) this.#deletedAt.delete(key);

    const missing = [...this.#rows.values()].filter(row =>
      !found.has(row.key) && !row.leaving && row.touchedAt <= began);
    // Of what is beyond the page, nothing is known but that its time is over.
    for (const row of missing) if (complete || row.inDoubt) this.drop(row.key);
    this.#summarise();
  }

  /** @param {boolean} onTop  these keys are new, not merely further down the scan */
  #update(found, began, onTop) {
    const fresh = [];
    for (const [key, { ttl, size, seenAt }] of found) {
      if (this.#deletedAt.get(key) >= began) continue;
      const row = this.#rows.get(key);
      if (!row || row.leaving) fresh.push(key);
      else if (row.touchedAt <= began) {
        row.sync(ttl, seenAt, false);
        row.size = size;
      }
    }
    const before = onTop ? this.#list.firstChild : null;
    for (const key of fresh.sort(byName.compare)) {
      const { ttl, size, seenAt } = found.get(key);
      if (this.#rows.has(key)) this.#forget(this.#rows.get(key));
      const row = this.#insert(key, before?.isConnected ? before : onTop ? this.#list.firstChild : null);
      row.sync(ttl, seenAt, onTop);
      row.size = size;
      if (onTop) row.flash();
    }
  }

  #loadMore() {
    if (this.#more.getAttribute('aria-disabled') === 'true') return;
    this.#more.setAttribute('aria-disabled', 'true');
    this.#inTurn(async () => {
      const [began, last] = [performance.now(), this.#list.lastElementChild];
      const walk = this.#cursor === null ? null : await this.#walk(this.#cursor, PAGE);
      this.#more.removeAttribute('aria-disabled');
      if (!walk) return;

      const focused = document.activeElement === this.#more;
      this.#update(walk.found, began, false);
      this.#cursor = walk.cursor;
      this.#wanted = Math.max(this.#wanted, this.#rows.size);
      this.#onView();
      this.#summarise();
      if (focused && this.#more.hidden) (last?.nextElementSibling?.querySelector('button') ?? this.#section).focus();
    });
  }

  #applyFilter() {
    const glob = globOf(this.#filter.value);
    if (glob === this.#glob) {
      this.refresh();
      return;
    }
    this.#glob = glob;
    this.#generation++;
    this.#wanted = PAGE;
    this.#cursor = null;
    this.#loaded = false;
    for (const row of this.#rows.values()) if (!matches(glob, row.key)) this.#forget(row);
    this.#summarise();
    this.#onView();
    this.refresh();
  }

  #tick() {
    const now = performance.now();
    for (const row of this.#rows.values()) {
      row.tick(now);
      if (row.secondsLeft(now) <= 0) row.inDoubt = true;
    }
  }

  #insert(key, before) {
    const row = new KeyRow(key);
    this.#rows.set(key, row);
    this.#list.insertBefore(row.element, before);
    return row;
  }

  async #leave(row, why, still) {
    if (row.leaving) return;
    const gone = row.leave(why, still);
    this.#summarise();
    await gone;
    if (this.#rows.get(row.key) === row) this.#forget(row);
    this.#summarise();
  }

  #forget(row) {
    // Not to another row's Delete: a key pressed twice would take that one too.
    if (row.element.contains(document.activeElement))
      (row.element.nextElementSibling?.querySelector('[data-action=get]') ?? this.#section).focus();
    row.element.remove();
    this.#rows.delete(row.key);
  }

  #summarise() {
    const count = [...this.#rows.values()].filter(row => !row.leaving).length;
    this.#ticker.wanted = count > 0;
    this.#more.hidden = this.#cursor === null;
    this.#list.hidden = this.#rows.size === 0;
    this.#empty.hidden = !this.#list.hidden;
    this.#empty.textContent = this.#emptyWords();
    const shown = !this.#loaded || count === 0 ? '' : (this.#cursor === null ? '' : 'first ') + plural(count, 'key');
    this.#count.textContent = this.#paused && count > 0 ? `${shown}, as last seen` : shown;
  }

  #emptyWords() {
    if (this.#paused) return 'The keys appear when the cache answers again.';
    if (!this.#loaded) return 'Looking for keys…';
    if (this.#cursor !== null) return 'None among the keys looked at so far.';
    if (this.#glob !== null) return `No key matches ${this.#glob}`;
    return 'No keys. Set one and watch its time run out.';
  }
}
