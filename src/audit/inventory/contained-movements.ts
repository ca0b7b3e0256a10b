import type { StoreSession } from '../../stores/postgres/store-session';
import { countedThrough } from './audit-stock';

/** Copies the movements aside before their table is emptied. */
export async function setAsideMovements(session: StoreSession): Promise<void> {
  await session.$executeRaw`CREATE TEMPORARY TABLE told ON COMMIT DROP AS SELECT * FROM supply_movement`;
}

/**
 * Restores the movements that a count already contained when they arrived. They changed nothing, so the log has no event
 * of them.
 */
export async function restoreContained(session: StoreSession): Promise<void> {
  await session.$executeRaw`
    INSERT INTO supply_movement
    SELECT told.* FROM told JOIN stock USING (sku, node_id) WHERE EXISTS (
      SELECT FROM jsonb_array_elements(supplies) AS entry
      WHERE entry->>'sourceId' = told.source_id AND coalesce(entry->>'section', '') = told.section
        AND (told.epoch < (entry->>'epoch')::bigint
          OR told.epoch = (entry->>'epoch')::bigint AND told.sequence <= ${countedThrough}))
    ON CONFLICT (source_id, sku, node_id, section, epoch, sequence) DO UPDATE SET movement = excluded.movement,
      message_id = excluded.message_id, observed_at = excluded.observed_at, received_at = excluded.received_at`;
}
