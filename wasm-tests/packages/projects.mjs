// The mini-projects of `npm run test:packages`: which files, which packages, and how a developer builds and serves them.
//
// Every version is exact, so a project needs no lock file. A project's files are one or more folders beside this one.
// `PORT` in a command is a free port. A mode either serves a folder, or runs a server that answers at that port, or says
// what a program prints. `row` is the project's row in the manual's table (www/manual/bundlers.md).

/** Serves what the command before it has built. */
const folder = (path, build, more = {}) => ({ folder: path, build, ...more });
/** A development server. What it sends is not what a shopper gets, so it is not weighed. */
const dev = (command, more = {}) => ({ run: command, isDev: true, ...more });
/** A bundle, and the page beside it, as a shop's own templates would have it. */
const built = (command, more = {}) => folder("dist", [["rm", "-rf", "dist"], command, ["cp", "index.html", "dist/"]], more);
/** The same by a tool that loses the Wasm files. The page engine has a way around that. */
const lost = (command) => built(command, { loses: true });

const ESBUILD = ["--bundle", "--minify", "--outdir=dist"];
const VITE = ["--host", "127.0.0.1", "--port", "PORT", "--strictPort"];
const vite = (row, version, modes) => ({
  row,
  files: ["bundled"],
  tool: "vite",
  needs: { vite: version },
  modes: { ...modes, build: { build: [["vite", "build"]], run: ["vite", "preview", ...VITE] } },
});
/** Up to version 7 the development server loses Wasm files, unless it is told to leave the package alone. */
const viteUpTo7 = (version) =>
  vite("Vite 5 to 7", version, {
    dev: dev(["vite", ...VITE], { loses: true }),
    "dev, excluded": dev(["vite", "--config", "vite.exclude.mjs", ...VITE]),
  });

const next = { run: ["next", "start", "-H", "127.0.0.1", "-p", "PORT"] };

/** An app that a server renders and the browser hydrates. As the manual says, the slots stand outside of it. */
const rendered = (tool, needs) => ({
  row: "Vue 3 and Svelte 5 with server rendering",
  files: ["rendered", tool],
  tool,
  needs: { vite: "8.3.8", ...needs },
  settings: { type: "module" },
  counts: true,
  modes: {
    "behind the Worker": {
      build: [
        ["vite", "build", "--outDir", "dist/client"],
        ["vite", "build", "--ssr", "rendered.js", "--outDir", "dist/server"],
      ],
      run: ["node", "server.mjs", "PORT"],
      is: "page behind a Worker",
    },
  },
});

/** A program that asks a browser's entry on a server, and one that decides there. */
const says = (...run) => ({ says: run });
const decides = (...run) => ({ decides: run });
/** The edge itself, in front of a plain web server. */
const handles = (...run) => ({ run: [...run, "PORT"], is: "edge" });
const node = (version) => ({
  row: "Node 20.19, 22.12 and newer; Deno 2; Bun",
  files: ["server", "import-map", "handler"],
  tool: "node",
  needs: { node: version },
  store: true,
  modes: {
    import: says("node", "main.mjs"),
    require: says("node", "main.cjs"),
    decide: decides("node", "decide.mjs"),
    handler: handles("node", "node.mjs"),
  },
});

