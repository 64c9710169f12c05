import { announce } from '../announce.js';
import * as api from './api.js';
import { byId, element, showSentence, svg, table } from './dom.js';
import { time, whole } from './figures.js';
import { formOf, setSlider } from './form.js';

const [WIDTH, HEIGHT] = [800, 90];
/** Longer than the API takes after the last entry has expired. */
const GRACE_MS = 15_000;

const fields = { seconds: byId('expiry-seconds'), jitter: byId('expiry-jitter') };
/** What the runs that this window began have to come to, by their name. */
const waiting = new Map();
/** the answer that began the run which is shown, for its trace */
let begun = null;

formOf('expiry', fields, () => begin({ seconds: Number(fields.seconds.value), jitter: Number(fields.jitter.value) }), ' s');

async function begin(plan) {
  const answer = await api.expiry(plan);
  if (answer.ok) begun = answer;
  return answer;
}

/** Sets a thousand entries, and waits for what followed; null where it could not be begun, or nothing came. */
export async function expireTogether(plan) {
  for (const [name, field] of Object.entries(fields)) setSlider(field, plan[name]);
  const answer = await begin(plan);
  if (!answer.ok) return { answer, sum: null };
  const sum = await new Promise(resolve => {
    waiting.set(answer.json.run, resolve);
    setTimeout(() => resolve(null), (plan.seconds + plan.jitter) * 1000 + GRACE_MS);
  });
  waiting.delete(answer.json.run);
  return { answer, sum };
}

/** The highest step of a run: how many reads, and how long a step is. */
export const busiest = sum => Math.max(...sum.reads);

/** Entries so far, whoever set them. */
export function takeExpiry(sum) {
  draw(sum);
  byId('expiry-result').textContent = `After ${sum.seconds.toFixed(1)} s, ${whole(total(sum.reads))} of ${whole(total(sum.ends))} `
    + 'entries have expired and were read from the database.';
}

export function takeExpiryResult(sum) {
  draw(sum);
  const sentence = `${sum.cancelled ? 'Cancelled early. ' : ''}The database got ${whole(busiest(sum))} reads in the busiest `
    + `${sum.stepMs} ms; p99 ${time(sum.p99)}, p50 ${time(sum.p50)}${sum.failed > 0 ? `, ${whole(sum.failed)} without an answer` : ''}.`;
  showSentence(byId('expiry-result'), sentence, begun?.json.run === sum.run ? begun : null, 'setting the entries');
  announce(sentence);
  waiting.get(sum.run)?.(sum);
}

const total = counts => counts.reduce((sum, count) => sum + count, 0);

function draw(sum) {
  byId('expiry-empty').hidden = true;
  byId('expiry-figure').hidden = false;
  // Nothing ends, and nothing is read, in the last steps.
  const last = Math.max(sum.ends.findLastIndex(count => count > 0), sum.reads.findLastIndex(count => count > 0)) + 3;
  const [ends, reads] = [sum.ends.slice(0, last), sum.reads.slice(0, last)];
  const most = Math.max(...ends, ...reads);
  byId('expiry-picture').replaceChildren(
    histogram('Entries that end', 'stale', ends, most, sum.stepMs),
    histogram('Reads of the database', 'database', reads, most, sum.stepMs),
    element('p', { class: 'axis', 'aria-hidden': 'true' },
      element('span', {}, '0 s'), element('span', {}, `${(last * sum.stepMs / 1000).toFixed(1)} s`)));
  byId('expiry-table').replaceChildren(table(
    'A thousand entries, by the time after they were set', ['From', 'Entries that end', 'Reads of the database'],
    ends.map((count, step) => [`${(step * sum.stepMs / 1000).toFixed(2)} s`, whole(count), whole(reads[step])])
      .filter((_, step) => ends[step] + reads[step] > 0)));
}

function histogram(name, source, counts, most, stepMs) {
  const step = WIDTH / counts.length;
  return element('div', { class: 'histogram' },
    element('p', { class: 'aside' }, `${name}: at most `, element('strong', {}, whole(Math.max(...counts))), ` in ${stepMs} ms`),
    svg('svg', { class: 'plot', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      ...counts.map((count, index) => svg('rect', {
        x: index * step, width: step * .85, y: HEIGHT - count / most * HEIGHT, height: count / most * HEIGHT,
        'data-source': source, 'data-count': count,
      }))));
}
