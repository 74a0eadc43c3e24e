-- What was paid, credited or taken back of invoices, as analysts' tools read it.
CREATE OR REPLACE VIEW {analytics}.settlements
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    transaction String COMMENT 'Id of the journal''s transaction, 64 hex digits: journal_postings has it; with invoice unique: the key of this view',
    invoice String COMMENT 'Id of the finalized invoice, 64 hex digits: invoice_lines has it',
    customer String COMMENT 'Whose it is',
    kind LowCardinality(String) COMMENT 'What takes it off: payment, credit, credit_note, void, and what else is posted; or asks for it again: payment_reversal, debit_note',
    amount Decimal(76, 24) COMMENT 'What it takes off the invoice, major units of the currency; below zero: what is owed more, or again. An invoice''s total less all of them is what is open of it',
    currency LowCardinality(String) COMMENT 'ISO 4217. Never sum amounts of several currencies',
    date DateTime64(6, 'UTC') COMMENT 'Time of the cut at which it was posted, UTC',
    cut UInt32 COMMENT 'The cut at which it was posted',
    complete_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of the last cut up to which usage is complete, UTC; the same in every row; null: no cut is closed'
)
SQL SECURITY INVOKER AS
SELECT
    tenant, id AS transaction, tupleElement(each, 'invoice') AS invoice, customer, transaction_kind AS kind,
    sum(tupleElement(each, 'amount')) AS amount,
    currency, date, cut,
    (SELECT complete_to FROM {database}.completeness) AS complete_to
FROM {database}.mirror_journal FINAL
ARRAY JOIN settles AS each
WHERE mirror_journal.kind = 'TransactionPosted'
GROUP BY tenant, transaction, invoice, customer, transaction_kind, currency, date, cut;

-- check: SELECT count() = 1 FROM system.tables WHERE database = '{analytics}' AND name = 'settlements'
