-- What facts about invoices say besides: which payment, note, dispute or credit they are, how and when money came, and when it should have.
ALTER TABLE mirror_invoices
    ADD COLUMN IF NOT EXISTS id String COMMENT 'Of a payment, note, dispute, hold, or of what moves credit: under which it is known; else empty',
    ADD COLUMN IF NOT EXISTS entity String COMMENT 'In whose name an invoice is written; empty: the tenant''s own',
    ADD COLUMN IF NOT EXISTS due_at DateTime64(6, 'UTC') COMMENT 'When an invoice is to be paid, UTC; 1970: nobody has said',
    ADD COLUMN IF NOT EXISTS method String COMMENT 'How a payment came, or how a dispute ended',
    ADD COLUMN IF NOT EXISTS reference String COMMENT 'Where a payment is found again, or what settled a dispute',
    ADD COLUMN IF NOT EXISTS happened_at DateTime64(6, 'UTC') COMMENT 'Of a payment when the money was there, UTC; else made_at';

-- check: SELECT count() = 6 FROM system.columns WHERE database = currentDatabase() AND table = 'mirror_invoices' AND name IN ('id', 'entity', 'due_at', 'method', 'reference', 'happened_at')
