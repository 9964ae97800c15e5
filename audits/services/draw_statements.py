"""Algorithm 2 of audits/draws.py in SQL: the parts of a WITH, each made of those before.

    totals (population, digest)                       the frame's; by whoever draws
    wanted (population, digest, buckets, size, by_place)
    needed (buckets, number, hits)                    how many numbers do, and how many tasks standing in their places
    picks  (i, bucket, slot, low, high)               the place that number i names, and the tails of its bucket
    found  (i, id)                                    what stands in the places; STANDING, or by whoever draws

Values: `number`, `percent`, `seed` (text), `more` (how many times as many numbers as should do).
"""

# ruff: noqa: S608  (all parts are written here, values are parameters)
from audits.draws import LARGE, PLACES, TAILS, TIMES, USUAL

TAIL = "('x' || right({id}::text, 8))::bit(32)::bigint"
# The frame's hash is the sum of its ids' digests modulo 2^64: equal for equal sets, in any order.
DIGEST = "('x' || left(encode(sha256(replace({id}::text, '-', '')::bytea), 'hex'), 15))::bit(60)::bigint"
# How much is wanted, and by which algorithm, of a frame with `population` and `digest` in `totals`.
WANTED = f"""
wanted AS MATERIALIZED (
    SELECT w.*, population >= {LARGE} AND size * {TIMES} <= population AS by_place
      FROM (SELECT population, digest, ceil(population / {USUAL}.0)::bigint AS buckets,
                   least(population, coalesce(%(number)s::bigint, ceil(population * %(percent)s::numeric / 100)::bigint,
                                              population)) AS size FROM totals) w)
"""
FIFTEEN = 16**15 - 1
# The numbers' places: the tails of the bucket, and how many tasks stand before. As many as are needed on average, and
# four times the deviation; of the tasks too, some of which come twice. Each v is made once (OFFSET 0), out of bytes:
# four times out of letters took longer than all other arithmetic.
PICKS = f"""
needed AS MATERIALIZED (
    SELECT buckets, %(more)s * (draws + 4 * sqrt({PLACES / USUAL} * draws) + 40)::bigint AS number,
           %(more)s * (tasks + 4 * tasks / sqrt(2 * population) + 8)::bigint AS hits
      FROM (SELECT buckets, population, tasks, tasks / population * buckets * {PLACES} AS draws
              FROM wanted CROSS JOIN LATERAL (SELECT -ln(1 - size::float / population) * population AS tasks) t
             WHERE by_place) w),
picks AS MATERIALIZED (
    SELECT i, slot, (bucket * {TAILS} + buckets - 1) / buckets AS low,
           ((bucket + 1) * {TAILS} + buckets - 1) / buckets - 1 AS high, bucket
      FROM (SELECT i, buckets, v / {PLACES} %% buckets AS bucket, v %% {PLACES} AS slot
              FROM (SELECT 4 * j + k AS i, buckets,
                           ('x' || encode(substr(digest, 8 * k + 1, 8), 'hex'))::bit(64)::bigint >> 4 & {FIFTEEN} AS v
                      FROM needed CROSS JOIN LATERAL generate_series(0, number / 4) j
                     CROSS JOIN LATERAL sha256((%(seed)s || ':' || j)::bytea) digest
                     CROSS JOIN generate_series(0, 3) k
                    OFFSET 0) v) p)
"""
# Which of `rows` (id, tail, bucket) stand in the places, where all of them are looked through. A condition that no join
# can be made of: the planner, which knows nothing of how many there are, took each bucket through all rows.
STANDING = """
found AS (
    SELECT p.i, s.id
      FROM picks p
      JOIN (SELECT f.id, f.bucket, row_number() OVER (PARTITION BY f.bucket ORDER BY f.tail, f.id) - 1 AS slot
              FROM ({rows}) f WHERE CASE WHEN f.bucket IN (SELECT bucket FROM picks) THEN true END) s
        ON s.bucket = p.bucket AND s.slot = p.slot)
"""
# Of `found` (i, id), in the order in which they came; as an array's text.
TAKEN = """ARRAY(SELECT id FROM (SELECT id, min(i) AS i FROM found GROUP BY id) d ORDER BY i
                  LIMIT (SELECT size FROM wanted))::text"""
