-- SPDX-License-Identifier: Apache-2.0
-- The ledger of many floors in PostgreSQL, version 1: what host-tools/serve/ledger.h asks of a kind of database. Times are
-- Unix times in ms. A day is one of Unix time, of when a session's first event was received: it never changes, so that
-- (day, session, sequence) is one event whatever a sender says of its time, and a day's rows go as a whole.
CREATE TABLE site (
    site text COLLATE "C" PRIMARY KEY,
    events bigint NOT NULL DEFAULT 0,
    sessions bigint NOT NULL DEFAULT 0
);
CREATE TABLE device (
    site text COLLATE "C" NOT NULL,
    device text COLLATE "C" NOT NULL,
    state smallint NOT NULL,
    boot text COLLATE "C" NOT NULL,
    connection bigint NOT NULL,
    session text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    PRIMARY KEY (site, device)
);
CREATE TABLE progress (
    session text COLLATE "C" PRIMARY KEY,
    day integer NOT NULL,
    site text COLLATE "C" NOT NULL,
    device text COLLATE "C" NOT NULL,
    contact text NOT NULL,
    boot text COLLATE "C" NOT NULL,
    began bigint NOT NULL,
    ended bigint,
    received bigint NOT NULL,
    contiguous bigint NOT NULL DEFAULT 0,
    newest bigint NOT NULL DEFAULT 0,
    refused boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'IN_PROGRESS' CHECK (state IN ('IN_PROGRESS', 'COMPLETED', 'FAILED', 'LOST'))
);
CREATE INDEX progress_device ON progress (site, device) WHERE state = 'IN_PROGRESS';
CREATE INDEX progress_ended ON progress (site, ended);
CREATE INDEX progress_day ON progress (day);
CREATE TABLE event (
    day integer NOT NULL,
    session text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    received bigint NOT NULL,
    customer text COLLATE "C",
    json text NOT NULL,
    PRIMARY KEY (day, session, sequence)
) PARTITION BY LIST (day);
CREATE INDEX event_customer ON event (customer) WHERE customer IS NOT NULL;
CREATE TABLE score (
    day integer NOT NULL,
    session text COLLATE "C" NOT NULL,
    t bigint NOT NULL,
    at bigint NOT NULL,
    json text NOT NULL,
    PRIMARY KEY (day, session, t)
) PARTITION BY LIST (day);
CREATE TABLE live (
    session text COLLATE "C" PRIMARY KEY,
    site text COLLATE "C" NOT NULL,
    updated bigint NOT NULL,
    snapshot text
);
CREATE INDEX live_site ON live (site);
CREATE TABLE flag (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text COLLATE "C" NOT NULL,
    session text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    raised bigint NOT NULL,
    lowered bigint,
    acked bigint,
    acked_by text,
    acted bigint,
    action text,
    UNIQUE (session, sequence)
);
CREATE INDEX flag_open ON flag (site) WHERE lowered IS NULL;
CREATE TABLE checkpoint (
    site text COLLATE "C" NOT NULL,
    device text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    verifier text NOT NULL,
    root text NOT NULL,
    note text NOT NULL,
    received bigint NOT NULL,
    PRIMARY KEY (site, device, n)
);

-- Nothing of what people said or did goes into the planner's samples, which would outlive it.
ALTER TABLE progress ALTER contact SET STATISTICS 0;
ALTER TABLE event ALTER json SET STATISTICS 0, ALTER customer SET STATISTICS 0;
ALTER TABLE score ALTER json SET STATISTICS 0;
ALTER TABLE live ALTER snapshot SET STATISTICS 0;
ALTER TABLE flag ALTER acked_by SET STATISTICS 0, ALTER action SET STATISTICS 0;

-- Who serves a site, until when by the server's clock; each change of hands is an epoch of its own.
CREATE TABLE lease (
    site text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    until timestamptz NOT NULL
);

-- A call with its newest flag and its desk's link.
CREATE VIEW call AS
SELECT p.site, p.session, p.contact, p.state, p.began, p.ended, p.contiguous AS events,
    (SELECT count(*) FROM event e WHERE e.day = p.day AND e.session = p.session AND e.type = 'undertone.cue.opened.v1') AS cues,
    v.updated, v.snapshot, f.id AS flag, f.raised, f.lowered, f.acked, f.acked_by, f.acted, f.action,
    (SELECT e.json FROM event e WHERE e.day = p.day AND e.session = p.session AND e.sequence = f.sequence) AS flag_event,
    d.state AS link, d.since AS link_since, p.device, v.session IS NOT NULL AS is_live
