// Signals of attention besides clicks: how far a page was scrolled, how long it was visible, and a move to leave it.
//
// Each is sent at most once per page or per absence. The model counts them, and every single scroll would say no more.
import type { Slotwise } from "slotwise";

/** Scroll depth that counts as read to the end: the value that GA4 uses too. */
const READ_PERCENT = 90;

/** Watches the page from now on. */
export function watchSignals(slotwise: Slotwise): void {
  const onScroll = (): void => {
    const bottom = window.scrollY + window.innerHeight;
    const percent = (100 * bottom) / document.documentElement.scrollHeight;
    if (percent < READ_PERCENT) return;
    removeEventListener("scroll", onScroll);
    slotwise.track("scroll", { percent_scrolled: READ_PERCENT });
  };
  addEventListener("scroll", onScroll, { passive: true });

  let shownSince = performance.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      shownSince = performance.now();
    } else {
      // A hidden page needs no change, and no engine should be fetched for it.
      slotwise.track("user_engagement", { engagement_time_msec: Math.round(performance.now() - shownSince) }, { apply: false });
    }
  });

  // Exit intent is a mouse leaving through the top edge, towards tabs and address bar. Touch screens have no such move.
  if (matchMedia("(hover: hover) and (pointer: fine)").matches) {
    const onLeave = (event: MouseEvent): void => {
      if (event.clientY > 0 || event.relatedTarget) return;
      document.removeEventListener("mouseout", onLeave);
      slotwise.track("exit_intent");
    };
    document.addEventListener("mouseout", onLeave);
  }
}
