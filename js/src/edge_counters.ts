// What became of the store's pages, counted by outcome: for `/_slotwise/health`, and for the platform's Analytics Engine where one is
// bound. Nothing of the visitor is in it.

import type { PageCounts } from "./contract.js";
import type { Settings } from "./edge_settings.js";

/** Pages of this isolate since it started. */
export const pages: PageCounts = { fitted: 0, cold: 0, crawler: 0, off: 0, snapshot: 0, encoding: 0, failed: 0 };

/** Counts a page. `snapshot` is the short id of the one that decided. */
export function count(outcome: keyof PageCounts, { analytics }: Settings, snapshot = ""): void {
  pages[outcome] += 1;
  try {
    analytics?.writeDataPoint({ indexes: [outcome], blobs: [outcome, snapshot], doubles: [1] });
  } catch {
    // A figure is not worth a page.
  }
}
