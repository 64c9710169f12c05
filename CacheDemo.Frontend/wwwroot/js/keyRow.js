import { byteLength, bytes, shorten, timeLeft } from './format.js';

const DEFAULT_LIFE = 60;
const SAME_DEADLINE_MS = 400;
const LONG_KEY_BYTES = 96;
const EXPIRED_SHOWN_MS = 1_000;
const FLASH_MS = 900;

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
  leaving = false;

  #deadline = null;
  #life = DEFAULT_LIFE;
  #flashedAt = -Infinity;
  #shown = {};
  #parts;

  constructor(key) {
    this.key = key;
    this.#parts = build(key);
    this.element = this.#parts.row;
  }

  get expires() { return this.#deadline !== null; }

  secondsLeft(now = performance.now()) {
    return this.#deadline === null ? Infinity : (this.#deadline - now) / 1000;
  }

  /**
   * @param {?number} ttl   seconds, null for a key without expiry
   * @param {number} seenAt performance.now when the API said so
   * @param {boolean} young the ttl has just begun, so it is the whole life
   */
  sync(ttl, seenAt, young) {
    const deadline = ttl === null ? null : seenAt + ttl * 1000;
    const same = deadline !== null && this.#deadline !== null && Math.abs(deadline - this.#deadline) < SAME_DEADLINE_MS;
    if (!same || young) {
      const extended = this.#deadline !== null && deadline > this.#deadline;
      if (ttl !== null) this.#life = young || extended ? ttl : Math.max(ttl, DEFAULT_LIFE);
      this.#deadline = deadline;
    }
    this.inDoubt = false;
    this.tick(performance.now());
  }

  set size(count) {
    if (count === this.#shown.size) return;
    this.#shown.size = count;
    this.#parts.size.textContent = bytes(count);
  }

  tick(now) {
    if (this.leaving) return;
    const left = this.secondsLeft(now);
    if (left === Infinity) {
      this.#write('no expiry', 'none', 0);
      return;
    }
    const share = Math.min(1, Math.max(0, left / this.#life));
    this.#write(timeLeft(left), this.#level(left), Math.round(share * 500) / 500);
  }

  /** A short life runs out in proportion, a long one only in its last half minute. */
  #level(left) {
    if (left <= Math.min(10, this.#life / 4)) return 'critical';
    if (left <= Math.min(30, this.#life / 2)) return 'warning';
    return 'calm';
  }

  #write(text, level, share) {
    const { row, ttl, fuse } = this.#parts;
    if (text !== this.#shown.text) ttl.textContent = this.#shown.text = text;
    if (level !== this.#shown.level) row.dataset.level = this.#shown.level = level;
    if (share !== this.#shown.share) fuse.style.setProperty('--left', this.#shown.share = share);
  }

  flash() {
    const now = performance.now();
    if (stillness() || now - this.#flashedAt < FLASH_MS) return;
    this.#flashedAt = now;
    const flash = getComputedStyle(this.element).getPropertyValue('--flash');
    this.element.animate([{ backgroundColor: flash }, {}], { duration: FLASH_MS, easing: 'ease-out' });
  }

  /**
   * Says why the key is gone, for a moment, then takes the row away.
   * @param {'expired' | 'deleted'} why
   * @param {boolean} still  too much goes on for it to be animated
   */
  async leave(why, still = false) {
    this.leaving = true;
    const { row, ttl, fuse } = this.#parts;
    row.dataset.level = 'gone';
    ttl.textContent = why;
    fuse.style.setProperty('--left', 0);
    for (const button of row.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true');

    if (why === 'expired') await new Promise(resolve => setTimeout(resolve, EXPIRED_SHOWN_MS));
    if (still || stillness()) return;
    const height = `${row.offsetHeight}px`;
    const fade = row.animate([
      { opacity: 1, height, overflow: 'clip' },
      { opacity: 0, height, overflow: 'clip', offset: .6 },
      { opacity: 0, height: 0, minHeight: 0, paddingBlock: 0, overflow: 'clip' },
    ], { duration: 320, easing: 'ease-in', fill: 'forwards' });
    await fade.finished.catch(() => {}); // a cancelled animation must not keep the row
  }
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
  for (const [action, label, of] of [['get', 'Get', ''], ['extend', 'Set TTL', ' of'], ['delete', 'Delete', '']])
    actions.append(button(action, label, `${label}${of} key ${key}`));
  row.append(place, fuse, ttl, size, actions);
  return { row, ttl, size, fuse };
}

function button(action, label, name) {
  const made = make('button', `key-${action}`, label);
  made.type = 'button';
  made.dataset.action = action;
  made.setAttribute('aria-label', name);
  return made;
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
