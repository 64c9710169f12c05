import { announce } from './announce.js';
import { getHealth, onAnswer } from './api.js';

const FIRST_RETRY_MS = 1_000;
const NEXT_RETRY_MS = 2_000;
const CHECK_MS = 15_000;

const WORDS = {
  ok: { line: 'Redis and the API answer' },
  degraded: { line: 'Redis answers, with trouble' },
  redis: {
    line: 'Redis is away',
    title: 'The API answers, Redis doesn’t.',
    detail: 'Nothing can be set or read until it is back. What you typed stays; the page keeps trying.',
  },
  api: {
    line: 'The API is away',
    title: 'The API can’t be reached.',
    detail: 'The page keeps trying and goes on by itself when it is back. What you typed stays.',
  },
};

const line = document.getElementById('state');
const lineText = document.getElementById('state-text');
const banner = document.getElementById('banner');

/** @type {Set<(away: boolean) => void>} */
const listeners = new Set();

let state = 'asking';
let retries = 0;
let timer = 0;

/** Hears when Redis or the API goes away, and when both are back. */
export const onAway = listener => listeners.add(listener);

export function startStatus() {
  onAnswer(answer => {
    const seen = judge(answer);
    if (seen) become(seen);
  });
  document.addEventListener('visibilitychange', () => document.hidden ? clearTimeout(timer) : check());
  check();
}

async function check() {
  clearTimeout(timer);
  await getHealth();
  plan();
}

function plan() {
  clearTimeout(timer);
  if (document.hidden) return;
  const delay = !isAway(state) ? CHECK_MS : retries++ === 0 ? FIRST_RETRY_MS : NEXT_RETRY_MS;
  timer = setTimeout(check, delay);
}

/**
 * What an answer says about the state of things, or nothing.
 * @param {import('./api.js').Answer} answer
 */
function judge({ url, status, failure, json }) {
  if (failure) return 'api';
  if ([502, 503, 504].includes(status)) return json === undefined ? 'api' : 'redis';
  if (url === '/api/health') return json?.status === 'Degraded' ? 'degraded' : status === 200 ? 'ok' : null;
  if (url === '/api/stats' && json?.connected === false) return null;
  // A bad request is turned down without asking Redis: it shows that the API is there and no more.
  const servedByRedis = status >= 200 && status < 300 || status === 404;
  return servedByRedis && state !== 'degraded' ? 'ok' : null;
}

function become(next) {
  if (next === state) return;
  const [wasAway, nowAway] = [isAway(state), isAway(next)];
  const words = WORDS[next];
  state = next;
  line.dataset.state = next;
  lineText.textContent = words.line;
  banner.dataset.state = next;
  banner.replaceChildren(...nowAway ? [element('strong', words.title), ' ', element('span', words.detail)] : []);

  if (wasAway === nowAway) return;
  retries = 0;
  if (wasAway) announce('Redis and the API answer again.');
  for (const listener of listeners) listener(nowAway);
  plan();
}

const isAway = which => which === 'redis' || which === 'api';

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
