import { announce } from './announce.js';
import * as api from './api.js';
import { Chart } from './chart.js';
import { clock, milliseconds, plural } from './format.js';
import { Latency } from './latency.js';

/** After a longer pause an average over it would pass for the present. */
const STALE_MS = 10_000;
const NONE = '–';

const byId = id => document.getElementById(id);
const integer = value => Number.isFinite(value) ? value.toLocaleString('en') : NONE;
const percent = value => `${value === 1 ? 100 : Math.min(99.9, value * 100).toFixed(1).replace('.0', '')} %`;
const operations = ({ hits, misses, sets, deletes }) => hits + misses + sets + deletes;
const rate = value => value > 0 && value < 10 ? value.toFixed(1) : integer(Math.round(value));

/** What the cache has done so far and is doing now, and which Redis does it. */
export class Numbers {
  #section = byId('numbers');
  #error = byId('numbers-error');
  #charts = {
    ratio: new Chart(byId('chart-hit-ratio'), { name: 'Hit ratio', format: percent, top: 1 }),
    rate: new Chart(byId('chart-rps'), { name: 'Requests a second', format: rate }),
    latency: new Chart(byId('chart-latency'), { name: 'Latency', format: milliseconds }),
    expirations: new Chart(byId('chart-expirations'), { name: 'Expirations in two seconds', format: integer, bars: true }),
  };

  #told = new Latency();
  #own = new Latency();
  /** the last stats, and when they came */
  #last = null;

  start() {
    byId('numbers-reset').addEventListener('click', event => this.#reset(event.currentTarget));
    api.onAnswer(({ url, status, ms }) => {
      if (url.startsWith('/api/get?') && [200, 404].includes(status)) this.#own.add(ms);
    });
  }

  /** What is shown is of the past while Redis or the API is away. */
  set paused(value) {
    this.#section.toggleAttribute('data-stale', value);
  }

  /** @param {?boolean} connected  whether Redis is; null while nobody knows */
  set redis(connected) {
    byId('redis-state').dataset.connected = connected ?? 'unknown';
    write('redis-state', connected === null ? 'unknown' : connected ? 'connected' : 'not connected');
  }

  /** @param {import('./feed.js').FeedEvent[]} events */
  hear(events) {
    for (const { type, ms, count } of events) if (type === 'hit' || type === 'miss') this.#told.add(ms, count);
  }

  /** The numbers as the stream has them, every two seconds. */
  take(stats) {
    this.#show(stats, performance.now());
  }

  async #reset(button) {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    const answer = await api.resetStats();
    button.removeAttribute('aria-disabled');
    this.#complain(answer);
    if (!answer.ok) return;
    announce('The numbers start again from zero.');
  }

  /** Being away is the banner's to say. */
  #complain({ ok, status, json, statusText }) {
    const words = ok || status === 0 || status > 500
      ? '' : `The numbers can’t be reset: ${json?.detail ?? json?.title ?? statusText}`;
    if (words !== this.#error.textContent) this.#error.textContent = words;
    this.#error.hidden = words === '';
  }

  #show(stats, now) {
    const afresh = this.#last !== null && (stats.since !== this.#last.since || stats.hits < this.#last.hits);
    if (afresh) for (const chart of Object.values(this.#charts)) chart.clear();
    const before = afresh ? { hits: 0, misses: 0, sets: 0, deletes: 0, expirations: 0, at: this.#last.at } : this.#last;
    this.#last = { ...stats, at: now };

    const ms = now - before?.at;
    const known = ms > 0 && ms < STALE_MS;
    const requests = known ? Math.max(0, operations(stats) - operations(before)) * 1000 / ms : null;
    const expired = known ? Math.max(0, stats.expirations - before.expirations) : null;
    const latency = this.#told.median ?? this.#own.median;

    for (const name of ['hits', 'misses', 'sets', 'deletes', 'expirations']) write(`number-${name}`, integer(stats[name]));
    write('number-hit-ratio', stats.hitRatio == null ? NONE : percent(stats.hitRatio));
    write('number-rps', requests === null ? NONE : rate(requests));
    write('number-latency', latency === null ? NONE : milliseconds(latency));
    write('number-dropped', integer(stats.expirationsDropped));
    byId('dropped').hidden = !(stats.expirationsDropped > 0);

    this.#charts.ratio.push(stats.hitRatio ?? null, now);
    this.#charts.rate.push(requests, now);
    this.#charts.latency.push(latency, now);
    this.#charts.expirations.push(expired, now);

    write('numbers-since', [
      stats.since ? `since ${clock(stats.since)}` : '',
      stats.instances > 1 ? plural(stats.instances, 'API instance') : '',
    ].filter(Boolean).join(' · '));
    write('redis-engine', [stats.engine, stats.version].filter(Boolean).join(' '));
    write('redis-mode', stats.mode ?? '');
    write('redis-address', stats.address ?? '');
  }
}

function write(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}
