import { useEffect, useId, useRef, useState } from 'preact/hooks';

export interface Question {
  readonly title: string;
  readonly text: string;
  /** The label of the field; the dialog only asks for a yes without it. */
  readonly field?: { readonly label: string; readonly placeholder: string; readonly type: 'note' | 'moment' };
  readonly yes: string;
  readonly onYes: (value: string) => void;
}

/** Asks before an action, with a note or a moment where the action needs one. Escape and Cancel leave it undone. */
export function AskDialog({ question, onClose }: { question: Question; onClose: () => void }) {
  const { title, text, field, yes, onYes } = question;
  const dialog = useRef<HTMLDialogElement>(null);
  const [value, setValue] = useState('');
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    onYes(value.trim());
    onClose();
  };
  const input = {
    id,
    value,
    required: true,
    onInput: (event: Event) => setValue((event.currentTarget as HTMLInputElement).value),
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby={`${id}-title`}>
      <form onSubmit={submit}>
        <h2 id={`${id}-title`}>{title}</h2>
        <p>{text}</p>
        {field && <label htmlFor={id}>{field.label}</label>}
        {field?.type === 'note' && (
          <textarea {...input} rows={3} maxLength={500} placeholder={field.placeholder} />
        )}
        {field?.type === 'moment' && <input {...input} type="datetime-local" step="1" />}
        <div class="actions">
          <button type="submit">{yes}</button>
          <button type="button" class="plain" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}
