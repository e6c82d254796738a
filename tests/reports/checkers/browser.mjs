// What the checkers have in common: a browser that reaches nothing, or one host, and axe.
// CHROMIUM names the browser's program.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "node_modules/axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// No name is found and no address answers: what asks for anything is counted by the caller and gets nothing.
const refused = (reaches) => [
  `--host-resolver-rules=MAP * ~NOTFOUND${reaches ? `, EXCLUDE ${reaches}` : ""}`,
  "--proxy-server=127.0.0.1:9",
];

export function launch({ reaches = "" } = {}) {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", ...refused(reaches)] });
}

export async function against(page) {
  await page.evaluate(axe);
  const found = await page.evaluate((tags) => window.axe.run({ runOnly: tags, resultTypes: ["violations"] }), rules);
  return found.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html.slice(0, 200)) }));
}

export function sideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
