const encoder = new TextEncoder();

export const byteLength = text => encoder.encode(text).length;

/** 5 B · 1.5 KiB · 1 MiB */
export function bytes(count) {
  if (!Number.isFinite(count)) return '';
  if (count < 1024) return `${count} B`;
  const [value, unit] = count < 1024 * 1024 ? [count / 1024, 'KiB'] : [count / 1024 / 1024, 'MiB'];
  return `${round(value)} ${unit}`;
}

export const milliseconds = ms => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** Seconds as long as they can be taken in, which is longer than most keys live. */
export function timeLeft(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 10_000) return `${whole} s`;
  const hours = Math.floor(whole / 3600);
  if (hours < 48) return `${hours} h ${Math.floor(whole % 3600 / 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The time of day here, with the day when it is another one. */
export function clock(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return (date.toDateString() === new Date().toDateString() ? time : dayAndTime).format(date);
}

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

export const plural = (count, noun) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** A key may be 512 bytes long, which nobody wants to have read out. */
export const shorten = (text, length = 60) => text.length <= length ? text : `${text.slice(0, length - 1)}…`;

const round = value => value < 100 ? Number(value.toFixed(1)) : Math.round(value);
