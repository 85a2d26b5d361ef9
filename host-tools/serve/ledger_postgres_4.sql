-- SPDX-License-Identifier: Apache-2.0
-- From version 3 to 4: a site that is split.

-- take() for a site that may have been split from another ('': it was not): a call of one of its desks that began there goes on
-- here, with its flags. Calls are locked in take's order, so that the two sites' programs cannot wait for each other.
CREATE FUNCTION take_from(of_from text, of_site text, of_epoch bigint, now_ms bigint, far bigint, scored_cues text[], sessions text[],
    devices text[], contacts text[], types text[], sequences bigint[], ats bigint[], ts bigint[], jsons text[])
RETURNS TABLE (i bigint, result integer, reached bigint) LANGUAGE plpgsql AS $$
DECLARE
    moved text[];
    came bigint;
BEGIN
    PERFORM fence(of_site, of_epoch);
    IF of_from <> '' THEN
        SELECT array_agg(session) INTO moved FROM (SELECT p.session FROM progress p WHERE p.site = of_from AND (p.session, p.device)
            IN (SELECT * FROM unnest(sessions, devices)) ORDER BY p.session FOR UPDATE) AS own;
        UPDATE progress SET site = of_site WHERE session = ANY (moved);
        UPDATE live SET site = of_site WHERE session = ANY (moved);
        UPDATE flag SET site = of_site WHERE session = ANY (moved);
        SELECT count(*) INTO came FROM progress p JOIN event e USING (day, session) WHERE p.session = ANY (moved);
    END IF;
    RETURN QUERY SELECT * FROM take(of_site, of_epoch, now_ms, far, scored_cues, sessions, devices, contacts, types, sequences, ats,
        ts, jsons);
    IF moved IS NOT NULL THEN -- sites' rows are locked behind all calls, as in take()
        INSERT INTO site (site, events, sessions) VALUES (of_site, came, cardinality(moved)) ON CONFLICT (site) DO UPDATE
            SET events = site.events + came, sessions = site.sessions + cardinality(moved);
        UPDATE site AS old SET events = old.events - came, sessions = old.sessions - cardinality(moved) WHERE old.site = of_from;
    END IF;
END $$;
