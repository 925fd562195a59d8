# Computes every figure of a lift report anew, from the raw log, with scipy and statsmodels.
#
# usage: recompute.py EVENTS.jsonl DESIGNS.json ROWS.jsonl REPORT.json
#
# Nothing is shared with the program: visits are put together here, arms are drawn again by an own copy of the hash, and
# intervals come from the libraries or from solving their definitions. What rows showed was written down when they were
# decided; the report has to decide them again. Ends with the number of figures that agree.
import json
import math
import sys
from collections import Counter, defaultdict

import numpy as np
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

events_path, designs_path, rows_path, report_path = sys.argv[1:]
report = json.load(open(report_path))
designs = {design["id"]: design for design in json.load(open(designs_path))}
MASK = (1 << 64) - 1
HOUR = 3_600_000
METRICS = ["orders", "carts", "clicks", "revenue", "order_value"]
agreed = 0


def same(found, expected, what, tolerance=1e-7):
    global agreed
    unbounded = expected is None or not math.isfinite(expected)
    if found is None and unbounded:
        agreed += 1
        return
    if found is None or unbounded or not math.isclose(found, expected, rel_tol=tolerance, abs_tol=1e-11):
        sys.exit(f"{what}: the report has {found}, the script {expected}")
    agreed += 1


# --- the draw, after src/hash.rs and src/decide/draw.rs
def mix(word):
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        word = ((word ^ word >> shift) * factor) & MASK
    return word ^ word >> 31


def hashed(data, seed):
    state = mix(~seed & MASK)
    for byte in data:
        state = mix(state ^ byte)
    return state


def number(design, subject, key):
    return hashed(key.to_bytes(8, "little"), hashed(subject.encode(), int(design["salt"]))) % 10_000


