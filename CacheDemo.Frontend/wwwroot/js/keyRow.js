import { byteLength, bytes, shorten, timeLeft } from './format.js';

/** What the bar of a key shows whose whole TTL nobody knows: its last minute. */
const LAST_MINUTE = 60;
const SAME_DEADLINE_MS = 400;
const LONG_KEY_BYTES = 96;
const EXPIRED_SHOWN_MS = 1_000;
const FLASH_MS = 900;
const ASKS_FOR_MS = 3_000;

/**
 * One key in the list: its countdown runs on performance.now from the last ttl that the API gave,
 * and what is on screen is only written when it changes.
 */
export class KeyRow {
  /** performance.now when it was last known to change, so that a scan begun earlier is out of date */
  touchedAt = -Infinity;
  /** the time, by the API's clock, of the latest change that the feed told of */
  toldAt = -Infinity;
  /** the countdown ended and the API has been asked whether that is so */
  inDoubt = false;
  /** the key is gone; the row may still be there */
  gone = false;
  /** performance.now when it went */
  goneAt = 0;
  /** its place is being closed up */
  closing = false;

  #deadline = null;
  #originalTtl = null;
  #flashedAt = -Infinity;
  #shown = {};
  #parts;
  #asking = 0;
  #fade = null;

  constructor(key) {
    this.key = key;
    this.#parts = build(key);
    this.element = this.#parts.row;
  }

  /** Whether it has its place in the list; else it waits to be shown. */
  get placed() { return this.element.isConnected; }

  secondsLeft(now = performance.now()) {
    return this.#deadline === null ? Infinity : (this.#deadline - now) / 1000;
  }

  /**
   * @param {?number} ttl          seconds, null for a key without expiry
   * @param {number} seenAt        performance.now when the API said so
   * @param {?number} originalTtl  seconds that it was given in all, null where nobody knows
   */
  sync(ttl, seenAt, originalTtl) {
    const deadline = ttl === null ? null : seenAt + ttl * 1000;
    const same = deadline !== null && this.#deadline !== null && Math.abs(deadline - this.#deadline) < SAME_DEADLINE_MS;
    if (!same) this.#deadline = deadline;
    this.#originalTtl = originalTtl ?? null;
    this.inDoubt = false;
    if (this.gone) this.#comeBack();
    this.tick(performance.now());
  }

