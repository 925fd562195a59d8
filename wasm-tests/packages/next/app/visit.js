"use client";

import { useSlotwise } from "slotwise/react";
import { useEffect, useState } from "react";

/** Shows that React is alive: the button counts, and the page's visit is known to the test. */
export function Visit() {
  const slotwise = useSlotwise();
  const [count, setCount] = useState(0);
  useEffect(() => {
    window.visit = slotwise;
  }, [slotwise]);
  return (
    <button type="button" id="count" onClick={() => setCount(count + 1)}>
      {count}
    </button>
  );
}
