-- What the control plane knows, in versions, as analysts' tools read it.
CREATE OR REPLACE VIEW {analytics}.customers
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    customer String COMMENT 'Who is billed; with known_offset the key of this view: a customer has a row for each version. For one row each, WHERE current',
    name String COMMENT 'As the vendor calls it; the id where nobody said',
    currency LowCardinality(String) COMMENT 'ISO 4217; for good',
    time_zone String COMMENT 'Of the IANA database; for good',
    parent String COMMENT 'The customer that it is a part of; empty: none',
    country String COMMENT 'ISO 3166-1; empty: not said',
    tax_status LowCardinality(String) COMMENT 'taxable, exempt or reverse_charge',
    account_type LowCardinality(String) COMMENT 'Organization or Individual; empty: not said',
    entity String COMMENT 'In whose name it is invoiced; empty: not said',
    approval LowCardinality(String) COMMENT 'pending, approved or refused; empty: nobody has to approve',
    archived Bool COMMENT 'Not to be used for anything new',
    version UInt32 COMMENT 'From 0',
    effective_from DateTime64(6, 'UTC') COMMENT 'When the version holds from, UTC, inclusive',
    effective_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Until when, UTC, exclusive; null: it still holds',
    known_at DateTime64(6, 'UTC') COMMENT 'When it was recorded, by the deployment''s clock, UTC',
    known_offset UInt64 COMMENT 'Its place in the catalog: a cut knows what lies below its catalog_offset',
    current Bool COMMENT 'The last version that was recorded'
)
SQL SECURITY INVOKER AS
WITH facts AS (SELECT * FROM {database}.mirror_catalog FINAL WHERE collection = 'customers')
SELECT
    versions.tenant AS tenant, versions.id AS customer,
    if(name = '', versions.id, name) AS name,
    JSONExtractString(created.body, 'currency')::LowCardinality(String) AS currency,
    JSONExtractString(created.body, 'time_zone') AS time_zone,
    JSONExtractString(versions.body, 'parent') AS parent,
    JSONExtractString(versions.body, 'country') AS country,
    if(said = '', 'taxable', said)::LowCardinality(String) AS tax_status,
    JSONExtractString(versions.body, 'account_type')::LowCardinality(String) AS account_type,
    JSONExtractString(versions.body, 'entity') AS entity,
    JSONExtractString(versions.body, 'approval')::LowCardinality(String) AS approval,
    versions.archived AS archived, versions.version AS version,
    versions.effective_at AS effective_from,
    next_from AS effective_to,
    versions.recorded_at AS known_at, versions.log_offset AS known_offset,
    (place = number)::Bool AS current