  set size(count) {
    if (count === this.#shown.size) return;
    this.#shown.size = count;
    this.#parts.size.textContent = bytes(count);
  }

  tick(now) {
    if (this.gone) return;
    const left = this.secondsLeft(now);
    if (left === Infinity) {
      this.#write('no expiry', 'none', 0);
      return;
    }
    const share = Math.min(1, Math.max(0, left / (this.#originalTtl ?? LAST_MINUTE)));
    this.#write(timeLeft(left), this.#level(left), Math.round(share * 500) / 500);
  }

  /** A short TTL runs out in proportion, a long one only in its last half minute. */
  #level(left) {
    const whole = this.#originalTtl ?? LAST_MINUTE;
    if (left <= Math.min(10, whole / 4)) return 'critical';
    if (left <= Math.min(30, whole / 2)) return 'warning';
    return 'calm';
  }

  #write(text, level, share) {
    const { row, ttl, fuse } = this.#parts;
    if (text !== this.#shown.text) ttl.textContent = this.#shown.text = text;
    if (level !== this.#shown.level) row.dataset.level = this.#shown.level = level;
    if (share !== this.#shown.share) fuse.style.setProperty('--left', this.#shown.share = share);
    const of = level === 'none' ? '' : this.#originalTtl !== null ? `Of ${timeLeft(this.#originalTtl)}`
      : 'The last minute: another client set the key, and of how many seconds is not known';
    if (of !== this.#shown.of) fuse.title = this.#shown.of = of;
  }

  flash() {
    const now = performance.now();
    if (stillness() || !this.placed || now - this.#flashedAt < FLASH_MS) return;
    this.#flashedAt = now;
    const flash = getComputedStyle(this.element).getPropertyValue('--flash');
    this.element.animate([{ backgroundColor: flash }, {}], { duration: FLASH_MS, easing: 'ease-out' });
  }

  /**
   * The first press of Delete asks, in place and for three seconds; the second one means it.
   * @param {(asking: boolean) => void} changed
   * @returns {boolean} whether to delete
   */
  confirmed(changed) {
    const button = this.#parts.remove;
    const done = () => {
      clearTimeout(this.#asking);
      this.#asking = 0;
      delete button.dataset.asking;
      label(button, 'Delete', `Delete key ${this.key}`);
      changed(false);
    };
    if (this.#asking) {
      done();
      return true;
    }
    button.dataset.asking = '';
    label(button, 'Delete?', `Really delete key ${this.key}?`);
    this.#asking = setTimeout(done, ASKS_FOR_MS);
    changed(true);
    return false;
  }

  /**
   * What a Get of this key answered, under the row.
   * @param {?string} text  null to take it away
   */
  set answer(text) {
    const { row } = this.#parts;
    row.querySelector('.key-answer')?.remove();
    if (text === null) return;
    const answer = make('div', 'key-answer');
    const close = make('button', 'key-answer-close', '×');
    close.type = 'button';
    close.setAttribute('aria-label', `Close the answer for key ${shorten(this.key, 40)}`);
    close.addEventListener('click', () => {
      const focused = answer.contains(document.activeElement);
      answer.remove();
      if (focused) row.querySelector('[data-action=get]').focus();
    });
    answer.append(make('p', 'key-answer-text', text), close);
    row.append(answer);
  }

  /**
   * The key is gone: the row says why, and offers nothing more.
   * @param {'expired' | 'deleted'} why
   */
  leave(why) {
    if (this.gone) return;
    this.gone = true;
    this.goneAt = performance.now();
    const { row, ttl, fuse } = this.#parts;
    row.dataset.level = this.#shown.level = 'gone';
    ttl.textContent = this.#shown.text = why;
    fuse.style.setProperty('--left', this.#shown.share = 0);
    for (const button of row.querySelectorAll('[data-action]')) button.setAttribute('aria-disabled', 'true');
  }

  #comeBack() {
    this.gone = false;
    this.stay();
    for (const button of this.element.querySelectorAll('[data-action]')) button.removeAttribute('aria-disabled');
  }

  /** When it has been there for long enough to be read: performance.now. */
  get readAt() { return this.goneAt + (this.#shown.text === 'expired' ? EXPIRED_SHOWN_MS : 0); }

  /**
   * Closes up the row's place.
   * @returns {Promise<boolean>} false where it stays after all
   */
  async fade() {
    if (stillness()) return true;
    const height = `${this.element.offsetHeight}px`;
    this.#fade = this.element.animate([
      { opacity: 1, height, overflow: 'clip' },
      { opacity: 0, height, overflow: 'clip', offset: .6 },
      { opacity: 0, height: 0, minHeight: 0, paddingBlock: 0, overflow: 'clip' },
    ], { duration: 320, easing: 'ease-in', fill: 'forwards' });
    try {
      await this.#fade.finished;
      return true;
    } catch {
      return false; // it was cancelled
    } finally {
      this.#fade = null;
    }
  }

  /** Its place is not closed up. */
  stay() { this.#fade?.cancel(); }
}

const stillness = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

function build(key) {
  const row = make('li', 'key-row');
  row.dataset.key = key;
  const name = make('span', 'key-name', key);
  name.title = key;
  const place = make('div', 'key-place');
  place.append(name);
  if (byteLength(key) > LONG_KEY_BYTES) place.append(toggle(row));
  if (/^\s|\s$/u.test(key)) name.dataset.edge = '';

  const fuse = make('span', 'key-fuse');
  const ttl = make('span', 'key-ttl');
  const size = make('span', 'key-size');
  const actions = make('div', 'key-actions');
  for (const [action, text, of] of [['get', 'Get', ''], ['extend', 'Set TTL', ' of'], ['delete', 'Delete', '']])
    actions.append(button(action, text, `${text}${of} key ${key}`));
  row.append(place, fuse, spoken('expires in', 'key-expires'), ttl, spoken('size'), size, actions);
  return { row, ttl, size, fuse, remove: actions.lastChild };
}

/** Words that only a screen reader needs, to which "5 s 5 B" says nothing. */
function spoken(text, name = '') {
  const element = document.createElement('span');
  element.className = `visually-hidden ${name}`.trim();
  element.textContent = text;
  return element;
}

function button(action, text, name) {
  const made = make('button', `key-${action}`);
  made.type = 'button';
  made.dataset.action = action;
  label(made, text, name);
  return made;
}

function label(button, text, name) {
  button.textContent = text;
  button.setAttribute('aria-label', name);
}

function toggle(row) {
  const made = make('button', 'key-whole', 'whole key');
  made.type = 'button';
  made.setAttribute('aria-label', `whole key ${shorten(row.dataset.key, 24)}`);
  made.setAttribute('aria-expanded', 'false');
  made.addEventListener('click', () => made.setAttribute('aria-expanded', String(row.toggleAttribute('data-whole'))));
  return made;
}

function make(tag, name, text = '') {
  const element = document.createElement(tag);
  element.className = name;
  element.dataset.testid = name;
  element.textContent = text;
  return element;
}
