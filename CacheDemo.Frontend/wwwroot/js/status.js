import { getHealth, onAnswer } from './api.js';

const WORDS = {
  ok: { line: 'Redis and the API answer' },
  buffered: {
    line: 'Live updates do not arrive',
    title: 'The event stream does not arrive.',
    detail: 'A proxy in between may be buffering it (nginx: proxy_buffering off). Set and Get work; keys and numbers stand still.',
  },
  refused: {
    line: 'Live updates do not arrive',
    title: 'The event stream is refused.',
    detail: 'As many windows are open as are allowed. Set and Get work; keys and numbers stand still; the page keeps trying.',
  },
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
  offline: {
    line: 'You are offline',
    title: 'This device has no network.',
    detail: 'The page goes on by itself when the network is back. What you typed stays.',
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

/** @type {Set<(outage: {what: string, from: number, to: number}) => void>} */
const outageListeners = new Set();

const OUTAGES = { redis: 'Redis was away', api: 'The API was away', offline: 'This device was offline' };

let state = 'asking';
/** what began to be away, and when, in milliseconds since 1970 */
let outage = null;
/** what the stream last said of Redis; null while there is no stream */
let redis = null;
/** how often the stream was lost, or refused, since it was last open */
let losses = 0;

/** Hears when Redis or the API goes away or lets nobody in, and when both are back. */
export const onAway = listener => listeners.add(listener);

/** Hears when one has to sign in, and when one has. */
export const onLocked = listener => lockListeners.add(listener);

/** Hears of each time that something was away, when it is over. */
export const onOutage = listener => outageListeners.add(listener);

export function startStatus() {
  // Answers say that nothing is there; that all is well, the stream says.
  onAnswer(({ url, status, failure }) => {
    if (!url.startsWith('/api/')) return;
    if (status === 401) become('locked');
    else if (state === 'locked' && status > 0 && status < 500) become(redis === 'away' ? 'redis' : 'ok');
    else if (failure || status === 502 || status === 504) become(navigator.onLine ? 'api' : 'offline');
    // One request was lost while the stream stayed: it does not tell again that all is well.
    else if (state === 'api' && redis === 'connected') become('ok');
  });
  window.addEventListener('offline', () => become('offline'));
}

/** Asks once how things are: the stream cannot tell why it does not come. */
export const check = () => getHealth();

/** @param {{redis: 'connected' | 'away', reason: ?string, since: string}} told  by the stream */
export function redisIs(told) {
  redis = told.redis;
  if (state === 'locked') return;
  banner.title = told.reason ?? '';
  const since = Date.parse(told.since);
  if (redis === 'away') become('redis', since);
  else become('ok', outage?.which === 'redis' ? since : Date.now());
}

/** @param {'connecting' | 'open' | 'lost' | 'buffered'} stream */
export async function streamIs(stream) {
  if (stream === 'open') losses = 0;
  else redis = null;
  if (stream === 'buffered') become('buffered');
  if (stream !== 'lost' || document.hidden || state === 'locked') return;
  if (!navigator.onLine) {
    become('offline');
    return;
  }
  losses++;
  const { ok } = await check();
  // Once may be a restart.
  if (ok && losses > 1) become('refused');
}

/** @param {number} at  since when */
function become(next, at = Date.now()) {
  if (next === state) return;
  const [wasAway, nowAway] = [isAway(state), isAway(next)];
  const [wasLocked, nowLocked] = [state === 'locked', next === 'locked'];
  const words = WORDS[next];
  state = next;
  line.dataset.state = next;
  lineText.textContent = words.line;
  banner.dataset.state = next;
  banner.replaceChildren(...words.title ? [element('strong', words.title), ' ', element('span', words.detail)] : []);

  if (OUTAGES[next]) outage ??= { which: next, from: at };
  const over = next === 'ok' ? outage : null;
  if (over) outage = null;

  if (wasLocked !== nowLocked) for (const listener of lockListeners) listener(nowLocked);
  if (wasAway !== nowAway) for (const listener of listeners) listener(nowAway);
  if (over) for (const listener of outageListeners) listener({ what: OUTAGES[over.which], from: over.from, to: at });
}

const isAway = which => ['redis', 'api', 'offline', 'locked'].includes(which);

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
