const DISMISSED = 'cachedemo.tour.dismissed';
const DONE = 'cachedemo.tour.done';

const tour = document.getElementById('tour');
const steps = new Map([...tour.querySelectorAll('[data-step]')].map(step => [step.dataset.step, step]));
const done = new Set(read(DONE)?.split(' ').filter(step => steps.has(step)));

/** What there is to see, each step ticked off when it was seen. Whoever hides it does not see it again. */
export function startTour() {
  if (read(DISMISSED)) {
    tour.remove();
    return;
  }
  document.getElementById('tour-dismiss').addEventListener('click', () => {
    write(DISMISSED, 'yes');
    tour.remove();
    document.getElementById('set-key').focus();
  });
  // A link to a trace that is followed, wherever on the page.
  for (const click of ['click', 'auxclick'])
    document.addEventListener(click, event => { if (event.target.closest('a.trace')) tick('trace'); });

  const others = new BroadcastChannel('cachedemo');
  others.addEventListener('message', ({ data }) => {
    tick('other');
    if (data === 'opened') others.postMessage('here');
  });
  others.postMessage('opened');
  show();
}

/** There is a dashboard, and so there are traces to see. */
export function offerTraces() {
  steps.get('trace').hidden = false;
  show();
}

/** @param {'set' | 'hit' | 'expired' | 'miss' | 'trace' | 'other'} step */
export function tick(step) {
  if (done.has(step) || !tour.isConnected) return;
  done.add(step);
  write(DONE, [...done].join(' '));
  show();
}

function show() {
  const shown = [...steps].filter(([, step]) => !step.hidden);
  const next = shown.find(([name]) => !done.has(name))?.[1];
  for (const [index, [name, step]] of shown.entries()) {
    step.dataset.number = index + 1;
    step.toggleAttribute('data-done', done.has(name));
    if (step === next) step.setAttribute('aria-current', 'step');
    else step.removeAttribute('aria-current');
  }
  tour.toggleAttribute('data-complete', next === undefined);
}

// Storage may be denied: then the steps begin anew with each visit.
function read(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // As above.
  }
}
