-- What is rejected, invoiced and posted, as analysts' tools read it.
CREATE OR REPLACE VIEW {analytics}.rejected
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills; unknown where the record names none',
    verdict LowCardinality(String) COMMENT 'refused; conflict: same identity as an accepted event, other content; duplicate: a repeat of an accepted event',
    reason LowCardinality(String) COMMENT 'Why, as a word, such as too_old; of a duplicate duplicate',
    field String COMMENT 'Which field is at fault; empty: none',
    detail String COMMENT 'Why, in words; empty of a duplicate',
    source Nullable(String) COMMENT 'As its producer says; null: it could not be read',
    id Nullable(String) COMMENT 'As its producer gave it; null: it could not be read',
    type Nullable(String) COMMENT 'Event type; null: it could not be read, or a duplicate, whose original has it',
    customer Nullable(String) COMMENT 'Null: it could not be read, or a duplicate, whose original has it',
    log_partition UInt16 COMMENT 'Partition of usage.raw; with raw_offset unique: the key of this view',
    raw_offset UInt64 COMMENT 'Offset in usage.raw',
    original_offset Nullable(UInt64) COMMENT 'Of a conflict or duplicate: raw_offset, in the same log_partition, of the event in usage_events that holds the identity',
    decided_at DateTime64(3, 'UTC') COMMENT 'When it was decided, UTC',
    cut UInt32 COMMENT 'The cut that its record belongs to; above the last closed one it is provisional',
    late Bool COMMENT 'It came too late to be taken: its time lies before the window of times that are',
    complete_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the last cut up to which usage is complete, UTC; the same in every row; null: no cut is closed'
)
SQL SECURITY INVOKER AS
SELECT
    tenant, verdict, reason, field, detail, source, id, type, customer, log_partition, raw_offset, original_offset, decided_at, cut,
    (reason = 'too_old')::Bool AS late,
    (SELECT complete_to FROM {database}.completeness) AS complete_to
FROM {database}.mirror_rejected FINAL;

CREATE OR REPLACE VIEW {analytics}.invoice_lines
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    invoice String COMMENT 'Id of the finalized invoice, 64 hex digits; with line unique: the key of this view',
    number String COMMENT 'Of the invoice, as on its paper; without gaps within its series',
    line UInt32 COMMENT 'From 1, in the order of the paper',
    customer String COMMENT 'Who is billed',
    subscription String COMMENT 'What is billed',
    plan String COMMENT 'Of the invoice''s period',
    plan_version UInt32 COMMENT 'Of the plan',
    currency LowCardinality(String) COMMENT 'ISO 4217; all amounts are in it. Never sum amounts of several currencies',
    kind LowCardinality(String) COMMENT 'fee, usage or adjustment, and what else is billed',
    meter String COMMENT 'Whose usage it is; empty: of none, as a fee is',
    dimensions Map(String, String) COMMENT 'Which of the meter''s usage it is',
    description String COMMENT 'As on the paper',
    quantity Decimal(76, 12) COMMENT 'What the line bills, in the meter''s unit; of an adjustment the difference',
    exact Decimal(76, 24) COMMENT 'Amount before rounding, major units of the currency',
    amount Decimal(76, 3) COMMENT 'Amount on the paper, major units of the currency; the sum over an invoice is its total',
    period_from DateTime64(6, 'UTC') COMMENT 'Start of what the line is for, UTC, inclusive',
    period_to DateTime64(6, 'UTC') COMMENT 'End of what the line is for, UTC, exclusive',
    finalized_at DateTime64(6, 'UTC') COMMENT 'Time of the cut at which the invoice was finalized, UTC',
    transaction String COMMENT 'Id of the journal''s transaction, 64 hex digits: journal_postings has it. A transaction can have several lines and several postings: join sums, not rows',
    cut Nullable(UInt32) COMMENT 'The cut as of which its usage was rated: usage_at(cut = ...) reproduces period_quantity; null: the journal is not here yet',
    period_quantity Nullable(Decimal(76, 12)) COMMENT 'Usage of the whole period as known at that cut, over all dimensions; the same in each line of the transaction: never sum it. Null as cut is'
)
SQL SECURITY INVOKER AS
SELECT
    lines.tenant AS tenant, lines.invoice AS invoice, lines.number AS number, lines.position AS line,
    lines.customer AS customer, lines.subscription AS subscription, lines.plan AS plan, lines.plan_version AS plan_version, lines.currency AS currency,
    tupleElement(lines.billed, 'transaction_kind') AS kind, tupleElement(lines.billed, 'meter') AS meter, tupleElement(lines.billed, 'dimensions') AS dimensions, tupleElement(lines.billed, 'description') AS description,
    tupleElement(lines.billed, 'quantity') AS quantity, tupleElement(lines.billed, 'exact') AS exact, tupleElement(lines.billed, 'amount') AS amount,
    tupleElement(lines.billed, 'period_from') AS period_from, tupleElement(lines.billed, 'period_to') AS period_to, lines.made_at AS finalized_at,
    lines.transaction AS transaction, posted.cut AS cut, posted.period_quantity AS period_quantity
