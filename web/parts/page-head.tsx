import { useEffect, useRef } from 'preact/hooks';
import { Copy } from './facts';

/** The heading of a page. It names the tab and the thing that the page shows, and takes the focus when the page opens. */
export function PageHead({ title, lead, id }: { title: string; lead?: string; id?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${[title, id].filter(Boolean).join(' ')} · Holdfast`;
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [title, id]);
  return (
    <div class="page-head">
      <h1 ref={heading} tabIndex={-1}>
        {title} {id && <span class="named">{id}</span>}
      </h1>
      {id && <Copy value={id} />}
      {lead && <p class="quiet">{lead}</p>}
    </div>
  );
}
