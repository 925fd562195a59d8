// Order statistics. The benchmark reports medians and tails: means follow whatever else the machine did.

const ascending = (values) => [...values].sort((a, b) => a - b);

/** The value below which this share of the values lies. */
export function quantile(values, share) {
  const sorted = ascending(values);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** The middle value; the mean of the two in the middle if their number is even. */
export function median(values) {
  const sorted = ascending(values);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Microseconds since a moment of `process.hrtime.bigint()`. */
export const microsSince = (began) => Number(process.hrtime.bigint() - began) / 1000;
