import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const backend = process.env["CODEMIE_URL"] ?? "http://127.0.0.1:8080";

const PARTS =
  /node_modules\/(?:radix-ui|@radix-ui|@floating-ui|aria-hidden|react-remove-scroll|lucide-react|clsx|tailwind-merge|class-variance-authority)|web\/src\/(?:api|app|components|lib)\//;

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/v1": backend, "/openapi.json": backend } },
  build: {
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 800,
    rolldownOptions: {
      output: {
        // By itself every icon and every part that two pages share becomes a file: thirty requests before the first chat.
        codeSplitting: {
          groups: [
            { name: "framework", test: /node_modules\/(?:react|react-dom|scheduler|@tanstack)\// },
            { name: "parts", test: PARTS, minShareCount: 2 },
          ],
        },
      },
    },
  },
});
