// The address of `slotwise.global.js`. The browser tells it only while the script runs for the first time, so the entry asks.

export let script: string | undefined;

/** Keeps the address of the running script. */
export function locate(): void {
  script = (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src;
}