FROM (
    SELECT *,
        JSONExtractString(body, 'name') AS name, JSONExtractString(body, 'tax_status') AS said,
        leadInFrame(toNullable(effective_at)) OVER (PARTITION BY tenant, id ORDER BY effective_at, log_offset ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_from,
        row_number() OVER (PARTITION BY tenant, id ORDER BY log_offset) AS place,
        count() OVER (PARTITION BY tenant, id) AS number
    FROM facts
) AS versions
LEFT JOIN (SELECT tenant, id, body FROM facts WHERE kind = 'CustomerCreated') AS created ON versions.tenant = created.tenant AND versions.id = created.id;

CREATE OR REPLACE VIEW {analytics}.subscriptions
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    subscription String COMMENT 'With terms_from the key of this view: a subscription has a row for each of its terms. For one row each, WHERE current',
    customer String COMMENT 'Whose it is',
    plan String COMMENT 'What it is on',
    quantity Decimal(76, 12) COMMENT 'Units of what is sold by the seat',
    add_ons Array(String) COMMENT 'Plans that are sold beside it',
    paused Bool COMMENT 'Nothing is billed meanwhile',
    covered LowCardinality(String) COMMENT 'What a trial covers: nothing, fixed_fees or everything',
    terms_from DateTime64(6, 'UTC') COMMENT 'When these terms begin, UTC, inclusive',
    terms_to Nullable(DateTime64(6, 'UTC')) COMMENT 'When they end, UTC, exclusive; null: open',
    starts DateTime64(6, 'UTC') COMMENT 'When the subscription begins, UTC, inclusive',
    ends Nullable(DateTime64(6, 'UTC')) COMMENT 'When it ends, UTC, exclusive; null: open',
    time_zone String COMMENT 'Of the IANA database: by whose clocks its billing periods follow each other',
    period_every UInt32 COMMENT 'How many units a billing period has',
    period_unit LowCardinality(String) COMMENT 'Of a billing period, such as month',
    known_at DateTime64(6, 'UTC') COMMENT 'When the terms were recorded, by the deployment''s clock, UTC',
    known_offset UInt64 COMMENT 'Their place in the catalog: a cut knows what lies below its catalog_offset',
    current Bool COMMENT 'The last terms whose time has come by the last closed cut; before all of them the first'
)
SQL SECURITY INVOKER AS
WITH
    facts AS (SELECT * FROM {database}.mirror_catalog FINAL WHERE collection = 'subscriptions'),
    approvals AS (
        SELECT tenant, id, min(log_offset) AS approved_offset, argMin(if(JSONExtractString(body, 'activated_at') = '', effective_at, parseDateTime64BestEffort(JSONExtractString(body, 'activated_at'), 6, 'UTC')), log_offset) AS activated_at
        FROM {database}.mirror_catalog FINAL
        WHERE collection = 'customers' AND JSONExtractString(body, 'approval') = 'approved'
        GROUP BY tenant, id
    ),
    made AS (
        SELECT facts.tenant AS tenant, facts.id AS id, customer, body, start, log_offset,
            if(activated_at > start, activated_at, start) AS begins,
            dateDiff('microsecond', start, begins) AS delay, approved_offset
        FROM (SELECT *, JSONExtractString(body, 'customer') AS customer, fromUnixTimestamp64Micro(JSONExtractInt(body, 'start'), 'UTC') AS start FROM facts WHERE kind = 'SubscriptionStarted') AS facts
        LEFT JOIN approvals ON facts.tenant = approvals.tenant AND facts.customer = approvals.id
    ),
    ended AS (
        SELECT tenant, id, argMax(JSONExtract(body, 'end', 'Nullable(Int64)'), log_offset) AS last_end
        FROM facts WHERE kind IN ('SubscriptionStarted', 'SubscriptionEnded') GROUP BY tenant, id
    ),
    changes AS (SELECT tenant, id, groupArray((log_offset, effective_at)) AS replaced FROM facts WHERE kind = 'SubscriptionChanged' GROUP BY tenant, id),
    now AS (SELECT complete_to FROM {database}.completeness),
    terms AS (
        SELECT
            facts.tenant AS tenant, facts.id AS id, facts.recorded_at AS recorded_at, facts.log_offset AS log_offset,
            fromUnixTimestamp64Micro(JSONExtractInt(term, 'from'), 'UTC') AS agreed_from,
            addMicroseconds(agreed_from, if(facts.log_offset < made.approved_offset OR facts.log_offset = made.log_offset, made.delay, 0)) AS terms_from,
            JSONExtractString(term, 'plan') AS plan, toDecimal256(JSONExtractString(term, 'quantity'), 12) AS quantity,
            JSONExtract(term, 'add_ons', 'Array(String)') AS add_ons, JSONExtractBool(term, 'paused') AS paused,
            JSONExtractString(term, 'covered') AS covered
        FROM facts
        ARRAY JOIN JSONExtractArrayRaw(body, 'terms') AS term
        LEFT JOIN made ON facts.tenant = made.tenant AND facts.id = made.id
        LEFT JOIN changes ON facts.tenant = changes.tenant AND facts.id = changes.id
        WHERE NOT arrayExists(change -> change.1 > facts.log_offset AND change.2 <= if(change.1 < made.approved_offset, agreed_from, terms_from), changes.replaced)
    )
