-- What customers owe, what they have paid, and the books by accounts, as analysts' tools read them.
CREATE OR REPLACE VIEW {analytics}.aged_receivables
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    invoice String COMMENT 'Id of a finalized invoice of which something is open, 64 hex digits: invoice_lines has it; the key of this view',
    number String COMMENT 'Of the invoice, as on its paper',
    entity String COMMENT 'In whose name it is written; empty: the tenant''s own',
    customer String COMMENT 'Who owes it',
    subscription String COMMENT 'What it is for',
    currency LowCardinality(String) COMMENT 'ISO 4217; all amounts are in it. Never sum amounts of several currencies',
    finalized_at DateTime64(6, 'UTC') COMMENT 'Time of the cut at which it was finalized, UTC',
    due_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When it is to be paid, UTC; null: nobody has said, and it is as old as itself',
    days_overdue UInt32 COMMENT 'Days of 24 hours, begun ones too, from due_at, or finalized_at where that is null, to as_of; 0: it is not overdue',
    age LowCardinality(String) COMMENT 'By days_overdue: current, 1 to 30, 31 to 60, 61 to 90, over 90',
    total Decimal(76, 3) COMMENT 'Of the invoice, with its taxes, major units of the currency',
    settled Decimal(76, 24) COMMENT 'What payments, credit, notes and voids have taken off it, major units; below zero: debit notes ask for more. settlements has the single ones',
    open Decimal(76, 24) COMMENT 'Still to be paid, major units: total less settled; never 0; below zero: it is the customer''s credit from the next cut on',
    disputed Decimal(76, 24) COMMENT 'What of it is under dispute now, major units: reminders leave it out',
    reminded_at Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the cut of the last reminder, UTC; null: there was none',
    as_of Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the last closed cut, UTC: the ages are those of then; the same in every row; null: no cut is closed'
)
SQL SECURITY INVOKER AS
WITH owed AS (
        SELECT
            invoices.tenant AS tenant, invoices.invoice AS invoice, invoices.number AS number, invoices.entity AS entity,
            invoices.customer AS customer, invoices.subscription AS subscription, invoices.currency AS currency,
            invoices.made_at AS finalized_at,
            if(toUnixTimestamp64Micro(invoices.due_at) = 0, NULL, invoices.due_at) AS due_at,
            toUnixTimestamp64Micro(ifNull((SELECT maxOrNull(time) FROM {database}.mirror_cuts FINAL WHERE kind = 'CutClosed'), invoices.made_at)) - toUnixTimestamp64Micro(if(toUnixTimestamp64Micro(invoices.due_at) = 0, invoices.made_at, invoices.due_at)) AS micros_late,
            invoices.total AS total, toDecimal256(invoices.total, 24) AS whole, settlements.settled AS settled,
            toDecimal256(disputes.disputed, 24) AS in_dispute, reminders.reminded_at AS reminded_at
        FROM (
            SELECT tenant, invoice, number, entity, customer, subscription, currency, made_at, due_at, total
            FROM {database}.mirror_invoices FINAL
            WHERE kind = 'InvoiceFinalized'
        ) AS invoices
        LEFT JOIN (
            SELECT tenant, tupleElement(each, 'invoice') AS invoice, sum(tupleElement(each, 'amount')) AS settled
            FROM {database}.mirror_journal FINAL
            ARRAY JOIN settles AS each
            WHERE mirror_journal.kind = 'TransactionPosted'
            GROUP BY tenant, invoice
        ) AS settlements ON settlements.tenant = invoices.tenant AND settlements.invoice = invoices.invoice
        LEFT JOIN (
            SELECT tenant, about AS invoice, sum(amount) AS disputed
            FROM (
                SELECT tenant, id, argMinIf(facts.invoice, log_offset, kind = 'DisputeOpened') AS about, argMinIf(facts.total, log_offset, kind = 'DisputeOpened') AS amount
                FROM {database}.mirror_invoices AS facts FINAL
                WHERE kind IN ('DisputeOpened', 'DisputeSettled')
                GROUP BY tenant, id
                HAVING countIf(kind = 'DisputeSettled') = 0
            )
            GROUP BY tenant, about
        ) AS disputes ON disputes.tenant = invoices.tenant AND disputes.invoice = invoices.invoice
        LEFT JOIN (
            SELECT tenant, invoice, maxOrNull(made_at) AS reminded_at
            FROM {database}.mirror_invoices FINAL
            WHERE kind = 'InvoiceReminded'
            GROUP BY tenant, invoice
        ) AS reminders ON reminders.tenant = invoices.tenant AND reminders.invoice = invoices.invoice
    )
