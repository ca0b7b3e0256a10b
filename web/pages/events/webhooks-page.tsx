import type { Page, Webhook } from '../../api/answers';
import { ask, queryOf } from '../../api/client';
import { Ago, Pill } from '../../parts/facts';
import { PageHead } from '../../parts/page-head';
import { linkTo, route } from '../../parts/router';
import { Empty, Needs, WhenLoaded } from '../../parts/states';
import { Table } from '../../parts/table';
import { useLoad } from '../../parts/use-load';
import { useEvery } from '../../parts/use-news';

/** The endpoints of other systems that get events. */
export function WebhooksPage() {
  return (
    <>
      <PageHead title="Webhooks" lead="Endpoints of other systems, and what waits for them." />
      <Needs scope="webhooks:read" to="see webhooks">
        <Webhooks />
      </Needs>
    </>
  );
}

function Webhooks() {
  const cursor = route.value.query.get('cursor') ?? undefined;
  const loaded = useLoad(
    (signal) => ask<Page<Webhook>>(`/v1/webhooks${queryOf({ limit: '50', cursor })}`, { signal }),
    [cursor],
  );
  useEvery(5, loaded.reload);
  return (
    <WhenLoaded loaded={loaded}>
      {({ items, nextCursor }) => (
        <>
          {items.length === 0 ? (
            <Empty>There is no webhook. Create one with PUT /v1/webhooks.</Empty>
          ) : (
            <WebhookTable items={items} />
          )}
          {nextCursor && (
            <p class="pager">
              <a href={linkTo('webhooks') + queryOf({ cursor: nextCursor })}>More webhooks</a>
            </p>
          )}
        </>
      )}
    </WhenLoaded>
  );
}

function WebhookTable({ items }: { items: readonly Webhook[] }) {
  return (
    <Table
      caption="Webhooks"
      columns={['Webhook', 'State', ['Waiting', 'number'], ['Last accepted', 'wide']]}
    >
      {items.map((webhook) => (
        <tr key={webhook.id}>
          <td>
            <a href={linkTo('webhooks', webhook.id)}>{webhook.id}</a>
            <div class="small quiet address">{webhook.url}</div>
          </td>
          <td>
            <WebhookState webhook={webhook} />
          </td>
          <td class="number">{webhook.waiting.toLocaleString('en')}</td>
          <td class="wide">{webhook.acceptedAt ? <Ago moment={webhook.acceptedAt} /> : 'never'}</td>
        </tr>
      ))}
    </Table>
  );
}

export function WebhookState({ webhook }: { webhook: Webhook }) {
  if (!webhook.enabled) return <Pill tone="calm">off</Pill>;
  if (webhook.failing) return <Pill tone="bad">failing</Pill>;
  return <Pill tone="good">delivers</Pill>;
}
