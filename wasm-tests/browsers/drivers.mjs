// Chromium, Firefox and WebKit behind one small interface, so that one spec runs in all three. Nothing here is a build
// patched for tests: Debian's `chromium`, `firefox-esr` and `webkit2gtk-driver` are enough, or what CHROMIUM, FIREFOX,
// WEBKIT_DRIVER and WEBKIT_BROWSER name. A browser that is not there is skipped, and the reason says what is missing.
//
// Puppeteer drives the first two, by the DevTools protocol and by WebDriver BiDi. WebKitGTK speaks classic WebDriver, which
// is plain HTTP. It needs a display: where there is none, Xvfb provides one.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import puppeteer from "puppeteer-core";
import { SHOPPER } from "../page.mjs";
import { freePort, until } from "../stage.mjs";

const TIMEOUT_MS = 20_000;

const which = (name) => spawnSync("which", [name], { encoding: "utf8" }).stdout.trim();
const first = (...paths) => paths.find((path) => path && existsSync(path));

/** A tab of Chromium or Firefox. */
class PuppeteerTab {
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(TIMEOUT_MS);
  }

  goto(url) {
    return this.page.goto(url, { waitUntil: "load" });
  }

  /** Calls a function in the page with one argument, and waits for its promise. */
  evaluate(act, words) {
    return this.page.evaluate(act, words);
  }

  /** A click as a visitor makes it. */
  click(selector) {
    return this.page.locator(selector).click();
  }

  /** Puppeteer's own way waits for a page that loads, which one from the back/forward cache does not. */
  back() {
    return this.page.evaluate(() => setTimeout(() => history.back()));
  }

  close() {
    return this.page.close();
  }
}

async function byPuppeteer(options) {
  const browser = await puppeteer.launch({ headless: true, ...options });
  return {
    version: await browser.version(),
    /** A visitor with a cookie jar of their own. */
    async visitor() {
      const context = await browser.createBrowserContext();
      return { tab: async () => new PuppeteerTab(await context.newPage()), leave: () => context.close() };
    },
    close: () => browser.close(),
  };
}

/** A session of WebKit, which is a visitor of its own; its tabs share one connection and are switched between. */
class WebKitSession {
  constructor(url, capabilities) {
    this.url = url;
    this.capabilities = capabilities;
  }

  static async ask(url, method, body) {
    const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebKit: ${value.error}: ${value.message}`);
    return value;
  }

  static async begin(driver, binary) {
    const options = { binary, args: ["--automation"] };
    const wanted = {
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": options,
      timeouts: { script: TIMEOUT_MS, pageLoad: TIMEOUT_MS },
    };
    const { sessionId, capabilities } = await WebKitSession.ask(`${driver}/session`, "POST", { capabilities: { alwaysMatch: wanted } });
    return new WebKitSession(`${driver}/session/${sessionId}`, capabilities);
  }

  ask(method, path, body) {
    return WebKitSession.ask(`${this.url}/${path}`, method, body);
  }

  /** The first tab is there already. */
  async tab() {
    if (!this.begun) {
      this.begun = true;
      return new WebKitTab(this, await this.ask("GET", "window"));
    }
    return new WebKitTab(this, (await this.ask("POST", "window/new", { type: "tab" })).handle);
  }

  leave() {
    return WebKitSession.ask(this.url, "DELETE");
  }
}

class WebKitTab {
  constructor(session, handle) {
    this.session = session;
    this.handle = handle;
  }

  async ask(method, path, body) {
    await this.session.ask("POST", "window", { handle: this.handle });
    return this.session.ask(method, path, body);
  }

  goto(url) {
    return this.ask("POST", "url", { url });
  }

  async evaluate(act, words) {
    const script = `const [words, done] = arguments;
      (async () => (${act})(words ?? undefined))().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const { value, error } = await this.ask("POST", "execute/async", { script, args: [words ?? null] });
    if (error) throw new Error(`WebKit: ${error}`);
    return value;
  }

  async click(selector) {
    const found = await until(selector, () => this.ask("POST", "element", { using: "css selector", value: selector }));
    const [id] = Object.values(found);
    await this.ask("POST", `element/${id}/click`, {});
  }

  back() {
    return this.ask("POST", "back", {});
  }

  close() {
    return this.ask("DELETE", "window");
  }
}

/** Starts a display without a screen, unless there is one; returns its name and how to end it. */
async function display() {
  if (process.env.DISPLAY) return { name: process.env.DISPLAY, stop() {} };
  const child = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const number = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`Xvfb ended with ${code}`)));
    child.stdout.once("data", (text) => resolve(String(text).trim()));
  });
  return { name: `:${number}`, stop: () => child.kill() };
}

async function byWebDriver({ driver, binary }) {
  const screen = await display();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(driver, [`--port=${port}`, "--host=127.0.0.1"], { stdio: "ignore", env: { ...process.env, DISPLAY: screen.name } });
  await until("WebKitWebDriver", async () => (await fetch(`${url}/status`)).ok);
  // A driver holds one session. A visitor that begins ends the one before.
  let session;
  const close = async () => {
    await session?.leave().catch(() => {});
    child.kill();
    screen.stop();
  };
  const begin = async () => {
    session = await WebKitSession.begin(url, binary);
    return session;
  };
  const { browserVersion } = (await begin()).capabilities;
  return {
    version: `WebKitGTK/${browserVersion}`,
    async visitor() {
      await session?.leave().catch(() => {});
      return begin();
    },
    close,
  };
}

const CHROMIUM_WORDS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

/** The browsers: `missing` says why one cannot run here, `open` starts it. */
export const BROWSERS = [
  () => {
    const executablePath = first(process.env.CHROMIUM, which("chromium"), which("google-chrome"));
    if (!executablePath) return { name: "Chromium", missing: "there is no chromium (apt-get install chromium)" };
    return { name: "Chromium", open: () => byPuppeteer({ browser: "chrome", executablePath, args: [...CHROMIUM_WORDS, SHOPPER] }) };
  },
  () => {
    const executablePath = first(process.env.FIREFOX, which("firefox"), which("firefox-esr"));
    if (!executablePath) return { name: "Firefox", missing: "there is no firefox (apt-get install firefox-esr)" };
    return { name: "Firefox", open: () => byPuppeteer({ browser: "firefox", executablePath }) };
  },
  () => {
    const driver = first(process.env.WEBKIT_DRIVER, which("WebKitWebDriver"));
    const binary = first(process.env.WEBKIT_BROWSER, ...globSync("/usr/{lib,libexec,lib/*}/webkit2gtk-4.*/MiniBrowser"));
    if (!driver || !binary)
      return { name: "WebKit", missing: "there is no WebKitWebDriver with MiniBrowser (apt-get install webkit2gtk-driver)" };
    if (!process.env.DISPLAY && !which("Xvfb"))
      return { name: "WebKit", missing: "there is no display and no Xvfb (apt-get install xvfb)" };
    return { name: "WebKit", open: () => byWebDriver({ driver, binary }) };
  },
].map((find) => find());
