-- SPDX-License-Identifier: Apache-2.0
-- From version 1 to 2: leases know the machine of their holder, and who stands by, so that sites spread over machines.
ALTER TABLE lease ADD node text COLLATE "C" NOT NULL DEFAULT '', ADD since timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE TABLE standby (
    site text COLLATE "C" NOT NULL,
    holder text COLLATE "C" NOT NULL,
    node text COLLATE "C" NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (site, holder)
);

-- What serving a site weighs: the site itself and each desk that is connected.
CREATE FUNCTION weight(of_site text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT 1 + count(*) FROM device WHERE site = of_site AND state = 0
$$;

-- Gives a site to another machine that stands by for it, where that brings the two at least half the site's weight nearer to
-- each other: less would be given back as soon as desks come and go. One decision at a time, so that two sites do not
-- leave for the same reason. The holder learns of it when it keeps its lease.
CREATE FUNCTION balance(of_site text, seconds integer, settle integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    mine lease;
    heavy bigint := weight(of_site);
    other record;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('undertone.balance')) THEN
        RETURN;
    END IF;
    SELECT * INTO mine FROM lease WHERE site = of_site AND since < clock_timestamp() - make_interval(secs => settle);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT s.holder, s.node, coalesce(sum(weight(l.site)) FILTER (WHERE l.site IS NOT NULL), 0) AS load INTO other
        FROM standby s LEFT JOIN lease l ON l.node = s.node AND l.until > clock_timestamp()
        WHERE s.site = of_site AND s.node <> mine.node AND s.until > clock_timestamp()
        GROUP BY s.holder, s.node ORDER BY load, s.node, s.holder LIMIT 1;
    IF FOUND AND (SELECT sum(weight(site)) FROM lease WHERE node = mine.node AND until > clock_timestamp())
        >= other.load + heavy + (heavy + 1) / 2
    THEN
        UPDATE lease SET holder = other.holder, node = other.node, epoch = epoch + 1, since = clock_timestamp(),
            until = clock_timestamp() + make_interval(secs => seconds) WHERE site = of_site;
        DELETE FROM standby WHERE site = of_site AND holder = other.holder;
    END IF;
END $$;

-- Takes the lease of a site, or keeps it, or (0 seconds) gives it up; who does not get it stands by. mine is the epoch, 0
-- where somebody else has it.
DROP FUNCTION hold(text, text, integer);
CREATE FUNCTION hold(of_site text, of_holder text, of_node text, seconds integer, settle integer)
RETURNS TABLE (mine bigint, whose text, left_ms bigint, now_ms bigint, whose_node text) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lease AS l (site, holder, node, epoch, until)
        VALUES (of_site, of_holder, of_node, 1, clock_timestamp() + make_interval(secs => seconds))
        ON CONFLICT (site) DO UPDATE SET epoch = l.epoch + CASE WHEN l.holder = of_holder THEN 0 ELSE 1 END,
            since = CASE WHEN l.holder = of_holder THEN l.since ELSE clock_timestamp() END,
            holder = excluded.holder, node = excluded.node, until = excluded.until
        WHERE l.holder = of_holder OR l.until < clock_timestamp();
    IF FOUND THEN
        DELETE FROM standby s WHERE s.site = of_site AND (s.holder = of_holder OR s.until < clock_timestamp());
        PERFORM balance(of_site, seconds, settle) WHERE seconds > 0;
    ELSIF seconds > 0 THEN
        INSERT INTO standby AS s (site, holder, node, until) VALUES (of_site, of_holder, of_node, clock_timestamp()
            + interval '3 seconds') ON CONFLICT (site, holder) DO UPDATE SET until = excluded.until, node = excluded.node;
    END IF;
    RETURN QUERY SELECT CASE WHEN l.holder = of_holder THEN l.epoch ELSE 0 END, l.holder,
        greatest(0, ceil(1000 * extract(epoch FROM l.until - clock_timestamp())))::bigint,
        (1000 * extract(epoch FROM clock_timestamp()))::bigint, l.node FROM lease l WHERE l.site = of_site;
END $$;