SELECT
    tenant, invoice, number, entity, customer, subscription, currency, finalized_at, due_at,
    toUInt32(if(micros_late <= 0, 0, intDiv(micros_late + 86399999999, 86400000000))) AS days_overdue,
    multiIf(days_overdue = 0, 'current', days_overdue <= 30, '1 to 30', days_overdue <= 60, '31 to 60', days_overdue <= 90, '61 to 90', 'over 90') AS age,
    total, settled, whole - settled AS open, greatest(least(in_dispute, whole - settled), toDecimal256(0, 24)) AS disputed,
    reminded_at, (SELECT maxOrNull(time) FROM {database}.mirror_cuts FINAL WHERE kind = 'CutClosed') AS as_of
FROM owed
WHERE whole != settled;

CREATE OR REPLACE VIEW {analytics}.payments
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    payment String COMMENT 'Its id, as whoever recorded it gave it; with tenant unique: the key of this view',
    customer String COMMENT 'Who has paid',
    currency LowCardinality(String) COMMENT 'ISO 4217; all amounts are in it. Never sum amounts of several currencies',
    amount Decimal(76, 3) COMMENT 'Of the payment, major units of the currency',
    method String COMMENT 'How it was paid, such as bank_transfer',
    reference String COMMENT 'Where it is found again, such as the bank''s; empty: nobody has said',
    received_at DateTime64(6, 'UTC') COMMENT 'When the money was there, UTC',
    recorded_at DateTime64(6, 'UTC') COMMENT 'When it was recorded, by the deployment''s clock, UTC',
    transaction String COMMENT 'Id of the journal''s transaction, 64 hex digits: settlements and journal_postings have it; empty: it is not posted yet',
    settled Nullable(Decimal(76, 24)) COMMENT 'What it took off invoices, major units; null: it is not posted yet',
    credited Nullable(Decimal(76, 24)) COMMENT 'What was left of it, and became the customer''s credit, major units; null: it is not posted yet',
    reversed_at Nullable(DateTime64(6, 'UTC')) COMMENT 'When it was taken back, because it bounced or was none, UTC; null: it stands'
)
SQL SECURITY INVOKER AS
SELECT
    recorded.tenant AS tenant, recorded.id AS payment, recorded.customer AS customer, recorded.currency AS currency, recorded.total AS amount,
    recorded.method AS method, recorded.reference AS reference, recorded.happened_at AS received_at, recorded.made_at AS recorded_at,
    posted.transaction AS transaction, posted.settled AS settled, toDecimal256(recorded.total, 24) - posted.settled AS credited,
    reversed.reversed_at AS reversed_at
FROM (SELECT * FROM {database}.mirror_invoices FINAL WHERE kind = 'PaymentRecorded') AS recorded
LEFT JOIN (
    SELECT tenant, id AS transaction, decodeURLComponent(splitByChar('/', cause)[3]) AS payment, toNullable(arrayReduce('sum', settles.amount)) AS settled
    FROM {database}.mirror_journal FINAL
    WHERE kind = 'TransactionPosted' AND transaction_kind = 'payment'
) AS posted ON posted.tenant = recorded.tenant AND posted.payment = recorded.id
LEFT JOIN (
    SELECT tenant, id AS payment, minOrNull(made_at) AS reversed_at
    FROM {database}.mirror_invoices FINAL
    WHERE kind = 'PaymentReversed'
    GROUP BY tenant, id
) AS reversed ON reversed.tenant = recorded.tenant AND reversed.payment = recorded.id;

