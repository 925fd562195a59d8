// What the parts of the benchmark share: the report, folders, the demo's shop. Made when first asked for,
// ended together.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../js/tools/setup.mjs";
import { publish } from "../stage.mjs";
import { Report } from "./report.mjs";

export class Bench {
  report = new Report();
  /** Public data sets, beside the checkout; what needs them is skipped where they are absent. */
  data = join(root, "../shared/data");
  /** Kept between runs: packages of peers, searches. */
  folder = join(root, "target/bench");
  /** Gone after the run. */
  temporary = mkdtempSync(join(tmpdir(), "slotwise-bench-"));
  #shop;
  #endings = [];

  constructor() {
    mkdirSync(this.folder, { recursive: true });
  }

  /** The demo's shop: a key, and a snapshot of the bundled sample. */
  shop() {
    if (!this.#shop) {
      this.#shop = publish();
      this.atEnd(() => this.#shop.remove());
    }
    return this.#shop;
  }

  /** Registers what must be ended after the run, whatever happens in it. */
  atEnd(work) {
    this.#endings.push(work);
  }

  async end() {
    for (const work of this.#endings.splice(0).reverse()) await work();
    rmSync(this.temporary, { recursive: true, force: true });
  }
}