export const PROJECTS = {
  "plain-page": { row: "a plain page", files: ["plain-page"], modes: { page: folder(".") } },
  "import-map": { row: "an import map", files: ["import-map"], modes: { page: folder(".") } },
  "vite-5": viteUpTo7("5.4.21"),
  "vite-6": viteUpTo7("6.4.6"),
  "vite-7": viteUpTo7("7.3.8"),
  "vite-8": vite("Vite 8", "8.3.8", { dev: dev(["vite", ...VITE]) }),
  webpack: {
    row: "webpack 5",
    files: ["bundled"],
    tool: "webpack",
    needs: { webpack: "5.112.1", "webpack-cli": "7.3.1" },
    modes: {
      development: built(["webpack", "--mode", "development"]),
      production: built(["webpack", "--mode", "production"]),
    },
  },
  esbuild: {
    row: "esbuild, Rollup, Bun as bundlers",
    files: ["bundled"],
    tool: "esbuild",
    needs: { esbuild: "0.28.2" },
    modes: {
      splitting: lost(["esbuild", "shop.js", ...ESBUILD, "--splitting", "--format=esm"]),
      "one file": lost(["esbuild", "shop.js", ...ESBUILD]),
      "inline, splitting": built(["esbuild", "shop=inline.js", ...ESBUILD, "--splitting", "--format=esm"]),
      "inline, one file": built(["esbuild", "shop=inline.js", ...ESBUILD]),
    },
  },
  rollup: {
    row: "esbuild, Rollup, Bun as bundlers",
    files: ["bundled"],
    tool: "rollup",
    needs: { rollup: "4.68.7", "@rollup/plugin-node-resolve": "16.0.3" },
    modes: { build: lost(["rollup", "-c"]), inline: built(["rollup", "-c", "-i", "shop=inline.js"]) },
  },
  parcel: {
    row: "Parcel 2",
    files: ["bundled"],
    tool: "parcel",
    needs: { parcel: "2.16.4" },
    modes: {
      dev: dev(["parcel", "index.html", "--host", "127.0.0.1", "--port", "PORT"]),
      build: folder("dist", [["parcel", "build", "index.html"]]),
    },
  },
  bun: {
    row: "esbuild, Rollup, Bun as bundlers",
    files: ["bundled"],
    tool: "bun",
    needs: { bun: "1.4.5" },
    modes: {
      bundle: lost(["bun", "build", "shop.js", "--outdir", "dist"]),
      "bundle for production": lost(["bun", "build", "shop.js", "--outdir", "dist", "--production"]),
      inline: built(["bun", "build", "inline.js", "--outfile", "dist/shop.js", "--production"]),
      "bundle of the page": folder("dist", [["bun", "build", "index.html", "--outdir", "dist"]], { loses: true }),
    },
  },
  next: {
    row: "Next 16",
    files: ["next"],
    tool: "next",
    needs: { next: "16.4.6", react: "19.3.1", "react-dom": "19.3.1" },
    counts: true,
    store: true,
    modes: {
      dev: dev(["next", "dev", "-H", "127.0.0.1", "-p", "PORT"]),
      node: { ...next, build: [["next", "build"]] },
      edge: { ...next, path: "/edge" },
      "node decides": { ...next, path: "/decide", is: "answer" },
      "edge decides": { ...next, path: "/decide/edge", is: "answer" },
      "edge handles": { ...next, path: "/handled", is: "answer" },
      // JSX of one's own as a slot: React would undo what is changed there, and the console says so.
      "dev, JSX as a slot": dev(["next", "dev", "-H", "127.0.0.1", "-p", "PORT"], { path: "/jsx", hint: /React owns slot "home.hero"/ }),
      "behind the Worker": { ...next, is: "page behind a Worker" },
    },
  },
  astro: {
    row: "Astro 7",
    files: ["astro"],
    tool: "astro",
    needs: { astro: "7.3.5" },
    modes: {
      dev: dev(["astro", "dev", "--host", "127.0.0.1", "--port", "PORT"]),
      build: folder("dist", [["astro", "build"]]),
    },
  },
  "vue-ssr": rendered("vue", { vue: "3.5.45" }),
  "svelte-ssr": rendered("svelte", { svelte: "5.57.3", "@sveltejs/vite-plugin-svelte": "7.3.1" }),
  "node-20": node("20.20.2"),
  "node-22": node("22.23.3"),
  "node-24": node("24.21.0"),
  "bun-server": {
    row: "Node 20.19, 22.12 and newer; Deno 2; Bun",
    files: ["server", "import-map", "handler"],
    tool: "bun",
    needs: { bun: "1.4.5" },
    store: true,
    modes: { run: says("bun", "main.mjs"), decide: decides("bun", "decide.mjs"), handler: handles("bun", "bun.mjs") },
  },
  deno: {
    row: "Node 20.19, 22.12 and newer; Deno 2; Bun",
    files: ["server", "import-map", "handler"],
    tool: "deno",
    needs: { deno: "2.9.6" },
    store: true,
    modes: {
      run: says("deno", "run", "-A", "main.mjs"),
      decide: decides("deno", "run", "-A", "decide.mjs"),
      handler: handles("deno", "run", "-A", "deno.mjs"),
    },
  },
  worker: {
    row: "a Worker of your own",
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
