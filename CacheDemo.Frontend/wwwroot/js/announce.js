const announcer = document.getElementById('announcer');

/** Says one sentence to screen readers, also when it is the same as the last one. */
export function announce(sentence) {
  announcer.textContent = '';
  requestAnimationFrame(() => { announcer.textContent = sentence; });
}
