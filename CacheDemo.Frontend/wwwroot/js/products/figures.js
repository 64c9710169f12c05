import { milliseconds } from '../format.js';

/** Reads from memory take some hundredths of a millisecond. */
export const time = ms => ms === null || ms === undefined ? '–'
  : (ms < 1 ? `${ms.toFixed(2)} ms` : milliseconds(ms)).replace(' ', '\u00a0');

/** 0.4 s · 12 s */
export const seconds = value => `${value < 10 ? value.toFixed(1) : Math.round(value)}\u00a0s`;

export const money = price => price.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const percent = share => `${share > .99 && share < 1 ? (share * 100).toFixed(1) : Math.round(share * 100)}\u00a0%`;

export const whole = count => Math.round(count).toLocaleString('en');

/** In which words an answer is told of; `stale` and `failed` are told beside the sources of the API. */
export const SOURCES = { memory: 'memory', cache: 'Redis', database: 'database', stale: 'expired', failed: 'error' };

/** The API names its processes so that no two are alike; what differs is at the end. */
export const instanceName = instance => instance.length > 14 ? `…${instance.slice(-12)}` : instance;