CREATE OR REPLACE VIEW {analytics}.trial_balance
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    account String COMMENT 'Such as assets:receivable:acme; its parts are divided by colons; with tenant and currency unique: the key of this view',
    currency LowCardinality(String) COMMENT 'ISO 4217. Never sum amounts of several currencies',
    debits Decimal(76, 24) COMMENT 'Sum of all positive postings, exact, major units of the currency',
    credits Decimal(76, 24) COMMENT 'Sum of all negative postings as a positive number, exact, major units',
    balance Decimal(76, 24) COMMENT 'debits less credits, major units; the balances of a tenant and currency sum to 0',
    postings UInt64 COMMENT 'How many there are',
    last_posted_at DateTime64(6, 'UTC') COMMENT 'Time of the cut of the last one, UTC'
)
SQL SECURITY INVOKER AS
SELECT
    tenant, tupleElement(each, 'account') AS account, currency,
    sumIf(tupleElement(each, 'amount'), tupleElement(each, 'amount') > 0) AS debits,
    -sumIf(tupleElement(each, 'amount'), tupleElement(each, 'amount') < 0) AS credits,
    sum(tupleElement(each, 'amount')) AS balance,
    count() AS postings, max(date) AS last_posted_at
FROM {database}.mirror_journal FINAL
ARRAY JOIN mirror_journal.postings AS each
WHERE mirror_journal.kind = 'TransactionPosted'
GROUP BY tenant, account, currency;

CREATE OR REPLACE VIEW {analytics}.customer_statements
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    customer String COMMENT 'Whose statement it is',
    currency LowCardinality(String) COMMENT 'ISO 4217; all amounts are in it. Never sum amounts of several currencies',
    line UInt64 COMMENT 'From 1, in the order of time; with tenant, customer and currency unique: the key of this view',
    time DateTime64(6, 'UTC') COMMENT 'Of an invoice when it was finalized, of everything else the time of the cut at which it was posted, UTC',
    what LowCardinality(String) COMMENT 'invoice, payment, payment_reversal, credit, credit_note, debit_note, void, and what else changes what is owed',
    reference String COMMENT 'The invoice''s number, or the id of the payment, the note, and so on',
    invoice String COMMENT 'Id of the invoice that it is about alone, 64 hex digits: invoice_lines has it; empty: of several or none, settlements has them',
    amount Decimal(76, 24) COMMENT 'What it adds to what is owed by invoices, major units of the currency; below zero: it takes off',
    balance Decimal(76, 24) COMMENT 'What is owed by invoices behind it, major units: the sum of all amounts so far'
)
SQL SECURITY INVOKER AS
SELECT
    tenant, customer, currency, row_number() OVER whole AS line, time, what, reference, invoice, amount, sum(amount) OVER whole AS balance
FROM (
    SELECT tenant, customer, currency, made_at AS time, 'invoice' AS what, number AS reference, invoice, toDecimal256(total, 24) AS amount, 0 AS is_moved, log_offset AS place
    FROM {database}.mirror_invoices FINAL
    WHERE kind = 'InvoiceFinalized'
    UNION ALL
    SELECT
        moved.tenant AS tenant, moved.customer AS customer, moved.currency AS currency, moved.date AS time, moved.transaction_kind AS what,
        if(moved.transaction_kind IN ('void', 'credit') AND named.number != '', named.number, moved.id) AS reference,
        moved.about AS invoice, moved.receivable AS amount, 1 AS is_moved, moved.log_offset AS place
    FROM (
        SELECT
            tenant, customer, currency, date, transaction_kind, log_offset, mirror_journal.invoice AS about, decodeURLComponent(splitByChar('/', cause)[-1]) AS id,
            arrayReduce('sum', arrayMap(posting -> tupleElement(posting, 'amount'), arrayFilter(posting -> startsWith(tupleElement(posting, 'account'), 'assets:receivable:'), postings))) AS receivable
        FROM {database}.mirror_journal FINAL
        WHERE kind = 'TransactionPosted' AND transaction_kind IN ('payment', 'payment_reversal', 'credit', 'refund', 'void', 'credit_note', 'debit_note')
    ) AS moved
    LEFT JOIN (
        SELECT tenant, invoice, number
        FROM {database}.mirror_invoices FINAL
        WHERE kind = 'InvoiceFinalized'
    ) AS named ON named.tenant = moved.tenant AND named.invoice = moved.about
    WHERE moved.receivable != 0
)
WINDOW whole AS (PARTITION BY tenant, customer, currency ORDER BY time, is_moved, place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- check: SELECT count() = 4 FROM system.tables WHERE database = '{analytics}' AND name IN ('aged_receivables', 'payments', 'trial_balance', 'customer_statements')
