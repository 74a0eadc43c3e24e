-- Lines of invoices of several subscriptions: each is of the one that its transaction is of.
CREATE OR REPLACE VIEW {analytics}.invoice_lines
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    invoice String COMMENT 'Id of the finalized invoice, 64 hex digits; with line unique: the key of this view',
    number String COMMENT 'Of the invoice, as on its paper; without gaps within its series',
    line UInt32 COMMENT 'From 1, in the order of the paper',
    customer String COMMENT 'Who is billed',
    subscription String COMMENT 'What the line bills; empty: a tax on an invoice of several, or the journal is not here yet',
    plan String COMMENT 'That the line is billed by; empty as subscription is',
    plan_version UInt32 COMMENT 'Of the plan; 0 as subscription is empty',
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
    lines.customer AS customer,
    -- An invoice of several subscriptions names none itself.
    if(lines.subscription = '', ifNull(posted.subscription, ''), lines.subscription) AS subscription,
    if(lines.subscription = '', ifNull(posted.plan, ''), lines.plan) AS plan,
    if(lines.subscription = '', ifNull(posted.plan_version, 0), lines.plan_version) AS plan_version, lines.currency AS currency,
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
        charges.subscription AS subscription, charges.plan AS plan, charges.plan_version AS plan_version,
        NOT in_advance AND rated.tenant != '' AND evidence_cut > rated.rated_cut AS late
    FROM (SELECT * FROM {database}.mirror_journal FINAL WHERE kind = 'TransactionPosted') AS charges
    LEFT JOIN {database}.rated_periods AS rated
        ON charges.tenant = rated.tenant AND charges.customer = rated.customer AND charges.subscription = rated.subscription AND charges.period_from = rated.period_from
) AS posted ON lines.tenant = posted.tenant AND lines.transaction = posted.transaction;

-- check: SELECT count() = 1 FROM system.columns WHERE database = '{analytics}' AND table = 'invoice_lines' AND name = 'subscription' AND comment LIKE '%on an invoice of several%'
