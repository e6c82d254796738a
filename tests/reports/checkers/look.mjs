// Looks at pages as a reader's browser would: node look.mjs SCREENSHOT_FOLDER FILE...
//
// Each file is opened light, dark, 390 and 360 px wide, and as it is printed. Printed as JSON, one entry a view: what axe
// finds against the first three, which requests tried to leave the file, how far it scrolls sideways. A picture of every
// view is left in the folder.
// CHROMIUM names the browser's program.
import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(join(here, "node_modules/axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const views = {
  light: { viewport: { width: 1100, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1100, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  narrow: { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
  print: { viewport: { width: 690, height: 980 }, colorScheme: "dark" }, // what A4 leaves between its margins
};
const judged = new Set(["light", "dark", "phone"]); // axe asks nothing more of the others

async function look(browser, file, name, view, folder) {
  // The page forbids scripts; the checker is one, so it alone is let past the page's policy.
  const context = await browser.newContext({ ...view, bypassCSP: true });
  const page = await context.newPage();
  const address = pathToFileURL(resolve(file)).href;
  const requests = [];
  page.on("request", (request) => request.url() === address || requests.push(request.url()));
  if (name === "print") await page.emulateMedia({ media: "print" });
  await page.goto(address);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.screenshot({ path: join(folder, `${basename(file, ".html")}-${name}.png`), fullPage: true });
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
  const violations = judged.has(name) ? await against(page) : [];
  await context.close();
  return { file: basename(file), view: name, violations, requests, sideways };
}

async function against(page) {
  await page.evaluate(axe);
  const found = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), rules);
  return found.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html.slice(0, 200)) }));
}

const [folder, ...files] = process.argv.slice(2);
// No name is found and no address answers: what asks for anything is counted above and gets nothing.
const refused = ["--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", ...refused] });
const seen = [];
for (const file of files) {
  for (const [name, view] of Object.entries(views)) seen.push(await look(browser, file, name, view, folder));
}
await browser.close();
console.log(JSON.stringify(seen, null, 1));
