import { announce } from './announce.js';
import { clock, milliseconds, shorten, timeLeft } from './format.js';
import { traceLink } from './settings.js';

const ROWS = 100;
const QUIET_MS = 250;

const WORDS = {
  connecting: 'connecting…', open: 'live', lost: 'not connected, trying again', buffered: 'no events arrive',
};

const MEANINGS = {
  set: 'A value was written, with a new TTL',
  touched: 'The key was given a new TTL; its value stayed',
  hit: 'A get that found the key in Redis',
  miss: 'A get that did not find the key: a real application would ask its database now',
  deleted: 'The key was removed on request',
  expired: 'The TTL ran out, and Redis deleted the key by itself',
  away: 'The page could not be told of anything in that time',
};

/** The feed as a list, the newest on top. */
export class Activity {
  #list = document.getElementById('activity-list');
  #empty = document.getElementById('activity-empty');
  #stateLine = document.getElementById('activity-state');
  #pause = document.getElementById('activity-pause');

  #state = 'connecting';
  /** why no events can arrive although the stream is open; null where they can */
  #problem = null;
  #paused = false;
  /** @type {import('./feed.js').FeedEvent[]} */
  #held = [];
  #heldCount = 0;
  #instances = new Set();
  #renderedAt = 0;

  constructor() {
    this.#pause.addEventListener('click', () => {
      this.#paused = !this.#paused;
      this.#pause.textContent = this.#paused ? 'Resume' : 'Pause';
      if (!this.#paused) this.#render(this.#held.splice(0));
      this.#heldCount = 0;
      this.#tell();
    });
    this.#tell();
  }

  /** @param {'connecting' | 'open' | 'lost' | 'buffered'} value */
  set state(value) {
    this.#state = value;
    this.#tell();
  }

  /** @param {?string} reason */
  set problem(reason) {
    this.#problem = reason;
    this.#tell();
  }

  /** @param {import('./feed.js').FeedEvent[]} events */
  add(events) {
    if (!this.#paused) {
      this.#render(events);
      return;
    }
    this.#held = [...this.#held, ...events].slice(-ROWS);
    for (const { count } of events) this.#heldCount += count;
    this.#tell();
  }

  /**
   * Says among what happened that nothing could.
   * @param {{what: string, from: number, to: number}} outage  "Redis was away", milliseconds since 1970
   * @param {boolean} empty  whether the keys are gone
   */
  addOutage({ what, from, to }, empty) {
    const sentence = `${what} ${clock(from)} to ${clock(to)}${empty ? ', and came back empty' : ''}`;
    this.add([{ type: 'away', sentence, at: new Date(to).toISOString(), count: 1 }]);
    announce(`${sentence}.`);
  }

  #render(events) {
    if (events.length === 0) return;
    const now = performance.now();
    const quiet = now - this.#renderedAt > QUIET_MS;
    this.#renderedAt = now;
    for (const { instance } of events) if (instance) this.#instances.add(instance);
    this.#list.toggleAttribute('data-several', this.#instances.size > 1);

    // What would be off the end of the list again at once is not made.
    const rows = events.slice(-ROWS).reverse().map(build);
    if (quiet) for (const row of rows) row.dataset.fresh = '';
    this.#trim(ROWS - rows.length);
    this.#list.prepend(...rows);
    this.#list.hidden = false;
    this.#empty.hidden = true;
  }

  #trim(count) {
    while (this.#list.childElementCount > count) {
      if (this.#list.lastElementChild.contains(document.activeElement)) this.#list.focus({ preventScroll: true });
      this.#list.lastElementChild.remove();
    }
  }

  #tell() {
    const paused = this.#paused && this.#state === 'open';
    const more = this.#heldCount > 0 ? `, ${this.#heldCount.toLocaleString('en')} more since` : '';
    const problem = this.#state === 'open' ? this.#problem : null;
    this.#stateLine.dataset.state = problem ? 'buffered' : paused ? 'paused' : this.#state;
    this.#stateLine.textContent = problem ? 'not live' : paused ? `paused${more}` : WORDS[this.#state];
    this.#stateLine.title = problem ?? '';
  }
}

const pattern = make('li', 'activity-row', '',
  make('time', 'activity-time'), make('span', 'activity-type'), make('span', 'activity-key'),
  make('span', 'activity-detail'), make('span', 'activity-instance'));
pattern.dataset.testid = 'activity-row';

/** @param {import('./feed.js').FeedEvent} event */
function build(event) {
  const row = pattern.cloneNode(true);
  const [time, type, key, detail, instance] = row.children;
  row.dataset.type = type.textContent = event.type;
  type.title = MEANINGS[event.type] ?? '';
  time.textContent = clock(event.at);
  time.dateTime = time.title = event.at ?? '';
  if (event.sentence) {
    key.textContent = key.title = event.sentence;
    key.dataset.sentence = '';
    return row;
  }
  row.dataset.key = key.textContent = key.title = event.key;
  detail.textContent = detailOf(event);
  detail.title = event.count > 1
    ? `This row stands for ${event.count.toLocaleString('en')} of its kind: more happens than can be shown` : detail.textContent;
  instance.textContent = event.instance ?? '';
  const link = traceLink(event.traceId, `${event.type} ${shorten(event.key ?? '', 40)}`.trim());
  if (link) {
    link.dataset.testid = 'activity-trace';
    row.append(link);
  }
  return row;
}

function detailOf({ type, reason, ttl, ms, count }) {
  return [
    count > 1 ? `× ${count.toLocaleString('en')}` : '',
    reason,
    ttl > 0 ? (type === 'expired' ? 'after ' : '') + timeLeft(ttl) : '',
    Number.isFinite(ms) ? milliseconds(ms) : '',
  ].filter(Boolean).join(' · ');
}

function make(tag, name, text = '', ...children) {
  const element = document.createElement(tag);
  element.className = name;
  element.append(text, ...children);
  return element;
}
