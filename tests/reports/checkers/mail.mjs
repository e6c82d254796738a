// Looks at mails as mail programs would: node mail.mjs SCREENSHOT_FOLDER FILE...
//
// Printed as JSON, one entry a file: of each mail program what it does not support of the HTML, by the data of
// caniemail.com that doiuse-email carries; and of each view what axe finds, which requests tried to leave the file, how far
// it scrolls sideways. `off` is without the picture, `bare` with inlined styles alone. The picture of letter.html is
// letter.png beside it. A picture of every view is left in the folder. CHROMIUM names the browser's program.
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { doIUseEmail } from "doiuse-email";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(join(here, "node_modules/axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const clients = Object.entries({
  "apple-mail": ["ios", "macos"],
  gmail: ["android", "desktop-webmail", "ios", "mobile-webmail"],
  outlook: ["android", "ios", "macos", "windows", "windows-mail"],
  "samsung-email": ["android"],
  yahoo: ["android", "desktop-webmail", "ios"],
}).flatMap(([family, platforms]) => platforms.map((platform) => `${family}.${platform}`));
const views = {
  light: { viewport: { width: 720, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 720, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "light" },
  off: { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
  bare: { viewport: { width: 360, height: 740 }, colorScheme: "light" },
};
const judged = new Set(["light", "dark", "bare"]); // axe asks nothing more of the others

function unsupported(html, client) {
  const found = doIUseEmail(html, { emailClients: [client] }).errors ?? [];
  return [...new Set(found.map((error) => error.replace(/ is not supported by .*/, "")))];
}

function shown(file, name) {
  const html = readFileSync(file, "utf8");
  if (name === "bare") return html.replace(/<style[^>]*>.*?<\/style>/gs, "");
  const picture = file.replace(/html$/, "png");
  if (name === "off" || !existsSync(picture)) return html;
  return html.replace(/cid:[^"]+/, `data:image/png;base64,${readFileSync(picture).toString("base64")}`);
}

async function look(browser, file, name, folder) {
  const context = await browser.newContext(views[name]);
  const page = await context.newPage();
  const requests = [];
  page.on("request", (request) => /^(cid|data):/.test(request.url()) || requests.push(request.url()));
  await page.setContent(shown(file, name));
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.screenshot({ path: join(folder, `mail-${basename(file, ".html")}-${name}.png`), fullPage: true });
  const violations = judged.has(name) ? await against(page) : [];
  await context.close();
  return { view: name, violations, requests, sideways };
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
  const html = readFileSync(file, "utf8");
  const unknown = Object.fromEntries(clients.map((client) => [client, unsupported(html, client)]));
  const looks = [];
  for (const name of Object.keys(views)) looks.push(await look(browser, file, name, folder));
  seen.push({ file: basename(file), unsupported: unknown, views: looks });
}
await browser.close();
console.log(JSON.stringify(seen, null, 1));
