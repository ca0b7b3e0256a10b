import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { reasons } from '../api/reasons';
import { say } from './announce';
import { fullMoment, relative, wordsOf } from './words';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'calm';

/** A short state in a tone of its own. Its words say everything that the colour says. */
export function Pill({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`pill ${tone}`}>{children}</span>;
}

const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 10_000);

/** A moment as "3 min ago"; its full date shows on hover. */
export function Ago({ moment }: { moment: string }) {
  return (
    <time dateTime={moment} title={fullMoment(moment)}>
      {relative(moment, Math.max(now.value, Date.now()))}
    </time>
  );
}

/** A button that copies an id. */
export function Copy({ value }: { value: string }) {
  const copy = () =>
    navigator.clipboard
      .writeText(value)
      .then(() => say(`${value} is copied`))
      .catch(() => say('The browser does not let this page copy', true));
  return (
    <button type="button" class="copy" aria-label={`Copy ${value}`} title="Copy" onClick={copy}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M5.5 2.5h8v8h-8zM2.5 5.5v8h8" fill="none" stroke="currentColor" stroke-width="1.4" />
      </svg>
    </button>
  );
}

/** An id that can be copied, and followed if it leads somewhere. */
export function Id({ value, href }: { value: string; href?: string | undefined }) {
  return (
    <span class="id">
      {href === undefined ? <code>{value}</code> : <a href={href}>{value}</a>}
      <Copy value={value} />
    </span>
  );
}

/** Text of the API, in which backquotes mark names. */
export function Prose({ text }: { text: string }) {
  return <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code key={part}>{part}</code> : part))}</>;
}

/** The title of a reason code from the catalogue, with its meaning on hover. */
export function Reason({ code }: { code: string }) {
  const known = reasons.value.get(code);
  return <span title={known?.meaning}>{known?.title ?? wordsOf(code)}</span>;
}

/** Names and values of one thing. */
export function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A link into the Temporal Web UI; nothing when none is configured. */
export function InTemporal({ href, children }: { href: string | undefined; children: ComponentChildren }) {
  if (href === undefined) return null;
  return (
    <a class="outside" href={href} target="_blank" rel="noreferrer">
      {children} <span aria-hidden="true">↗</span>
      <span class="unseen"> (opens the Temporal Web UI)</span>
    </a>
  );
}
