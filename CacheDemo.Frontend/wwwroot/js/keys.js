import { announceExpired, announceKeys } from './announce.js';
import * as api from './api.js';
import { Attention } from './attention.js';
import { plural, shorten } from './format.js';
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
/** Where more rows than this come and go in a second, the list does not move. */
const MOVES_A_SECOND = 5;
/** It moves again after so many seconds in which fewer did. */
const CALM_SECONDS = 2;
const FILTER_PAUSE_MS = 200;
/** A double click is no answer to whether to delete. */
const DOUBLE_CLICK_MS = 500;

const CHANGES = new Set(['set', 'touched', 'deleted', 'expired']);

const byName = new Intl.Collator('en', { numeric: true });

/**
 * The list of keys. Rows keep their place: a key that appears goes on top, "Load more" adds below, and what is there is updated
 * where it stands. While somebody points at it or has the focus in it, or much goes on, it does not move at all: keys that are
 * gone stay, struck through, and new ones wait until it is left alone, or are asked for.
 */
export class KeyList {
  #section = document.getElementById('keys');
  #list = document.getElementById('keys-list');
  #empty = document.getElementById('keys-empty');
  #more = document.getElementById('keys-more');
  #new = document.getElementById('keys-new');
  #count = document.getElementById('keys-count');
  #filter = document.getElementById('keys-filter');
  #error = document.getElementById('keys-error');

  /** @type {Map<string, KeyRow>} */
  #rows = new Map();
  /** when a key was deleted here: a scan that began earlier may still list it */
  #deletedAt = new Map();
  #attention = new Attention(this.#list, () => this.#settle());
  #ticker = new Ticker(() => this.#tick());
  /** the rows in view, which alone are written to */
  #inView = new Set();
  #view = new IntersectionObserver(entries => this.#see(entries));
  #moves = 0;
  #movesSince = 0;
  #calmSeconds = 0;
  #busy = false;
  #cursor = null;
  /** about how many keys match, null where nobody has counted */
  #total = null;
  #wanted = PAGE;
  #glob = null;
  #loaded = false;
  /** when the listing of these keys began */
  #listedAt = -Infinity;
  #filtered = false;
  /** one for each filter, so that answers for an earlier one are dropped */
  #generation = 0;
  /** refreshes and loads follow one another */
  #turn = Promise.resolve();
  /** a refresh that has not begun yet */
  #refreshing = null;
  #paused = false;
  /** when the last of the keys that were there at the last pause reaches its end */
  #lastsUntil = -Infinity;
  #stale = false;
  #askedAt = -Infinity;
  /** the row whose Get was answered last */
  #answered = null;
  #onView = () => {};
  #onNew = () => {};
  #filterTimer = 0;

