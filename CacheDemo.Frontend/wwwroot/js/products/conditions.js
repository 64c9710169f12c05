import { announce } from '../announce.js';
import { clock } from '../format.js';
import * as api from './api.js';
import { byId, svg, table } from './dom.js';
import { instanceName, money, seconds, SOURCES, time } from './figures.js';
import { reasonOf } from './form.js';
import { productId, productName } from './product.js';

const SLOW_MS = 1_500;
const EVERY_MS = 500;
const [KEPT, WIDTH, HEIGHT] = [60, 600, 80];
/** Nobody looks for longer. */
const LONGEST_MS = 120_000;
/** The scale is logarithmic: memory takes some hundredths of a millisecond, a database that is slow thousands. */
const [LEAST_MS, MOST_MS] = [.01, 3_000];

const switches = [...document.querySelectorAll('[data-switch]')];
const error = byId('break-error');
const probe = byId('probe');
const line = byId('probe-line');
/** as the stream told; null before */
let told = null;
let reads = [];
let timer = 0;
let until = 0;

for (const box of switches) {
  box.addEventListener('change', async () => {
    await change({ ...current(), [box.dataset.switch]: box.checked });
    if (box.closest('#break')) start();
  });
}
probe.addEventListener('click', () => timer ? stop() : start());
byId('expire').addEventListener('click', async () => {
  complain(await api.expire(productId()));
  start();
});

/** @param {any} conditions  as the stream tells them, to every viewer */
export function takeConditions(conditions) {
  told = conditions;
  const now = current();
  for (const box of switches) box.checked = now[box.dataset.switch];
  byId('conditions-until').textContent = told.until ? `Until ${clock(told.until)}, for everyone; then as usual.` : '';
  if (told.until) return;
  // As usual: what the options say.
  const note = byId('latency-note');
  note.hidden = told.databaseLatencyMs === 0;
  note.textContent = `This demonstration adds ${told.databaseLatencyMs} ms to every query of its database, `
    + 'which a database across a network takes anyway: an embedded one would be faster than any cache across a network.';
}

const current = () => ({
  slow: told?.databaseLatencyMs >= SLOW_MS,
  databaseDown: told?.databaseDown ?? false,
  redisDown: told?.redisDown ?? false,
  failSafe: told?.failSafe ?? true,
  backplane: told?.backplane ?? true,
});

/** Asks for these conditions; the stream says when they are. */
export async function change({ slow = false, ...conditions }) {
  const answer = await api.setConditions({ ...conditions, ...slow ? { databaseLatencyMs: SLOW_MS } : {} });
  complain(answer);
  if (!answer.ok && told) takeConditions(told);
  return answer;
}

function complain(answer) {
  error.hidden = answer.ok;
  error.textContent = answer.ok ? '' : `That did not work: ${reasonOf(answer)}`;
  if (!answer.ok) announce(error.textContent);
}

function start() {
  until = performance.now() + LONGEST_MS;
  if (timer) return;
  probe.setAttribute('aria-pressed', 'true');
  probe.textContent = 'Stop reading';
  timer = setInterval(step, EVERY_MS);
  step();
}

/** Reads no more: somebody else's reads would be in the way of what is measured. */
export function stop() {
  clearInterval(timer);
  timer = 0;
  probe.setAttribute('aria-pressed', 'false');
  probe.textContent = 'Keep reading';
}

async function step() {
  if (document.hidden || performance.now() > until) {
    stop();
    return;
  }
  const id = productId();
  const answer = await api.readProduct(id);
  const { source, stale, age, product, instance } = answer.json ?? {};
  reads.push({
    at: new Date(), kind: !answer.ok ? 'failed' : stale ? 'stale' : source, ms: answer.ok ? answer.json.ms.total : answer.ms,
    age, instance, price: product?.price, reason: answer.ok ? '' : reasonOf(answer),
  });
  reads = reads.slice(-KEPT);
  draw(id);
}

function draw(id) {
  const last = reads.at(-1);
  line.textContent = last.kind === 'failed' ? `${productName(id)}: ${last.reason}`
    : last.kind === 'stale'
      ? `${productName(id)}: expired, served all the same, ${seconds(last.age)} old, in ${time(last.ms)}.`
      : `${productName(id)}: from ${SOURCES[last.kind]}, ${seconds(last.age)} old, in ${time(last.ms)}.`;
  line.dataset.source = last.kind;
  const picture = byId('probe-picture');
  picture.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  picture.setAttribute('preserveAspectRatio', 'none');
  const step = WIDTH / KEPT;
  picture.replaceChildren(...reads.map(({ kind, ms }, index) => {
    const height = HEIGHT * Math.max(.06, Math.min(1, Math.log(ms / LEAST_MS) / Math.log(MOST_MS / LEAST_MS)));
    return svg('rect', {
      x: (KEPT - reads.length + index) * step, y: HEIGHT - height, width: step * .75, height, 'data-source': kind,
    });
  }));
  byId('probe-table').replaceChildren(table(
    `The last reads of ${productName(id)}`, ['At', 'Answered from', 'Age', 'Took', 'Price', 'Instance'],
    reads.toReversed().map(read => [
      clock(read.at.toISOString()), read.kind === 'failed' ? read.reason : SOURCES[read.kind],
      read.age === undefined ? null : seconds(read.age), time(read.ms),
      read.price === undefined ? null : money(read.price), read.instance && instanceName(read.instance)])));
}
