export default { optimizeDeps: { exclude: ["slotwise"] } };
