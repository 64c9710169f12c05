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
  locked: { line: 'Sign in to go on' },
};

const line = document.getElementById('state');
const lineText = document.getElementById('state-text');
const banner = document.getElementById('banner');

/** @type {Set<(away: boolean) => void>} */
const listeners = new Set();
/** @type {Set<(locked: boolean) => void>} */
const lockListeners = new Set();

let state = 'asking';
let retries = 0;
let timer = 0;

/** Hears when Redis or the API goes away or lets nobody in, and when both are back. */
export const onAway = listener => listeners.add(listener);

/** Hears when one has to sign in, and when one has. */
export const onLocked = listener => lockListeners.add(listener);

export function startStatus() {
  onAnswer(answer => {
    const seen = judge(answer);
    if (seen) become(seen);
  });
  document.addEventListener('visibilitychange', () => document.hidden ? clearTimeout(timer) : check());
  check();
}

/** Asks how things are, now. */
export async function check() {
  clearTimeout(timer);
  await getHealth();
  plan();
}

function plan() {
  clearTimeout(timer);
  // Waiting does not open a lock: the sign-in asks when there is a reason to.
  if (document.hidden || state === 'locked') return;
  const delay = !isAway(state) ? CHECK_MS : retries++ === 0 ? FIRST_RETRY_MS : NEXT_RETRY_MS;
  timer = setTimeout(check, delay);
}

/**
 * What an answer says about the state of things, or nothing.
 * @param {import('./api.js').Answer} answer
 */
function judge({ url, status, failure, json }) {
  if (!url.startsWith('/api/')) return null;
  if (failure || status === 502 || status === 504) return 'api';
  if (status === 503) return json === undefined ? 'api' : 'redis';
  if (status === 401) return 'locked';
  if (url === '/api/health') return json?.status === 'Degraded' ? 'degraded' : status === 200 ? 'ok' : null;
  if (url === '/api/stats' && json?.connected === false) return null;
  // A bad request is turned down without asking Redis: it shows that the API is there and no more.
  const servedByRedis = status >= 200 && status < 300 || status === 404;
  return servedByRedis && state !== 'degraded' ? 'ok' : null;
}

function become(next) {
  if (next === state) return;
  const [wasAway, nowAway] = [isAway(state), isAway(next)];
  const [wasLocked, nowLocked] = [state === 'locked', next === 'locked'];
  const words = WORDS[next];
  state = next;
  line.dataset.state = next;
  lineText.textContent = words.line;
  banner.dataset.state = next;
  banner.replaceChildren(...words.title ? [element('strong', words.title), ' ', element('span', words.detail)] : []);

  if (wasLocked !== nowLocked) for (const listener of lockListeners) listener(nowLocked);
  if (wasAway === nowAway) return;
  retries = 0;
  if (wasAway && !wasLocked) announce('Redis and the API answer again.');
  for (const listener of listeners) listener(nowAway);
  plan();
}

const isAway = which => which === 'redis' || which === 'api' || which === 'locked';

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
