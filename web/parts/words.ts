import { STEPS } from '../../src/contracts/plans';

const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const TIME = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** Writes a moment with its date, in the time zone of the browser. */
export function fullMoment(moment: string): string {
  return FULL.format(new Date(moment));
}

/** Writes the time of day with milliseconds: steps of a saga follow each other quickly. */
export function exactTime(moment: string): string {
  const date = new Date(moment);
  return `${TIME.format(date)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;
const SHORT = { day: 'd', hour: 'h', minute: 'min', second: 's' } as const;
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

/** Writes how long ago a moment was, or how soon it is. */
export function relative(moment: string, now: number): string {
  const difference = Date.parse(moment) - now;
  const [unit, size] = UNITS.find(([, ms]) => Math.abs(difference) >= ms) ?? ['second', 1_000];
  return RELATIVE.format(Math.trunc(difference / size), unit);
}

/** Writes a duration in the largest unit that fits. */
export function duration(ms: number): string {
  const [unit, size] = UNITS.find(([, least]) => ms >= least) ?? ['millisecond', 1];
  const count = Math.round(ms / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Writes a duration in short, with one decimal where it is below ten of its unit. */
export function roundedDuration(ms: number): string {
  const [unit, size] = UNITS.find(([, least]) => ms >= least) ?? ['ms', 1];
  const count = ms / size;
  return `${count < 10 && size > 1 ? count.toFixed(1) : Math.round(count)} ${unit === 'ms' ? unit : SHORT[unit]}`;
}

/** Writes a count with its noun. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** Writes a code as words: OUT_OF_STOCK is "Out of stock", `order-placed` is "Order placed". */
export function wordsOf(code: string): string {
  const words = code.toLowerCase().replaceAll(/[_-]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Writes the type of an event as words, without its store and version. */
export function eventWords(type: string): string {
  return wordsOf(type.replace(/^[a-z]+[.]/, '').replace(/[.]v\d+$/, ''));
}

/** Writes the name of a step as an operator reads it. */
export function stepWords(step: string): string {
  if (step in STEPS) return STEPS[step as keyof typeof STEPS].label;
  return wordsOf(step.replaceAll(/([A-Z])/g, ' $1').trim());
}
