import { Slot } from "slotwise/react";
import { Visit } from "./visit";

// A server component: the slots' content is written in JSX and rendered on the server.
export function Shop() {
  return (
    <main>
      <Slot name="home.hero" as="section">
        <div data-variant="welcome">
          <b>Welcome</b>
        </div>
        <template data-variant="smartphone">
          <div>
            <b>Telephones</b>
          </div>
        </template>
      </Slot>
      <Visit />
      <div style={{ height: "200vh" }} />
      <Slot name="home.recommended" as="section">
        <template data-card>
          <article>
            <a data-field="url title" href="/">
              card
            </a>
          </article>
        </template>
        <article>The shop's own card</article>
      </Slot>
    </main>
  );
}