FROM (
    SELECT tenant, invoice, number, customer, subscription, plan, plan_version, currency, made_at, billed, position, tupleElement(billed, 'transaction') AS transaction
    FROM {database}.mirror_invoices FINAL
    ARRAY JOIN mirror_invoices.lines AS billed, arrayEnumerate(mirror_invoices.lines) AS position
    WHERE kind = 'InvoiceFinalized'
) AS lines
LEFT JOIN (
    SELECT tenant, id AS transaction, toNullable(evidence_cut) AS cut, toNullable(quantity) AS period_quantity
    FROM {database}.mirror_journal FINAL
    WHERE kind = 'TransactionPosted'
) AS posted ON lines.tenant = posted.tenant AND lines.transaction = posted.transaction;

CREATE OR REPLACE VIEW {analytics}.journal_postings
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    transaction String COMMENT 'Id of the transaction, 64 hex digits; with posting unique: the key of this view',
    seq UInt64 COMMENT 'Number of the transaction in the journal, over all tenants; without gaps',
    posting UInt32 COMMENT 'From 1, within the transaction',
    account String COMMENT 'Such as assets:receivable:acme; its parts are divided by colons',
    amount Decimal(76, 24) COMMENT 'Exact, major units of the currency; debit positive, credit negative. The postings of a transaction sum to 0',
    currency LowCardinality(String) COMMENT 'ISO 4217. Never sum amounts of several currencies',
    date DateTime64(6, 'UTC') COMMENT 'Time of the cut at which it was posted, UTC',
    kind LowCardinality(String) COMMENT 'Of the transaction: fee, usage, adjustment, rounding, and what else is posted',
    cause String COMMENT 'What it is for; the same cause is posted once in each revision',
    cut UInt32 COMMENT 'The cut at which it was posted',
    adjusts String COMMENT 'Id of the transaction that it corrects; empty: none',
    customer String COMMENT 'Whose it is',
    subscription String COMMENT 'Whose it is; empty: of none',
    plan String COMMENT 'By which it was rated; empty: none',
    plan_version UInt32 COMMENT 'Of the plan',
    price String COMMENT 'By which it was rated; empty: none',
    meter String COMMENT 'Whose usage it is; empty: of none',
    meter_version UInt32 COMMENT 'Of the meter; 0: of none',
    period_from DateTime64(6, 'UTC') COMMENT 'Start of the billing period, UTC, inclusive',
    period_to DateTime64(6, 'UTC') COMMENT 'End of the billing period, UTC, exclusive',
    invoice String COMMENT 'Of a rounding: id of its invoice, 64 hex digits; else empty, see invoice_lines.transaction',
    in_advance Bool COMMENT 'Posted before its period was over, or taken back',
    period_quantity Decimal(76, 12) COMMENT 'Usage of the whole period as known at the cut; the same in each posting: never sum it'
)
SQL SECURITY INVOKER AS
SELECT
    tenant, id AS transaction, toUInt64(seq) AS seq, position AS posting,
    tupleElement(each, 'account') AS account, tupleElement(each, 'amount') AS amount,
    currency, date, transaction_kind AS kind, cause, cut, adjusts, customer, subscription, plan, plan_version, price, meter, meter_version,
    period_from, period_to, invoice, in_advance, quantity AS period_quantity
FROM {database}.mirror_journal FINAL
ARRAY JOIN postings AS each, arrayEnumerate(postings) AS position
WHERE mirror_journal.kind = 'TransactionPosted';

CREATE OR REPLACE VIEW {analytics}.cuts
(
    cut UInt32 COMMENT 'Number of the cut, from 0, over all tenants: the key of this view',
    time DateTime64(6, 'UTC') COMMENT 'Its time by the deployment''s clock, UTC: usage that came before it is of this cut or an earlier one',
    catalog_offset UInt64 COMMENT 'Facts of the catalog below it were known at this cut: compare known_offset',
    complete Bool COMMENT 'Every ingest was known to hold nothing back; periods that end wait for such a cut',
    placed Bool COMMENT 'Its bounds stand in every partition',
    closed Bool COMMENT 'Its usage is compared with the log and will not change: usage_at takes it',
    parts UInt32 COMMENT 'Partitions whose usage was compared with the log',
    opened_at DateTime64(3, 'UTC') COMMENT 'When it was opened, by Kafka''s clock, UTC',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was closed, by Kafka''s clock, UTC; null: it is not',
    root String COMMENT 'What its parts hold, chained to the cut before, 64 hex digits; empty: it is not closed'
)
SQL SECURITY INVOKER AS
SELECT
    cut,
    argMinIf(facts.time, log_offset, kind = 'CutOpened') AS time,
    argMinIf(facts.catalog_offset, log_offset, kind = 'CutOpened') AS catalog_offset,
    argMinIf(facts.complete, log_offset, kind = 'CutOpened') AS complete,
    (countIf(kind = 'CutPlaced') > 0)::Bool AS placed,
    (countIf(kind = 'CutClosed') > 0)::Bool AS closed,
    toUInt32(uniqExactIf(log_partition, kind = 'PartCompared')) AS parts,
    minIf(appended_at, kind = 'CutOpened') AS opened_at,
    minOrNullIf(appended_at, kind = 'CutClosed') AS closed_at,
    anyIf(facts.root, kind = 'CutClosed') AS root
FROM {database}.mirror_cuts AS facts FINAL
WHERE kind IN ('CutOpened', 'CutPlaced', 'PartCompared', 'CutClosed')
GROUP BY cut
HAVING countIf(kind = 'CutOpened') > 0;

-- check: SELECT count() = 4 FROM system.tables WHERE database = '{analytics}' AND name IN ('rejected', 'invoice_lines', 'journal_postings', 'cuts')
