// A store that answers what a test says, and writes down what it was asked.

import { createServer } from "node:http";

/** A page with one slot, and so little else that a test can compare all of it. */
export const OWN = `<!doctype html><title>shop</title><ul data-slotwise="home.recommended"><template data-card><li data-item=""><b data-field="title">T</b></li></template><li>own</li></ul>`;

/** A listener's answer of status 200 with the page. */
export const html = (_, response) => response.setHeader("content-type", "text/html; charset=utf-8").end(OWN);

/**
 * Starts a store. `answers`: what a path is answered with, as a listener of `node:http`; any other path is answered with the page.
 * `asked`: the requests that came, oldest first.
 */
export async function storeOf(answers = {}) {
  const own = { answers, asked: [], url: "", stop: () => {} };
  const server = createServer((request, response) => {
    const path = request.url.split("?", 1)[0];
    own.asked.push({ method: request.method, url: request.url, headers: request.headers });
    (own.answers[path] ?? html)(request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  own.url = `http://127.0.0.1:${server.address().port}`;
  own.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return own;
}
