-- No log tells yet what became of damaged units. Whoever follows it without knowing such events stands down from here on,
-- so that it passes none of them; whoever knows them goes on from there, and has nothing to read again.
-- A turn that is under way has read its revision already: it is waited for.
SELECT pg_advisory_xact_lock(hashtextextended('holdfast/subscription/' || name, 0))
FROM unnest('{availability,backorder-filling}'::text[]) AS name;
UPDATE "subscription" SET "revision" = 3 WHERE "name" = 'availability' AND "revision" = 2;
UPDATE "subscription" SET "revision" = 2 WHERE "name" = 'backorder-filling' AND "revision" = 1;
