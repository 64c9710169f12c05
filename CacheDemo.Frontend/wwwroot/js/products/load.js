import { announce } from '../announce.js';
import { plural } from '../format.js';
import * as api from './api.js';
import { byId, element, svg, table } from './dom.js';
import { percent, time, whole } from './figures.js';
import { formOf } from './form.js';

const [WIDTH, HEIGHT] = [400, 72];
/** The last message may come right after the one before: a rate over so little says nothing. */
const SHORTEST_S = .3;
const LANES = { cached: 'With the cache', uncached: 'Without it' };

const fields = {
  readers: byId('load-readers'), seconds: byId('load-seconds'), writes: byId('load-writes'), skew: byId('load-skew'),
};
const number = name => Number(fields[name].value);
formOf('load', fields, () => api.load({
  readers: number('readers'), seconds: number('seconds'), writes: number('writes') / 100, skew: number('skew'),
}));

/** What the stream told of the run that is shown, the oldest first. */
let told = [];

/** A load so far, whoever began it. */
export function takeLoad(sum) {
  add(sum);
  byId('load-result').textContent = `Running for ${whole(sum.seconds)} s in ${plural(sum.instances, 'instance')}…`;
}

export function takeLoadResult(sum) {
  add(sum, true);
  byId('load-result').textContent = sentence(sum);
  announce(sentence(sum));
}

function sentence({ cached, uncached, writes, cancelled }) {
  if (cached.reads === 0) return 'It ended before anything was read.';
  const spared = cached.memory + cached.redis;
  return [
    cancelled ? 'Cancelled early.' : '',
    `${whole(spared)} of ${whole(cached.reads)} reads never reached the database (${percent(spared / cached.reads)});`,
    `p50 ${time(cached.p50)} instead of ${time(uncached.p50)}, p99 ${time(cached.p99)} instead of ${time(uncached.p99)}.`,
    writes > 0 ? `${plural(writes, 'price')} changed meanwhile.` : '',
    cached.failed + uncached.failed > 0
      ? `Without an answer: ${whole(cached.failed)} with the cache, ${whole(uncached.failed)} without.` : '',
  ].filter(Boolean).join(' ');
}

function add(sum, isLast = false) {
  if (told.at(-1)?.run !== sum.run) told = [];
  byId('load-empty').hidden = true;
  byId('load-result').hidden = byId('load-figures').hidden = false;
  told.push(sum);
  const rates = Object.fromEntries(Object.keys(LANES).map(lane => [lane, ratesOf(lane)]));
  const most = Math.max(1, ...Object.values(rates).flat().map(({ value }) => value));
  byId('lanes').replaceChildren(...Object.entries(LANES).map(([lane, name]) => draw(lane, name, sum, rates[lane], most, isLast)));
  byId('load-table').replaceChildren(table(
    'The load, as measured',
    ['', ...Object.values(LANES)],
    [
      ['Reads', ({ reads }) => whole(reads)],
      ['Without an answer', ({ failed }) => whole(failed)],
      ['p50', ({ p50 }) => time(p50)],
      ['p99', ({ p99 }) => time(p99)],
      ['Answered from memory', ({ memory }) => whole(memory)],
      ['Answered by Redis', ({ redis }) => whole(redis)],
      ['Read from the database', ({ database }) => whole(database)],
      ['Expired, served all the same', ({ stale }) => whole(stale)],
    ].map(([what, value]) => [what, ...Object.keys(LANES).map(lane => value(sum[lane]))])));
}

/** Database queries a second, between one message and the next. */
function ratesOf(lane) {
  return told.slice(1).map((sum, index) => {
    const before = told[index];
    const span = sum.seconds - before.seconds;
    return { at: sum.seconds, value: span > SHORTEST_S ? (sum[lane].database - before[lane].database) / span : null };
  }).filter(({ value }) => value !== null);
}

function draw(lane, name, sum, rates, most, isLast) {
  const { reads, p50, p99, memory, redis, database } = sum[lane];
  const share = count => reads > 0 ? count / reads : 0;
  const average = database / Math.max(.5, sum.seconds);
  const now = isLast ? average : rates.at(-1)?.value ?? average;
  const parts = [['memory', memory, 'memory'], ['cache', redis, 'Redis'], ['database', database, 'database']];
  const end = Math.max(1, sum.seconds);
  const points = rates.map(({ at, value }) => `${(at / end * WIDTH).toFixed(1)} ${(HEIGHT - value / most * (HEIGHT - 4)).toFixed(1)}`);
  return element('section', { class: 'lane', 'data-lane': lane, 'aria-label': name },
    element('h3', {}, name),
    element('dl', { class: 'lane-figures' }, ...[
      ['p50', time(p50)], ['p99', time(p99)], ['Database queries/s', whole(now)],
    ].map(([what, value]) => element('div', {}, element('dt', {}, what), element('dd', {}, value)))),
    svg('svg', {
      class: 'plot rate', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img',
      'aria-label': `Database queries a second: on average ${whole(average)}`,
    }, ...points.length > 0 ? [
      svg('path', { class: 'rate-area', d: `M${points[0].split(' ')[0]} ${HEIGHT}L${points.join('L')}V${HEIGHT}Z` }),
      svg('path', { class: 'rate-line', d: `M${points.join('L')}` }),
    ] : []),
    element('div', { class: 'shares', 'aria-hidden': 'true' }, ...parts.filter(([, count]) => count > 0).map(([source, count]) => {
      const part = element('span', { 'data-source': source });
      part.style.setProperty('--share', share(count));
      return part;
    })),
    element('ul', { class: 'legend', role: 'list' }, ...parts.map(([source, count, word]) =>
      element('li', { 'data-source': source }, `${word} ${percent(share(count))}`))));
}
