-- The facts of other topics, for who reads them beside usage: one row per fact, by its place in the log. A row that is inserted
-- twice is the same row twice, and is read once: whoever reads asks with FINAL. What is secret or personal is not among them.
CREATE TABLE IF NOT EXISTS mirror_catalog
(
    log_offset UInt64 COMMENT 'Offset in catalog',
    kind LowCardinality(String) COMMENT 'Kind of the fact',
    tenant LowCardinality(String) COMMENT 'Empty where the fact is the deployment''s',
    recorded_at DateTime64(6, 'UTC') COMMENT 'The deployment''s clock when it was written, UTC',
    effective_at DateTime64(6, 'UTC') COMMENT 'When it holds, UTC; recorded_at where the fact does not say',
    actor String COMMENT 'Id of the API key that asked, or system',
    collection LowCardinality(String) COMMENT 'What it is about: customers, plans, subscriptions, meters, or a collection of the catalog',
    id String COMMENT 'Of what it is about, within tenant and collection',
    version UInt32 COMMENT '0 where it has none',
    archived Bool COMMENT 'Not to be used for anything new',
    body String COMMENT 'What else it says, as JSON; without keys, their hashes, addresses and numbers of persons'
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, collection, id, log_offset)
SETTINGS non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS mirror_journal
(
    log_offset UInt64 COMMENT 'Offset in journal',
    kind LowCardinality(String) COMMENT 'StepBegun, TransactionPosted or HeadSigned',
    tenant LowCardinality(String) COMMENT 'Empty where the fact is the deployment''s',
    step UInt64 COMMENT 'The rater''s step',
    cut UInt32 COMMENT 'Of a transaction its revision; else the step''s cut',
    seq Int64 COMMENT 'Of a transaction its number, of a head that of the last one; -1: none',
    hash String COMMENT 'Of the transaction, hex; of a head, of the last one',
    id String COMMENT 'Of the transaction, hex',
    transaction_kind LowCardinality(String),
    cause String,
    date DateTime64(6, 'UTC') COMMENT 'The cut''s time, UTC',
    currency LowCardinality(String),
    postings Array(Tuple(account String, amount Decimal(76, 24))) COMMENT 'Debit positive; they sum to 0',
    adjusts String COMMENT 'Id of the transaction that it corrects; empty: none',
    evidence_cut UInt32,
    catalog_offset UInt64 COMMENT 'Of the period''s first rating; of a step that of its cut',
    customer String,
    subscription String,
    contract String COMMENT 'Empty: none',
    plan String,
    plan_version UInt32,
    price String COMMENT 'Empty: none',
    meter String COMMENT 'Empty: none',
    meter_version UInt32 COMMENT '0: none',
    period_from DateTime64(6, 'UTC'),
    period_to DateTime64(6, 'UTC'),
    quantity Decimal(76, 12) COMMENT 'Of the whole period as known at the cut',
    amount Decimal(76, 24) COMMENT 'Of the whole period as known at the cut',
    shares Array(Tuple(dimensions Map(String, String), quantity Decimal(76, 12), amount Decimal(76, 24))) COMMENT 'What the transaction posts, by dimensions',
    made_of Array(Tuple(meter String, quantity Decimal(76, 12))) COMMENT 'Of a composite: its parts',
    invoice String COMMENT 'Empty: none',
    in_advance Bool COMMENT 'Posted before its period was over, or taken back',
    covered LowCardinality(String) COMMENT 'What a trial covered',
    explanation String COMMENT 'How the amount came about, as JSON; empty: nothing was rated'
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, customer, subscription, log_offset)
SETTINGS non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS mirror_invoices
(
    log_offset UInt64 COMMENT 'Offset in invoices',
    kind LowCardinality(String) COMMENT 'Kind of the fact; what is no draft and no invoice says tenant, invoice and time alone',
    tenant LowCardinality(String),
    invoice String COMMENT 'SHA-256 of what it is for, hex',
    number String COMMENT 'Empty of a draft',
    customer String,
    subscription String,
    plan String,
    plan_version UInt32,
    period_from DateTime64(6, 'UTC'),
    period_to DateTime64(6, 'UTC'),
    currency LowCardinality(String),
    lines Array(Tuple(transaction String, transaction_kind String, meter String, dimensions Map(String, String), quantity Decimal(76, 12), exact Decimal(76, 24), amount Decimal(76, 3), description String, period_from DateTime64(6, 'UTC'), period_to DateTime64(6, 'UTC'))) COMMENT 'Amounts in major units; those of a draft''s lines are 0',
    exact Decimal(76, 24) COMMENT 'Sum of the lines'' exact amounts, major units',
    rounding Decimal(76, 24) COMMENT 'total minus exact, major units; 0 of a draft',
    total Decimal(76, 3) COMMENT 'Major units; 0 of a draft',
    made_at DateTime64(6, 'UTC') COMMENT 'Time of the cut at which it was drafted or finalized, UTC',
    journal_step UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, customer, invoice, log_offset)