FROM progress p
    LEFT JOIN live v ON v.session = p.session
    LEFT JOIN device d ON d.site = p.site AND d.device = p.device
    LEFT JOIN LATERAL (SELECT * FROM flag WHERE flag.session = p.session ORDER BY id DESC LIMIT 1) f ON true
WHERE p.device <> '';

-- Takes the lease of a site, or keeps it. mine is the epoch, 0 where somebody else has it.
CREATE FUNCTION hold(of_site text, of_holder text, seconds integer)
RETURNS TABLE (mine bigint, whose text, left_ms bigint, now_ms bigint) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lease AS l (site, holder, epoch, until)
        VALUES (of_site, of_holder, 1, clock_timestamp() + make_interval(secs => seconds))
        ON CONFLICT (site) DO UPDATE SET epoch = l.epoch + CASE WHEN l.holder = of_holder THEN 0 ELSE 1 END,
            holder = excluded.holder, until = excluded.until WHERE l.holder = of_holder OR l.until < clock_timestamp();
    RETURN QUERY SELECT CASE WHEN l.holder = of_holder THEN l.epoch ELSE 0 END, l.holder,
        greatest(0, ceil(1000 * extract(epoch FROM l.until - clock_timestamp())))::bigint,
        (1000 * extract(epoch FROM clock_timestamp()))::bigint FROM lease l WHERE l.site = of_site;
END $$;

