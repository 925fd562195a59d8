export default { entry: { shop: "./shop.js" } };