  /** @param {(action: 'get' | 'extend' | 'delete', key: string, row: KeyRow) => void} act */
  constructor(act) {
    this.#list.addEventListener('click', event => {
      const button = event.target.closest('[data-action]');
      if (!button || button.getAttribute('aria-disabled') === 'true') return;
      const row = this.#rows.get(button.closest('[data-key]').dataset.key);
      if (button.dataset.action === 'delete' && !this.#confirmed(row, event)) return;
      act(button.dataset.action, row.key, row);
    });
    this.#list.addEventListener('keydown', event => {
      // A key that is held down is no answer either.
      if (event.repeat && ['Enter', ' '].includes(event.key)) event.preventDefault();
    });
    this.#more.addEventListener('click', () => this.#loadMore());
    this.#new.addEventListener('click', () => this.#showNew());
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

  /** Hears of each key that was not there before. */
  set onNew(listener) { this.#onNew = listener; }

  /** Whether a key that was there when the last pause began has not reached its end. */
  get hadKeys() { return this.#lastsUntil > performance.now(); }

  /**
   * The first page of what is looked at, as it is in Redis now, whoever changed it.
   * @param {object} page
   * @param {{key: string, ttl: ?number, originalTtl: ?number, size: ?number}[]} page.keys
   * @param {?string} page.cursor
   * @param {?number} page.total  about how many keys match
   * @param {number} page.age     seconds
   */
  take({ keys, cursor, total, age }) {
    const seenAt = performance.now() - age * 1000;
    const found = new Map(keys.map(({ key, ...entry }) => [key, { ...entry, seenAt }]));
    this.#total = total ?? null;
    this.#merge({ found, cursor }, seenAt - TRANSIT_MS);
  }

  /** No use asking while Redis or the API is away: the countdowns go on from what was last known. */
  set paused(value) {
    this.#paused = value;
    // What the stream tells before the pause is over is of a Redis that has come back.
    if (value) this.#lastsUntil = this.#endOfAll();
    this.#list.toggleAttribute('data-stale', value);
    if (!value) this.refresh();
    this.#summarise();
  }

  /** When the last of the keys reaches its end. */
  #endOfAll() {
    const present = [...this.#rows.values()].filter(row => !row.gone);
    return Math.max(...present.map(row => performance.now() + row.secondsLeft() * 1000));
  }

  /** Whether what others change is not told of for now. */
  set stale(value) {
    this.#stale = value;
    this.#summarise();
  }

  /** A key was set or extended from this page. */
  put(key, ttl, size, at) {
    const row = this.#sync(key, ttl, this.#attention.held);
    if (!row) return;
    if (at > row.toldAt) row.toldAt = at;
    if (size !== undefined) row.size = size;
    row.flash();
    this.#summarise();
  }

  /** What a Get of a row's key answered stands under the row. Of several, the latest stays when the list is left alone. */
  answer(row, text) {
    row.answer = text;
    this.#answered = row;
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
      if (!(latest.get(change.key)?.at > at)) latest.set(change.key, { ...change, at });
    }
    const quiet = latest.size <= ANIMATED_AT_ONCE;
    if (latest.size > MOVES_A_SECOND) this.#becomeBusy();
    for (const change of latest.values()) this.#apply(change, quiet);
    this.#summarise();
  }

  #apply({ type, key, ttl, at }, quiet) {
    const row = this.#rows.get(key);
    if (row?.toldAt > at) return; // that a key expired may be told after it has been set again
    if (type === 'set' || type === 'touched') {
      if (!row && this.#rows.size >= this.#wanted + ROWS_FROM_FEED) return;
      const synced = this.#sync(key, ttl ?? null, this.#isStill);
      if (!synced) return;
      synced.toldAt = at;
      if (quiet) synced.flash();
    } else {
      this.drop(key, type);
    }
  }

  #sync(key, ttl, waits) {
    this.#deletedAt.delete(key);
    let row = this.#rows.get(key);
    if (!row && !matches(this.#glob, key)) return null;
    if (!row) {
      row = this.#add(key);
      this.#onNew(key);
      this.#moved();
      if (!waits) this.#place(row, this.#list.firstChild);
    }
    row.touchedAt = performance.now();
    row.sync(ttl, row.touchedAt, ttl);
    return row;
  }

  /**
   * A key is known to be gone.
   * @param {'expired' | 'deleted'} [why] guessed from the countdown when nobody knows
   */
  drop(key, why) {
    this.#deletedAt.set(key, performance.now());
    const row = this.#rows.get(key);
    if (!row || row.gone) return;
    if (!row.placed) {
      this.#rows.delete(key);
      return;
    }
    row.leave(why ?? (row.secondsLeft() < 1 ? 'expired' : 'deleted'));
    if (why === 'expired') announceExpired(shorten(key));
    this.#moved();
    this.#sweep();
  }

  /**
   * Brings what is loaded up to date.
   * @returns {Promise<?boolean>} whether Redis holds no keys at all, null where that could not be read
   */
  refresh() {
    if (this.#paused || document.hidden) return Promise.resolve(null);
    return this.#refreshing ??= this.#inTurn(async () => {
      this.#refreshing = null;
      const began = performance.now();
      const walk = await this.#walk(null, this.#wanted);
      if (!walk) return null;
      this.#listedAt = began;
      this.#merge(walk, began);
      return this.#glob === null && walk.cursor === null && walk.found.size === 0;
    });
  }

  #inTurn(task) {
    this.#list.ariaBusy = 'true';
    const turn = this.#turn.then(task, task);
    const end = () => { if (this.#turn === turn) this.#list.ariaBusy = 'false'; };
    turn.then(end, end);
    return this.#turn = turn;
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
      for (const { key, ...entry } of answer.json.keys) found.set(key, { ...entry, seenAt });
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
    // The API reads a page for all viewers: to one that has just come it may be older than what is listed here.
    this.#update(found, began, complete && this.#loaded && began >= this.#listedAt);
    this.#cursor = cursor;
    this.#loaded = true;
    for (const [key, at] of this.#deletedAt) if (at < began) this.#deletedAt.delete(key);

    const missing = [...this.#rows.values()].filter(row => !found.has(row.key) && !row.gone && row.touchedAt <= began);
    // Of what is beyond the page, nothing is known but that its time is over.
    for (const row of missing) if (complete || row.inDoubt) this.drop(row.key);
    this.#summarise();
    if (!this.#filtered) return;
    this.#filtered = false;
    announceKeys(this.#living === 0 ? this.#emptyWords() : `${this.#countWords()} ${this.#glob === null ? 'in all' : 'match'}.`);
  }

  /** @param {boolean} onTop  these keys are new, not merely further down the scan */
  #update(found, began, onTop) {
    const fresh = [];
    for (const [key, { ttl, originalTtl, size, seenAt }] of found) {
      if (this.#deletedAt.get(key) >= began) continue;
      const row = this.#rows.get(key);
      if (!row) fresh.push(key);
      else if (row.touchedAt <= began) {
        row.sync(ttl, seenAt, originalTtl);
        row.size = size;
      }
    }
    fresh.sort(byName.compare);
    if (onTop) fresh.reverse();
    for (const key of fresh) {
      const { ttl, originalTtl, size, seenAt } = found.get(key);
      const row = this.#add(key);
      if (onTop) this.#onNew(key);
      if (!onTop || !this.#isStill) this.#place(row, onTop ? this.#list.firstChild : null);
      row.sync(ttl, seenAt, originalTtl);
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
      last?.nextElementSibling?.scrollIntoView({ block: 'nearest' });
      announceKeys(this.#countWords());
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
    this.#total = null;
    this.#loaded = false;
    this.#filtered = true;
    for (const row of this.#rows.values()) if (!matches(glob, row.key)) this.#forget(row);
    this.#summarise();
    this.#onView();
    this.refresh();
  }

  #confirmed(row, { detail }) {
    const now = performance.now();
    // However late the page comes to the second click.
    if (detail === 2 || (detail > 2 && now - this.#askedAt < DOUBLE_CLICK_MS)) return false;
    const confirmed = row.confirmed(asking => {
      if (asking) this.#attention.hold(row);
      else this.#attention.release(row);
    });
    if (confirmed) return true;
    this.#askedAt = now;
    announceKeys(`Press Delete once more to delete ${shorten(row.key)}.`);
    return false;
  }

  #see(entries) {
    const now = performance.now();
    for (const { target, isIntersecting } of entries) {
      const row = this.#rows.get(target.dataset.key);
      if (row?.element !== target) continue;
      if (isIntersecting) {
        this.#inView.add(row);
        row.tick(now);
      } else {
        this.#inView.delete(row);
      }
    }
  }

  #tick() {
    const now = performance.now();
    for (const row of this.#inView) row.tick(now);
    for (const row of this.#rows.values()) if (row.secondsLeft(now) <= 0) row.inDoubt = true;
    this.#countMoves(now);
    this.#sweep();
  }

  get #isStill() { return this.#attention.held || this.#busy; }

  #moved() {
    if (++this.#moves > MOVES_A_SECOND) this.#becomeBusy();
  }

  #becomeBusy() {
    this.#busy = true;
    this.#calmSeconds = 0;
  }

  #countMoves(now) {
    if (now - this.#movesSince < 1_000) return;
    this.#calmSeconds = this.#moves > MOVES_A_SECOND ? 0 : this.#calmSeconds + 1;
    [this.#moves, this.#movesSince] = [0, now];
    if (!this.#busy || this.#calmSeconds < CALM_SECONDS) return;
    this.#busy = false;
    this.#settle();
  }

  /** Shows what has come meanwhile and takes away what is gone, unless the list is to be still. */
  #settle() {
    if (this.#attention.held) {
      for (const row of this.#rows.values()) row.stay();
    } else if (!this.#busy) {
      this.#placeWaiting();
      this.#closeAnswers();
    }
    this.#sweep();
    this.#summarise();
  }

  #showNew() {
    const focused = document.activeElement === this.#new;
    this.#placeWaiting();
    this.#list.parentElement.scrollTop = 0;
    this.#summarise();
    if (focused) this.#section.focus({ preventScroll: true });
  }

  #placeWaiting() {
    for (const row of this.#rows.values()) if (!row.placed) this.#place(row, this.#list.firstChild);
  }

  #closeAnswers() {
    for (const row of this.#rows.values()) if (row !== this.#answered) row.answer = null;
  }

  /** Takes rows of keys that are gone away; where much goes on, others take their places, so that nothing moves. */
  #sweep() {
    if (this.#attention.held) return;
    const now = performance.now();
    const done = [...this.#rows.values()].filter(row => row.gone && row.placed && row.readAt <= now);
    if (!this.#busy) {
      for (const row of done) this.#leave(row, done.length > ANIMATED_AT_ONCE);
      return;
    }
    const waiting = [...this.#rows.values()].filter(row => !row.placed);
    for (const row of done) {
      const next = waiting.pop();
      if (!next) return;
      this.#place(next, row.element);
      this.#forget(row);
    }
    if (done.length > 0) this.#summarise();
  }

  async #leave(row, atOnce) {
    if (row.closing) return;
    row.closing = true;
    const closed = atOnce || await row.fade();
    row.closing = false;
    if (!closed || !row.gone || this.#rows.get(row.key) !== row) return;
    this.#forget(row);
    this.#summarise();
  }

  #add(key) {
    const row = new KeyRow(key);
    this.#rows.set(key, row);
    return row;
  }

  #place(row, before) {
    this.#list.insertBefore(row.element, before);
    this.#view.observe(row.element);
  }

  #forget(row) {
    // Focus that a click left in the row; not to another row, which would keep the list still.
    if (row.element.contains(document.activeElement)) this.#section.focus({ preventScroll: true });
    this.#view.unobserve(row.element);
    this.#inView.delete(row);
    row.element.remove();
    this.#rows.delete(row.key);
  }

  get #living() { return [...this.#rows.values()].filter(row => !row.gone).length; }

  #summarise() {
    const rows = [...this.#rows.values()];
    const waiting = rows.filter(row => !row.placed).length;
    this.#ticker.wanted = rows.length > 0;
    this.#new.hidden = waiting === 0;
    if (waiting > 0) write(this.#new, `${plural(waiting, 'new key')} · Show`);
    this.#more.hidden = this.#cursor === null;
    this.#list.hidden = rows.length === waiting;
    this.#empty.hidden = !this.#list.hidden || waiting > 0;
    write(this.#empty, this.#emptyWords());
    const count = this.#countWords();
    write(this.#count, count !== '' && (this.#paused || this.#stale) ? `${count}, as last seen` : count);
  }

  #countWords() {
    const count = this.#living;
    if (!this.#loaded || count === 0) return '';
    if (this.#cursor === null) return plural(count, 'key');
    return this.#total > count ? `${count.toLocaleString('en')} of about ${plural(this.#total, 'key')}` : `first ${plural(count, 'key')}`;
  }

  #emptyWords() {
    if (this.#paused) return 'The keys appear when the cache answers again.';
    if (!this.#loaded) return 'Looking for keys…';
    if (this.#glob === null) return 'No keys. Set one and watch its time run out.';
    const typed = this.#filter.value;
    const what = this.#glob === typed ? `matches ${typed}` : `contains “${typed}”`;
    return this.#cursor === null ? `No key ${what}.` : `None of the keys looked at so far ${what}.`;
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
