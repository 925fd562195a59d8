import { load } from "slotwise";
import { createSSRApp, h, onMounted, ref } from "vue";

/** The part of the page that Vue renders and hydrates. */
export const app = () =>
  createSSRApp({
    setup() {
      const count = ref(0);
      onMounted(async () => {
        window.visit = await load({ publicKey: "{{PUBLIC_KEY}}", consent: "implied" });
      });
      return () => h("button", { id: "count", onClick: () => count.value++ }, String(count.value));
    },
  });
