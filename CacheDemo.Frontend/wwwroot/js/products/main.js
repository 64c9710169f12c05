import { Feed } from '../feed.js';
import { loadSettings } from '../settings.js';
import { startSignIn } from '../signIn.js';
import { onAway, onLocked, redisIs, startStatus, streamIs } from '../status.js';
import { takeConditions } from './conditions.js';
import './copies.js';
import { takeExpiry, takeExpiryResult } from './expiry.js';
import { startGuide } from './guide.js';
import { takeLoad, takeLoadResult } from './load.js';
import { loadProducts } from './product.js';
import './stampede.js';

/** The stream tells the conditions together with the state, where there are experiments. */
const LAB_MS = 1_000;

/** The database may be on its way. */
const RETRY_MS = 2_000;

let labTimer = 0;
let listing = false;

const feed = new Feed(() => {}, streamIs, {
  state: told => {
    redisIs(told);
    labTimer ||= setTimeout(() => showLab(false), LAB_MS);
  },
  conditions: conditions => {
    clearTimeout(labTimer);
    labTimer = -1;
    showLab(true);
    takeConditions(conditions);
  },
  load: takeLoad,
  loadResult: takeLoadResult,
  expiry: takeExpiry,
  expiryResult: takeExpiryResult,
});

function showLab(isThere) {
  document.getElementById('lab-off').hidden = isThere;
  for (const part of document.querySelectorAll('[data-lab]')) part.hidden = !isThere;
}

const settings = loadSettings();
startSignIn(settings);
startStatus();
startGuide();
onAway(away => { if (!away) list(); });
onLocked(locked => { feed.locked = locked; });
settings.then(() => {
  feed.start();
  list();
});

/** Until the products are here; whatever else is away, the banner says, and this goes on when it is back. */
async function list() {
  if (listing) return;
  listing = true;
  const answer = await loadProducts();
  if (answer.ok) return;
  if (answer.status === 503) setTimeout(() => { listing = false; list(); }, RETRY_MS);
  else listing = false;
}
