"""The counts of pairs that `slotwise train --engine` lets an engine make, written plainly with Polars.

Reads a CSV log of one row an event with sessions and times in milliseconds, and the tables of weights; prints how many pairs have
the support, and the sum of what they weigh.
"""

import json
import sys

import polars as pl

log, weights, support = sys.argv[1], json.loads(open(sys.argv[2]).read()), int(sys.argv[3])
MOST = 512
DEEDS = ["cart", "purchase", "add_to_cart"]

events = (
    pl.scan_csv(log, schema_overrides={"product_id": pl.String, "user_session": pl.String})
    .select("event_time", "event_type", "product_id", "user_session")
    .filter(pl.col("event_type").is_in(["view", *DEEDS]))
    .collect(engine="streaming")
)
sessions = events.group_by("user_session").agg(
    pl.col("event_time").min().alias("began"), pl.col("event_time").max().alias("ended"), pl.len().alias("events")
)
seconds = pl.col("ended") // 1000 - pl.col("began") // 1000
sessions = sessions.filter((pl.col("events") <= 300) & ((pl.col("events") < 30) | (seconds >= pl.col("events"))))
oldest, newest = sessions["began"].min(), sessions["ended"].max()
sessions = sessions.with_columns(
    ((newest - pl.col("began")).cast(pl.Float64) * 1024 / max(newest - oldest, 1)).floor().clip(0, 1024).cast(pl.Int64).alias("age")
).with_row_index("visit")
numbers = events.select(pl.col("product_id").unique(maintain_order=True)).with_row_index("n")
clicks = (
    events.join(sessions.select("user_session", "visit", "age"), on="user_session")
    .join(numbers, on="product_id")
    .select("visit", "age", "n", "event_time", pl.col("event_type").is_in(DEEDS).cast(pl.Int64).alias("deed"))
    .sort("visit", "event_time", maintain_order=True)
)
del events
# Immediate repeats are one, and an item has three places in a visit at most.
fresh = ((pl.col("visit") != pl.col("visit").shift(1)) | (pl.col("n") != pl.col("n").shift(1))).fill_null(True)
clicks = (
    clicks.with_columns(fresh.cum_sum().alias("run"))
    .group_by("run", maintain_order=True)
    .agg(pl.col("visit", "age", "n").first(), pl.col("deed").max())
    .with_columns(pl.int_range(pl.len()).over("visit", "n").alias("times"))
    .filter(pl.col("times") < 3)
    .with_columns(pl.len().over("visit").alias("clicks"))
)
ages, stays = pl.Series(weights["ages"]), pl.Series(weights["stays"])
weight = ages.gather(clicks["age"]) * stays.gather(clicks["clicks"].clip(1, len(weights["stays"])) - 1)
clicks = clicks.select("visit", "n", "deed", weight.alias("weight"))
parts = []
for distance, (later, before) in enumerate(weights["near"], 1):
    near = clicks.with_columns(pl.col("visit", "n", "deed").shift(-distance).name.suffix("_near")).filter(
        (pl.col("visit") == pl.col("visit_near")) & (pl.col("n") != pl.col("n_near"))
    )
    for own, other, deed, way in [("n", "n_near", "deed_near", later), ("n_near", "n", "deed", before)]:
        step = pl.when(pl.col(deed) == 1).then(way[1]).otherwise(way[0])
        parts.append(
            near.select("visit", pl.col(own).alias("n"), pl.col(other).alias("other"), (pl.col("weight") * step).alias("weight"))
        )
del clicks
pairs = (
    pl.concat(parts)
    .lazy()
    .filter(pl.col("weight") > 0)
    .group_by("visit", "n", "other")
    .agg(pl.col("weight").sum())
    .group_by("n", "other")
    .agg(pl.col("weight").sum(), pl.len().alias("support"))
    .filter(pl.col("support") >= support)
    .sort("n", "weight", "other", descending=[False, True, False])
    .filter(pl.int_range(pl.len()).over("n") < MOST)
    .collect(engine="streaming")
)
print(json.dumps({"pairs": len(pairs), "weight": str(pairs["weight"].cast(pl.Int128).sum())}))
