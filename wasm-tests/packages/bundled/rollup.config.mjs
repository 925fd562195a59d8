import resolve from "@rollup/plugin-node-resolve";

export default { input: { shop: "shop.js" }, output: { dir: "dist" }, plugins: [resolve({ browser: true })] };
