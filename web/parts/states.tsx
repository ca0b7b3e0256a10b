import type { ComponentChildren } from 'preact';
import { may, session } from '../api/session';
import type { Loaded } from './use-load';

/** Shows an answer once it is there; before that, that it is read, or why it cannot be. */
export function WhenLoaded<Answer>({
  loaded,
  children,
}: {
  loaded: Loaded<Answer>;
  children: (answer: Answer) => ComponentChildren;
}) {
  const { answer, problem, reload } = loaded;
  return (
    <>
      {problem && (
        <div class="banner bad" role="alert">
          <span>{problem.message}</span>
          {problem.status !== 403 && problem.status !== 404 && (
            <button type="button" class="plain" onClick={reload}>
              Try again
            </button>
          )}
        </div>
      )}
      {answer === undefined && !problem && <p class="quiet">Reading…</p>}
      {answer !== undefined && children(answer)}
    </>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** Shows its content to keys with a scope; tells all others which scope is missing. */
export function Needs({ scope, to, children }: { scope: string; to: string; children: ComponentChildren }) {
  if (may(scope)) return <>{children}</>;
  return (
    <div class="banner" role="note">
      <span>
        Your key ({session.value?.caller}) may not {to}. It lacks the scope <code>{scope}</code>: an
        administrator can make a key that has it.
      </span>
    </div>
  );
}
