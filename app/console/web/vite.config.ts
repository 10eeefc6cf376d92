import { defineConfig } from "vite";

// `npm run dev` asks a running Earshot for everything but the pages.
const server = "http://127.0.0.1:8000";

export default defineConfig({
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    // The content security policy takes no data: scripts or fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
  server: {
    proxy: Object.fromEntries(["/v1", "/ogc", "/console", "/docs", "/openapi.json"].map((path) => [path, server])),
  },
});
