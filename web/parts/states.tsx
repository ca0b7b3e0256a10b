import type { ComponentChildren } from 'preact';
import { may, ownRights, session } from '../api/session';
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

/** Shows its content to users with a scope; tells all others which scope is missing. */
export function Needs({ scope, to, children }: { scope: string; to: string; children: ComponentChildren }) {
  if (may(scope)) return <>{children}</>;
  return (
    <div class="banner" role="note">
      <span>
        {ownRights()} ({session.value?.caller}) may not {to}, for want of the scope <code>{scope}</code>: an
        administrator can give it.
      </span>
    </div>
  );
}
