// Reads the operator's settings, once per isolate, because all of its requests have the same. What is wrong with them is in the log.

import { wrong } from "./edge_check.js";
import { complain } from "./edge_log.js";
import type { Env, Settings, Triggers } from "./edge_settings.js";

function triggers(env: Env): Triggers | undefined {
  const { TRIGGERS_URL: url, TRIGGERS_KEY: key, TRIGGERS_COOKIE: cookie, TRIGGERS_SECS, VISITS: visits, EVENTS_QUEUE: queue } = env;
  if (!url || !key || !cookie || !visits || !queue) return undefined;
  const secs = Number(TRIGGERS_SECS);
  return { url, key: key.trim(), cookie, secs: secs >= 1 && secs <= 43_200 ? Math.round(secs) : 1800, visits, queue };
}

let read: Settings | undefined;

/** Returns the settings of the Worker's environment. */
export const settingsOf = (env: Env): Settings => {
  read ??= settingsFrom(env);
  return read;
};

/** Reads settings, and says in the log what is wrong with them. What is wrong counts as not set. */
export function settingsFrom(env: Env): Settings {
  const said = (name: Exclude<keyof Env, "SNAPSHOTS" | "VISITS" | "EVENTS_QUEUE" | "RATE_LIMIT" | "ANALYTICS">) => String(env[name] ?? "");
  const address = (name: "STORE_ORIGIN" | "SLOTWISE_ORIGIN") => said(name).replace(/\/+$/, "");
  const secs = (name: "SYNC_SECS" | "OVERLAY_SECS", unset: number) => (/^\d+$/.test(said(name)) ? Number(said(name)) : unset);
  const store = address("STORE_ORIGIN");
  const problems = wrong(env);
  for (const [, problem] of problems) complain("setting", problem);
  return {
    store,
    origin: address("SLOTWISE_ORIGIN") || store,
    key: said("SLOTWISE_PUBLIC_KEY"),
    implied: said("CONSENT") === "implied",
    consent: {
      cookie: said("CONSENT_COOKIE"),
      header: said("CONSENT_HEADER"),
      full: said("CONSENT_FULL"),
      session: said("CONSENT_SESSION"),
    },
    syncMs: secs("SYNC_SECS", 60) * 1000,
    overlayMs: secs("OVERLAY_SECS", 15) * 1000,
    intakeKey: said("SLOTWISE_INTAKE_KEY").trim(),
    decideKey: said("DECIDE_KEY").trim(),
    sink: said("SINK_URL"),
    sinkKey: said("SINK_KEY").trim(),
    sinkToken: said("SINK_TOKEN").trim(),
    triggers: triggers(env),
    guests: said("ALLOWED_ORIGINS")
      .split(",")
      .flatMap((origin) => (URL.canParse(origin) ? new URL(origin).origin : [])),
    keepsPages: said("PAGE_CACHE") !== "off",
    off: said("OFF")
      .split(",")
      .map((path) => path.trim())
      .filter((path) => path.startsWith("/")),
    wrong: problems.map(([name]) => name),
    kv: env.SNAPSHOTS,
    queue: env.EVENTS_QUEUE,
    limit: env.RATE_LIMIT,
    analytics: env.ANALYTICS,
  };
}
