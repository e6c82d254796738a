// Looks at pages as a reader's browser would: node look.mjs SCREENSHOT_FOLDER FILE...
//
// Each file is opened light, dark, 390 and 360 px wide, and as it is printed. Printed as JSON, one entry a view: what axe
// finds against the first three, which requests tried to leave the file, how far it scrolls sideways. A picture of every
// view is left in the folder.
// CHROMIUM names the browser's program.
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { against, launch, sideways } from "./browser.mjs";

const views = {
  light: { viewport: { width: 1100, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1100, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  narrow: { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
  print: { viewport: { width: 690, height: 980 }, colorScheme: "dark" }, // what A4 leaves between its margins
};
const wide = { width: 1016, height: 660 }; // and what it leaves on its side
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
  if (name === "print" && (await onItsSide(page))) await page.setViewportSize(wide);
  const over = await sideways(page);
  await page.screenshot({ path: join(folder, `${basename(file, ".html")}-${name}.png`), fullPage: true });
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
  const violations = judged.has(name) ? await against(page) : [];
  await context.close();
  return { file: basename(file), view: name, violations, requests, sideways: over };
}

function onItsSide(page) {
  return page.evaluate(() => getComputedStyle(document.body).page === "wide");
}

const [folder, ...files] = process.argv.slice(2);
const browser = await launch();
const seen = [];
for (const file of files) {
  const looks = Object.entries(views).map(([name, view]) => look(browser, file, name, view, folder));
  seen.push(...(await Promise.all(looks)));
}
await browser.close();
console.log(JSON.stringify(seen, null, 1));