SELECT
    rows.tenant AS tenant, rows.id AS subscription, made.customer AS customer, rows.plan AS plan, rows.quantity AS quantity, rows.add_ons AS add_ons,
    rows.paused::Bool AS paused, rows.covered::LowCardinality(String) AS covered,
    rows.terms_from AS terms_from,
    ifNull(rows.next_from, ends) AS terms_to,
    made.begins AS starts,
    if(ended.last_end IS NULL, NULL, fromUnixTimestamp64Micro(assumeNotNull(ended.last_end), 'UTC')) AS ends,
    JSONExtractString(made.body, 'calendar', 'time_zone') AS time_zone,
    toUInt32(JSONExtractUInt(made.body, 'calendar', 'every')) AS period_every,
    JSONExtractString(made.body, 'calendar', 'unit')::LowCardinality(String) AS period_unit,
    rows.recorded_at AS known_at, rows.log_offset AS known_offset,
    (rows.place = greatest(rows.begun, 1))::Bool AS current
FROM (
    SELECT *,
        leadInFrame(toNullable(terms_from)) OVER (PARTITION BY tenant, id ORDER BY terms_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_from,
        row_number() OVER (PARTITION BY tenant, id ORDER BY terms_from) AS place,
        countIf(terms_from <= ifNull((SELECT complete_to FROM now), toDateTime64(0, 6, 'UTC'))) OVER (PARTITION BY tenant, id) AS begun
    FROM terms
) AS rows
INNER JOIN made ON rows.tenant = made.tenant AND rows.id = made.id
INNER JOIN ended ON rows.tenant = ended.tenant AND rows.id = ended.id;

CREATE OR REPLACE VIEW {analytics}.plans
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    plan String COMMENT 'With version the key of this view: a plan has a row for each version. For one row each, WHERE current',
    version UInt32 COMMENT 'From 1',
    name String COMMENT 'As customers read it',
    currency LowCardinality(String) COMMENT 'ISO 4217; of all its prices',
    prices UInt32 COMMENT 'How many prices the version has: the view prices has them',
    description String COMMENT 'As last said; empty: nobody said',
    product String COMMENT 'What it belongs to, as last said; empty: to none',
    add_on Bool COMMENT 'It is sold beside another plan, never by itself, as last said',
    archived Bool COMMENT 'Not to be used for anything new, as last said',
    effective_from DateTime64(6, 'UTC') COMMENT 'Periods that begin from then on are billed by the version, UTC, inclusive; 1970-01-01: since ever',
    effective_to Nullable(DateTime64(6, 'UTC')) COMMENT 'Periods that begin from then on are billed by a later version, UTC, exclusive; null: there is none',
    known_at DateTime64(6, 'UTC') COMMENT 'When it was recorded, by the deployment''s clock, UTC',
    known_offset UInt64 COMMENT 'Its place in the catalog: a cut knows what lies below its catalog_offset',
    current Bool COMMENT 'The last version that was recorded'
)
SQL SECURITY INVOKER AS
WITH facts AS (SELECT * FROM {database}.mirror_catalog FINAL WHERE collection IN ('plans', 'plan_details'))
SELECT
    versions.tenant AS tenant, versions.id AS plan, versions.version AS version,
    JSONExtractString(versions.body, 'name') AS name,
    JSONExtractString(versions.body, 'currency')::LowCardinality(String) AS currency,
    toUInt32(JSONLength(versions.body, 'prices')) AS prices,
    JSONExtractString(details.last, 'description') AS description,
    JSONExtractString(details.last, 'product') AS product,
    JSONExtractBool(details.last, 'add_on')::Bool AS add_on,
    ifNull(details.is_archived, false)::Bool AS archived,
    versions.effective_at AS effective_from,
    later AS effective_to,
    versions.recorded_at AS known_at, versions.log_offset AS known_offset,
    (versions.version = newest)::Bool AS current
