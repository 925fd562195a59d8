// The mini-projects of `npm run test:packages`: which files, which packages, and how a developer builds and serves them.
//
// Every version is exact, so a project needs no lock file. A project's files are one or more folders beside this one.
// `PORT` in a command is a free port. A mode either serves a folder, or runs a server that answers at that port, or says
// what a program prints.

/** Serves what the command before it has built. */
const folder = (path, build, more = {}) => ({ folder: path, build, ...more });
/** Copies the page beside the bundle, which is what a shop's own templates would do. */
const withPage = (build) => [...build, ["cp", "index.html", "dist/"]];

const vite = (version, more = {}) => ({
  files: ["bundled"],
  tool: "vite",
  needs: { vite: version, ...more },
  modes: {
    dev: { run: ["vite", "--host", "127.0.0.1", "--port", "PORT", "--strictPort"] },
    build: { build: [["vite", "build"]], run: ["vite", "preview", "--host", "127.0.0.1", "--port", "PORT", "--strictPort"] },
  },
});

const next = { run: ["next", "start", "-H", "127.0.0.1", "-p", "PORT"] };

/** What a program of one's own says that runs on a server. */
const says = (...run) => ({ says: run });
const node = (version) => ({
  files: ["server"],
  tool: "node",
  needs: { node: version },
  modes: { import: says("node", "main.mjs"), require: says("node", "main.cjs") },
});

export const PROJECTS = {
  "plain-page": { files: ["plain-page"], modes: { page: folder(".") } },
  "import-map": { files: ["import-map"], modes: { page: folder(".") } },
  "vite-5": vite("5.4.21"),
  "vite-6": vite("6.4.6"),
  "vite-7": vite("7.3.8"),
  "vite-8": vite("8.3.8"),
  webpack: {
    files: ["bundled"],
    tool: "webpack",
    needs: { webpack: "5.112.1", "webpack-cli": "7.3.1" },
    modes: {
      development: folder("dist", withPage([["webpack", "--mode", "development"]])),
      production: folder("dist", withPage([["webpack", "--mode", "production"]])),
    },
  },
  esbuild: {
    files: ["bundled"],
    tool: "esbuild",
    needs: { esbuild: "0.28.2" },
    modes: {
      splitting: folder("dist", withPage([["esbuild", "shop.js", "--bundle", "--splitting", "--format=esm", "--minify", "--outdir=dist"]])),
      "one file": folder("dist", withPage([["esbuild", "shop.js", "--bundle", "--minify", "--outdir=dist"]])),
    },
  },
  rollup: {
    files: ["bundled"],
    tool: "rollup",
    needs: { rollup: "4.68.7", "@rollup/plugin-node-resolve": "16.0.3" },
    modes: { build: folder("dist", withPage([["rollup", "-c", "rollup.config.mjs"]])) },
  },
  parcel: {
    files: ["bundled"],
    tool: "parcel",
    needs: { parcel: "2.16.4" },
    settings: { "@parcel/resolver-default": { packageExports: true } },
    modes: {
      dev: { run: ["parcel", "index.html", "--host", "127.0.0.1", "--port", "PORT"] },
      build: folder("dist", [["parcel", "build", "index.html"]]),
    },
  },
  bun: {
    files: ["bundled", "server"],
    tool: "bun",
    needs: { bun: "1.4.5" },
    modes: {
      bundle: folder("dist", withPage([["bun", "build", "shop.js", "--outdir", "dist", "--minify"]])),
      "page bundle": folder("dist", [["bun", "build", "index.html", "--outdir", "dist", "--minify"]]),
      run: says("bun", "main.mjs"),
    },
  },
  next: {
    files: ["next"],
    tool: "next",
    needs: { next: "16.4.6", react: "19.3.1", "react-dom": "19.3.1" },
    modes: {
      dev: { run: ["next", "dev", "-H", "127.0.0.1", "-p", "PORT"] },
      node: { ...next, build: [["next", "build"]] },
      edge: { ...next, path: "/edge" },
      "behind the Worker": { ...next, is: "page behind a Worker" },
    },
  },
  astro: {
    files: ["astro"],
    tool: "astro",
    needs: { astro: "7.3.5" },
    modes: {
      dev: { run: ["astro", "dev", "--host", "127.0.0.1", "--port", "PORT"] },
      build: folder("dist", [["astro", "build"]]),
    },
  },
  "node-20": node("20.20.2"),
  "node-22": node("22.23.3"),
  "node-24": node("24.21.0"),
  deno: { files: ["server"], tool: "deno", needs: { deno: "2.9.6" }, modes: { run: says("deno", "run", "-A", "main.mjs") } },
  worker: {
    files: ["import-map", "worker"],
    tool: "wrangler",
    needs: { wrangler: "4.164.0" },
    store: true,
    modes: {
      dev: {
        build: [["wrangler", "deploy", "--dry-run", "--outdir", "out"]],
        run: ["wrangler", "dev", "--ip", "127.0.0.1", "--port", "PORT"],
        is: "worker",
      },
    },
  },
};
