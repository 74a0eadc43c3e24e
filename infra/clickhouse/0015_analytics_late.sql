-- What is invoiced and posted, with whether it was late and how far usage is known; and what null means of a rejection.
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
    original_offset Nullable(UInt64) COMMENT 'Of a conflict or duplicate: raw_offset, in the same log_partition, of the event in usage_events that holds the identity; null: it was refused',
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
    period_quantity Nullable(Decimal(76, 12)) COMMENT 'Usage of the whole period as known at that cut, over all dimensions; the same in each line of the transaction: never sum it. Null as cut is',
    late Bool COMMENT 'It is for what became known after its billing period was first rated',
    complete_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the last cut up to which usage is complete, UTC; the same in every row; null: no cut is closed'
)
SQL SECURITY INVOKER AS
SELECT
    lines.tenant AS tenant, lines.invoice AS invoice, lines.number AS number, lines.position AS line,
    lines.customer AS customer, lines.subscription AS subscription, lines.plan AS plan, lines.plan_version AS plan_version, lines.currency AS currency,
    tupleElement(lines.billed, 'transaction_kind') AS kind, tupleElement(lines.billed, 'meter') AS meter, tupleElement(lines.billed, 'dimensions') AS dimensions, tupleElement(lines.billed, 'description') AS description,
    tupleElement(lines.billed, 'quantity') AS quantity, tupleElement(lines.billed, 'exact') AS exact, tupleElement(lines.billed, 'amount') AS amount,
    tupleElement(lines.billed, 'period_from') AS period_from, tupleElement(lines.billed, 'period_to') AS period_to, lines.made_at AS finalized_at,
    lines.transaction AS transaction, posted.cut AS cut, posted.period_quantity AS period_quantity,
    ifNull(posted.late, false)::Bool AS late,
    (SELECT complete_to FROM {database}.completeness) AS complete_to
FROM (
    SELECT tenant, invoice, number, customer, subscription, plan, plan_version, currency, made_at, billed, position, tupleElement(billed, 'transaction') AS transaction
    FROM {database}.mirror_invoices FINAL
    ARRAY JOIN mirror_invoices.lines AS billed, arrayEnumerate(mirror_invoices.lines) AS position
    WHERE kind = 'InvoiceFinalized'
) AS lines
LEFT JOIN (
    SELECT charges.tenant AS tenant, id AS transaction, toNullable(evidence_cut) AS cut, toNullable(quantity) AS period_quantity,
        NOT in_advance AND rated.tenant != '' AND evidence_cut > rated.rated_cut AS late
    FROM (SELECT * FROM {database}.mirror_journal FINAL WHERE kind = 'TransactionPosted') AS charges
    LEFT JOIN {database}.rated_periods AS rated
        ON charges.tenant = rated.tenant AND charges.customer = rated.customer AND charges.subscription = rated.subscription AND charges.period_from = rated.period_from
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
    period_quantity Decimal(76, 12) COMMENT 'Usage of the whole period as known at the cut; the same in each posting: never sum it',
    late Bool COMMENT 'It is for what became known after its billing period was first rated',
    complete_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the last cut up to which usage is complete, UTC; the same in every row; null: no cut is closed'
)
SQL SECURITY INVOKER AS
SELECT
    posted.tenant AS tenant, posted.id AS transaction, toUInt64(posted.seq) AS seq, posted.position AS posting,
    tupleElement(posted.each, 'account') AS account, tupleElement(posted.each, 'amount') AS amount,
    posted.currency AS currency, posted.date AS date, posted.transaction_kind AS kind, posted.cause AS cause, posted.cut AS cut, posted.adjusts AS adjusts,
    posted.customer AS customer, posted.subscription AS subscription, posted.plan AS plan, posted.plan_version AS plan_version, posted.price AS price,
    posted.meter AS meter, posted.meter_version AS meter_version, posted.period_from AS period_from, posted.period_to AS period_to,
    posted.invoice AS invoice, posted.in_advance AS in_advance, posted.quantity AS period_quantity,
    -- What is posted of an invoice, such as its rounding, is for no usage.
    (posted.invoice = '' AND NOT posted.in_advance AND rated.tenant != '' AND posted.evidence_cut > rated.rated_cut)::Bool AS late,
    (SELECT complete_to FROM {database}.completeness) AS complete_to
FROM (
    SELECT *, each, position
    FROM {database}.mirror_journal FINAL
    ARRAY JOIN postings AS each, arrayEnumerate(postings) AS position
    WHERE mirror_journal.kind = 'TransactionPosted'
) AS posted
LEFT JOIN {database}.rated_periods AS rated
    ON posted.tenant = rated.tenant AND posted.customer = rated.customer AND posted.subscription = rated.subscription AND posted.period_from = rated.period_from;

-- check: SELECT count() = 2 FROM system.columns WHERE database = '{analytics}' AND table IN ('invoice_lines', 'journal_postings') AND name = 'late'
