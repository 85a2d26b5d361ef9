-- SPDX-License-Identifier: Apache-2.0
-- From version 3 to 4: a site that is split; and a desk whose close was missed is not a lost one.

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

-- As before, but that a state which a broker had retained does not say that the boot before was lost: it may have closed
-- while nobody heard it; and that a desk which came here from the site of the split ends its call there, too.
DROP FUNCTION keep_status(text, bigint, text, integer, boolean, text, bigint, text, bigint);
CREATE FUNCTION keep_status(of_site text, of_epoch bigint, of_device text, of_state integer, is_connected boolean,
    of_boot text, of_connection bigint, of_session text, now_ms bigint, is_retained boolean, of_from text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    known device;
BEGIN
    PERFORM fence(of_site, of_epoch);
    SELECT * INTO known FROM device d WHERE d.site = of_site AND d.device = of_device FOR UPDATE;
    IF FOUND THEN
        IF (of_boot COLLATE "C", of_connection) < (known.boot, known.connection) THEN
            RETURN false;
        ELSIF (of_boot, of_connection, of_state, of_session) = (known.boot, known.connection, known.state, known.session) THEN
            RETURN true;
        END IF;
    END IF;
    INSERT INTO device AS d (site, device, state, boot, connection, session, since) VALUES (of_site, of_device, of_state,
        of_boot, of_connection, of_session, now_ms) ON CONFLICT (site, device) DO UPDATE SET since = CASE
        WHEN d.state = of_state THEN d.since ELSE now_ms END, lost = CASE WHEN d.state = 0 AND (of_state = 2 OR (is_connected
        AND d.boot <> of_boot
        AND NOT is_retained)) THEN now_ms ELSE d.lost END, state = of_state, boot = of_boot, connection = of_connection,
        session = of_session;
    IF is_connected THEN
        UPDATE progress p SET boot = of_boot WHERE p.session = of_session AND p.site = of_site AND p.device = of_device;
        WITH lost AS (UPDATE progress p SET state = 'LOST' WHERE p.site IN (of_site, of_from) AND p.device = of_device
            AND p.state = 'IN_PROGRESS' AND p.session <> of_session AND p.boot < of_boot RETURNING p.session)
        DELETE FROM live USING lost WHERE live.session = lost.session;
    END IF;
    RETURN true;
END $$;
