import { Activity } from './activity.js';
import * as api from './api.js';
import { Feed } from './feed.js';
import { startForms } from './forms.js';
import { shorten } from './format.js';
import { KeyList } from './keys.js';
import { Numbers } from './numbers.js';
import { problemsOf } from './problems.js';
import { ask, bringIntoView } from './response.js';
import { loadSettings } from './settings.js';
import { startSignIn } from './signIn.js';
import { onAway, onLocked, redisIs, startStatus, streamIs } from './status.js';

const extendTtl = document.getElementById('extend-ttl');
const extendProblems = problemsOf({ ttl: extendTtl });

const actions = {
  async get(key) {
    const answer = await ask(`Get ${shorten(key)}`, () => api.getKey(key));
    bringIntoView();
    if (answer.status === 404) keys.drop(key);
  },

  async extend(key) {
    const answer = await ask(`Set TTL of ${shorten(key)}`, () => api.expireKey(key, extendTtl.value));
    extendProblems.show(answer);
    if (answer.ok) keys.put(key, answer.json?.ttl ?? null);
    if (answer.status === 404) keys.drop(key);
  },

  async delete(key) {
    const answer = await ask(`Delete ${shorten(key)}`, () => api.deleteKey(key));
    if (answer.ok || answer.status === 404) keys.drop(key, 'deleted');
  },
};

const underWay = new Set();

const keys = new KeyList(async (action, key) => {
  const what = `${action} ${key}`;
  if (underWay.has(what)) return;
  underWay.add(what);
  await actions[action](key);
  underWay.delete(what);
});

startForms({
  set(key, answer, size) {
    // When it was set, by the API's clock, as the events of the stream have it.
    keys.put(key, answer?.ttl ?? null, size, Date.parse(answer?.expiresAt) - 1000 * answer?.ttl);
  },
  missed: key => keys.drop(key),
});

const activity = new Activity();
const numbers = new Numbers();
const feed = new Feed(
  events => {
    keys.hear(events);
    activity.add(events);
    numbers.hear(events);
  },
  state => {
    activity.state = state;
    if (state !== 'open') numbers.redis = null;
    streamIs(state);
  },
  {
    stats: stats => numbers.take(stats),
    keys: page => keys.take(page),
    state: told => {
      numbers.redis = told.redis === 'connected';
      activity.problem = told.live === false ? told.notLiveReason : null;
      redisIs(told);
    },
  },
);
feed.view = () => keys.view;
keys.onView = () => feed.reopen();

onAway(away => {
  keys.paused = away;
  numbers.paused = away;
});
onLocked(locked => { feed.locked = locked; });
const settings = loadSettings();
startSignIn(settings);
startStatus();
keys.refresh();
numbers.start();
settings.then(() => feed.start());
