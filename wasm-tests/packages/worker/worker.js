import slotwise from "slotwise/edge";

// A Worker of one's own answers some paths by itself and leaves all others to Slotwise.
export default {
  ...slotwise,
  fetch(request, env, context) {
    if (new URL(request.url).pathname === "/own") return new Response("my own");
    return slotwise.fetch(request, env, context);
  },
};
