/**
 * A row of everything that the public views read, of one tenant: its customer, plan, usage, rejected event, posting and
 * invoice, each with the tenant's name in it. Offsets begin at `from`.
 */
export function rowsOfTenant(tenant: string, from: number): readonly string[] {
  const begins = "toDateTime64('2023-11-01 00:00:00', 6, 'UTC')";
  const ends = "toDateTime64('2023-12-01 00:00:00', 6, 'UTC')";
  const time = "toDateTime64('2023-11-16 19:05:00', 6, 'UTC')";
  const micros = 1_698_796_800_000_000;
  const customer = `${tenant}-customer`;
  const subscription = `${tenant}-subscription`;
  const plan = `${tenant}-plan`;
  const subscriptionBody = JSON.stringify({
    customer,
    start: micros,
    end: null,
    calendar: { time_zone: "UTC", every: 1, unit: "month" },
    terms: [{ from: micros, plan, quantity: "1", add_ons: [], paused: false, covered: "nothing" }],
  });
  const planBody = JSON.stringify({
    name: `${tenant} plan`,
    currency: "USD",
    prices: [
      {
        price: "input_tokens",
        meter: "input_tokens",
        description: `${tenant} tokens`,
        charge: {
          model: "graduated",
          per: "1",
          tiers: [{ up_to: "5", unit_amount: "1" }, { unit_amount: "1" }],
        },
      },
    ],
  });
  const catalog = [
    [
      "CustomerCreated",
      "customers",
      customer,
      0,
      JSON.stringify({ name: `${tenant} Ltd`, currency: "USD", time_zone: "UTC" }),
    ],
    ["SubscriptionStarted", "subscriptions", subscription, 0, subscriptionBody],
    ["PlanPublished", "plans", plan, 1, planBody],
    [
      "ObjectRevised",
      "models",
      `${tenant}-model`,
      1,
      JSON.stringify({ name: `${tenant} model`, provider: null }),
    ],
  ] as const;
  return [
    `INSERT INTO tallybook.mirror_cuts (log_offset, kind, cut, time, log_partition) VALUES (0, 'DeploymentMade', 0, ${begins}, 0), (1, 'CutOpened', 1, toDateTime64('2023-11-16 20:00:00', 6, 'UTC'), 0), (2, 'CutPlaced', 1, toDateTime64('2023-11-16 20:00:00', 6, 'UTC'), 0), (3, 'CutClosed', 1, toDateTime64('2023-11-16 20:00:00', 6, 'UTC'), 0)`,
    `INSERT INTO tallybook.mirror_cuts (log_offset, kind, tenant, cut, meter, last_cut) VALUES (${from + 4}, 'FillBegun', '${tenant}', 1, '${tenant}-filled', 1)`,
    `INSERT INTO tallybook.usage_events (cut, raw_offset, tenant, source, id, type, customer, subscription, time, properties, outcome) VALUES (1, ${from}, '${tenant}', '', '${tenant}-event', 'llm.completion', '${customer}', '${subscription}', ${time}, {'model': '${tenant}-model', 'input_token_count': '7'}, 'measured')`,
    `INSERT INTO tallybook.measurements (cut, raw_offset, tenant, customer, subscription, meter, meter_version, slot, quantity) VALUES (1, ${from}, '${tenant}', '${customer}', '${subscription}', 'input_tokens', 1, toStartOfHour(${time}), 7)`,
    `INSERT INTO tallybook.rollups (cut, tenant, customer, subscription, meter, meter_version, slot, quantity, count) VALUES (1, '${tenant}', '${customer}', '${subscription}', 'input_tokens', 1, toStartOfHour(${time}), 7, 1)`,
    `INSERT INTO tallybook.mirror_rejected (log_offset, raw_offset, cut, tenant, verdict, reason, detail, id) VALUES (${from}, ${from + 1}, 1, '${tenant}', 'refused', 'too_old', '${tenant} detail', '${tenant}-rejected')`,
    `INSERT INTO tallybook.mirror_rejected (log_offset, raw_offset, cut, tenant, verdict, reason, original_offset) VALUES (${from + 1}, ${from + 2}, 1, '${tenant}', 'duplicate', 'duplicate', ${from})`,
    ...catalog.map(
      ([kind, collection, id, version, body], index) =>
        `INSERT INTO tallybook.mirror_catalog (log_offset, kind, tenant, recorded_at, effective_at, collection, id, version, body) VALUES (${from + index}, '${kind}', '${tenant}', ${begins}, ${begins}, '${collection}', '${id}', ${version}, '${body}')`,
    ),
    `INSERT INTO tallybook.mirror_journal (log_offset, kind, tenant, cut, seq, id, transaction_kind, cause, date, currency, postings, evidence_cut, customer, subscription, plan, plan_version, period_from, period_to, quantity, amount) VALUES (${from}, 'TransactionPosted', '${tenant}', 1, ${from}, '${tenant}-transaction', 'usage', '${tenant}-cause', ${ends}, 'USD', [('assets:receivable:${customer}', 7), ('income:usage:tokens', -7)], 1, '${customer}', '${subscription}', '${plan}', 1, ${begins}, ${ends}, 7, 7)`,
    `INSERT INTO tallybook.mirror_journal (log_offset, kind, tenant, cut, seq, id, transaction_kind, cause, date, currency, postings, customer, settles) VALUES (${from + 1}, 'TransactionPosted', '${tenant}', 1, ${from + 1}, '${tenant}-payment', 'payment', '${tenant}/payments/${tenant}%2F1', ${ends}, 'USD', [('assets:bank', 3), ('assets:receivable:${customer}', -3)], '${customer}', [('${tenant}-invoice', 3)])`,
    `INSERT INTO tallybook.mirror_invoices (log_offset, kind, tenant, id, customer, currency, total, method, reference, made_at, happened_at) VALUES (${from + 1}, 'PaymentRecorded', '${tenant}', '${tenant}/1', '${customer}', 'USD', 4, 'bank_transfer', '${tenant} reference', ${ends}, ${begins})`,
    `INSERT INTO tallybook.mirror_invoices (log_offset, kind, tenant, invoice, number, customer, subscription, plan, plan_version, period_from, period_to, currency, lines, exact, total, made_at) VALUES (${from}, 'InvoiceFinalized', '${tenant}', '${tenant}-invoice', '${tenant}-1', '${customer}', '${subscription}', '${plan}', 1, ${begins}, ${ends}, 'USD', [('${tenant}-transaction', 'usage', 'input_tokens', map(), 7, 7, 7, '${tenant} tokens', ${begins}, ${ends})], 7, 7, ${ends})`,
  ];
}
