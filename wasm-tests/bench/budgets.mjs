// The budgets: one line a figure, by its id. `npm run bench` prints them beside what it measured;
// `budgets.test.mjs` fails when an enforced one is passed. Times are never enforced: they depend on the machine.

/** Lowest score of Lighthouse, and largest layout shift, of every page on every device. */
export const SCORE = { least: 95, aim: 100 };
export const CLS = { most: 0 };

/**
 * `most` or `least` is the bound, `aim` is where we want to be. `enforced` is the share by which the tests
 * let a figure pass its bound: 0 for sizes, which do not vary; more for ratios, which do.
 */
export const BUDGETS = {
  eager_brotli_kb: { most: 6, aim: 4, enforced: 0 },
  page_engine_brotli_kb: { most: 40, aim: 36, enforced: 0 },
  global_brotli_kb: { most: 58, aim: 50, enforced: 0 },
  ga4_brotli_kb: { most: 2.5, aim: 1.5, enforced: 0 },
  react_brotli_kb: { most: 1.5, aim: 1.2, enforced: 0 },
  element_brotli_kb: { most: 1, aim: 0.9, enforced: 0 },
  worker_gzip_kb: { most: 135, aim: 110, enforced: 0 },
  rewrite_ratio: { most: 1, aim: 0.7, enforced: 0.1 },
  rewrite_ratio_no_slots: { most: 0.65, aim: 0.5, enforced: 0.1 },

  page_js_p50_us: { most: 60, aim: 30 },
  page_engine_p50_us: { most: 40, aim: 20 },
  decision_v8_p50_us: { most: 2, aim: 1 },
  decision_v8_p99_us: { most: 8, aim: 3 },
  scan_f32_times: { least: 100 },
  scan_int8_times: { least: 100 },
  snapshot_open_ms: { most: 5, aim: 2 },
  intent_v8_p50_us: { most: 6 },
  intent_native_us: { most: 3 },
  snapshot_demo_brotli_kb: { most: 30, aim: 20 },

  load_blocked_ms: { most: 20 },
  swap_cpu_ms: { most: 5, aim: 2 },
  first_decision_ms: { most: 150 },
  first_decision_engine_ms: { most: 150 },

  large_10m_cpu_s: { most: 150, aim: 60 },
  large_10m_peak_mb: { most: 2000, aim: 1000 },
  large_10m_budget_snapshot_mb: { most: 20 },

  diginetica_recall_at_20: { least: 55.6, aim: 56 },
  diginetica_mrr_at_20: { least: 20.5, aim: 20.8 },
  diginetica_k16_recall_at_20: { least: 53.2 },
  diginetica_k16_mrr_at_20: { least: 19.8 },
  diginetica_k16_snapshot_mb: { most: 1.2 },
  diginetica_speedup_p50: { least: 30 },
  diginetica_speedup_p99: { least: 30 },
  diginetica_train_search_s: { most: 80, aim: 60 },
  diginetica_train_given_s: { most: 5, aim: 3 },
  diginetica_snapshot_mb: { most: 1.8, aim: 1.5 },
  diginetica_bits_per_entry: { most: 10 },
  yoochoose64_recall_at_20: { least: 71.6, aim: 72.5 },
  yoochoose64_mrr_at_20: { least: 32.2, aim: 32.7 },
  uci_all_auc: { least: 0.93 },
  uci_all_average_precision: { least: 0.75 },
  uci_without_page_values_auc: { least: 0.78 },
};

/** The bound as a number, or null where a figure has none. */
export const bound = ({ most, least } = {}) => most ?? least ?? null;

/** Whether a value keeps its budget, with a share of leeway. */
export function kept(value, { most, least } = {}, leeway = 0) {
  if (most !== undefined) return value <= most * (1 + leeway);
  if (least !== undefined) return value >= least * (1 - leeway);
  return true;
}
