-- SPDX-License-Identifier: Apache-2.0
-- From version 2 to 3: roll-outs, and what they are judged by. Times are Unix times in ms.
ALTER TABLE device ADD lost bigint;
CREATE INDEX progress_received ON progress (site, received);
CREATE INDEX event_cue ON event (session) WHERE type = 'undertone.cue.opened.v1'; -- of each day's table
CREATE TABLE rollout (
    site text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    ring integer NOT NULL,
    share integer NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'open', 'passed', 'stopped')),
    hold_s bigint NOT NULL,
    opened bigint,
    changed bigint NOT NULL,
    note text NOT NULL,
    why text NOT NULL,
    changed_by text NOT NULL,
    recorded text NOT NULL,
    PRIMARY KEY (site, number, ring)
);
CREATE TABLE rollout_file (
    site text COLLATE "C" NOT NULL,
    sha256 text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    bytes bigint NOT NULL,
    hex text NOT NULL,
    PRIMARY KEY (site, sha256, number)
);
CREATE TABLE device_rollout (
    site text COLLATE "C" NOT NULL,
    device text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    state smallint NOT NULL,
    why text NOT NULL,
    boot text COLLATE "C" NOT NULL,
    since bigint NOT NULL,
    taken bigint,
    PRIMARY KEY (site, device)
);

-- Whether it was news: not of an older boot or connection. A call in progress of an earlier boot will not go on. A desk that
-- was connected (0) is lost when its will says so (2), or when it is there with another boot and has not closed.
CREATE OR REPLACE FUNCTION keep_status(of_site text, of_epoch bigint, of_device text, of_state integer, is_connected boolean,
    of_boot text, of_connection bigint, of_session text, now_ms bigint) RETURNS boolean LANGUAGE plpgsql AS $$
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
        AND d.boot <> of_boot)) THEN now_ms ELSE d.lost END, state = of_state, boot = of_boot, connection = of_connection,
        session = of_session;
    IF is_connected THEN
        UPDATE progress p SET boot = of_boot WHERE p.session = of_session AND p.site = of_site AND p.device = of_device;
        WITH lost AS (UPDATE progress p SET state = 'LOST' WHERE p.site = of_site AND p.device = of_device
            AND p.state = 'IN_PROGRESS' AND p.session <> of_session AND p.boot < of_boot RETURNING p.session)
        DELETE FROM live USING lost WHERE live.session = lost.session;
    END IF;
    RETURN true;
END $$;

-- A new roll-out of which the first ring is open. Not where its number is not above the newest, or that one is not over: one
-- that opens at the same time waits for this one.
CREATE FUNCTION open_rollout(of_site text, of_number bigint, of_hold_s bigint, of_by text, now_ms bigint, shares bigint[],
    notes text[], sha256s text[], sizes bigint[], hexes text[]) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('undertone.rollout.' || of_site));
    IF EXISTS (SELECT FROM rollout WHERE site = of_site AND (number >= of_number OR state IN ('open', 'waiting'))) THEN
        RETURN false;
    END IF;
    INSERT INTO rollout (site, number, ring, share, state, hold_s, opened, changed, note, why, changed_by, recorded)
        SELECT of_site, of_number, u.i - 1, u.share, CASE u.i WHEN 1 THEN 'open' ELSE 'waiting' END, of_hold_s,
        CASE u.i WHEN 1 THEN now_ms END, now_ms, u.note, '', of_by, 'waiting'
        FROM unnest(shares, notes) WITH ORDINALITY AS u (share, note, i);
    DELETE FROM rollout_file f WHERE f.site = of_site AND (f.number IN (SELECT r.number FROM rollout r WHERE r.site = of_site
        AND r.state = 'stopped') OR f.number < (SELECT max(r.number) FROM rollout r WHERE r.site = of_site
        AND r.ring = cardinality(shares) - 1 AND r.opened IS NOT NULL));
    INSERT INTO rollout_file (site, sha256, number, bytes, hex) SELECT of_site, u.sha256, of_number, u.bytes, u.hex
        FROM unnest(sha256s, sizes, hexes) AS u (sha256, bytes, hex) ON CONFLICT DO NOTHING;
    RETURN true;
END $$;

-- An open ring has passed, and the next one opens.
CREATE FUNCTION pass_ring(of_site text, of_epoch bigint, of_number bigint, of_ring integer, of_why text, now_ms bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fence(of_site, of_epoch);
    UPDATE rollout SET state = 'passed', changed = now_ms, why = of_why, changed_by = 'serve' WHERE site = of_site
        AND number = of_number AND ring = of_ring AND state = 'open';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE rollout SET state = 'open', opened = now_ms, changed = now_ms, changed_by = 'serve' WHERE site = of_site
        AND number = of_number AND ring = of_ring + 1 AND state = 'waiting';
    RETURN true;
END $$;

-- All rings of the newest one.
CREATE FUNCTION stop_rollout(of_site text, of_epoch bigint, of_number bigint, of_by text, of_why text, now_ms bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fence(of_site, of_epoch);
    UPDATE rollout SET state = 'stopped', changed = now_ms, why = of_why, changed_by = of_by WHERE site = of_site
        AND number = of_number AND state <> 'stopped' AND number = (SELECT max(number) FROM rollout WHERE site = of_site);
    RETURN FOUND;
END $$;

-- A ring's state is on the record of whoever serves the site.
CREATE FUNCTION record_ring(of_site text, of_epoch bigint, of_number bigint, of_ring integer, of_state text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fence(of_site, of_epoch);
    UPDATE rollout SET recorded = of_state WHERE site = of_site AND number = of_number AND ring = of_ring;
END $$;

-- Whether it was news: what brokers retain may come in any order. The later start counts, and within one the later state. A
-- number so far ahead of the newest is none of the site's.
CREATE FUNCTION report_rollout(of_site text, of_epoch bigint, of_device text, of_number bigint, of_state smallint, of_why text,
    of_boot text, is_taken boolean, now_ms bigint, ahead bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fence(of_site, of_epoch);
    IF of_number >= ahead + (SELECT coalesce(max(number), 0) FROM rollout WHERE site = of_site) THEN
        RETURN false;
    END IF;
    INSERT INTO device_rollout AS r (site, device, number, state, why, boot, since, taken) VALUES (of_site, of_device,
        of_number, of_state, of_why, of_boot, now_ms, CASE WHEN is_taken THEN now_ms END) ON CONFLICT (site, device) DO UPDATE
        SET taken = CASE WHEN r.number = of_number THEN coalesce(r.taken, CASE WHEN is_taken THEN now_ms END)
            WHEN is_taken THEN now_ms END,
            since = CASE WHEN (r.number, r.state) = (of_number, of_state) THEN r.since ELSE now_ms END, number = of_number,
            state = of_state, why = of_why, boot = of_boot
        WHERE (of_number, of_boot COLLATE "C", of_state) > (r.number, r.boot, r.state);
    RETURN FOUND;
END $$;
