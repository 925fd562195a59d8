// A server in front of another one, with an address that stays. It writes down what is posted to it, and can be told to fail.

import { createServer } from "node:http";

const HOP = ["connection", "content-encoding", "content-length", "host", "transfer-encoding"];

/**
 * Starts a tap. `target`: URL of the server behind it; without one it hangs up. `does`: a status that it answers by itself
 * instead, or `"hangs"`, or a function that says so for a post. `delay`: milliseconds before it passes a post on. `posts`: what came in, each with path, headers, body,
 * the status of the answer, and when it began and ended.
 */
export async function tap(target) {
  const own = { target, does: undefined, delay: 0, posts: [], url: "", stop: () => {} };
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const post = { path: request.url, headers: request.headers, body: body.toString(), status: undefined };
    post.began = performance.now();
    if (request.method === "POST") own.posts.push(post);
    if (request.method === "POST" && own.delay) await new Promise((resolve) => setTimeout(resolve, own.delay));
    const does = typeof own.does === "function" ? own.does(post) : own.does;
    if (does === "hangs") return;
    const answer = async () => {
      if (does) return new Response("{}", { status: does });
      const headers = Object.entries(request.headers).filter(([name]) => !HOP.includes(name));
      return fetch(own.target + request.url, { method: request.method, headers, ...(body.length > 0 && { body }) });
    };
    try {
      const found = await answer();
      post.status = found.status;
      for (const [name, value] of found.headers) if (!HOP.includes(name)) response.appendHeader(name, value);
      response.writeHead(found.status).end(Buffer.from(await found.arrayBuffer()));
      post.ended = performance.now();
    } catch {
      // Nobody is behind it, or no longer.
      request.socket.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  own.url = `http://127.0.0.1:${server.address().port}`;
  own.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return own;
}