-- Ends the transaction of one that has lost the lease; who takes it over waits for one that has it still. Epoch 0: there is
-- no lease to hold.
CREATE FUNCTION fence(of_site text, of_epoch bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF of_epoch > 0 THEN
        PERFORM 1 FROM lease WHERE site = of_site AND epoch = of_epoch FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'another program serves site % now', of_site USING ERRCODE = '55P03';
        END IF;
    END IF;
END $$;

-- A day's tables, made once. Whoever asks at the same time waits, and finds them in the catalogue's rows (its cache, which
-- to_regclass asks, is as of before the wait). They are attached, which no reader and no writer of other days waits for.
CREATE FUNCTION make_day(of_day integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    parent text;
BEGIN
    IF to_regclass('undertone.event_' || of_day) IS NOT NULL AND to_regclass('undertone.score_' || of_day) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('undertone.make_day'));
    FOREACH parent IN ARRAY ARRAY['event', 'score'] LOOP
        IF NOT EXISTS (SELECT FROM pg_class c WHERE c.relname = parent || '_' || of_day
            AND c.relnamespace = 'undertone'::regnamespace)
        THEN
            EXECUTE format('CREATE TABLE %s_%s (LIKE %s INCLUDING ALL)', parent, of_day, parent);
            EXECUTE format('ALTER TABLE %s_%s ALTER json SET STATISTICS 0', parent, of_day);
            EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s_%s FOR VALUES IN (%s)', parent, parent, of_day, of_day);
        END IF;
    END LOOP;
    EXECUTE format('ALTER TABLE event_%s ALTER customer SET STATISTICS 0', of_day);
END $$;

-- A scored event or score without what it says of the customer.
CREATE FUNCTION erased(event text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_set(event::jsonb, '{data}', jsonb_build_object('ContactId', event::jsonb -> 'data' -> 'ContactId',
        'Erased', true))::text
$$;

-- What follows from an event once all before it are there.
CREATE FUNCTION apply(p progress, of_sequence bigint, of_type text, at_ms bigint, now_ms bigint, scored_cues text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CASE of_type
    WHEN 'undertone.session.started.v1' THEN
        UPDATE progress SET began = at_ms WHERE session = p.session;
        INSERT INTO live (session, site, updated) VALUES (p.session, p.site, now_ms) ON CONFLICT DO NOTHING;
    WHEN 'undertone.session.completed.v1', 'undertone.session.failed.v1' THEN
        UPDATE progress SET ended = at_ms, state = CASE of_type WHEN 'undertone.session.failed.v1' THEN 'FAILED'
            ELSE 'COMPLETED' END WHERE session = p.session;
        UPDATE flag SET lowered = at_ms WHERE session = p.session AND lowered IS NULL;
        DELETE FROM live WHERE session = p.session;
    WHEN 'undertone.session.refused.v1' THEN
        UPDATE event e SET json = erased(json) WHERE e.day = p.day AND e.session = p.session
            AND (e.type = 'undertone.handover.v1' OR e.json::json -> 'data' ->> 'Cue' = ANY (scored_cues));
        DELETE FROM score s WHERE s.day = p.day AND s.session = p.session;
        UPDATE live SET snapshot = NULL WHERE session = p.session;
    WHEN 'undertone.flag.raised.v1' THEN
        INSERT INTO flag (site, session, sequence, raised) VALUES (p.site, p.session, of_sequence, at_ms)
            ON CONFLICT DO NOTHING;
    WHEN 'undertone.flag.lowered.v1' THEN
        UPDATE flag SET lowered = at_ms WHERE session = p.session AND lowered IS NULL;
    ELSE
        NULL;
    END CASE;
END $$;

-- A batch, whole or not at all: i counts from 1 as the arrays do, result is one of enum ut_ledger_result, reached is the
-- session's last event without a hole. Sessions are taken in their order, so that two that take cannot wait for each other.
CREATE FUNCTION take(of_site text, of_epoch bigint, now_ms bigint, far bigint, scored_cues text[], sessions text[], devices text[],
    contacts text[], types text[], sequences bigint[], ats bigint[], ts bigint[], jsons text[])
RETURNS TABLE (i bigint, result integer, reached bigint) LANGUAGE plpgsql AS $$
DECLARE
    is_new CONSTANT integer := 0;
    is_again CONSTANT integer := 1;
    is_too_far CONSTANT integer := 2;
    is_foreign CONSTANT integer := 3;
    today CONSTANT integer := now_ms / 86400000;
    results integer[] := array_fill(is_new, ARRAY[cardinality(sessions)]);
    e record;
    p progress;
    waiting record;
    taken bigint := 0;
    begun bigint := 0;
BEGIN
    PERFORM fence(of_site, of_epoch);
    PERFORM make_day(today);
    FOR e IN SELECT * FROM unnest(sessions, devices, contacts, types, sequences, ats, ts, jsons) WITH ORDINALITY
        AS u (session, device, contact, type, sequence, at, t, json, i) ORDER BY u.session COLLATE "C", u.i
    LOOP
        IF p.session IS DISTINCT FROM e.session THEN
            SELECT * INTO p FROM progress WHERE session = e.session FOR UPDATE;
        END IF;
        IF e.type = 'undertone.score.v1' THEN
            -- Of a call that is known; one that was on its way when its customer refused is late.
            UPDATE live SET updated = now_ms, snapshot = e.json WHERE session = e.session AND p.site = of_site
                AND p.device = e.device AND NOT (p.refused AND coalesce(e.json::json -> 'data' ->> 'Score',
                e.json::json -> 'data' ->> 'ScoreFast', e.json::json -> 'data' ->> 'ScoreSlow') IS NOT NULL);
            IF NOT FOUND THEN
                results[e.i] := is_foreign;
            ELSIF p.day >= today - 1 OR to_regclass('undertone.score_' || p.day) IS NOT NULL THEN -- else its day has gone
                INSERT INTO score (day, session, t, at, json) VALUES (p.day, e.session, e.t, now_ms, e.json)
                    ON CONFLICT DO NOTHING;
            END IF;
            CONTINUE;
        END IF;
        IF p.session IS NULL THEN
            INSERT INTO progress (session, day, site, device, contact, boot, began, received) VALUES (e.session, today,
                of_site, e.device, e.contact, coalesce((SELECT d.boot FROM device d WHERE d.site = of_site
                AND d.device = e.device AND d.session = e.session), ''), e.at, now_ms) ON CONFLICT DO NOTHING;
            IF FOUND THEN
                begun := begun + 1;
            END IF;
            SELECT * INTO p FROM progress WHERE session = e.session FOR UPDATE;
        END IF;
        IF p.site <> of_site OR p.device <> e.device THEN
            results[e.i] := is_foreign;
        ELSIF e.sequence <= p.contiguous THEN
            results[e.i] := is_again;
        ELSIF e.sequence > p.contiguous + far THEN
            results[e.i] := is_too_far;
        ELSE
            INSERT INTO event (day, session, sequence, type, at, received, customer, json) VALUES (p.day, e.session,
                e.sequence, e.type, e.at, now_ms, CASE WHEN e.type IN ('undertone.session.started.v1',
                'undertone.session.identified.v1') THEN e.json::json -> 'data' ->> 'Customer' END, e.json)
                ON CONFLICT DO NOTHING;
            IF NOT FOUND THEN
                results[e.i] := is_again;
                CONTINUE;
            END IF;
            taken := taken + 1;
            p.newest := greatest(p.newest, e.sequence);
            p.refused := p.refused OR e.type = 'undertone.session.refused.v1';
            IF e.sequence = p.contiguous + 1 THEN
                p.contiguous := e.sequence;
                PERFORM apply(p, e.sequence, e.type, e.at, now_ms, scored_cues);
                WHILE p.newest > p.contiguous LOOP -- what had to wait for the hole that is filled now
                    SELECT w.type, w.at INTO waiting FROM event w WHERE w.day = p.day AND w.session = p.session
                        AND w.sequence = p.contiguous + 1;
                    EXIT WHEN NOT FOUND;
                    p.contiguous := p.contiguous + 1;
                    PERFORM apply(p, p.contiguous, waiting.type, waiting.at, now_ms, scored_cues);
                END LOOP;
            END IF;
            UPDATE progress SET contiguous = p.contiguous, newest = p.newest, refused = p.refused
                WHERE session = p.session;
        END IF;
    END LOOP;
    IF taken + begun > 0 THEN
        INSERT INTO site (site, events, sessions) VALUES (of_site, taken, begun) ON CONFLICT (site) DO UPDATE
            SET events = site.events + taken, sessions = site.sessions + begun;
    END IF;
    RETURN QUERY SELECT u.i, results[u.i], coalesce(q.contiguous, 0) FROM unnest(sessions) WITH ORDINALITY AS u (session, i)
        LEFT JOIN progress q ON q.session = u.session ORDER BY u.i;
END $$;

-- Whether it was news: not of an older boot or connection. A call in progress of an earlier boot will not go on.
CREATE FUNCTION keep_status(of_site text, of_epoch bigint, of_device text, of_state integer, is_connected boolean, of_boot text,
    of_connection bigint, of_session text, now_ms bigint) RETURNS boolean LANGUAGE plpgsql AS $$
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
        WHEN d.state = of_state THEN d.since ELSE now_ms END, state = of_state, boot = of_boot, connection = of_connection,
        session = of_session;
    IF is_connected THEN
        UPDATE progress p SET boot = of_boot WHERE p.session = of_session AND p.site = of_site AND p.device = of_device;
        WITH lost AS (UPDATE progress p SET state = 'LOST' WHERE p.site = of_site AND p.device = of_device
            AND p.state = 'IN_PROGRESS' AND p.session <> of_session AND p.boot < of_boot RETURNING p.session)
        DELETE FROM live USING lost WHERE live.session = lost.session;
    END IF;
    RETURN true;
END $$;

-- The tables of days that are over, the oldest first: each is dropped by itself, since a drop keeps writers waiting.
CREATE FUNCTION old_days(now_ms bigint, score_days integer, call_days integer) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'undertone.score'::regclass AND substr(c.relname, 7)::integer < now_ms / 86400000 - score_days
        OR i.inhparent = 'undertone.event'::regclass AND substr(c.relname, 7)::integer < now_ms / 86400000 - call_days
        ORDER BY 1
$$;

-- Calls of days that are over, of all sites. The number of those of one that went.
CREATE FUNCTION retain(of_site text, now_ms bigint, call_days integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    today CONSTANT integer := now_ms / 86400000;
    gone bigint;
BEGIN
    PERFORM make_day(d) FROM generate_series(today, today + 2) AS d;
    WITH going AS (DELETE FROM progress WHERE day < today - call_days RETURNING session, site),
        lives AS (DELETE FROM live USING going g WHERE live.session = g.session),
        flags AS (DELETE FROM flag USING going g WHERE flag.session = g.session),
        per_site AS (SELECT site, count(*) AS n FROM going GROUP BY site),
        fewer AS (UPDATE site s SET sessions = s.sessions - g.n FROM per_site g WHERE s.site = g.site)
    SELECT coalesce(sum(n), 0) INTO gone FROM per_site WHERE site = of_site;
    RETURN gone;
END $$;

-- A customer's calls: each stays as a row of no device, so that nothing of it is taken again. The day of each.
CREATE FUNCTION forget(of_site text, of_customer text) RETURNS SETOF integer LANGUAGE plpgsql AS $$
DECLARE
    p record;
BEGIN
    FOR p IN UPDATE progress SET device = '', contact = '', boot = '', ended = coalesce(ended, began), state = 'COMPLETED'
        WHERE site = of_site AND (day, session) IN (SELECT day, session FROM event WHERE customer = of_customer)
        RETURNING day, session
    LOOP
        DELETE FROM score s WHERE s.day = p.day AND s.session = p.session;
        DELETE FROM event e WHERE e.day = p.day AND e.session = p.session;
        DELETE FROM live WHERE session = p.session;
        DELETE FROM flag WHERE session = p.session;
        RETURN NEXT p.day;
    END LOOP;
END $$;
