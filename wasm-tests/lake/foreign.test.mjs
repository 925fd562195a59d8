// Parquet of others: files that pyarrow, DuckDB and Polars write, and files that nobody writes by accident.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, closed, folder, lines, ok, parts, program, published, python, run, trained } from "./stage.mjs";

let shop;
let command;
let lake;
let site;

before(() => {
  build();
  shop = folder();
  command = python();
  closed(shop.at("log"), 0, lines(0));
  closed(shop.at("log"), 1, lines(1));
  site = published(shop);
  lake = shop.at("lake");
  ok("compact", "--log", shop.at("log"), "--lake", lake);
});

after(() => shop?.remove());

/** Runs a script of Python in the shop's folder. */
function script(context, text) {
  if (!command) return context.skip("pyarrow, DuckDB and Polars cannot be installed from PyPI here");
  const { status, stderr, stdout } = spawnSync(command, ["-"], { input: text, cwd: shop.path, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

const READ = `
import glob, os
import duckdb, polars as pl, pyarrow as pa, pyarrow.csv, pyarrow.parquet as pq
`;

/** A table of clicks as CSV: what each writer gets, and what is read in the end must equal. */
function table() {
  const rows = ["event_time,event_type,product_id,category_code,price,user_session"];
  for (let visit = 0; visit < 300; visit++) {
    for (let step = 0; step < 4; step++) {
      const time = new Date(1_760_000_000_000 + visit * 500_000 + step * 20_000).toISOString().replace("T", " ").slice(0, 19);
      const product = 1_000 + ((visit * 7) % 8) * 5 + ((visit + step * step) % 5);
      rows.push(
        `${time},${step === 3 && visit % 5 === 0 ? "purchase" : "view"},${product},${visit % 3 ? `c.${product % 7}` : ""},${(product % 90) + 0.5},v${visit}`,
      );
    }
  }
  writeFileSync(shop.at("table.csv"), `${rows.join("\n")}\n`);
  return trained(shop.at("table.csv")).bytes;
}

test("tables of pyarrow, DuckDB and Polars train the same bytes as their CSV", (context) => {
  const expected = table();
  const written = script(
    context,
    `${READ}
t = pa.csv.read_csv("table.csv")
t = t.set_column(0, "event_time", t["event_time"].cast(pa.timestamp("ns", "UTC")))
for codec in ["none", "snappy", "gzip", "zstd"]:
    for version in ["1.0", "2.0"]:
        pq.write_table(t, f"arrow-{codec}-{version}.parquet", compression=codec, data_page_version=version)
pq.write_table(t, "arrow-plain.parquet", use_dictionary=False, row_group_size=97, data_page_size=500)
pq.write_table(t, "arrow-int96.parquet", use_deprecated_int96_timestamps=True, flavor="spark")
pq.write_table(t.append_column("extra", pa.array([[1, 2]] * len(t))).append_column("more", pa.array([{"a": 1}] * len(t))), "arrow-nested.parquet")
pq.write_table(t.set_column(4, "price", t["price"].cast(pa.decimal128(9, 2))), "arrow-decimal.parquet")
c = duckdb.connect()
c.sql("set timezone='UTC'")
c.sql("create table t as select * from read_csv('table.csv')")
for codec in ["snappy", "zstd", "gzip", "uncompressed"]:
    c.sql(f"copy t to 'duck-{codec}.parquet' (format parquet, codec {codec})")
p = pl.read_csv("table.csv", try_parse_dates=True)
for codec in ["snappy", "zstd", "gzip", "uncompressed"]:
    p.write_parquet(f"polars-{codec}.parquet", compression=codec)
print(" ".join(glob.glob("arrow-*") + glob.glob("duck-*") + glob.glob("polars-*")))
`,
  );
  if (!written) return;
  const files = written.trim().split(" ");
  assert.equal(files.length, 20);
  for (const file of files) assert.ok(trained(shop.at(file)).bytes.equals(expected), file);
});

test("other columns are named with --map, and a missing one is told with those that are there", (context) => {
  const expected = table();
  const names = `["when", "what", "thing", "kind", "cost", "visit"]`;
  if (!script(context, `${READ}\nt = pa.csv.read_csv("table.csv").rename_columns(${names})\npq.write_table(t, "named.parquet")\nprint(1)`))
    return;
  const map = "time=when,event=what,item=thing,category=kind,price=cost,session=visit";
  assert.ok(trained(shop.at("named.parquet"), "--map", map).bytes.equals(expected));
  const { stderr } = run("evaluate", "next", "--events", shop.at("named.parquet"));
  assert.match(stderr, /no column for time; found the columns when, what, thing/);
});

test("DuckDB and Polars read the lake, and a lake that DuckDB has written trains the same bytes", (context) => {
  const said = script(
    context,
    `${READ}
n = duckdb.sql("select count(*), min(day), count(distinct event_id) from read_parquet('lake/*/*.parquet', hive_partitioning=true)").fetchall()[0]
m = pl.scan_parquet("lake/**/*.parquet").select(pl.len()).collect().item()
columns = duckdb.sql("select * from read_parquet('lake/*/*.parquet')").columns
assert not any("secret" in str(row) for row in duckdb.sql("select items, name, context from read_parquet('lake/*/*.parquet')").fetchall())
for day in glob.glob("lake/day=*"):
    os.makedirs("copied/" + os.path.basename(day), exist_ok=True)
    duckdb.sql(f"copy (from read_parquet('{day}/*.parquet', hive_partitioning=false)) to 'copied/{os.path.basename(day)}/0.parquet' (format parquet)")
print(n[0], m, *columns)
`,
  );
  if (!said) return;
  const [rows, same, ...columns] = said.trim().split(" ");
  assert.equal(rows, same);
  assert.equal(Number(rows), lines(0).length + lines(1).length);
  assert.ok(columns.includes("items") && !columns.includes("search_term"), columns.join());
  assert.ok(trained(shop.at("copied")).bytes.equals(trained(lake).bytes));
});

test("parts of older programs lack a column and those of newer ones have more: both are read", (context) => {
  const said = script(
    context,
    `${READ}
for day in sorted(glob.glob("lake/day=*")):
    t = pq.read_table(glob.glob(day + "/*.parquet")[0], partitioning=None)
    to = "evolved/" + os.path.basename(day)
    os.makedirs(to, exist_ok=True)
    t = t.drop_columns(["offer", "exposure", "percent_scrolled"]) if day.endswith("01") else t.append_column("mood", pa.array([[1]] * len(t)))
    pq.write_table(t.select(t.column_names[::-1]), to + "/part-1.parquet")
print("written")
`,
  );
  if (said) assert.ok(trained(shop.at("evolved")).bytes.equals(trained(lake).bytes));
});

/** Reads a file with at most 3 GB of addresses, which threads and buffers of an honest run share. */
function measured(file) {
  const words = ["-c", `ulimit -v 3000000; exec "$0" report --events "$1" --published "$2"`, program, file, site];
  const { status, signal, stderr } = spawnSync("bash", words, { encoding: "utf8", timeout: 60_000 });
  return { status, signal, stderr };
}

test("a file that is cut anywhere, or has any byte changed, is an error or a log, and never a crash", () => {
  const whole = readFileSync(join(lake, parts(lake)[0]));
  const file = shop.at("hostile.parquet");
  const tried = [];
  for (let at = 4; at < whole.length; at += Math.ceil(whole.length / 30)) tried.push([`cut at ${at}`, whole.subarray(0, at)]);
  const footer = whole.readUInt32LE(whole.length - 8);
  // Every other byte of the footer is too many: a spread of them, and some of the pages.
  const places = Array.from({ length: 80 }, (_, at) => whole.length - 8 - footer + Math.floor((at * footer) / 80));
  for (let at = 10; at < whole.length - footer; at += Math.ceil(whole.length / 30)) places.push(at);
  for (const place of places) {
    const changed = Buffer.from(whole);
    changed[place] ^= 0xff;
    tried.push([`byte ${place}`, changed]);
  }
  let refused = 0;
  for (const [what, bytes] of tried) {
    writeFileSync(file, bytes);
    const { status, signal, stderr } = measured(file);
    assert.ok([0, 2].includes(status) && !signal, `${what}: ${status} ${signal} ${stderr}`);
    if (status === 2) {
      refused += 1;
      assert.match(stderr, /expected|no session|no events/, `${what}: ${stderr}`);
    }
  }
  assert.ok(refused > 50, `${refused} of ${tried.length}`);
});

test("lengths that are forged ask for no memory", () => {
  const whole = readFileSync(join(lake, parts(lake)[0]));
  const file = shop.at("forged.parquet");
  for (const length of [0xffffffff, 0x7fffffff, whole.length - 12 + 1, 17 << 20]) {
    const forged = Buffer.from(whole);
    forged.writeUInt32LE(length, whole.length - 8);
    writeFileSync(file, forged);
    const { status, stderr } = measured(file);
    assert.equal(status, 2);
    assert.match(stderr, /a footer of \d+ bytes; expected a footer inside the file/);
  }
  writeFileSync(file, "PAR1");
  assert.match(measured(file).stderr, /4 bytes; expected a whole Parquet file: copy it again/);
});

test("a page that unpacks to gigabytes is refused before it is unpacked", (context) => {
  const said = script(
    context,
    `${READ}
rows = 200
t = pa.table({"time_ms": [1760000000000] * rows, "name": ["view_item"] * rows, "items": ["x" * 1_000_000] * rows})
for codec in ["zstd", "gzip", "snappy"]:
    pq.write_table(t, f"bomb-{codec}.parquet", compression=codec, use_dictionary=False, data_page_size=1 << 30, write_batch_size=rows)
pq.write_table(t, "bomb-dictionary.parquet", compression="zstd", dictionary_pagesize_limit=1 << 30)
t = t.set_column(2, "items", pa.array([str(at) + "x" * 100_000 for at in range(rows)]))
pq.write_table(t, "bomb-entries.parquet", compression="zstd", dictionary_pagesize_limit=1 << 30)
pq.write_table(pa.table({"time_ms": [1], "name": ["a"], "items": ["b"]}), "bomb-delta.parquet", use_dictionary=False, column_encoding={"items": "DELTA_BYTE_ARRAY", "name": "PLAIN", "time_ms": "PLAIN"})
print("written")
`,
  );
  if (!said) return;
  for (const kind of ["zstd", "gzip", "snappy", "entries"]) {
    const file = shop.at(`bomb-${kind}.parquet`);
    const { status, stderr } = measured(file);
    assert.equal(status, 2, `${kind}: ${stderr}`);
    assert.match(
      stderr,
      /column items: a page that unpacks to \d{8,} bytes; expected pages of at most 64 MiB/,
      `${kind}, ${statSync(file).size} bytes`,
    );
    rmSync(file);
  }
  assert.match(measured(shop.at("bomb-delta.parquet")).stderr, /DELTA_BYTE_ARRAY/);
  // A dictionary with one long text is small; what it stands for is skipped row by row.
  assert.ok([0, 2].includes(measured(shop.at("bomb-dictionary.parquet")).status));
});
