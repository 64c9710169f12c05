/** What the filter means: a glob as it is, any other text wherever it occurs in a key. */
export const globOf = typed => typed === '' ? null : /[*?[\]\\]/.test(typed) ? typed : `*${typed}*`;

/** Whether a Redis glob matches, so that a key set here need not wait for a scan to be listed. */
export function matches(glob, key) {
  if (glob === null) return true;
  const part = /\\(.)|\[(\^?)((?:\\.|[^\]])*)\]|([*?])|([^])/gsu;
  const pattern = glob.replace(part, (_, escaped, not, set, wild, other) => {
    if (wild) return wild === '*' ? '.*' : '.';
    if (set !== undefined) return set === '' ? '(?!)' : `[${not}${set.replace(/[[^]/g, '\\$&')}]`;
    return (escaped ?? other).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  });
  try {
    return new RegExp(`^${pattern}$`, 's').test(key);
  } catch {
    return true; // the next scan knows better
  }
}
