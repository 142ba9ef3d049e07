import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Plugin } from "vite";

const FOLDER = fileURLToPath(new URL("node_modules/.fonts/", import.meta.url));
const INSIDE = /url\(["']?data:font\/woff2;base64,([A-Za-z0-9+/=]+)["']?\)/g;

/**
 * Makes files of the fonts that Cloudscape has inside its style sheet: they would hold up the first
 * paint, and need `font-src data:` in the content security policy.
 */
export function fontFiles(): Plugin {
  return {
    name: "font-files",
    enforce: "pre",
    transform(css, id) {
      if (!id.includes("global-styles") || !id.endsWith(".css")) return null;
      mkdirSync(FOLDER, { recursive: true });
      return css.replace(INSIDE, (_, font: string) => {
        const name = createHash("sha256").update(font).digest("hex").slice(0, 12);
        writeFileSync(`${FOLDER}${name}.woff2`, Buffer.from(font, "base64"));
        return `url("${FOLDER}${name}.woff2")`;
      });
    },
  };
}
