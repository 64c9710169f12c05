import { Activity } from './activity.js';
import * as api from './api.js';
import { Feed } from './feed.js';
import { startForms, takeLimits } from './forms.js';
import { shorten } from './format.js';
import { KeyList } from './keys.js';
import { Numbers } from './numbers.js';
import { problemsOf } from './problems.js';
import { ask, inOneLine } from './response.js';
import { hasDashboard, loadSettings } from './settings.js';
import { startSignIn } from './signIn.js';
import { onAway, onLocked, onOutage, redisIs, startStatus, streamIs } from './status.js';
import { offerTraces, startTour, tick } from './tour.js';

const extendTtl = document.getElementById('extend-ttl');
const extendProblems = problemsOf({ ttl: extendTtl }, document.getElementById('extend-form-error'));

const actions = {
  async get(key, row) {
    const answer = await ask(`Get ${shorten(key)}`, () => api.getKey(key), row.element);
    keys.answer(row, inOneLine('', answer) || (answer.json?.detail ?? answer.statusText));
    got(key, answer);
  },

  async extend(key, row) {
    const answer = await ask(`Set TTL of ${shorten(key)}`, () => api.expireKey(key, extendTtl.value), row.element);
    extendProblems.show(answer);
    if (answer.ok) keys.put(key, answer.json?.ttl ?? null);
    if (answer.status === 404) keys.drop(key);
  },

  async delete(key, row) {
    const answer = await ask(`Delete ${shorten(key)}`, () => api.deleteKey(key), row.element);
    if (answer.ok || answer.status === 404) keys.drop(key, 'deleted');
  },
};

const underWay = new Set();

const keys = new KeyList(async (action, key, row) => {
  const what = `${action} ${key}`;
  if (underWay.has(what)) return;
  underWay.add(what);
  await actions[action](key, row);
  underWay.delete(what);
});

function got(key, answer) {
  if (answer.status === 404) {
    keys.drop(key);
    tick('miss');
  } else if (answer.ok) {
    tick('hit');
  }
}

/** The keys that this window set: those of others show that the cache is shared. */
const own = new Set();

startForms({
  set(key, answer, size) {
    own.add(key);
    tick('set');
    // When it was set, by the API's clock, as the events of the stream have it.
    keys.put(key, answer?.ttl ?? null, size, Date.parse(answer?.expiresAt) - 1000 * answer?.ttl);
  },
  got,
});

const activity = new Activity();
const numbers = new Numbers();
const feed = new Feed(
  events => {
    keys.hear(events);
    activity.add(events);
    numbers.hear(events);
    if (events.some(({ type }) => type === 'expired')) tick('expired');
  },
  state => {
    activity.state = state;
    keys.stale = state === 'lost' || state === 'buffered';
    if (state !== 'open') numbers.redis = null;
    streamIs(state);
  },
  {
    stats: stats => numbers.take(stats),
    keys: page => keys.take(page),
    limits: takeLimits,
    state: told => {
      numbers.redis = told.redis === 'connected';
      activity.problem = told.live === false ? told.notLiveReason : null;
      redisIs(told);
    },
  },
);
feed.view = () => keys.view;
keys.onView = () => feed.reopen();
// The stream may tell of a set here before its answer has come.
keys.onNew = key => setTimeout(() => { if (!own.has(key)) tick('other'); }, 1_000);

onAway(away => {
  keys.paused = away;
  numbers.paused = away;
});
onOutage(async outage => {
  const had = keys.hadKeys;
  let empty = null;
  // Right after an outage requests may still fail.
  for (let tries = 0; empty === null && tries < 5; tries++) {
    if (tries > 0) await new Promise(resolve => setTimeout(resolve, 500));
    empty = await keys.refresh();
  }
  activity.addOutage(outage, Boolean(empty) && had);
});
onLocked(locked => { feed.locked = locked; });
const settings = loadSettings();
startSignIn(settings);
startStatus();
startTour();
keys.refresh();
numbers.start();
settings.then(() => {
  if (hasDashboard()) offerTraces();
  feed.start();
});