def arm_of(design, slot, seed, time_ms):
    if number(design, "", seed) < design["holdout"]:
        return "holdout"
    key = (time_ms // HOUR) << 16 if slot["draw"] == "hour" else seed
    drawn = number(design, slot["slot"], key)
    for name, share in slot["arms"]:
        if drawn < share:
            return name
        drawn -= share


def shares(design, slot):
    """The share of the bucketing keys that gets each arm; of a switchback, all arms together."""
    if slot["draw"] == "hour":
        held = sum(number(design, "", seed) < design["holdout"] for seed in range(65_536)) / 65_536
        return {"all arms": 1 - held, "holdout": held}
    counts = Counter(arm_of(design, slot, seed, 0) for seed in range(65_536))
    return {arm: count / 65_536 for arm, count in counts.items()}


# --- visits and trials, from the log
visits = defaultdict(list)
for line in open(events_path):
    event = json.loads(line)
    visits[event["session"]].append(event)
exposures = []
for name, events in visits.items():
    for event in events:
        if event["name"] == "slot_exposure":
            exposures.append((event["time_ms"], name, event))
exposures.sort(key=lambda entry: entry[0])
trials, place, crossed, left_out = [], {}, set(), Counter()
for time_ms, name, event in exposures:
    shown = event["params"]["exposure"]
    design = designs[shown["snapshot"]]
    slot = next(slot for slot in design["slots"] if slot["slot"] == shown["slot"])
    arm = arm_of(design, slot, shown["seed"], time_ms)
    if arm != shown["arm"]:
        left_out["wrong_arm"] += 1
        continue
    if (name, shown["slot"]) in place:
        first = trials[place[name, shown["slot"]]]
        first["crossed"] |= first["arm"] != arm
        continue
    place[name, shown["slot"]] = len(trials)
    after = [other for other in visits[name] if other["time_ms"] >= time_ms]
    did = lambda kind: [other for other in after if other["name"] == kind]
    treated = 10_000 - design["holdout"]
    share = dict(slot["arms"]).get(arm, 0)
    trials.append(
        dict(
            visit=name, slot=shown["slot"], time=time_ms, seed=shown["seed"], arm=arm, design=(design["id"], shown["slot"]),
            hours=slot["draw"] == "hour", crossed=False, held=design["holdout"],
            propensity=design["holdout"] if arm == "holdout" else share * treated // 10_000,
            device=event["context"]["device"], source=event["context"]["source"],
            before=sum(other["name"] == "view_item" and other["time_ms"] < time_ms for other in visits[name]),
            ordered=bool(did("purchase")), cents=sum(round(other["params"]["value"] * 100) for other in did("purchase")),
            carted=bool(did("add_to_cart")), clicked=bool(did("select_item")),
        )
    )
kept = []
for name in {trial["slot"] for trial in trials}:
    own = [trial for trial in trials if trial["slot"] == name]
    hours, fresh = set(), []
    for trial in own:
        key = (trial["seed"], trial["time"] // HOUR)
        fresh.append(key not in hours)
        hours.add(key)
    mean = len(hours) / 65_536
    most, counts = max(1, math.ceil(mean + 2 * math.sqrt(mean))), Counter()
    for trial, is_fresh in zip(own, fresh):
        counts[trial["seed"]] += is_fresh
        trial["counts"] = is_fresh and counts[trial["seed"]] <= most
    left_out["same_source"] += sum(not trial["counts"] for trial in own)
trials = [trial for trial in trials if trial["counts"]]
for reason, count in left_out.items():
    if count:
        same(report["left_out"].get(reason), count, f"left out, {reason}")


# --- what rows showed of the catalogue
NEW_MS = 14 * 24 * HOUR
rows = {(row["visit"], row["slot"], row["time_ms"]): row["items"] for row in map(json.loads, open(rows_path))}
knows, first_seen = defaultdict(set), {}
for name, events in visits.items():
    for event in events:
        for item in event["params"].get("items", []):
            knows[item["item_id"]].add(name)
            first_seen[item["item_id"]] = min(first_seen.get(item["item_id"], math.inf), event["time_ms"])
began = min(event["time_ms"] for events in visits.values() for event in events)


def gini(places):
    """Half of the mean difference of all pairs, over the mean."""
    places = np.array(places, float)
    return float(np.abs(places[:, None] - places).mean() / 2 / places.mean())


def check_shown(found, own, what):
    shown = [(trial["time"], rows[trial["visit"], trial["slot"], trial["time"]]) for trial in own]
    places = Counter(item for _, items in shown for item in items)
    count = sum(places.values())
    new = sum(
        first_seen[item] > began + NEW_MS and 0 <= time_ms - first_seen[item] <= NEW_MS for time_ms, items in shown for item in items
    )
    bits = sum(places[item] * math.log2((len(visits) + 1) / (len(knows[item]) + 1)) for item in places)
    same(found["rows"], len(shown), f"{what}, rows")
    same(found["filled"], sum(bool(items) for _, items in shown), f"{what}, filled rows")
    same(found["catalogue"], 100 * len(places) / len(knows), f"{what}, share of the catalogue")
    same(found["gini"], gini([places[item] for item in knows]), f"{what}, Gini")
    same(found["new"], 100 * new / count, f"{what}, new products")
    same(found["novelty_bits"], bits / count, f"{what}, novelty")


# --- figures
def outcome(trial, metric, cap):
    revenue = min(trial["cents"], cap) / 100
    return dict(
        orders=(trial["ordered"], 1), carts=(trial["carted"], 1), clicks=(trial["clicked"], 1), revenue=(revenue, 1),
        order_value=(revenue, trial["ordered"]),
    )[metric]


class Group:
    def __init__(self, own, metric, cap):
        pairs = np.array([outcome(trial, metric, cap) for trial in own], float).reshape(-1, 2)
        self.y, self.d = pairs.T
        self.w = np.array([min(100, 10_000 / trial["propensity"]) for trial in own])
        self.x = np.array([trial["before"] for trial in own], float)
        self.hour = np.array([trial["time"] // HOUR for trial in own])
        self.n, self.metric = len(own), metric
        self.rate = metric in METRICS[:3]
        self.total = float(np.sum(self.w * self.d))
        if not self.total:
            return
        self.value = float(np.sum(self.w * self.y) / self.total)
        self.influence = self.w * (self.y - self.value * self.d) / self.total
        self.error = math.sqrt(np.sum(self.influence**2) * self.n / (self.n - 1))
        self.effective = float(self.w.sum() ** 2 / np.sum(self.w**2))

    def interval(self):
        if self.rate:
            return proportion_confint(self.value * self.effective, self.effective, method="wilson")
        return stats.norm.interval(0.95, self.value, self.error)

    def of_sequence(self):
        if not self.rate:
            return self.error
        n = self.effective + 2
        rate = (self.value * self.effective + 1) / n
        return math.sqrt(rate * (1 - rate) / n)


def mover(a, la, ua, b, lb, ub):
    return a - b - math.hypot(a - la, ub - b), a - b + math.hypot(ua - a, b - lb)


def ratio(a, la, ua, b, lb, ub):
    """The ratios R for which the interval of a - R b holds 0, found by search."""
    if b <= 0:
        return None
    lower = lambda r: mover(a, la, ua, r * b, r * lb, r * ub)[0]
    upper = lambda r: mover(a, la, ua, r * b, r * lb, r * ub)[1]
    low = optimize.brentq(lower, -1, a / b, xtol=1e-15, rtol=1e-14) if lower(a / b) < 0 < lower(-1) else 0
    high = optimize.brentq(upper, a / b, 1e6, xtol=1e-15, rtol=1e-14) if lb > 0 else math.inf
    return a / b - 1, max(low, 0) - 1, high - 1


def boundary(t, tightest, alpha=0.05):
    rho = math.sqrt((-2 * math.log(0.05) + math.log(-2 * math.log(0.05) + 1)) / tightest)
    return math.sqrt(2 * (t * rho**2 + 1) / (t * rho**2) * math.log(math.sqrt(t * rho**2 + 1) / alpha))


def p_value(distance, t, tightest):
    if boundary(t, tightest, 1.0) > abs(distance):
        return 1.0
    gap = lambda log: boundary(t, tightest, math.exp(log)) - abs(distance)
    return math.exp(optimize.brentq(gap, -700, 0, xtol=1e-14, rtol=1e-14))


def compare(left, right, hours):
    tightest = report["tightest_at"]
    value = left.value - right.value
    if hours:
        y, w = np.concatenate([left.y, right.y]), np.concatenate([left.w, right.w])
        treated = np.r_[np.ones(left.n), np.zeros(right.n)]
        groups = np.r_[left.hour, right.hour]
        count = len(set(groups.tolist()))
        t = stats.t.ppf(0.975, count - 1)
        if left.metric == "order_value":
            bought = np.concatenate([left.d, right.d]) > 0
            scale = math.sqrt((count / (count - 1) * (len(y) - 1) / (len(y) - 2)))
            sums = defaultdict(float)
            for hour, part in zip(groups, np.r_[left.influence, -right.influence]):
                sums[hour] += part
            error = scale * math.sqrt(sum(part**2 for part in sums.values()))
            assert bought.any()
        else:
            fit = sm.WLS(y, sm.add_constant(treated), weights=w).fit(cov_type="cluster", cov_kwds=dict(groups=groups), use_t=True)
            error = float(fit.bse[1])
        k = boundary(count, 168)
        parts = defaultdict(float)
        share = left.value / right.value if right.value > 0 else math.nan
        for hour, part in zip(left.hour, left.influence):
            parts[hour] += part / right.value if right.value > 0 else 0
        for hour, part in zip(right.hour, right.influence):
            parts[hour] -= share / right.value * part if right.value > 0 else 0
        spread = math.sqrt(count / (count - 1) * (len(y) - 1) / (len(y) - 2) * sum(part**2 for part in parts.values()))
        around = lambda middle, half: (middle, middle - half, middle + half)
        relative = [None, None]
        if right.value > 0:
            relative = [around(share - 1, factor * spread) for factor in (t, k)]
            relative = [(middle, max(-1, low), high) for middle, low, high in relative]
        return (around(value, t * error), relative[0], around(value, k * error), relative[1], p_value(value / error, count, 168))
    (la, ua), (lb, ub) = left.interval(), right.interval()
    if left.rate:
        fixed = confint_proportions_2indep(
            left.value * left.effective, left.effective, right.value * right.effective, right.effective, method="newcomb"
        )
    else:
        fixed = stats.norm.interval(0.95, value, math.hypot(left.error, right.error))
    t = left.n + right.n
    k, (sa, sb) = boundary(t, tightest), (left.of_sequence(), right.of_sequence())
    always = (value, value - k * math.hypot(sa, sb), value + k * math.hypot(sa, sb))
    relative = ratio(left.value, la, ua, right.value, lb, ub)
    a, b = left.value, right.value
    always_relative = ratio(a, a - k * sa, a + k * sa, b, b - k * sb, b + k * sb)
    return ((value, *fixed), relative, always, always_relative, p_value(value / math.hypot(sa, sb), t, tightest))


def cuped(left, right):
    """An analysis of covariance with a common slope, by weighted least squares."""
    y, x, w = (np.concatenate([getattr(left, name), getattr(right, name)]) for name in ("y", "x", "w"))
    treated = np.r_[np.ones(left.n), np.zeros(right.n)]
    fit = sm.WLS(y, np.column_stack([np.ones_like(y), treated, x]), weights=w).fit()
    slope, error = float(fit.params[2]), 0.0
    for group in (left, right):
        rest = group.y - slope * group.x
        middle = np.average(rest, weights=group.w)
        error += np.sum((group.w * (rest - middle) / group.w.sum()) ** 2) * group.n / (group.n - 1)
    reduction = 1 - error / (left.error**2 + right.error**2)
    return float(fit.params[1]), math.sqrt(error), slope, reduction


def check_figure(found, expected, what):
    if found is None or expected is None:
        if found is not expected:
            sys.exit(f"{what}: the report has {found}, the script {expected}")
        return
    for key, value in zip(("value", "low", "high"), expected):
        same(found[key], value, f"{what}, {key}")


def check_slot(slot, own, overall):
    what = slot["slot"]
    same(slot["visits"], len(own), f"{what}, visits")
    same(slot["crossovers"], sum(trial["crossed"] for trial in own), f"{what}, crossovers")
    revenue = sorted(trial["cents"] for trial in own if trial["ordered"])
    cap = revenue[math.ceil(0.99 * len(revenue)) - 1]
    same(slot["revenue_cut"][0], cap / 100, f"{what}, cap")
    same(slot["revenue_cut"][1], sum(value > cap for value in revenue), f"{what}, visits cut")
    check_ratio(slot, own, overall)
    by_arm = defaultdict(list)
    for trial in own:
        by_arm[trial["arm"]].append(trial)
    for arm in slot["arms"]:
        same(arm["visits"], len(by_arm[arm["arm"]]), f"{what}, {arm['arm']}, visits")
        for metric in METRICS:
            group = Group(by_arm[arm["arm"]], metric, cap)
            check_figure(arm[metric], (group.value, *group.interval()), f"{what}, {arm['arm']}, {metric}")
        if arm["shown"]:
            check_shown(arm["shown"], by_arm[arm["arm"]], f"{what}, {arm['arm']}")
    hours = own[0]["hours"]
    for comparison in slot["comparisons"] + slot["breakdowns"]:
        pair = [comparison["arm"], comparison["against"]]
        name = f"{what}, {' against '.join(pair)}, {comparison['metric']} {comparison['group']}"
        key, _, word = comparison["group"].partition(" ")
        sides = [[trial for trial in by_arm[arm] if not key or trial[key] == word] for arm in pair]
        for found, side in zip(comparison["visits"], sides):
            same(found, len(side), f"{name}, visits")
        left, right = (Group(side, comparison["metric"], cap) for side in sides)
        if comparison["too_few"]:
            continue
        fixed, relative, always, always_relative, p = compare(left, right, hours)
        check_figure(comparison["difference"], fixed, f"{name}, difference")
        check_figure(comparison["relative"], relative, f"{name}, relative")
        check_figure(comparison["always"], always, f"{name}, always")
        check_figure(comparison["always_relative"], always_relative, f"{name}, always relative")
        same(comparison["p"], p, f"{name}, p", 1e-6)
        if comparison["adjusted"]:
            value, error, slope, reduction = cuped(left, right)
            k = boundary(left.n + right.n, report["tightest_at"])
            check_figure(comparison["adjusted"]["difference"], (value, *stats.norm.interval(0.95, value, error)), f"{name}, CUPED")
            check_figure(comparison["adjusted"]["always"], (value, value - k * error, value + k * error), f"{name}, CUPED always")
            same(comparison["adjusted"]["slope"], slope, f"{name}, slope", 1e-6)
            same(comparison["adjusted"]["reduction"], reduction, f"{name}, reduction", 1e-6)


def check_ratio(slot, own, overall):
    what, parts = slot["slot"], []
    # The visits as a whole are checked plan by plan: which slot a visit saw first may depend on what went missing.
    for key in {trial["design"][: 1 if overall else 2] for trial in own}:
        design = designs[key[0]]
        share = shares(design, next(entry for entry in design["slots"] if entry["slot"] == key[-1] or overall))
        part = [trial for trial in own if trial["design"][: len(key)] == key]
        held = share["holdout"]
        if overall:
            share = {"slotwise": 1 - held, "holdout": held}
        found = Counter("all arms" if part[0]["hours"] and trial["arm"] != "holdout" else trial["arm"] for trial in part)
        parts.append([(arm, found[arm], len(part) * share[arm]) for arm in share])
    assert all(expected >= 5 for part in parts for _, _, expected in part), "the script pools nothing"
    chi = sum(stats.chisquare([f for _, f, _ in part], [e for _, _, e in part]).statistic for part in parts)
    degrees = sum(len(part) - 1 for part in parts)
    ratio = slot["sample_ratio"]
    same(ratio["chi_square"], chi, f"{what}, chi-square")
    same(ratio["degrees"], degrees, f"{what}, degrees")
    same(ratio["p"], stats.chi2.sf(chi, degrees), f"{what}, p of the sample ratio")
    for arm, found, expected in ratio["arms"]:
        same(found, sum(f for part in parts for a, f, _ in part if a == arm), f"{what}, {arm}, found")
        same(expected, sum(e for part in parts for a, _, e in part if a == arm), f"{what}, {arm}, expected")


for slot in report["slots"]:
    check_slot(slot, [trial for trial in trials if trial["slot"] == slot["slot"]], False)
arms_of, whole = defaultdict(set), {}
for trial in trials:
    arms_of[trial["visit"]].add(trial["arm"] == "holdout")
for trial in trials:
    if trial["visit"] not in whole:
        held = trial["arm"] == "holdout"
        whole[trial["visit"]] = trial | dict(
            arm="holdout" if held else "slotwise", propensity=trial["held"] if held else 10_000 - trial["held"], hours=False,
            crossed=len(arms_of[trial["visit"]]) > 1,
        )
check_slot(report["overall"], list(whole.values()), True)
every = [report["overall"], *report["slots"]]
goal = [own for slot in every for own in slot["comparisons"] if own["metric"] == report["goal"]]
for family in (goal, [own for slot in every for own in slot["breakdowns"]]):
    family = [own for own in family if not own["too_few"]]
    for own, p in zip(family, multipletests([own["p"] for own in family], method="holm")[1]):
        same(own["p_corrected"], float(p), f"{own['arm']} against {own['against']} {own['group']}, corrected p")
        verdict = "undecided" if p > 0.05 else "better" if own["difference"]["value"] > 0 else "worse"
        if own["verdict"] != verdict:
            sys.exit(f"{own['arm']} against {own['against']} is {own['verdict']}, the script says {verdict}")
print(f"{agreed} figures agree")
