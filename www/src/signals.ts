// What a visit tells besides clicks: how far a page was read, how long, and a move to leave.
//
// Each is sent once per page: they are counted, and counting every scroll would say nothing more.
import type { Slotwise } from "slotwise";

const READ_PERCENT = 90;

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
      // Nobody looks any more: no reason to change the page, nor to fetch an engine for it.
      slotwise.track("user_engagement", { engagement_time_msec: Math.round(performance.now() - shownSince) }, { apply: false });
    }
  });

  // Only a mouse leaves through the top edge; a finger has no such move.
  if (matchMedia("(hover: hover) and (pointer: fine)").matches) {
    const onLeave = (event: MouseEvent): void => {
      if (event.clientY > 0 || event.relatedTarget) return;
      document.removeEventListener("mouseout", onLeave);
      slotwise.track("exit_intent");
    };
    document.addEventListener("mouseout", onLeave);
  }
}
