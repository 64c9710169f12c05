const answers = document.getElementById('announcer');
const ofKeys = document.getElementById('keys-announcer');
/** At most so often it is said which keys have expired. */
const EXPIRED_MS = 3_000;
const NAMED = 3;

/** Says one sentence to screen readers, also when it is the same as the last one. */
export const announce = sentence => say(answers, sentence);

/** Says something of the list of keys, which does not take the word from an answer. */
export const announceKeys = sentence => say(ofKeys, sentence);

const expired = new Set();
let timer = 0;

/** Says which keys have expired: together, as many may at once. */
export function announceExpired(key) {
  expired.add(key);
  timer ||= setTimeout(() => {
    timer = 0;
    const keys = [...expired];
    expired.clear();
    announceKeys(keys.length > NAMED ? `${keys.length} keys expired.` : `${keys.join(', ')} expired.`);
  }, lastSaid + EXPIRED_MS > performance.now() ? EXPIRED_MS : 0);
}

let lastSaid = -Infinity;

function say(region, sentence) {
  if (region === ofKeys) lastSaid = performance.now();
  region.textContent = '';
  requestAnimationFrame(() => { region.textContent = sentence; });
}