SETTINGS non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS mirror_rejected
(
    log_partition UInt16 COMMENT 'Partition of usage.rejected, and of usage.raw',
    log_offset UInt64 COMMENT 'Offset in usage.rejected',
    raw_offset UInt64 COMMENT 'Offset in usage.raw',
    cut UInt32,
    tenant LowCardinality(String) COMMENT 'unknown where the record names none',
    verdict LowCardinality(String) COMMENT 'refused, conflict or duplicate',
    reason LowCardinality(String),
    field String COMMENT 'Empty: none',
    detail String,
    original_offset Nullable(UInt64) COMMENT 'Offset in usage.raw of the event that holds the identity',
    source Nullable(String),
    id Nullable(String),
    type Nullable(String),
    customer Nullable(String),
    decided_at DateTime64(3, 'UTC') COMMENT 'When Kafka appended the decision, UTC'
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, cut, log_partition, log_offset)
SETTINGS non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS mirror_cuts
(
    log_offset UInt64 COMMENT 'Offset in cuts',
    kind LowCardinality(String) COMMENT 'Kind of the fact',
    tenant LowCardinality(String) COMMENT 'Of a fill; else empty',
    cut UInt32,
    log_partition UInt16 COMMENT 'Of a part, a repair or a fill; else 0',
    time DateTime64(6, 'UTC') COMMENT 'The cut''s, UTC',
    catalog_offset UInt64,
    complete Bool COMMENT 'Of CutOpened: every spool was known to be empty',
    repair UInt32,
    partitions UInt16 COMMENT 'Of DeploymentMade',
    root String COMMENT 'Of CutClosed, hex',
    meter String COMMENT 'Of a fill',
    last_cut UInt32 COMMENT 'Of FillBegun',
    appended_at DateTime64(3, 'UTC') COMMENT 'When Kafka appended the fact, UTC'
)
ENGINE = ReplacingMergeTree
ORDER BY (kind, tenant, cut, log_partition, log_offset)
SETTINGS non_replicated_deduplication_window = 100000;

-- Stretches of the log whose rows were read back and were equal to those made from the log.
CREATE TABLE IF NOT EXISTS mirror_windows
(
    topic LowCardinality(String),
    log_partition UInt16,
    log_window UInt64 COMMENT 'Offsets from log_window times its length on',
    rows UInt64,
    digest String COMMENT 'Sum of the rows'' SHA-256, hex'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, log_partition, log_window)
SETTINGS non_replicated_deduplication_window = 100000;

-- Whose history is filled by a meter, and from which cut on that is known; 4294967295: it is under way.
CREATE OR REPLACE VIEW known_fills SQL SECURITY INVOKER AS
WITH
    facts AS (SELECT * FROM mirror_cuts FINAL WHERE kind IN ('DeploymentMade', 'CutOpened', 'FillBegun', 'FillEnded')),
    ended AS (
        SELECT tenant, meter, max(first) AS ended_offset
        FROM (SELECT tenant, meter, log_partition, min(log_offset) AS first FROM facts WHERE kind = 'FillEnded' GROUP BY tenant, meter, log_partition)
        GROUP BY tenant, meter
        HAVING count() >= (SELECT max(partitions) FROM facts WHERE kind = 'DeploymentMade')
    )
SELECT
    begun.tenant AS tenant,
    begun.meter AS meter,
    begun.last_cut AS last_cut,
    toUInt32(ifNull(minOrNullIf(opened.cut, opened.log_offset > ended.ended_offset AND ended.ended_offset > 0), 4294967295)) AS known_cut
FROM (SELECT tenant, meter, argMin(last_cut, log_offset) AS last_cut FROM facts WHERE kind = 'FillBegun' GROUP BY tenant, meter) AS begun
LEFT JOIN ended USING (tenant, meter)
LEFT JOIN (SELECT cut, log_offset, 1 AS one FROM facts WHERE kind = 'CutOpened') AS opened ON opened.one = 1
GROUP BY begun.tenant, begun.meter, begun.last_cut;

-- How far the columns are: the last closed cut (-1: none), and up to when usage is complete, with no repair under way.
CREATE OR REPLACE VIEW completeness SQL SECURITY INVOKER AS
WITH
    facts AS (SELECT * FROM mirror_cuts FINAL WHERE kind IN ('CutClosed', 'PartCompared', 'PartRepairBegun', 'PartRepaired')),
    repairs AS (
        SELECT cut
        FROM facts
        WHERE kind != 'CutClosed'
        GROUP BY cut, log_partition
        HAVING maxIf(repair, kind = 'PartRepairBegun') > maxIf(repair, kind != 'PartRepairBegun')
    )
SELECT
    ifNull(toInt64(maxOrNullIf(cut, kind = 'CutClosed')), -1) AS closed_cut,
    maxOrNullIf(time, kind = 'CutClosed' AND cut < (SELECT ifNull(minOrNull(cut), 4294967295) FROM repairs)) AS complete_to
FROM facts;

-- Billing periods that were rated, and at which cut first. For usage that names no subscription also under the empty one.
CREATE OR REPLACE VIEW rated_periods SQL SECURITY INVOKER AS
SELECT tenant, customer, arrayJoin([subscription, '']) AS subscription, period_from, max(period_to) AS period_to, min(evidence_cut) AS rated_cut
FROM mirror_journal FINAL
WHERE kind = 'TransactionPosted' AND transaction_kind IN ('fee', 'usage', 'adjustment') AND NOT in_advance
GROUP BY tenant, customer, subscription, period_from;

-- check: SELECT count() = 9 FROM system.tables WHERE database = currentDatabase() AND (name IN ('mirror_catalog', 'mirror_journal', 'mirror_invoices', 'mirror_rejected', 'mirror_cuts') AND engine = 'ReplacingMergeTree' OR name IN ('mirror_windows', 'known_fills', 'completeness', 'rated_periods'))