FROM (
    SELECT *,
        max(version) OVER (PARTITION BY tenant, id) AS newest,
        leadInFrame(toNullable(effective_at)) OVER (PARTITION BY tenant, id ORDER BY effective_at, version ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS later
    FROM facts WHERE collection = 'plans'
) AS versions
LEFT JOIN (
    SELECT tenant, id, argMax(body, log_offset) AS last, argMax(archived, log_offset) AS is_archived
    FROM facts WHERE collection = 'plan_details' GROUP BY tenant, id
) AS details ON versions.tenant = details.tenant AND versions.id = details.id;

CREATE OR REPLACE VIEW {analytics}.prices
(
    tenant LowCardinality(String) COMMENT 'The vendor that bills',
    plan String COMMENT 'With version and price the key of this view',
    version UInt32 COMMENT 'Of the plan',
    price String COMMENT 'Within the plan',
    position UInt32 COMMENT 'From 1, in the order of the plan',
    meter String COMMENT 'What is priced; empty: none, it is a fee',
    model LowCardinality(String) COMMENT 'Charge model, such as per_unit, graduated or flat',
    currency LowCardinality(String) COMMENT 'ISO 4217',
    unit_amount Nullable(Decimal(76, 24)) COMMENT 'per_unit: for so many units as per_units says, major units of the currency; null: another model',
    per_units Nullable(Decimal(76, 24)) COMMENT 'per_unit: for how many units; null: another model',
    flat_amount Nullable(Decimal(76, 24)) COMMENT 'flat: of a period, major units of the currency; null: another model',
    charge String COMMENT 'The whole charge as JSON; amounts are texts in major units. docs/pricing.md tells its fields',
    description String COMMENT 'As on the invoice',
    effective_from DateTime64(6, 'UTC') COMMENT 'As of the plan''s version, UTC, inclusive',
    effective_to Nullable(DateTime64(6, 'UTC')) COMMENT 'As of the plan''s version, UTC, exclusive; null: it still holds',
    known_offset UInt64 COMMENT 'Its place in the catalog: a cut knows what lies below its catalog_offset',
    current Bool COMMENT 'Of the last version of the plan that was recorded'
)
SQL SECURITY INVOKER AS
SELECT
    tenant, id AS plan, version, JSONExtractString(each, 'price') AS price, position,
    JSONExtractString(each, 'meter') AS meter,
    JSONExtractString(charge, 'model')::LowCardinality(String) AS model,
    JSONExtractString(body, 'currency')::LowCardinality(String) AS currency,
    if(model = 'per_unit', toDecimal256OrNull(JSONExtractString(charge, 'unit_amount'), 24), NULL) AS unit_amount,
    if(model = 'per_unit', toDecimal256OrNull(JSONExtractString(charge, 'per'), 24), NULL) AS per_units,
    if(model = 'flat', toDecimal256OrNull(JSONExtractString(charge, 'amount'), 24), NULL) AS flat_amount,
    JSONExtractRaw(each, 'charge') AS charge,
    JSONExtractString(each, 'description') AS description,
    effective_at AS effective_from,
    later AS effective_to,
    log_offset AS known_offset,
    (version = newest)::Bool AS current
FROM (
    SELECT *,
        max(version) OVER (PARTITION BY tenant, id) AS newest,
        leadInFrame(toNullable(effective_at)) OVER (PARTITION BY tenant, id ORDER BY effective_at, version ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS later
    FROM {database}.mirror_catalog FINAL WHERE collection = 'plans'
)
ARRAY JOIN JSONExtractArrayRaw(body, 'prices') AS each, arrayEnumerate(JSONExtractArrayRaw(body, 'prices')) AS position;

-- check: SELECT count() = 4 FROM system.tables WHERE database = '{analytics}' AND name IN ('customers', 'subscriptions', 'plans', 'prices')
