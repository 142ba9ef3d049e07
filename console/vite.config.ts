import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

import { fontFiles } from "./fonts.ts";

/** Where the local runtime is (`make run`); `npm run dev` hands everything but the page to it. */
const runtime = loadEnv("", ".", "CAMPAIGNS_").CAMPAIGNS_URL ?? "http://127.0.0.1:8000";
const handedOn = ["/api", "/local", "/config.json", "/openapi.json", "/swagger"];

export default defineConfig({
  plugins: [fontFiles(), react()],
  server: { proxy: Object.fromEntries(handedOn.map((path) => [path, runtime])) },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // a data: address would need a weaker content security policy
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  test: { include: ["src/**/*.test.ts"] },
});
