-- What money takes off invoices, as the journal says it.
ALTER TABLE mirror_journal ADD COLUMN IF NOT EXISTS settles Array(Tuple(invoice String, amount Decimal(76, 24))) COMMENT 'Of money that moves: what it takes off invoices, major units';

-- check: SELECT count() = 1 FROM system.columns WHERE database = currentDatabase() AND table = 'mirror_journal' AND name = 'settles'
