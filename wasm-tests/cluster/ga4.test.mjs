// GA4's export, nested as it is, counted by engines: the same snapshot as the program makes of its lines.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { binary } from "../stage.mjs";
import { engines, folder, key, python, snapshot, train } from "./stage.mjs";

const { missing, env } = engines();
const skip = missing ?? false;
const place = folder();
after(place.remove);
const files = [place.at("one.jsonl"), place.at("two.jsonl.gz")];

/**
 * A simulated export: what it nests, what is not set, transactions sent twice, lists, events of one millisecond, numbers that are
 * none, keys that are there twice, and values of two types.
 */
function records(visits) {
  let state = 99;
  const next = (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const begin = Date.UTC(2026, 8, 1) * 1000;
  const all = [];
  for (let visit = 0; visit < visits; visit++) {
    let micros = begin + visit * 90_000_000 + next(60_000_000);
    const came = next(3);
    const record = (name, items, more = {}) => {
      const params = [
        { key: "page_location", value: { string_value: `https://shop.example/p${next(5)}?x=1` } },
        ...(visit % 11 ? [] : [{ key: "currency", value: { int_value: 7 } }]),
        { key: "currency", value: { string_value: "EUR", int_value: null, float_value: null, double_value: null } },
        ...(visit % 7 ? [{ key: "ga_session_id", value: { int_value: String(1_793_000_000 + visit) } }] : []),
        { key: "ga_session_number", value: { ...(visit % 13 ? {} : { string_value: "2" }), int_value: visit % 2 ? 1 : 2 } },
        ...Object.entries(more.params ?? {}).map(([key, value]) => ({ key, value: { double_value: value } })),
      ];
      all.push({
        event_timestamp: String(micros),
        event_name: name,
        user_pseudo_id: `${visit % 400}.7`,
        event_params: params,
        device: { category: ["mobile", "desktop", "(not set)"][came], language: "en" },
        geo: { continent: "Europe", country: "Sweden" },
        ...(came
          ? {
              collected_traffic_source: {
                manual_medium: came === 1 ? "email" : null,
                manual_source: "(not set)",
                manual_campaign_name: null,
              },
            }
          : {}),
        traffic_source: { medium: "cpc", source: "google", name: "first" },
        ...more.beside,
        items,
      });
      micros += next(4) ? 20_000_000 + next(9_000_000) : 400;
    };
    const product = (at) => ({
      item_id: `sku-${at}`,
      item_name: at % 4 ? `Product "${at}"` : "(not set)",
      item_brand: at % 3 ? `brand${at % 9}` : null,
      item_category: `c${at % 12}`,
      item_category2: at % 2 ? `d${at % 5}` : null,
      item_category3: null,
      item_category4: null,
      item_category5: "(not set)",
      price: next(40) ? 5 + at / 4 : ["n/a", "12,90", "1_000", " 7"][next(4)],
      ...(at % 5 ? {} : { discount: 1.5 }),
      quantity: 1,
    });
    const cluster = next(12);
    const clicks = 1 + next(7);
    let last = 0;
    for (let at = 0; at < clicks; at++) {
      last = cluster * 20 + next(3 + next(17));
      record(next(10) ? "view_item" : "add_to_cart", [product(last)]);
      if (!next(9)) record("scroll", [], { params: { percent_scrolled: next(9) ? 90 : "most" } });
      if (!next(12)) record("view_item_list", [{ item_category: `c${cluster}` }, { item_category: "c0" }]);
      if (!next(20)) record("page_hover", null);
    }
    if (!next(6)) {
      const beside = { ecommerce: { transaction_id: `T${visit}` } };
      const bought = [product((last + 3) % 240), product(last), product((last + 1) % 240)];
      for (let times = 0; times < 1 + (visit % 2); times++) record("purchase", bought, { beside, params: { value: 80.5 } });
    }
  }
  return all.sort((one, other) => Number(one.event_timestamp) - Number(other.event_timestamp));
}

if (!skip) {
  key(place);
  const lines = records(6000).map((record) => JSON.stringify(record));
  const half = lines.length >> 1;
  writeFileSync(files[0], `${lines.slice(0, half).join("\n")}\n`);
  writeFileSync(files[1], gzipSync(`${lines.slice(half).join("\n")}\n`));
}

const words = (...more) => ["--events", ...files, "--rounds", "0", ...more];
const alone = (...more) => snapshot(train(place, env, "alone", ...words(...more)));

test("DuckDB and Spark open the export, and come to the same bytes as the program alone", { skip }, () => {
  const own = train(place, env, "own", ...words());
  assert.match(own.stdout, /read as GA4's BigQuery export/);
  for (const engine of ["duckdb", "spark"]) {
    assert.equal(snapshot(train(place, env, engine, ...words("--engine", engine))), snapshot(own), engine);
  }
  const other = alone("--minimum-support", "2");
  assert.notEqual(other, snapshot(own));
  assert.equal(snapshot(train(place, env, "two", ...words("--engine", "duckdb", "--minimum-support", "2"))), other);
});

test("the statements that are printed for a table of the export give the same", { skip }, () => {
  const out = place.at("counts");
  const printed = (dialect, ...source) => {
    const sql = spawnSync(binary, ["sql", "--dialect", dialect, ...source, "--out", out], { encoding: "utf8" });
    assert.equal(sql.status, 0, sql.stderr);
    return sql.stdout;
  };
  // The table has the export's own types: those that the statements for files name.
  const opened = printed("duckdb", "--events", ...files);
  const load = `${/^CREATE OR REPLACE VIEW slotwise_source .*?;$/ms.exec(opened)[0]}\nCREATE TABLE export AS SELECT * FROM slotwise_source;`;
  writeFileSync(place.at("counts.sql"), `${load}\n${printed("duckdb", "--table", "export", "--ga4")}`);
  const run = (...more) => spawnSync("duckdb", ["-bail", ...more], { encoding: "utf8", env });
  assert.equal(run("-c", `.shell mkdir -p ${out}`).status, 0);
  const done = run("-f", place.at("counts.sql"));
  assert.equal(done.status, 0, done.stderr);
  const counted = train(place, env, "counted", "--counted", out, "--rounds", "0");
  assert.equal(snapshot(counted), alone());
  for (const dialect of ["bigquery", "snowflake"]) {
    const parsed = spawnSync(python, ["-c", `import sys, sqlglot; print(len(sqlglot.parse(sys.stdin.read(), "${dialect}")))`], {
      encoding: "utf8",
      input: printed(dialect, "--ga4", "--table", dialect === "bigquery" ? "`shop.analytics_1234.events_*`" : "shop.public.events"),
    });
    assert.equal(parsed.status, 0, parsed.stderr);
    assert.ok(Number(parsed.stdout) > 10, parsed.stdout);
  }
});

test("JSON lines of another kind are refused with what to do", { skip }, () => {
  writeFileSync(place.at("other.jsonl"), '{"name":"view_item","time_ms":1793530800000}\n');
  const { status, stderr } = train(place, env, "other", "--events", place.at("other.jsonl"), "--engine", "duckdb");
  assert.equal(status, 2);
  assert.match(stderr, /engines read CSV and Parquet with a row for each product, GA4's export as JSON lines, and lakes/);
});
