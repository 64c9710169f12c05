import { announce } from './announce.js';
import * as api from './api.js';
import { problemsOf } from './problems.js';
import { signInWays } from './settings.js';
import { check, onLocked } from './status.js';

const FAILED = 'sign-in=failed';

const byId = id => document.getElementById(id);
const [panel, form, byAuthority, error, signOut] =
  ['sign-in', 'sign-in-form', 'sign-in-authority', 'sign-in-form-error', 'sign-out'].map(byId);
const { key } = form.elements;
/** What takes the focus when the page opens: its first field. */
const first = document.querySelector('main .board :is(input, select)');
const problems = problemsOf({ key }, error);

/**
 * Shows the way in instead of the page while the API lets nobody in.
 * @param {Promise<void>} settings  settles when the settings are here, or cannot be had
 */
export function startSignIn(settings) {
  onLocked(async locked => {
    await settings;
    show(locked);
  });
  settings.then(() => { signOut.hidden = !signInWays() || !panel.hidden; });
  form.addEventListener('submit', submit);
  signOut.addEventListener('click', leave);
}

function show(locked) {
  const ways = signInWays() ?? { key: true, authority: false };
  form.hidden = !ways.key;
  byAuthority.hidden = !ways.authority;
  panel.hidden = !locked;
  signOut.hidden = locked;
  document.body.toggleAttribute('data-locked', locked);
  if (!locked) {
    announce('You are signed in.');
    first.focus();
    return;
  }
  if (location.search.includes(FAILED)) {
    tell('The sign-in did not succeed. Try again, or ask whoever runs this page.');
    history.replaceState(null, '', location.pathname);
  }
  (ways.key ? key : byAuthority.querySelector('a')).focus();
}

async function submit(event) {
  event.preventDefault();
  const button = form.querySelector('[type=submit]');
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  const answer = await api.signIn(key.value);
  button.removeAttribute('aria-disabled');
  if (answer.ok) {
    form.reset();
    await check();
    return;
  }
  problems.show(answer.status === 401 ? { ...answer, json: { errors: { key: answer.json?.detail } } } : answer);
  if (answer.failure) tell(answer.failure);
  key.focus();
}

async function leave() {
  const answer = await api.signOut();
  if (answer.ok) location.reload(); // nothing of what was shown stays
}

function tell(what) {
  error.textContent = what;
  error.hidden = false;
}
